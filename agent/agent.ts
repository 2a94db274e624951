/**
 * The agent of one app on one page: what happens goes
 *
 *   captured ─▶ staged, in memory ─▶ when the browser is idle: the queue, on the shelf ─▶ the sender ─▶ the server
 *
 * and from the moment it is in the queue it outlives the page.
 */
import type { AgentApi, EventName, Listener, Options } from './api.ts';
import { cut, listen } from './browser.ts';
import { watchClicks } from './clicks.ts';
import type { Config } from './config.ts';
import { isAnonymous, objectOf } from './identity.ts';
import { watchPages } from './pages.ts';
import { hasOptedOut, mayCapture, rememberConsent } from './privacy.ts';
import { createQueue, type Queue } from './queue.ts';
import { debug, safely, say } from './safely.ts';
import { createSender, type Sender } from './sender.ts';
import { openShelf } from './shelf.ts';
import { createStage } from './stage.ts';
import { findProblems } from './validate.ts';
import { version } from './version.ts';
import { createSession } from './who.ts';

export interface Agent {
  api: AgentApi;
  /** Segment's library is on the page, and tells the server itself who it is and what it is called for. */
  joinSegment(joined: SegmentSide): void;
  /** Who it is, when somebody else tells the server. */
  note(visitorId: string, accountId: string): void;
  /** The page load of this address is told by somebody else; answers the messageId of ours, if there is one. */
  yieldPage(url: string): string | null;
}

/** What the agent asks of Segment's library on the same page. */
export interface SegmentSide {
  /** The messageId of the very same call, if the library has made it. */
  messageIdOf(name: string, properties: unknown): string | null;
}

const queueCharsMax = 500_000;

