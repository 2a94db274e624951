/**
 * The settings as a table: what each is called, what it means, how its text is read and what stands when nobody gives it.
 * config.ts reads them from the environment and the command line.
 */
import { type DatabaseAddress, databaseAddress } from './core/database-address.ts';
import { limits } from './core/limits.ts';
import { type Role, roles } from './core/role.ts';
import {
  addressRanges,
  apiRoot,
  certificates,
  egressList,
  emailAddress,
  hostName,
  key32,
  keys32,
  keyText,
  oneOf,
  onOrOff,
  password,
  plainName,
  type Reader,
  serverList,
  someOf,
  wholeNumber,
} from './core/setting-values.ts';

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export interface Config {
  /** 0: any that is free. */
  port: number;
  host: string;
  database: DatabaseAddress;
  /** 32 bytes that secrets are encrypted with at rest. Null: kept beside the database. */
  secretKey: Buffer | null;
  /** Keys that secrets in the database may still be under; what is gets the present one at the start. */
  formerSecretKeys: Buffer[];
  /** Whether a start brings the tables up to date; else it is refused while they are behind. */
  migrate: boolean;
  roles: Role[];
  /** By which logs and metrics of many nodes are told apart. */
  nodeName: string;
  adminEmail: string | null;
  adminPassword: string | null;
  /** These three: null makes new ones at the first start. */
  apiKey: string | null;
  trackSecret: string | null;
  integrationKey: string | null;
  /** Separated by commas. Null: not set, which is not the same as empty. */
  egressAllow: string | null;
  egressHttp: boolean;
  /** Whether addresses of NAT64 are judged by the IPv4 address in them. */
  egressNat64: boolean;
  /** PEM. Trusted for receivers beside the usual authorities. */
  extraCa: string | null;
  /** Where this server is reached from outside. */
  publicUrl: string | null;
  /** Addresses and CIDR ranges of proxies that say where a request comes from. */
  trustedProxies: string[];
  /** Takes the place of Segment's own hosts, for both regions. */
  segmentApiUrl: string | null;
  /** Null: those of the system. */
  dnsServers: string[] | null;
  logLevel: (typeof logLevels)[number];
  /** Requests per second, per key and per address; 0 for no limit. */
  ingestRatePerSecond: number;
  shutdownGraceMs: number;
  /** Bytes. Null: by the size of the disk. */
  diskFreeBytesMin: number | null;
}

/** All nodes on a PostgreSQL must have the same key, so none of them can make one. */
export const secretKeyMissing =
  'BELLWIRE_SECRET_KEY or BELLWIRE_SECRET_KEY_FILE must be given with a PostgreSQL database, the same on every node: it encrypts secrets in it. `openssl rand -base64 32` makes one; keep it where you keep backups, but not with them.';

export interface Setting<Value> {
  /** Without `BELLWIRE_`; the flag is the same in small letters with dashes. */
  name: string;
  /** What stands for the value in the help. */
  value: string;
  text: string;
  fallback: Value;
  read: Reader<NonNullable<Value>>;
  /** Can be given by file. */
  secret?: true;
  emptyAllowed?: true;
}

