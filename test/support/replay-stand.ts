/** The ledger on a real database with its claims handed to the test, a reader beside it, and time that stands still. */
import { randomBytes } from 'node:crypto';
import { reportOf } from '../../src/core/attempt-text.ts';
import type { Claim, Verdict } from '../../src/core/delivery.ts';
import { replayableStates } from '../../src/core/replay.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { type LedgerConfig, openLedger } from '../../src/ledger/open.ts';
import type { Reads, Replay, ReplayCount, ReplayQuery } from '../../src/ledger/reads.ts';
import { createReads } from '../../src/ledger/reads-store.ts';
import { replayStepMs } from '../../src/ledger/replay-work.ts';
import { openForReading } from '../../src/store/open-store.ts';
import { attempt } from './api-stand.ts';
import { type FakeClock, fakeClock } from './fake-clock.ts';
import { type Look, standDatabase } from './stand-database.ts';

export const delivered: Verdict = { kind: 'delivered' };
export const failed: Verdict = { kind: 'failed', code: 'http_400', disableWebhook: null };

export const anyQuery: ReplayQuery = {
  states: replayableStates,
  ids: null,
  webhookId: null,
  eventType: null,
  code: null,
  visitorId: null,
  accountId: null,
  receivedFrom: null,
  receivedBefore: null,
};

export interface ReplayStand {
  readonly ledger: Ledger;
  readonly reads: Reads;
  clock: FakeClock;
  /** Behind the ledger. */
  look: Look;
  /** Handed out and not yet taken by the test. */
  claims: Claim[];
  troubles: unknown[];
  addWebhook(over?: object): Promise<string>;
  /** Records one verdict for all claims that are there, and for those that follow from it at once. */
  finish(claims: readonly Claim[], verdict: Verdict): Promise<void>;
  count(over: Partial<ReplayQuery>): Promise<ReplayCount>;
  replay(over: Partial<ReplayQuery>): Promise<string>;
  find(id: string): Promise<Replay>;
  /** Lets a step of the replays pass, and the loop come to rest. */
  step(): Promise<void>;
  settled(): Promise<void>;
  /** What a crash leaves: a new ledger on the same database, nothing told to it. */
  crash(): Promise<void>;
  close(): Promise<void>;
}

export async function openReplayStand(): Promise<ReplayStand> {
  const database = await standDatabase();
  const clock = fakeClock();
  const config: LedgerConfig = {
    database: database.address,
    secretKey: randomBytes(32),
    fixedKeys: {},
    segmentApiUrl: null,
  };
  const claims: Claim[] = [];
  const troubles: unknown[] = [];
  const open = async () => {
    const listener = {
      onClaims: (handed: Claim[]) => void claims.push(...handed),
      onClaimsLost: () => {},
      onDirectory: () => {},
      onTrouble: (...line: unknown[]) => void troubles.push(line),
    };
    return (await openLedger(config, { clock, listener })).ledger;
  };
  let ledger = await open();
  const reads = createReads(openForReading(config.database), config);
  // A command goes through the loop after what was due before it; the loop may have been in the middle of a turn.
  const settled = async (): Promise<void> => {
    for (let command = 0; command < 2; command += 1) await ledger.changeSettings({});
  };
  const settings = {
    type: 'url' as const,
    secret: null,
    writeKey: null,
    region: null,
    events: 'all' as const,
    headers: {},
    timeoutMs: 1000,
    retryDelaysMs: [5000],
    signaturePrefix: '' as const,
    hubSignature: false,
    ratePerSecond: null,
    rateBurst: null,
  };
  return {
    get ledger() {
      return ledger;
    },
    reads,
    clock,
    look: database.look,
    claims,
    troubles,
    async addWebhook(over = {}) {
      const { id } = await ledger.createWebhook({ ...settings, name: 'Test', url: 'http://127.0.0.1:9/', ...over });
      await ledger.enableWebhook(id, 'send');
      return id;
    },
    async finish(done, verdict) {
      const code = verdict.kind === 'delivered' ? null : verdict.code;
      const one = attempt(clock.now(), 'http://127.0.0.1:9/', code === null ? 200 : 400, code);
      const recorded = ledger.record(
        done.map(({ eventId, webhookId, triesUsed, replayed = false }) =>
          reportOf({
            eventId,
            webhookId,
            attempt: one,
            verdict,
            ...(triesUsed > 0 || replayed ? { again: true } : {}),
          }),
        ),
      );
      clock.advance(replayStepMs);
      await recorded;
      await settled();
    },
    count: (over) => reads.countReplay({ ...anyQuery, ...over }),
    async replay(over) {
      const { filter, webhooks } = await reads.countReplay({ ...anyQuery, ...over });
      const matched = webhooks.map((webhook) => ({ webhookId: webhook.webhookId, count: webhook.matched }));
      return ledger.createReplay({ filter, matched: matched.filter(({ count }) => count > 0) });
    },
    async find(id) {
      const replay = await reads.replay(id);
      if (replay === null) throw new Error('There is no such replay.');
      return replay;
    },
    async step() {
      await settled();
      clock.advance(replayStepMs);
      await settled();
    },
    settled,
    async crash() {
      await ledger.close();
      claims.splice(0);
      ledger = await open();
    },
    async close() {
      await reads.close();
      await ledger.close();
      await database.drop();
    },
  };
}