export function createAgent(config: Config): Agent {
  const prefix = `_bellwire_.${config.apiKey}.`;
  /** What the visitor or a developer has said of this browser is kept in any case. */
  const lasting = openShelf(prefix, true);
  let shelf = lasting;
  let options: Options = {};
  let queue: Queue | null = null;
  let sender: Sender | null = null;
  let segment: SegmentSide | null = null;
  let isSending = true;
  let isOver = false;
  const listeners: [EventName, Listener][] = [];
  const stops: (() => void)[] = [];

  const newSession = () => createSession(shelf, cut(options.identityStorageSuffix, 64));
  let session = newSession();
  const isOn = () => !isOver && isSending && mayCapture(options, lasting);
  const stage = createStage({
    options: () => options,
    who: () => session.now(),
    isOn,
    isPatient: () => segment !== null,
  });

  debug.on ||= lasting.get('debug') !== null;

  function tell(name: EventName, detail: unknown): void {
    say(name, detail);
    // One that is for once leaves the list meanwhile.
    for (const [wanted, listener] of listeners.slice()) if (wanted === name) safely(listener)(detail);
  }

  function happen(type: 'pageLoad' | 'track' | 'identify', properties: unknown, url?: string): void {
    const item = stage.note(type, properties, url);
    if (type === 'track') item.messageId = repeatedId(properties) ?? item.messageId;
    stage.add(item);
    tell(type, item);
  }

  function repeatedId(properties: unknown): string | null {
    const { name, eventProperties } = properties as { name: string; eventProperties: unknown };
    return segment?.messageIdOf(name, eventProperties) ?? null;
  }

  const clicks = safely(() =>
    watchClicks({
      // What is not known to be allowed is not read.
      withText: () => queue !== null && options.excludeAllText !== true,
      onClick() {
        const item = stage.note('click', null);
        return (click) => {
          if (options.captureClicks === false) return;
          item.properties = click;
          stage.add(item);
          tell('click', item);
        };
      },
    }),
  )();
  safely(() => {
    const pages = watchPages({
      hashRoutes: () => options.hashRoutes === true,
      onPage(former) {
        if (options.capturePages !== false) happen('pageLoad', { referrer: former || document.referrer });
      },
    });
    stops.push(pages);
  })();

  function leave(): void {
    clicks?.finish();
    stage.settle(true);
    if (isSending) sender?.leave();
  }

  function become(given: Options): void {
    const properties = session.become(given);
    if (properties === null || (options.dropAnonymous === true && api.isAnonymousVisitor())) return;
    happen('identify', properties);
  }

  function begin(given: Options): void {
    options = given;
    for (const [name, listener] of Object.entries(objectOf(options.events)))
      if (typeof listener === 'function') listeners.push([name as EventName, listener as Listener]);
    if (options.disablePersistence === true) shelf = openShelf(prefix, false);
    session = newSession();
    session.resume(options.forceAnonymous === true);
    if (options.capturePages === false) stage.forget(({ type }) => type === 'pageLoad');

    queue = createQueue(shelf, queueCharsMax);
    const own = createSender({ url: urlOf(options, config), lockName: prefix }, queue, tell);
    const soon = (isHopeful?: boolean) => own.soon(isHopeful);
    sender = own;
    if (segment === null) become(options);
    stage.open(queue, soon);
    stops.push(
      listen(window, 'pagehide', leave),
      listen(document, 'visibilitychange', () => (document.hidden ? leave() : soon(true))),
      listen(window, 'online', () => soon(true)),
    );
    // What an earlier page could not send.
    if (isOn()) soon();
    tell('ready', session.now());
  }

  const api: AgentApi = {
    initialize(given = {}) {
      if (queue === null) begin(objectOf(given));
      else become(given);
    },
    identify(visitor: unknown, account?: unknown) {
      become(typeof visitor === 'object' ? objectOf(visitor) : subjects(visitor, account));
    },
    updateOptions(given) {
      const { visitorId, accountId } = session.now();
      const visitor = { ...objectOf(given.visitor), id: visitorId };
      become(accountId === '' ? { visitor } : { visitor, account: { ...objectOf(given.account), id: accountId } });
    },
    track(name, properties: unknown = {}) {
      if (typeof name !== 'string' || name.trim() === '') return say('track needs a name; nothing was sent.');
      const isObject = typeof properties === 'object' && properties !== null && !Array.isArray(properties);
      happen('track', { name: cut(name, 256), eventProperties: isObject ? properties : { __err__: properties } });
    },
    pageLoad: (url) => happen('pageLoad', {}, typeof url === 'string' ? url : location.href),
    isReady: () => queue !== null && !isOver,
    getVersion: () => version,
    getVisitorId: () => session.now().visitorId,
    getAccountId: () => session.now().accountId,
    isAnonymousVisitor: () => isAnonymous(session.now().visitorId),
    getSerializedMetadata() {
      const { visitorId, accountId, visitor, account } = session.now();
      return { visitor: { ...visitor, id: visitorId }, account: { ...account, id: accountId } };
    },
    clearSession: () => session.clear(),
    async flushNow() {
      clicks?.finish();
      stage.settle(true);
      if (isSending) await sender?.flush();
    },
    startSendingEvents() {
      isSending = true;
      sender?.soon();
    },
    stopSendingEvents() {
      isSending = false;
    },
    isSendingEvents: () => queue !== null && isOn(),
    optIn: () => rememberConsent('in', lasting),
    optOut() {
      rememberConsent('out', lasting);
      stage.forget(() => true);
      queue?.clear();
    },
    hasOptedOut: () => hasOptedOut(options, lasting),
    teardown() {
      leave();
      isOver = true;
      clicks?.stop();
      for (const stop of stops) stop();
      sender?.stop();
    },
    validateInstall: async () =>
      findProblems({ url: urlOf(options, config), api, options, isLasting: shelf.isLasting, isOn: isOn() }),
    enableDebugging() {
      debug.on = true;
      lasting.set('debug', '1');
    },
    disableDebugging() {
      debug.on = false;
      lasting.remove('debug');
    },
    events: {
      on(name, listener) {
        listeners.push([name, listener]);
      },
      once(name, listener) {
        const once: Listener = (detail) => {
          api.events.off(name, once);
          listener(detail);
        };
        listeners.push([name, once]);
      },
      off(name, listener) {
        const at = listeners.findIndex(([known, one]) => known === name && one === listener);
        if (at >= 0) listeners.splice(at, 1);
      },
    },
  };
  guard(api);
  guard(api.events);

  return {
    api,
    joinSegment(joined) {
      segment = joined;
    },
    note: (visitorId, accountId) => session.note(visitorId, accountId),
    yieldPage: (url) => stage.yieldPage(url),
  };
}

/** The agent's door at the server. */
function urlOf({ dataHost }: Options, { host, apiKey }: Config): string {
  const base = cut(dataHost, 2000) || host;
  const scheme = base === '' || base.includes('://') ? '' : 'https://';
  return `${scheme}${base.replace(/\/$/, '')}/data/agent/${encodeURIComponent(apiKey)}`;
}

function subjects(visitorId: unknown, accountId: unknown): Options {
  const visitor = { id: visitorId };
  return accountId === undefined || accountId === null ? { visitor } : { visitor, account: { id: accountId } };
}

/** Every call from the page, made so that it throws nothing. */
function guard(api: object): void {
  const calls = api as Record<string, unknown>;
  for (const [name, act] of Object.entries(calls)) {
    if (typeof act === 'function') calls[name] = safely(act as () => unknown);
  }
}
