/**
 * `bellwire serve`: starts the server, says where it is and what to do next, and ends it in order when it is asked to. All of
 * this goes to stderr: stdout is the log, which must hold no keys.
 */
import { isDefaultDatabase } from '../config.ts';
import type { DatabaseAddress } from '../core/database-address.ts';
import { type Role, roles } from '../core/role.ts';
import { version } from '../core/version.ts';
import { explained } from './start-mishap.ts';
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
  /** By which the first Admin is made; null when there is one. */
  setupLink: string | null;
  close(): Promise<void>;
}

export interface ServeDeps {
  start(): Promise<RunningServer>;
  /** Keys that the settings fix. Whoever gave them knows them, and need not see them on a screen. */
  fixedKeys: { [Name in keyof Keys]: string | null };
  /** Where the database is to be, for whoever has to find out why it cannot be there. */
  database: DatabaseAddress;
  /** What this server does of it all. */
  roles: readonly Role[];
  /** Resolves when the server is asked to end. */
  stopped: Promise<void>;
  terminal: Terminal;
}

export async function serve(deps: ServeDeps): Promise<number> {
  const { terminal } = deps;
  const server = await startOrExplain(deps);
  terminal.note(welcome(server, deps));
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

function welcome(
  { url, firstKeys, setupLink }: RunningServer,
  { fixedKeys, database, roles: chosen }: ServeDeps,
): string {
  const made = firstKeys === null ? [] : keysMade(firstKeys, fixedKeys);
  return [
    '',
    `Bellwire ${version} is ready at ${url}`,
    ...(isWhole(chosen) ? [] : [`Of all there is to do it does: ${chosen.join(', ')} (BELLWIRE_ROLES).`]),
    ...(made.length === 0
      ? []
      : ['', 'This is its first start. Keep these keys: they are not shown again.', '', ...made]),
    ...(setupLink === null
      ? []
      : [
          '',
          'Open this link to see everything in the browser. Whoever uses it within half an hour becomes the first Admin:',
          '',
          `  ${setupLink}`,
        ]),
    ...(isWhole(chosen) ? firstSteps(url, firstKeys, { fixedKeys, database }) : []),
    '',
  ].join('\n');
}

/** An event's whole journey goes through one server only if that does everything. */
function isWhole(chosen: readonly Role[]): boolean {
  return roles.every((role) => chosen.includes(role));
}

function firstSteps(
  url: string,
  firstKeys: Keys | null,
  { fixedKeys, database }: Pick<ServeDeps, 'fixedKeys' | 'database'>,
): string[] {
  const shownKey = (name: keyof Keys, unknown: string) =>
    (fixedKeys[name] === null ? firstKeys?.[name] : undefined) ?? unknown;
  // The commands look there by themselves, and in the database of this folder; where another is they cannot know.
  const where = url === 'http://127.0.0.1:8080' ? '' : ` --url ${url}`;
  const app = isDefaultDatabase(database) ? '' : ` --api-key ${shownKey('apiKey', '<API key>')}`;
  return [
    '',
    'Or see an event on its whole journey in a terminal. Open a second one in this folder and run:',
    '',
    // Everybody on the machine sees flags, and variables are seen by their owner alone.
    `  BELLWIRE_INTEGRATION_KEY=${shownKey('integrationKey', '<integration key>')} npx bellwire listen${where}${app} --send trackEventReceived`,
    '',
    'And in a third one, for more:',
    '',
    `  npx bellwire send guideDisplayed${where}${app}`,
    '',
    `Or click through a shop that has the browser agent on it: ${url}/demo`,
  ];
}

function keysMade({ apiKey, trackSecret, integrationKey }: Keys, fixed: ServeDeps['fixedKeys']): string[] {
  return [
    ...(fixed.apiKey === null ? [`  API key (write key for Segment libraries)  ${apiKey}`] : []),
    ...(fixed.trackSecret === null ? [`  Track Event secret                         ${trackSecret}`] : []),
    ...(fixed.integrationKey === null ? [`  Integration key (REST API, all rights)     ${integrationKey}`] : []),
  ];
}
