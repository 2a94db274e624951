/**
 * The process: finds out which command was meant, runs it with the real clock, environment and terminal, and ends with
 * its exit code: 0 when all went well, 1 when not. What a command needs is loaded only when it runs.
 */
import { randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import type { Logger } from 'pino';
import { insistOnFreePlace } from './cli/free-place.ts';
import { type Command, commands, helpText } from './cli/help.ts';
import { eventsNamed, listen, listenFlags } from './cli/listen.ts';
import { logInWords } from './cli/log-words.ts';
import { migrate } from './cli/migrate.ts';
import { replay, replayFieldsOf, replayFlags } from './cli/replay.ts';
import { Mishap } from './cli/request.ts';
import { eventTypeNamed, send, sendFlags } from './cli/send.ts';
import { serve } from './cli/serve.ts';
import type { Terminal } from './cli/terminal.ts';
import { environment, readConfig } from './config.ts';
import { systemClock, systemDice } from './core/clock.ts';
import { type Flag, type ParsedFlags, parseFlags } from './core/flags.ts';
import { nearest } from './core/nearest.ts';
import { version } from './core/version.ts';
import type { Config } from './settings.ts';

const terminal: Terminal = {
  out: (text) => void process.stdout.write(`${text}\n`),
  note: (text) => void process.stderr.write(`${text}\n`),
};

/** Whether the log of a server is before a person's eyes: then it is in words, and says nothing that is said anyway. */
const logIsWatched = process.stdout.isTTY;

/** Set once this process is a server: from then on what goes wrong belongs in its log. */
let serverLog: Logger | null = null;

const runs = { serve: runServe, migrate: runMigrate, send: runSend, listen: runListen, replay: runReplay };

// Whoever read what we write is gone. A server goes on in silence, because events are worth more than what is said of
// them; any other command has nobody left to work for.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => serverLog ?? process.exit(1));
process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);
run(process.argv.slice(2)).then((code) => process.exit(code), fail);

async function run([word = 'help', ...argv]: readonly string[]): Promise<number> {
  if (word === '--version' || word === 'version') {
    terminal.out(version);
    return 0;
  }
  const command = word === '--help' || word === '-h' ? 'help' : commandNamed(word);
  if (command === 'help' || argv.includes('--help') || argv.includes('-h')) {
    terminal.out(helpText(command));
    return 0;
  }
  return runs[command](argv);
}

async function runServe(argv: readonly string[]): Promise<number> {
  // Events that are in flight outlive the young generation and are garbage in the old one a moment later. Collected when it
  // has doubled, it stays under 60 MB; V8 would let it quadruple. A V8 that does not know the flag says so and goes on.
  setFlagsFromString('--heap-growing-percent=100');
  const config = configOrMishap(argv, 'server');
  const [{ realNetwork, startApp }, { pino }] = await Promise.all([import('./app.ts'), import('pino')]);
  const options = { level: config.logLevel, base: { node: config.nodeName }, timestamp: pino.stdTimeFunctions.isoTime };
  // Not pino's own way to stdout: when nobody reads that any more, it tries for ever to write the last words of a process.
  const written = logIsWatched ? logInWords : (line: string) => line;
  const log = pino(options, { write: (line) => void process.stdout.write(written(line)) });
  serverLog = log;
  return serve({
    async start() {
      await insistOnFreePlace(config);
      return startApp(config, { log, clock: systemClock, dice: systemDice, onDeath: fail, network: realNetwork });
    },
    fixedKeys: config,
    database: config.database,
    roles: config.roles,
    stopped: askedToStop(),
    terminal,
  });
}

async function runMigrate(argv: readonly string[]): Promise<number> {
  const { database } = configOrMishap(argv, 'client');
  const { migrateDatabase } = await import('./store/migrate-database.ts');
  return migrate({ database, bringUpToDate: migrateDatabase, terminal });
}

async function runSend(argv: readonly string[]): Promise<number> {
  const { values, words } = flagsOrMishap(argv, sendFlags, 1);
  const type = eventTypeNamed(words[0]);
  const config = configOrMishap([], 'client');
  const request = {
    type,
    url: serverUrl(values, config),
    ...(await apiKey(values, config)),
    visitorId: values.get('visitor') ?? null,
    accountId: values.get('account') ?? null,
  };
  return send(request, { clock: systemClock, terminal });
}

async function runListen(argv: readonly string[]): Promise<number> {
  const { values } = flagsOrMishap(argv, listenFlags, 0);
  const config = configOrMishap([], 'client');
  const sample = values.has('send') ? eventTypeNamed(values.get('send')) : null;
  const url = serverUrl(values, config);
  const key = values.get('key') ?? config.integrationKey;
  const request = {
    port: numberIn(values, 'port', 0, 0, 65_535),
    registration: key === null ? null : { url, key, events: eventsNamed(values.get('events')) },
    secrets: { secret: values.get('secret') ?? null, signingSecret: values.get('signing-secret') ?? null },
    status: numberIn(values, 'status', 204, 200, 599),
    showBody: values.has('body'),
  };
  return listen(request, {
    clock: systemClock,
    terminal,
    stopped: askedToStop(),
    newSecret: () => randomBytes(24).toString('base64url'),
    async onReady() {
      if (sample === null) return;
      const ofSample = { type: sample, url, ...(await apiKey(values, config)), visitorId: null, accountId: null };
      // What became of it is about to be printed, so there is nothing to say about where to look.
      await send(ofSample, { clock: systemClock, terminal: { ...terminal, note: () => {} } });
    },
  });
}

