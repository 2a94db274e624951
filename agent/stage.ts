/**
 * What has happened, on its way into the queue: noted in memory as it happens, and written in idle time. Before `initialize` it
 * waits here, and then belongs to whoever the page says that it is.
 */
import type { Options } from './api.ts';
import { after, cut, nextId, now, whenIdle } from './browser.ts';
import { type Identity, isAnonymous } from './identity.ts';
import type { Queue } from './queue.ts';
import { safely, say } from './safely.ts';
import { toJson } from './to-json.ts';

export interface Item extends Identity {
  type: 'pageLoad' | 'click' | 'track' | 'identify';
  messageId: string;
  /** Epoch milliseconds. */
  timestamp: number;
  url: string;
  title: string;
  properties: unknown;
}

export interface Stage {
  /** Notes what happens now, to whoever is here now, without counting it yet. */
  note(type: Item['type'], properties: unknown, url?: string): Item;
  add(item: Item): void;
  /** From now on what is here goes into the queue, and `onQueued` is called. */
  open(queue: Queue, onQueued: () => void): void;
  /** Into the queue with all of it; as the page leaves, also with what would have waited a little. */
  settle(isLeaving: boolean): void;
  forget(isUnwanted: (item: Item) => boolean): void;
  /** The page load of this address is told by somebody else; answers the messageId of ours, if there is one. */
  yieldPage(url: string): string | null;
}

export interface StageDeps {
  options: () => Options;
  who: () => Identity;
  /** Whether anything may be captured. */
  isOn: () => boolean;
  /** Whether somebody else may want to tell of page loads first. */
  isPatient: () => boolean;
}

const itemCharsMax = 30_000;
const urlCharsMax = 4000;
const titleCharsMax = 1000;
/** Of what happens before `initialize`. */
const earlyMax = 100;
/** A write to the shelf is what costs most, so what happens at about the same time shares one moment for it. */
const gatherMs = 200;
/** How long the first word on a page load is left to Segment's library. */
const patienceMs = 1000;

export function createStage({ options, who, isOn, isPatient }: StageDeps): Stage {
  let items: Item[] = [];
  let queue: Queue | null = null;
  let onQueued: (() => void) | null = null;
  let lastPage: Item | null = null;

  function settle(isLeaving: boolean): void {
    if (queue === null) return;
    const ready = isOn() ? items : [];
    items = [];
    for (const item of ready) {
      const isFresh = item.type === 'pageLoad' && now() - item.timestamp < patienceMs;
      if (isFresh && isPatient() && !isLeaving) items.push(item);
      else enqueue(item, queue);
    }
    if (items.length > 0) after(patienceMs, () => settle(false));
    onQueued?.();
  }

  function enqueue(item: Item, queue: Queue): void {
    // It happened before anybody could say who it was.
    if (item.visitorId === '') Object.assign(item, who());
    if (options().dropAnonymous === true && isAnonymous(item.visitorId)) return;
    // A page often gets its title after its address.
    if (item === lastPage && item.url === location.href) item.title = document.title;
    const { referrer } = item.properties as { referrer?: string };
    const properties = referrer === undefined ? item.properties : { referrer: addressOf(referrer) };
    const title = options().excludeAllText === true ? '' : cut(item.title, titleCharsMax);
    const json = toJson({ ...item, properties, title, url: addressOf(item.url) });
    if (json.length > itemCharsMax) say('Too large, and dropped:', item.type);
    else queue.add(json);
  }

  /** One that cannot be made clean is not told, nor is a hash that leads nowhere: some carry a sign-in's token. */
  function addressOf(given: string): string {
    const { sanitizeUrl, hashRoutes } = options();
    const url = hashRoutes === true ? given : given.split('#')[0];
    return cut(typeof sanitizeUrl === 'function' ? safely(sanitizeUrl)(url ?? '') : url, urlCharsMax);
  }

  return {
    note(type, properties, url = location.href) {
      const { visitorId, accountId } = who();
      const messageId = `bw-${nextId()}`;
      return { type, messageId, visitorId, accountId, timestamp: now(), url, title: document.title, properties };
    },
    add(item) {
      if (!isOn()) return;
      if (item.type === 'pageLoad') lastPage = item;
      if (items.length === 0) after(gatherMs, () => whenIdle(() => settle(false)));
      if (queue !== null || items.length < earlyMax) items.push(item);
    },
    open(opened, whenQueued) {
      queue = opened;
      onQueued = whenQueued;
      if (items.length > 0) whenIdle(() => settle(false));
    },
    settle,
    forget(isUnwanted) {
      items = items.filter((item) => !isUnwanted(item));
    },
    yieldPage(url) {
      const page = lastPage;
      if (page === null || page.url !== url) return null;
      lastPage = null;
      items = items.filter((item) => item !== page);
      return page.messageId;
    },
  };
}
