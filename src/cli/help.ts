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

  bellwire serve                 start the server
  bellwire migrate               bring the tables of the database up to date, and serve nothing
  bellwire listen                receive webhooks on this machine and check their signatures
  bellwire send <event type>     send a sample event through the server's front door
  bellwire replay                send again what has failed, or was never sent
  bellwire <command> --help      all that a command takes
  bellwire --version

A first look, in two terminals:

  bellwire serve
  bellwire listen --key <shown at the first start> --send trackEventReceived
`,

  serve: () => `bellwire serve [settings]

Starts the server. Every setting can be given as a flag or as an environment variable. Flags can be
seen by everybody on the machine: give secrets as variables or in files.

${describeConfig()}
`,

  migrate: () => `bellwire migrate [settings]

Brings the tables of the database (BELLWIRE_DATABASE_URL) up to date, says what it did, and serves nothing.
A server does the same when it starts, unless BELLWIRE_MIGRATE is off. It takes the settings of a server,
and needs the database alone.
`,

  send: () => `bellwire send <event type> [flags]

Sends a sample event through the server's front door, like a real one.
Event types: ${eventTypes.slice(0, 5).join(', ')},
  ${eventTypes.slice(5).join(', ')}.

${describeFlags(sendFlags)}
`,

  listen: () => `bellwire listen [flags]

Receives webhooks on this machine, prints each, and says whether its signatures hold.

${describeFlags(listenFlags)}
`,

  replay: () => `bellwire replay [flags]

Sends deliveries again, each with its own bytes and under its own id, slower than new events, which go
first. Says first how many that would be, and asks. Without a flag that narrows it nothing is sent.

${describeFlags(replayFlags)}
`,
};
