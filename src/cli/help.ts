/** What `--help` says: of all commands, or of one. */
import { describeConfig } from '../config.ts';
import { eventTypes } from '../core/event.ts';
import { describeFlags } from '../core/flags.ts';
import { version } from '../core/version.ts';
import { listenFlags } from './listen.ts';
import { replayFlags } from './replay.ts';
import { sendFlags } from './send.ts';

export const commands = ['serve', 'migrate', 'send', 'listen', 'replay', 'help'] as const;
export type Command = (typeof commands)[number];

export function helpText(command: Command): string {
  return texts[command]();
}

const texts: Readonly<Record<Command, () => string>> = {
  help: () => `Bellwire ${version}: product events in, signed webhooks out.

  npx bellwire serve                 start the server
  npx bellwire migrate               bring the tables of the database up to date, and serve nothing
  npx bellwire listen                receive webhooks on this machine and check their signatures
  npx bellwire send <event type>     send a sample event through the server's front door
  npx bellwire replay                send again what has failed, or was never sent
  npx bellwire <command> --help      all that a command takes
  npx bellwire --version

A first look, in two terminals:

  npx bellwire serve
  BELLWIRE_INTEGRATION_KEY=<shown at the first start> npx bellwire listen --send trackEventReceived
`,

  serve: () => `npx bellwire serve [settings]

Starts the server. Every setting can be given as a flag or as an environment variable. Flags can be
seen by everybody on the machine: give secrets as variables or in files.

${describeConfig()}
`,

  migrate: () => `npx bellwire migrate [settings]

Brings the tables of the database up to date, says what it did, and serves nothing. A server does the same
when it starts, unless BELLWIRE_MIGRATE is off.

${describeConfig(['DATABASE_URL'])}

The other settings of a server may be there, and mean nothing to it.
`,

  send: () => `npx bellwire send <event type> [flags]

Sends a sample event through the server's front door, like a real one.
Event types: ${eventTypes.slice(0, 5).join(', ')},
  ${eventTypes.slice(5).join(', ')}.

${describeFlags(sendFlags)}
`,

  listen: () => `npx bellwire listen [flags]

Receives webhooks on this machine, prints each, and says whether its signatures hold.

${describeFlags(listenFlags)}
`,

  replay: () => `npx bellwire replay [flags]

Sends deliveries again, each with its own bytes and under its own id, slower than new events, which go
first. Says first how many that would be, and asks. Without a flag that narrows it nothing is sent.

${describeFlags(replayFlags)}
`,
};
