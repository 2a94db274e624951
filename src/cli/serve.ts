/**
 * `bellwire serve`: starts the server, says where it is and what to do next, and ends it in order when it is asked to. All of
 * this goes to stderr: stdout is the log, in JSON, and must hold no keys.
 */
import { type DatabaseAddress, shownDatabase } from '../core/database-address.ts';
import { version } from '../core/version.ts';
import { Mishap } from './request.ts';
import type { Terminal } from './terminal.ts';

interface Keys {
  apiKey: string;
  trackSecret: string;
  integrationKey: string;
}

export interface RunningServer {
  url: string;
  /** The keys of the very first start; null ever after. */
  firstKeys: Keys | null;
  close(): Promise<void>;
}

export interface ServeDeps {
  start(): Promise<RunningServer>;
  /** Keys that the settings fix. Whoever gave them knows them, and need not see them on a screen. */
  fixedKeys: { [Name in keyof Keys]: string | null };
  /** Where the database is to be, for whoever has to find out why it cannot be there. */
  database: DatabaseAddress;
  /** Resolves when the server is asked to end. */
  stopped: Promise<void>;
  terminal: Terminal;
}

export async function serve(deps: ServeDeps): Promise<number> {
  const { terminal } = deps;
  const server = await startOrExplain(deps);
  terminal.note(welcome(server, deps.fixedKeys));
  await deps.stopped;
  terminal.note('Stopping: what has been taken in is being finished. Ctrl+C once more stops at once.');
  await server.close();
  return 0;
}

async function startOrExplain(deps: ServeDeps): Promise<RunningServer> {
  try {
    return await deps.start();
  } catch (error) {
    throw explained(error, deps.database);
  }
}

/** The usual reasons why a server cannot start, in a sentence that says how to mend it; all others as they are. */
function explained(error: unknown, database: DatabaseAddress): unknown {
  if (!(error instanceof Error)) return error;
  // What the data thread says of itself is a sentence already; errors cross from it without their code.
  if (error.message.startsWith('The database ')) return new Mishap(error.message);
  if (/^(unable to open database file|attempt to write a readonly database)$/.test(error.message) || 'path' in error) {
    return new Mishap(
      `The database cannot be opened or made at ${shownDatabase(database)} (${error.message}): ` +
        'check that its folder can be written, or choose another place with --database-url.',
    );
  }
  if (!('code' in error)) return error;
  const address = 'port' in error ? `port ${String(error.port)}` : 'the port';
  switch (error.code) {
    case 'EADDRINUSE':
      return new Mishap(`Something else already listens on ${address}: stop it, or choose another with --port.`);
    case 'EACCES':
      if ('port' in error)
        return new Mishap(`Listening on ${address} is not allowed: choose one above 1023 with --port.`);
      return error;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new Mishap('This machine does not have the address to listen on: check --host.');
    default:
      return error;
  }
}

function welcome({ url, firstKeys }: RunningServer, fixedKeys: ServeDeps['fixedKeys']): string {
  const made = firstKeys === null ? [] : keysMade(firstKeys, fixedKeys);
  const madeKey = fixedKeys.integrationKey === null ? firstKeys?.integrationKey : undefined;
  // The commands look there by themselves.
  const where = url === 'http://127.0.0.1:8080' ? '' : ` --url ${url}`;
  return [
    '',
    `Bellwire ${version} is ready at ${url}`,
    ...(made.length === 0
      ? []
      : ['', 'This is its first start. Keep these keys: they are not shown again.', '', ...made]),
    '',
    'To see an event on its whole journey, open a second terminal in this folder and run:',
    '',
    `  npx bellwire listen${where} --key ${madeKey ?? '<integration key>'} --send trackEventReceived`,
    '',
    'And in a third one, for more:',
    '',
    `  npx bellwire send guideDisplayed${where}`,
    '',
  ].join('\n');
}

function keysMade({ apiKey, trackSecret, integrationKey }: Keys, fixed: ServeDeps['fixedKeys']): string[] {
  return [
    ...(fixed.apiKey === null ? [`  API key (write key for Segment libraries)  ${apiKey}`] : []),
    ...(fixed.trackSecret === null ? [`  Track Event secret                         ${trackSecret}`] : []),
    ...(fixed.integrationKey === null ? [`  Integration key (REST API, all rights)     ${integrationKey}`] : []),
  ];
}
