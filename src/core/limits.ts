/** Every bound of the server, in one place, each with its unit and its reason. */
const kilobyte = 1024;
const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

export const limits = {
  // What comes in. Segment's own numbers, so that whatever its libraries send is taken.
  eventBytesMax: 32 * kilobyte,
  batchBytesMax: 500 * kilobyte,
  batchEventsMax: 2500,
  /** JSON.stringify overflows the stack somewhere after 3,000 levels; a stored event that deep would kill its sending. */
  jsonDepthMax: 32,
  jsonKeysMax: 1000,
  jsonKeyCharsMax: 128,
  jsonStringCharsMax: 8 * kilobyte,
  idCharsMax: 256,
  messageIdCharsMax: 256,
  eventNameCharsMax: 256,
  userAgentCharsMax: 1024,
  /** All metadata of one visitor or account, as JSON. */
  metadataBytesMax: 64 * kilobyte,
  metadataBatchMax: 1000,
  warningSampleCharsMax: 2 * kilobyte,
  /** Of one reason in one app and hour; what comes after them is only counted. */
  warningSamplesPerHour: 100,
  /** Whoever knows the address can send wrong keys; each warning costs a commit. */
  unknownKeyWarningsPerSecond: 10,

  // The sender's clock.
  timeAheadMaxMs: dayMs,
  timeBackMaxMs: 30 * dayMs,
  /** How long a repeated messageId is known. */
  dedupeWindowMs: dayMs,

  // HTTP in.
  headersTimeoutMs: 10 * secondMs,
  requestTimeoutMs: 30 * secondMs,
  connectionsMax: 4096,
  /** Longer than load balancers keep one that is idle (60 s): else we might close it just as they use it. */
  idleConnectionMs: 72 * secondMs,
  /**
   * Bytes of bodies that have been read and not yet answered; beyond them doors answer 503 before reading. What is made of
   * a body on its way through two threads takes several times as much.
   */
  bodiesInMemoryMax: 32 * kilobyte * kilobyte,
  /** What a request is counted as beside its body, so that many small ones are not taken for nothing. */
  requestOverheadBytes: 4 * kilobyte,
  /** Requests per second and key, and per address. A burst of twice that is allowed. */
  ingestRatePerSecond: 10_000,
  rateLimitKeysMax: 10_000,

  // Sending.
  attemptTimeoutDefaultMs: 5 * minuteMs,
  attemptTimeoutMinMs: secondMs,
  attemptTimeoutMaxMs: 5 * minuteMs,
  /** A person is waiting for the answer of a test. */
  testTimeoutMaxMs: 30 * secondMs,
  retryDelaysDefaultMs: [5 * secondMs, 30 * secondMs, 2 * minuteMs, 10 * minuteMs, 30 * minuteMs],
  retriesMax: 20,
  retryDelayMaxMs: dayMs,
  retryJitter: 0.2,
  retryAfterMaxMs: hourMs,
  /** Requests in flight to one receiver that is not known yet; more as it answers. */
  laneInFlightStart: 4,
  /** The most to one receiver, each on a connection of its own. Measured: 64 deliver a tenth more a second than 16. */
  laneInFlightMax: 64,
  /** Requests in flight that the lanes share, beyond the one that each lane always has. */
  sharedInFlightMax: 256,
  /** A request that has waited this long no longer counts against what the lanes share. */
  slowRequestMs: 2 * secondMs,
  /** Different deliveries that fail in a row before their receiver is taken to be down. */
  breakerFailuresMax: 10,
  /** How long until the first probe; twice as long after each one that fails, up to the other. */
  breakerProbeFirstMs: 5 * secondMs,
  breakerProbeMaxMs: 5 * minuteMs,
  /** Good answers in a row after which a receiver that was down is trusted again, the probe's among them. */
  breakerTrialCount: 3,
  /**
   * Characters of a body, of a byte or two each, that one place in memory is for; a delivery with a larger body takes several.
   * Twice what most events have, and so 80 MB, or twice that, for all places.
   */
  claimPlaceChars: 4 * kilobyte,
  /** Places for deliveries of one webhook that are held in memory; the rest stays in the database until there is room. */
  claimsPerWebhookMax: 4000,
  /** The same over all webhooks, beyond the few that each may always have: bounds memory whatever is pending. */
  claimsTotalMax: 20_000,
  /** Places that each webhook has however many others hold, so that nobody can be starved: two of the largest events. */
  claimsAlways: 16,
  /** Retries of a webhook that may be held beside its first attempts, so that a backlog of those is not before them. */
  retryClaimsMax: 500,
  dnsTimeoutMs: 5 * secondMs,
  connectTimeoutMs: 5 * secondMs,
  addressesTriedMax: 8,
  /** A name with more addresses than this is no receiver's; the largest services answer with a dozen or two. */
  addressesAnsweredMax: 64,
  /** A receiver's own secret with fewer bytes is warned of: whoever sees a delivery could guess it. */
  secretBytesAdvised: 24,
  /** How long a former signing secret can go on signing beside the new one, and does when nothing is said. */
  signingOverlapMaxMs: 7 * dayMs,
  signingOverlapDefaultMs: dayMs,
  keepAliveMs: 5 * secondMs,
  /** A receiver's own keep-alive time is cut by this much, so that it does not close just as we send. */
  keepAliveMarginMs: secondMs,
  /** What is read from a connection at once: more than an answer has, and little enough for a thousand connections. */
  socketReadBytes: 8 * kilobyte,
  responseBytesKept: 16 * kilobyte,
  responseBytesReadMax: 64 * kilobyte,
  responseHeaderBytesMax: 16 * kilobyte,
  responseHeadersKept: 100,
  informationalResponsesMax: 20,
  /** Of sizes, extensions and trailers of a chunked body, beside its content. */
  chunkOverheadBytesMax: 16 * kilobyte,
  /** How long the rest of an answer is read once its status is known. */
  responseDrainMs: 5 * secondMs,
  webhookHeadersMax: 20,
  headerValueCharsMax: 2 * kilobyte,
  urlCharsMax: 2 * kilobyte,
  webhooksMax: 1000,

  // The ledger.
  /** Inputs in one commit: bounds how long those who came first wait. */
  commitInputsMax: 2000,
  /** Visitors, and accounts, that the ledger remembers: at up to a kilobyte or so each, some megabytes. */
  rememberedMax: 10_000,
  /** No events are taken while the disk has less than this free, or than this share of it, whichever is less. */
  diskFreeBytesMin: 512 * kilobyte * kilobyte,
  diskFreeShareMin: 0.05,
  retentionDaysDefault: 30,
  retentionDaysMax: 3650,
  pruneBatchRows: 500,
  /** Deliveries cancelled in one commit, when all that is pending of a webhook is: no event is accepted meanwhile. */
  discardBatchRows: 500,

  // Replays.
  replayIdsMax: 1000,
  /** At work at once; one more has to wait for a person. */
  replaysRunningMax: 20,
  /** The oldest of more leave the list. */
  replaysKept: 1000,
  /** What a replay may have waiting at one webhook: enough to keep a lane busy, and no flood for one that is barely back. */
  replayPendingMax: 200,
  /** The same over all replays and webhooks: they are held in memory. */
  replayPendingTotalMax: 2000,
  /** Put back in one commit, which takes a few milliseconds in which no event is accepted. */
  replayBatchMax: 100,
  /** Events looked at in one go: 1,000 take 2 ms. */
  replayWindowEvents: 1000,

  // The API.
  pageSizeDefault: 50,
  pageSizeMax: 200,
  /** Rows that one page of a list may look at for what no index leads to: some 50 ms. The next page goes on from there. */
  scanRowsMax: 20_000,
  /** Points of one chart: a month of hours would be 744, and no screen shows as many. */
  seriesPointsMax: 400,
  exclusionsMax: 10_000,

  // Features. A click is compared with all of its app's, in the thread that answers requests.
  featuresMax: 200,
  featureRuleCharsMax: 500,
  /** Between commas. */
  featureRuleSelectorsMax: 10,
  /** Of a click, and of each of its elements, this much is looked at; the agent tells no more. */
  clickElementsMax: 8,
  clickElementClassesMax: 8,

  // People.
  usersMax: 1000,
  /** Of one person at once; the one that was used longest ago makes room. */
  sessionsPerUserMax: 20,
  /** Someone who comes back the next morning signs in again, and so does everybody after a week. */
  sessionIdleMs: 12 * hourMs,
  sessionMaxMs: 7 * dayMs,
  /** That a session is in use is noted this often: each time costs a commit. */
  sessionSeenEveryMs: 5 * minuteMs,
  passwordCharsMin: 12,
  passwordCharsMax: 256,
  /** Passwords that are hashed at once: each takes 19 MB and a thread of the four that files and names are looked up by. */
  passwordHashesMax: 2,
  /** Those that wait for it, a second or so; one more is told to come back. */
  passwordHashesWaitingMax: 32,
  /** After this long without another, tries of a password are forgotten. */
  signInTriesKeptMs: hourMs,
  emailCharsMax: 254,
  /** Whoever starts a server sits before it; a colleague may be on holiday. */
  setupLinkMs: 30 * minuteMs,
  passwordLinkMs: 7 * dayMs,
  /** A browser's name for itself, as far as it is kept with a session. */
  sessionUserAgentCharsMax: 256,

  integrationKeysMax: 200,
  /** That a key is in use is noted this often. */
  keyUsedEveryMs: 5 * minuteMs,

  /** The audit log keeps a year, and never more than some 100 MB. */
  auditKeptMs: 365 * dayMs,
  auditEntriesMax: 200_000,
  /** Notes of what was refused: whoever knows the address can have something refused, and each note costs a commit. */
  refusalNotesPerSecond: 5,
  refusalNotesPerNetworkSecond: 0.5,

  // And the names of things.
  namesCharsMax: 120,

  /** How long requests and attempts in flight may take to finish after SIGTERM. */
  shutdownGraceMs: 10 * secondMs,
} as const;
