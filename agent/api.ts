/** What pages call: Pendo's names, so that what was written for its agent works here. */

/** `id`, a text or number, and whatever else is known: texts, numbers, booleans, dates and lists of them. */
export interface Subject {
  id?: unknown;
  [key: string]: unknown;
}

export interface Options {
  visitor?: Subject;
  account?: Subject;
  /** With its id the account's becomes `parent::account`. */
  parentAccount?: Subject;

  /** Where events go, such as `https://events.example.com/bellwire`; else where the script came from. */
  dataHost?: string;
  /** A change of the address's hash is a page load too, and hashes are told. Default false. */
  hashRoutes?: boolean;
  /** Default true. */
  capturePages?: boolean;
  /** Default true. */
  captureClicks?: boolean;
  /** No words from the page: neither of buttons and links, nor titles. Default false. */
  excludeAllText?: boolean;
  /** Changes each address before it is told. */
  sanitizeUrl?: (url: string) => string;
  /** Nothing is captured while the browser asks not to be tracked. Default false. */
  honorDoNotTrack?: boolean;
  /** The same for Global Privacy Control. Default false. */
  honorGlobalPrivacyControl?: boolean;
  /** Nothing is captured until `optIn` has been called once in this browser. Default false. */
  optOutByDefault?: boolean;
  /** Nothing is told of visitors without a name. Default false. */
  dropAnonymous?: boolean;
  /** Nobody is taken to be who they were the last time. Default false. */
  forceAnonymous?: boolean;
  /** Nothing is kept in the browser beyond this page. Default false. */
  disablePersistence?: boolean;
  /** Keeps identities on the same address apart. */
  identityStorageSuffix?: string;
  /** What to call when something happens. */
  events?: Partial<Record<EventName, Listener>>;
}

export type EventName = 'ready' | 'identify' | 'pageLoad' | 'click' | 'track' | 'sent' | 'failed';
export type Listener = (detail: unknown) => void;

export interface AgentApi {
  /** Begins. What has happened on the page before counts. */
  initialize(options?: Options): void;
  identify(visitorId: string | number, accountId?: string | number): void;
  identify(options: Options): void;
  /** Adds to what is known of the visitor and account. */
  updateOptions(options: Options): void;
  track(name: string, properties?: object): void;
  /** Tells of a page load by hand, of this address or another. */
  pageLoad(url?: string): void;
  isReady(): boolean;
  getVersion(): string;
  getVisitorId(): string;
  /** Empty when there is none. */
  getAccountId(): string;
  isAnonymousVisitor(): boolean;
  getSerializedMetadata(): { visitor: Subject; account: Subject };
  /** Forgets who it was: from now on it is a new anonymous visitor. */
  clearSession(): void;
  /** Sends what waits; resolves when it was tried. */
  flushNow(): Promise<void>;
  startSendingEvents(): void;
  /** What happens until `startSendingEvents` is not told. */
  stopSendingEvents(): void;
  isSendingEvents(): boolean;
  /** Captures again, also on later pages. */
  optIn(): void;
  /** Captures nothing from now on, also on later pages, and forgets what was not sent. */
  optOut(): void;
  hasOptedOut(): boolean;
  /** Stops for good on this page. */
  teardown(): void;
  /** Says in the console what is right and what is wrong, and resolves with what is wrong. */
  validateInstall(): Promise<string[]>;
  /** Says in the console what it does, on this and later pages. */
  enableDebugging(): void;
  disableDebugging(): void;
  events: {
    on(name: EventName, listener: Listener): void;
    off(name: EventName, listener: Listener): void;
    once(name: EventName, listener: Listener): void;
  };
}
