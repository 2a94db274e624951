/**
 * The settings: one table from which they are read, checked and explained. This is the only file that reads the
 * environment. Each setting `X` is the variable `BELLWIRE_X` and the flag `--x`, which wins; a secret can also be put in a file, named by
 * `BELLWIRE_X_FILE` or `--x-file`. Whatever is unknown or invalid is named, all of it at once, and nothing starts.
 */
import { readFileSync } from 'node:fs';
import { describeFlags, type Flag, parseFlags } from './core/flags.ts';
import { limits } from './core/limits.ts';
import { nearest } from './core/nearest.ts';
import {
  apiRoot,
  egressList,
  emailAddress,
  hostName,
  key32,
  keyText,
  oneOf,
  onOrOff,
  password,
  type Reader,
  serverList,
  sqlitePath,
  wholeNumber,
} from './core/setting-values.ts';

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export interface Config {
  /** 0: any that is free. */
  port: number;
  host: string;
  databasePath: string;
  /** 32 bytes that secrets are encrypted with at rest. Null: kept beside the database. */
  secretKey: Buffer | null;
  adminEmail: string | null;
  adminPassword: string | null;
  /** These three: null makes new ones at the first start. */
  apiKey: string | null;
  trackSecret: string | null;
  integrationKey: string | null;
  /** Separated by commas. Null: not set, which is not the same as empty. */
  egressAllow: string | null;
  egressHttp: boolean;
  /** Takes the place of Segment's own hosts, for both regions. */
  segmentApiUrl: string | null;
  /** Null: those of the system. */
  dnsServers: string[] | null;
  logLevel: (typeof logLevels)[number];
  /** Requests per second, per key and per address; 0 for no limit. */
  ingestRatePerSecond: number;
  shutdownGraceMs: number;
}

export type ConfigReading = { ok: true; config: Config } | { ok: false; problems: string[] };

export type Environment = Readonly<Record<string, string | undefined>>;

/** What the process was started with; read here and nowhere else. */
export const environment: Environment = process.env;

export function readConfig(env: Environment, argv: readonly string[]): ConfigReading {
  const { values, words, problems } = parseFlags(argv, configFlags);
  problems.push(...words.map((word) => `${word} is not expected here: settings are given as --name value.`));
  problems.push(...unknownVariables(env));

  /** Keeps what is wrong for the end; what it returns then is never used. */
  const take = <Value>(setting: Setting<Value>): Value => {
    const found = find(setting, env, values);
    if (found === null) return setting.fallback;
    if (!found.ok) {
      problems.push(found.problem);
      return setting.fallback;
    }
    const reading =
      found.text === '' && setting.emptyAllowed !== true
        ? { ok: false as const, problem: 'is empty: leave it out for its default' }
        : setting.read(found.text);
    if (reading.ok) return reading.value;
    problems.push(`${found.source} ${reading.problem}.`);
    return setting.fallback;
  };

  const config: Config = {
    port: take(settings.port),
    host: take(settings.host),
    databasePath: take(settings.databasePath),
    secretKey: take(settings.secretKey),
    adminEmail: take(settings.adminEmail),
    adminPassword: take(settings.adminPassword),
    apiKey: take(settings.apiKey),
    trackSecret: take(settings.trackSecret),
    integrationKey: take(settings.integrationKey),
    egressAllow: take(settings.egressAllow),
    egressHttp: take(settings.egressHttp),
    segmentApiUrl: take(settings.segmentApiUrl),
    dnsServers: take(settings.dnsServers),
    logLevel: take(settings.logLevel),
    ingestRatePerSecond: take(settings.ingestRatePerSecond),
    shutdownGraceMs: take(settings.shutdownGraceMs) * 1000,
  };
  if (problems.length === 0 && (config.adminEmail === null) !== (config.adminPassword === null)) {
    problems.push('BELLWIRE_ADMIN_EMAIL and BELLWIRE_ADMIN_PASSWORD must be given together.');
  }
  return problems.length === 0 ? { ok: true, config } : { ok: false, problems };
}

interface Setting<Value> {
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

const settings: { readonly [Name in keyof Config]: Setting<Config[Name]> } = {
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
  databasePath: {
    name: 'DATABASE_URL',
    value: '<url>',
    text: 'Where everything is kept. Default sqlite:data/bellwire.db.',
    fallback: 'data/bellwire.db',
    read: sqlitePath,
    secret: true,
  },
  secretKey: {
    name: 'SECRET_KEY',
    value: '<key>',
    text: 'Encrypts secrets in the database: 32 bytes in base64 or hexadecimal. By default one is made at the first start and kept beside the database.',
    fallback: null,
    read: key32,
    secret: true,
  },
  adminEmail: {
    name: 'ADMIN_EMAIL',
    value: '<address>',
    text: 'The first Admin.',
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
};

const all: readonly Setting<unknown>[] = Object.values(settings);

/** The settings as flags. */
const configFlags: readonly Flag[] = all.flatMap(({ name, value, text, secret }) => {
  const flag = { name: flagName(name), value, text };
  return secret === true ? [flag, { name: `${flag.name}-file`, value: '<path>', text: '' }] : [flag];
});

/** How each setting is given and what it does, for `bellwire serve --help`. */
export function describeConfig(): string {
  const described = all.map(({ name, value, text, secret }) => ({
    name: `${flagName(name)} ${value}`,
    value: `(BELLWIRE_${name}${secret === true ? `, or in a file: BELLWIRE_${name}_FILE` : ''})`,
    text,
  }));
  return describeFlags(described);
}

function flagName(name: string): string {
  return name.toLowerCase().replaceAll('_', '-');
}

type Found = { ok: true; text: string; source: string } | { ok: false; problem: string };

/** The text of a setting and where it was found, or null when nobody gave it. */
function find(setting: Setting<unknown>, env: Environment, flags: ReadonlyMap<string, string>): Found | null {
  const variable = `BELLWIRE_${setting.name}`;
  const flag = flagName(setting.name);
  return (
    findIn(`--${flag}`, flags.get(flag), `--${flag}-file`, flags.get(`${flag}-file`)) ??
    findIn(variable, env[variable], `${variable}_FILE`, setting.secret === true ? env[`${variable}_FILE`] : undefined)
  );
}

function findIn(name: string, text: string | undefined, fileName: string, path: string | undefined): Found | null {
  if (path === undefined) return text === undefined ? null : { ok: true, text, source: name };
  if (text !== undefined) return { ok: false, problem: `${name} and ${fileName} are both given: choose one.` };
  try {
    // Editors and `echo` end a file with a line break that is no part of the secret.
    return { ok: true, text: readFileSync(path, 'utf8').replace(/\r?\n$/, ''), source: `The content of ${fileName}` };
  } catch (error) {
    return {
      ok: false,
      problem: `${fileName} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
    };
  }
}

function unknownVariables(env: Environment): string[] {
  const known = all.flatMap(({ name, secret }) => {
    return secret === true ? [`BELLWIRE_${name}`, `BELLWIRE_${name}_FILE`] : [`BELLWIRE_${name}`];
  });
  return Object.keys(env)
    .filter((name) => name.startsWith('BELLWIRE_') && !name.startsWith('BELLWIRE_TEST_') && !known.includes(name))
    .map((name) => {
      const likely = nearest(name, known);
      return `${name} is not a setting.${likely === null ? '' : ` Did you mean ${likely}?`}`;
    });
}
