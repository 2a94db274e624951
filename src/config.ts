/**
 * Reads the settings: settings.ts is the table from which they are checked and explained, and this is the only file that
 * reads the environment. Each setting `X` is the variable `BELLWIRE_X` and the flag `--x`, which wins; a secret can also
 * be put in a file, named by `BELLWIRE_X_FILE` or `--x-file`. Whatever is unknown or invalid is named, all of it at once,
 * and nothing starts.
 */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { type DatabaseAddress, shownDatabase } from './core/database-address.ts';
import { describeFlags, type Flag, parseFlags } from './core/flags.ts';
import { nearest } from './core/nearest.ts';
import { passwordProblem } from './core/password-rules.ts';
import { roleMissing } from './core/role.ts';
import { type Config, type Setting, secretKeyMissing, settings } from './settings.ts';

export type ConfigReading = { ok: true; config: Config } | { ok: false; problems: string[] };

export type Environment = Readonly<Record<string, string | undefined>>;

/** What the process was started with; read here and nowhere else. */
export const environment: Environment = process.env;

/** A `client` is a command that speaks with a server, or with its database, and is none: it needs no more than it uses. */
export function readConfig(
  env: Environment,
  argv: readonly string[],
  use: 'server' | 'client' = 'server',
): ConfigReading {
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
    database: take(settings.database),
    secretKey: take(settings.secretKey),
    formerSecretKeys: take(settings.formerSecretKeys),
    migrate: take(settings.migrate),
    roles: take(settings.roles),
    nodeName: take(settings.nodeName),
    adminEmail: take(settings.adminEmail),
    adminPassword: take(settings.adminPassword),
    apiKey: take(settings.apiKey),
    trackSecret: take(settings.trackSecret),
    integrationKey: take(settings.integrationKey),
    egressAllow: take(settings.egressAllow),
    egressHttp: take(settings.egressHttp),
    egressNat64: take(settings.egressNat64),
    extraCa: take(settings.extraCa),
    publicUrl: take(settings.publicUrl),
    trustedProxies: take(settings.trustedProxies),
    segmentApiUrl: take(settings.segmentApiUrl),
    dnsServers: take(settings.dnsServers),
    logLevel: take(settings.logLevel),
    ingestRatePerSecond: take(settings.ingestRatePerSecond),
    shutdownGraceMs: take(settings.shutdownGraceMs) * 1000,
    diskFreeBytesMin: inBytes(take(settings.diskFreeBytesMin)),
  };
  if (config.nodeName === '') config.nodeName = defaultNodeName(config.port);
  if (problems.length === 0 && (config.adminEmail === null) !== (config.adminPassword === null)) {
    problems.push('BELLWIRE_ADMIN_EMAIL and BELLWIRE_ADMIN_PASSWORD must be given together.');
  }
  if (problems.length === 0 && config.adminPassword !== null) {
    const problem = passwordProblem(config.adminPassword, config.adminEmail ?? '');
    if (problem !== null) problems.push(`BELLWIRE_ADMIN_PASSWORD cannot be this one. ${problem}`);
  }
  if (problems.length === 0 && use === 'server') problems.push(...serverProblems(config));
  return problems.length === 0 ? { ok: true, config } : { ok: false, problems };
}

/** What is right by itself, and does not go together. */
function serverProblems({ database, secretKey, roles }: Config): string[] {
  if (database.kind === 'postgres') return secretKey === null ? [secretKeyMissing] : [];
  const missing = roleMissing(roles);
  return missing === null ? [] : [missing];
}

/** With any port that is free, which is not known yet, the number of the process tells two servers on a machine apart. */
function defaultNodeName(port: number): string {
  return port === 0 ? `${hostname()}/${process.pid}` : `${hostname()}:${port}`;
}

function inBytes(megabytes: number | null): number | null {
  return megabytes === null ? null : megabytes * 1024 * 1024;
}

/** Where everything is kept while nobody says otherwise; there every command looks by itself. */
export function isDefaultDatabase(database: DatabaseAddress): boolean {
  return shownDatabase(database) === shownDatabase(settings.database.fallback);
}

const all: readonly Setting<unknown>[] = Object.values(settings);

/** The settings as flags. */
const configFlags: readonly Flag[] = all.flatMap(({ name, value, text, secret }) => {
  const flag = { name: flagName(name), value, text };
  return secret === true ? [flag, { name: `${flag.name}-file`, value: '<path>', text: '' }] : [flag];
});

/** How each setting is given and what it does, for `bellwire serve --help`; or those of them alone that another command uses. */
export function describeConfig(names: readonly string[] = all.map(({ name }) => name)): string {
  const chosen = all.filter(({ name }) => names.includes(name));
  const described = chosen.map(({ name, value, text, secret }) => ({
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