export const settings: { readonly [Name in keyof Config]: Setting<Config[Name]> } = {
  port: {
    name: 'PORT',
    value: '<number>',
    text: 'Where to listen; 0 for any port that is free. Default 8080.',
    fallback: 8080,
    read: wholeNumber(0, 65_535),
  },
  host: {
    name: 'HOST',
    value: '<address>',
    text: 'The address to listen on; 0.0.0.0 for all. Default 127.0.0.1.',
    fallback: '127.0.0.1',
    read: hostName,
  },
  database: {
    name: 'DATABASE_URL',
    value: '<url>',
    text: 'Where everything is kept: `sqlite:<path>`, or `postgres://<user>:<password>@<host>/<name>` for many nodes. Default sqlite:data/bellwire.db.',
    fallback: { kind: 'sqlite', path: 'data/bellwire.db' },
    read: databaseAddress,
    secret: true,
  },
  secretKey: {
    name: 'SECRET_KEY',
    value: '<key>',
    text: 'Encrypts secrets in the database: 32 bytes in base64 or hexadecimal. By default one is made at the first start and kept beside the database; with PostgreSQL it must be given, the same on every node.',
    fallback: null,
    read: key32,
    secret: true,
  },
  formerSecretKeys: {
    name: 'FORMER_SECRET_KEYS',
    value: '<list>',
    text: 'Keys that SECRET_KEY takes the place of, separated by commas. At the start whatever is still encrypted with one of them is encrypted anew with SECRET_KEY; then this can go.',
    fallback: [],
    read: keys32,
    secret: true,
  },
  migrate: {
    name: 'MIGRATE',
    value: 'on|off',
    text: 'Whether a server brings the tables of its database up to date when it starts; off: it refuses to start while they are behind, and `npx bellwire migrate` does it. Default on.',
    fallback: true,
    read: onOrOff,
  },
  roles: {
    name: 'ROLES',
    value: '<list>',
    text: 'What this node does, separated by commas: ingest takes events in, deliver sends webhooks, admin is the management API. Only where many nodes share a PostgreSQL can one leave something out. Default ingest,deliver,admin.',
    fallback: [...roles],
    read: someOf(roles),
  },
  nodeName: {
    name: 'NODE_NAME',
    value: '<name>',
    text: 'What this node is called in logs and metrics. Default: the name of the machine, and the port.',
    // Empty: see `defaultNodeName`.
    fallback: '',
    read: plainName,
  },
  adminEmail: {
    name: 'ADMIN_EMAIL',
    value: '<address>',
    text: 'The first Admin, made while there is none. Without it, a link to make one is printed at the start.',
    fallback: null,
    read: emailAddress,
  },
  adminPassword: {
    name: 'ADMIN_PASSWORD',
    value: '<text>',
    text: 'The password of the first Admin, at least 12 characters.',
    fallback: null,
    read: password(12),
    secret: true,
  },
  apiKey: {
    name: 'API_KEY',
    value: '<key>',
    text: "The first app's API key, which Segment libraries use as write key. By default one is made and shown at the first start.",
    fallback: null,
    read: keyText(1),
    secret: true,
  },
  trackSecret: {
    name: 'TRACK_SECRET',
    value: '<key>',
    text: "The first app's Track Event secret, at least 16 characters. By default one is made and shown at the first start.",
    fallback: null,
    read: keyText(16),
    secret: true,
  },
  integrationKey: {
    name: 'INTEGRATION_KEY',
    value: '<key>',
    text: 'A key to the REST API with all rights, at least 16 characters. By default one is made and shown at the first start.',
    fallback: null,
    read: keyText(16),
    secret: true,
  },
  egressAllow: {
    name: 'EGRESS_ALLOW',
    value: '<list>',
    text: 'Addresses, ranges (10.0.0.0/8) and host names, separated by commas, that webhooks may reach although they are private. While it is not set and HOST is a loopback address, 127.0.0.1/32 may be reached.',
    fallback: null,
    read: egressList,
    emptyAllowed: true,
  },
  egressHttp: {
    name: 'EGRESS_HTTP',
    value: 'on|off',
    text: 'Whether webhooks may use http; off allows only https. Default on.',
    fallback: true,
    read: onOrOff,
  },
  egressNat64: {
    name: 'EGRESS_NAT64',
    value: 'on|off',
    text: 'Whether the network reaches IPv4 by NAT64: addresses in 64:ff9b::/96 are then judged by the IPv4 address in them, and refused otherwise. Default off.',
    fallback: false,
    read: onOrOff,
  },
  extraCa: {
    name: 'EXTRA_CA',
    value: '<pem>',
    text: 'Certificates in PEM of authorities that webhooks trust beside the usual ones, for receivers with a certificate of your own authority.',
    fallback: null,
    read: certificates,
    secret: true,
  },
  publicUrl: {
    name: 'PUBLIC_URL',
    value: '<url>',
    text: 'Where this server is reached from outside, when a proxy stands before it. People sign in there, and webhooks may not post there, because what they send would come back for ever.',
    fallback: null,
    read: apiRoot,
  },
  trustedProxies: {
    name: 'TRUSTED_PROXIES',
    value: '<list>',
    text: 'Addresses and ranges of the proxies before this server, separated by commas: what they write into X-Forwarded-For is where people sign in and events come from, for rates and the exclude list. Default: none, and whoever connects is who it is.',
    fallback: [],
    read: addressRanges,
  },
  segmentApiUrl: {
    name: 'SEGMENT_API_URL',
    value: '<url>',
    text: "Takes the place of Segment's own hosts for webhooks of the Segment type.",
    fallback: null,
    read: apiRoot,
  },
  dnsServers: {
    name: 'DNS_SERVERS',
    value: '<list>',
    text: "Addresses of DNS servers, separated by commas. Default: the system's.",
    fallback: null,
    read: serverList,
  },
  logLevel: {
    name: 'LOG_LEVEL',
    value: '<level>',
    text: `How much is logged: ${logLevels.join(', ')}. Default info.`,
    fallback: 'info',
    read: oneOf(logLevels),
  },
  ingestRatePerSecond: {
    name: 'INGEST_RATE',
    value: '<number>',
    text: `How many requests with events are taken in a second, for each key and for each address; 0 for no limit. Default ${limits.ingestRatePerSecond}.`,
    fallback: limits.ingestRatePerSecond,
    read: wholeNumber(0, 1_000_000),
  },
  shutdownGraceMs: {
    name: 'SHUTDOWN_GRACE_SECONDS',
    value: '<number>',
    text: `How long requests and attempts under way may take to finish when the server is stopped. Default ${limits.shutdownGraceMs / 1000}.`,
    fallback: limits.shutdownGraceMs / 1000,
    read: wholeNumber(0, 600),
  },
  diskFreeBytesMin: {
    name: 'DISK_FREE_MIN_MB',
    value: '<number>',
    text: 'How many megabytes must be free on the disk with the database for events to be taken; 0 for no mark. By default 5 % of the disk and at most 512. With PostgreSQL it means nothing.',
    fallback: null,
    read: wholeNumber(0, 1_000_000_000),
  },
};