async function runReplay(argv: readonly string[]): Promise<number> {
  const { values } = flagsOrMishap(argv, replayFlags, 0);
  const config = configOrMishap([], 'client');
  const key = values.get('key') ?? config.integrationKey;
  if (key === null) throw new Mishap('An integration key is needed: --key, or BELLWIRE_INTEGRATION_KEY.');
  const command = {
    url: serverUrl(values, config),
    key,
    fields: replayFieldsOf(values),
    countOnly: values.has('count'),
    sure: values.has('yes'),
  };
  return replay(command, { terminal, confirmed, pause });
}

async function confirmed(question: string): Promise<boolean> {
  const { createInterface } = await import('node:readline/promises');
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  // Nobody there: the end of the input is no yes.
  const ended = new Promise<string>((resolve) => void asking.once('close', () => resolve('')));
  const answer = await Promise.race([asking.question(question), ended]);
  asking.close();
  return /^y(es)?$/i.test(answer.trim());
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void systemClock.after(ms, resolve));
}

/** With settings wrong nothing is started, and all that is wrong is said. */
function configOrMishap(argv: readonly string[], use: 'server' | 'client'): Config {
  const reading = readConfig(environment, argv, use);
  if (reading.ok) return reading.config;
  throw new Mishap(`${reading.problems.join('\n')}\nAll settings: npx bellwire serve --help`);
}

function flagsOrMishap(argv: readonly string[], flags: readonly Flag[], wordsMax: number): ParsedFlags {
  const parsed = parseFlags(argv, flags);
  parsed.problems.push(...parsed.words.slice(wordsMax).map((word) => `${word} is not expected here.`));
  if (parsed.problems.length > 0) throw new Mishap(`${parsed.problems.join('\n')}\nAll flags: add --help`);
  return parsed;
}

function numberIn(
  values: ReadonlyMap<string, string>,
  flag: string,
  fallback: number,
  min: number,
  max: number,
): number {
  const text = values.get(flag);
  if (text === undefined) return fallback;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new Mishap(`--${flag} must be a whole number from ${min} to ${max}.`);
}

function commandNamed(word: string): Command {
  const command = commands.find((command) => command === word);
  if (command !== undefined) return command;
  const likely = nearest(word, commands);
  throw new Mishap(
    `There is no command "${word}".${likely === null ? '' : ` Did you mean npx bellwire ${likely}?`} All commands: npx bellwire --help`,
  );
}

/** Where a server with the same settings can be reached from this machine. */
function serverUrl(values: ReadonlyMap<string, string>, config: Config): string {
  const given = values.get('url');
  if (given !== undefined) {
    if (!/^https?:$/.test(URL.parse(given)?.protocol ?? '')) throw new Mishap('--url must be an http or https URL.');
    return given.replace(/\/+$/, '');
  }
  const host = { '0.0.0.0': '127.0.0.1', '::': '[::1]' }[config.host] ?? config.host;
  return `http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${config.port}`;
}

async function apiKey(
  values: ReadonlyMap<string, string>,
  config: Config,
): Promise<{ apiKey: string; apiKeyFrom: string }> {
  const given = values.get('api-key');
  if (given !== undefined) return { apiKey: given, apiKeyFrom: '--api-key' };
  if (config.apiKey !== null) return { apiKey: config.apiKey, apiKeyFrom: 'BELLWIRE_API_KEY' };
  const { database } = config;
  if (database.kind === 'postgres') {
    throw new Mishap(
      'Which app? A database that is not on this machine is not searched for its key: give it with --api-key, or as BELLWIRE_API_KEY. `GET /api/v1/apps` shows it.',
    );
  }
  const { localApiKey } = await import('./store/local-api-key.ts');
  const found = localApiKey(database.path);
  if (found !== null) return { apiKey: found, apiKeyFrom: database.path };
  throw new Mishap(
    `There is no API key in ${database.path}: start the server here once, or give the key with --api-key.`,
  );
}

/**
 * Resolves at the first SIGTERM or SIGINT; a second one ends the process at once. In a terminal one Ctrl+C arrives more
 * than once, from the terminal itself and from each parent that passes it on, so what follows at once is still the first.
 */
function askedToStop(): Promise<void> {
  return new Promise((resolve) => {
    let askedAtMs: number | null = null;
    const ask = () => {
      const nowMs = systemClock.monotonicMs();
      if (askedAtMs !== null && nowMs - askedAtMs > echoMs) process.exit(1);
      askedAtMs ??= nowMs;
      resolve();
    };
    process.on('SIGTERM', ask);
    process.on('SIGINT', ask);
  });
}

const echoMs = 500;

/** A mishap is told in its own words. Anything else is a bug, or something broken that we do not know. */
function fail(error: unknown): void {
  if (!logIsWatched) serverLog?.fatal({ err: error }, 'the server cannot go on');
  if (error instanceof Mishap) terminal.note(error.message);
  else if (serverLog === null) terminal.note(detailOf(error));
  else
    terminal.note(
      `Bellwire cannot go on: ${logIsWatched ? detailOf(error) : `${String(error)} The log has the details.`}`,
    );
  process.exit(1);
}

function detailOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
