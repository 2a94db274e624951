/**
 * The composition root: configuration in, running parts out. The only file that knows everyone; read it to see what the
 * server is made of.
 */
import { adminPageRoutes } from './api/admin-pages.ts';
import { refuseApi, registerApi } from './api/api.ts';
import type { ApiDeps } from './api/deps.ts';
import { createPasswords, type Passwords } from './api/passwords.ts';
import type { OwnSystem } from './api/system.ts';
import { type EgressRules, parseEgressAllow, portOf } from './core/address.ts';
import { addressList } from './core/address-list.ts';
import { newLinkToken, sha256Hex } from './core/app-keys.ts';
import type { Clock, Dice } from './core/clock.ts';
import { shownDatabase } from './core/database-address.ts';
import { correctedClock, offsetCell } from './core/database-time.ts';
import { type Claim, deliveryId } from './core/delivery.ts';
import { lowWaterBytes } from './core/disk-room.ts';
import { BellwireError } from './core/errors.ts';
import { newEventId } from './core/id.ts';
import { allows } from './core/scope.ts';
import { dropStartGarbage } from './core/start-garbage.ts';
import { version } from './core/version.ts';
import { createDialer } from './deliver/connect.ts';
import { createLanes, type Lanes, lanesConfig } from './deliver/lanes.ts';
import { ownPlace } from './deliver/own-place.ts';
import { createSender } from './deliver/send.ts';
import { type DiskWatch, spaceAround, watchDisk } from './disk-watch.ts';
import { addHealthRoutes } from './http/health.ts';
import { openInbox } from './http/inbox.ts';
import { createKeyring, presentedKey } from './http/keys.ts';
import { listen } from './http/listen.ts';
import type { Log } from './http/log.ts';
import { addPageFiles } from './http/page-files.ts';
import { createServer } from './http/server.ts';
import { takeAgentItems } from './ingest/agent-items.ts';
import { allDoors } from './ingest/doors.ts';
import { allPageFiles } from './ingest/page-files.ts';
import { startThreads } from './ledger/bridge.ts';
import type { FirstKeys } from './ledger/directory.ts';
import type { Directory, Ledger, LedgerListener } from './ledger/ledger.ts';
import { createMetrics, type MetricsDeps } from './metrics.ts';
import { secretKeyMade } from './secret-key.ts';
import type { Config } from './settings.ts';

export interface App {
  /** Where it listens. */
  url: string;
  /** Keys made because this is the first start: to be shown now, and never again. */
  firstKeys: FirstKeys | null;
  /** By which the first Admin is made; null when there is one. It is a secret, and holds for half an hour. */
  setupLink: string | null;
  /** Takes no more, finishes what is under way, and leaves the database tidy. Nothing that was accepted is lost. */
  close(): Promise<void>;
}

export interface AppDeps {
  log: Log;
  /** The machine's own. */
  clock: Clock;
  dice: Dice;
  /** Called when the server cannot go on: a thread has died. */
  onDeath: (error: Error) => void;
  /** What reaches out. Tests put something else here, to see that it is noticed. */
  network: Network;
}

export interface Network {
  createDialer: typeof createDialer;
  createSender: typeof createSender;
}
export const realNetwork: Network = { createDialer, createSender };

