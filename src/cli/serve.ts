/**
 * `bellwire serve`: starts the server, says where it is and what to do next, and ends it in order when it is asked to. All of
 * this goes to stderr: stdout is the log, in JSON, and must hold no keys.
 */
import { version } from '../core/version.ts';
import { Mishap } from './request.ts';
import type { Terminal } from './terminal.ts';

export interface RunningServer {
  url: string;
  /** What the very first start made; null ever after. */
  firstKeys: { apiKey: string; trackSecret: string; integrationKey: string } | null;
  close(): Promise<void>;
}

export interface ServeDeps {
  start(): Promise<RunningServer>;
  /** Resolves when the server is asked to end. */
  stopped: Promise<void>;
  terminal: Terminal;
}

export async function serve(deps: ServeDeps): Promise<number> {
  const { terminal } = deps;
  const server = await startOrExplain(deps);
  terminal.note(welcome(server));
  await deps.stopped;
  terminal.note('Stopping: what has been taken in is being finished. Ctrl+C once more stops at once.');
  await server.close();
  return 0;
}

async function startOrExplain(deps: ServeDeps): Promise<RunningServer> {
  try {
    return await deps.start();
  } catch (error) {
    throw explained(error);
  }
}

/** The usual reasons why a server cannot start, in a sentence that says how to mend it; all others as they are. */
function explained(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
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

function welcome({ url, firstKeys }: RunningServer): string {
  const key = firstKeys?.integrationKey ?? '<integration key>';
  // The commands look there by themselves.
  const where = url === 'http://127.0.0.1:8080' ? '' : ` --url ${url}`;
  return [
    '',
    `Bellwire ${version} is ready at ${url}`,
    ...(firstKeys === null ? [] : ['', ...shownOnce(firstKeys)]),
    '',
    'To see an event on its whole journey, open a second terminal in this folder and run:',
    '',
    `  npx bellwire listen${where} --key ${key} --send trackEventReceived`,
    '',
    'And in a third one, for more:',
    '',
    `  npx bellwire send guideDisplayed${where}`,
    '',
  ].join('\n');
}

function shownOnce({ apiKey, trackSecret, integrationKey }: NonNullable<RunningServer['firstKeys']>): string[] {
  return [
    'This is its first start, and it made three keys. Keep them: they are not shown again.',
    '',
    `  API key (write key for Segment libraries)  ${apiKey}`,
    `  Track Event secret                         ${trackSecret}`,
    `  Integration key (REST API, all rights)     ${integrationKey}`,
  ];
}