export async function startApp(config: Config, deps: AppDeps): Promise<App> {
  const { log, dice, onDeath, network } = deps;
  const offset = offsetCell();
  const clock = correctedClock({ own: deps.clock, offset });
  const startedAt = clock.now();
  const place = { port: config.port, publicUrl: config.publicUrl };
  const egress = { ...egressRules(config, log), isOwn: ownPlace(place) };

  // The ledger speaks before its listener has lanes to hand claims to: what it says first is kept for them.
  let directory: Directory = {
    subscription: { id: 0, name: '' },
    apps: [],
    integrationKeys: [],
    users: [],
    sessions: [],
    isSetUp: true,
    webhooks: [],
    features: [],
    sentElsewhere: [],
  };
  let lanes: Lanes | null = null;
  const early: Claim[] = [];
  const onTrouble: LedgerListener['onTrouble'] = (message, detail) => log.error(detail, message);
  const onNews = (message: string, detail: object): void => log.info(detail, message);
  const listener: LedgerListener = {
    onDirectory(changed) {
      directory = changed;
      lanes?.update(sentHere(changed));
    },
    onClaims: (claims) => (lanes === null ? void early.push(...claims) : lanes.take(claims)),
    onClaimsLost() {
      early.length = 0;
      lanes?.forgetClaims();
    },
    onTrouble,
  };
  const ledgerConfig = {
    database: config.database,
    secretKey: config.secretKey ?? secretKeyMade(config.database),
    formerSecretKeys: config.formerSecretKeys,
    fixedKeys: { apiKey: config.apiKey, trackSecret: config.trackSecret, integrationKey: config.integrationKey },
    segmentApiUrl: config.segmentApiUrl,
    migrates: config.migrate,
    node: { name: config.nodeName, roles: config.roles },
  };
  const threads = await startThreads(ledgerConfig, listener, { clock, offset, onDeath });
  const { reads, resealed } = threads;
  if (resealed !== null) log.info({ ...resealed }, 'what was under a former secret key is under SECRET_KEY now');
  const node = { name: config.nodeName, roles: config.roles, version };
  const metrics = createMetrics({ ledger: threads.ledger, reads, laneStats: () => stats(lanes), clock, node });
  const { ledger } = metrics;

  const { dnsServers, extraCa } = config;
  const inbox = await openInbox({
    clock,
    secretsOf: (id) => directory.webhooks.find((webhook) => webhook.id === id) ?? null,
  });
  const inboxPort = (): number => inbox.port;
  const dialer = network.createDialer({ rules: egress, dnsServers, extraCa, inboxPort }, { clock });
  const sender = network.createSender({ dialer, clock });
  const running = createLanes(lanesConfig, {
    sender,
    ledger,
    clock,
    dice,
    version,
    onTrouble,
    onNews,
    mayStart: () => threads.isLeased(),
  });
  running.update(sentHere(directory));
  running.take(early);
  lanes = running;

  let closing = false;
  const keyring = createKeyring(() => directory);
  const ratePerSecond = config.ingestRatePerSecond;
  const doors = allDoors({ ratePerSecond }, { ledger, directory: () => directory, clock });
  const disk = await diskOf(config, { log, clock });
  const eventsRefusal = config.roles.includes('ingest') ? () => disk?.refusal() ?? null : takesNoEvents;
  const trustedProxies = config.trustedProxies.length === 0 ? null : addressList(config.trustedProxies);
  const server = createServer({ ratePerSecond, trustedProxies }, { log, clock, doors, eventsRefusal });
  addHealthRoutes(server, {
    unready: async () =>
      closing ? 'The server is shutting down.' : (disk?.trouble() ?? (await databaseTrouble(ledger))),
    metrics: () => metrics.render(),
    hasKey({ headers }) {
      const key = keyring.integrationKey(presentedKey(headers) ?? '');
      return key !== null && allows(key.scopes, 'read');
    },
    clock,
  });
  if (config.roles.includes('ingest')) {
    const { publicUrl } = config;
    const files = allPageFiles({ publicUrl }, () => directory);
    addPageFiles(server, { publicUrl }, files);
  }
  const apiDeps: ApiDeps = {
    ledger,
    reads,
    directory: () => directory,
    checkUrl: (raw) => dialer.checkUrl(raw),
    testSend: (target, body) => running.test(target, { id: deliveryId(newEventId(clock.now()), target.id), body }),
    health: (webhookId) => running.health(webhookId),
    system: () => ownSystem(config, startedAt),
    async takeIn(apiKey, body) {
      const refusal = eventsRefusal();
      if (refusal !== null) throw refusal;
      return takeAgentItems(doors, apiKey, body);
    },
    clock,
    log,
    passwords: createPasswords(),
    baseUrl: () => config.publicUrl ?? listening.url,
  };
  const listening = { url: '' };
  const hasApi = config.roles.includes('admin');
  const apiConfig = { ...config, trustedProxies };
  if (hasApi) {
    await registerApi(server, apiConfig, apiDeps);
    addPageFiles(server, config, adminPageRoutes());
  } else {
    refuseApi(server);
  }
  const setupToken = hasApi && !directory.isSetUp ? await firstAdmin(config, ledger, apiDeps.passwords) : null;
  const url = await listen(server, { port: config.port, host: config.host });
  listening.url = url;
  place.port = portOf(new URL(url));
  dropStartGarbage();
  log.info({ url, version, roles: config.roles, database: shownDatabase(config.database) }, 'listening');

  return {
    url,
    firstKeys: threads.firstKeys,
    setupLink: setupToken === null ? null : `${config.publicUrl ?? url}/setup#${setupToken}`,
    async close() {
      closing = true;
      log.info({}, 'shutting down');
      disk?.close();
      await server.close();
      await running.drain(config.shutdownGraceMs);
      sender.close();
      await inbox.close();
      await threads.close();
      log.info({}, 'stopped; nothing is under way');
    },
  };
}

/** Makes the first Admin whom the settings name, or answers what a link to make one ends in. Null: another node was faster. */
async function firstAdmin(
  { adminEmail, adminPassword }: Config,
  ledger: Pick<Ledger, 'openSetup' | 'createFirstAdmin'>,
  passwords: Passwords,
): Promise<string | null> {
  if (adminEmail !== null && adminPassword !== null) {
    await ledger.createFirstAdmin({ email: adminEmail, passwordHash: await passwords.hash(adminPassword) });
    return null;
  }
  const token = newLinkToken();
  return (await ledger.openSetup(sha256Hex(token))) ? token : null;
}

/** What may be dialled although it is private. A newcomer on a loopback address can try things without setting anything. */
function egressRules(config: Config, log: Log): EgressRules {
  const loopbackHost = ['127.0.0.1', '::1', 'localhost'].includes(config.host);
  const convenience = config.egressAllow === null && loopbackHost;
  const allowed = convenience ? '127.0.0.1/32' : (config.egressAllow ?? '');
  if (convenience) {
    const message =
      'webhooks may post to 127.0.0.1, because BELLWIRE_EGRESS_ALLOW is not set and HOST is a loopback address';
    log.info({ allowed }, message);
  } else if (allowed !== '') {
    log.info({ allowed }, 'webhooks may post to these private addresses (BELLWIRE_EGRESS_ALLOW)');
  }
  return { allow: parseEgressAllow(allowed), http: config.egressHttp, nat64: config.egressNat64 };
}

async function ownSystem(config: Config, startedAt: number): Promise<OwnSystem> {
  const { database, nodeName, roles, diskFreeBytesMin } = config;
  const space = database.kind === 'sqlite' ? await spaceAround(database.path).catch(() => null) : null;
  return {
    node: { name: nodeName, roles },
    startedAt,
    memoryBytes: process.memoryUsage.rss(),
    database: { kind: database.kind, address: shownDatabase(database) },
    disk:
      space === null ? null : { ...space, neededBytes: Math.ceil(lowWaterBytes(space.totalBytes, diskFreeBytesMin)) },
  };
}

/** Null on PostgreSQL, whose disk is not this machine's. */
async function diskOf(config: Config, deps: Pick<AppDeps, 'log' | 'clock'>): Promise<DiskWatch | null> {
  const { database, diskFreeBytesMin } = config;
  if (database.kind === 'postgres') return null;
  return watchDisk(diskFreeBytesMin, { ...deps, space: () => spaceAround(database.path) });
}

function takesNoEvents(): BellwireError {
  const message =
    'This node takes no events, because its BELLWIRE_ROLES leave out ingest: send this to a node that does.';
  return new BellwireError('wrong_node', message);
}

function sentHere({ webhooks, sentElsewhere }: Directory): Directory['webhooks'] {
  return webhooks.filter(({ id }) => !sentElsewhere.includes(id));
}

async function databaseTrouble(ledger: { probe(): Promise<void> }): Promise<string | null> {
  try {
    await ledger.probe();
    return null;
  } catch {
    return 'The database cannot be written.';
  }
}

function stats(lanes: Lanes | null): ReturnType<MetricsDeps['laneStats']> {
  const now = lanes?.stats();
  const states = now?.states ?? { flowing: 0, slowed: 0, waiting: 0 };
  return { inFlight: now?.inFlightCount ?? 0, queued: now?.queuedCount ?? 0, states };
}
