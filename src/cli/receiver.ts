/** The receiver of `bellwire listen`: an HTTP server that checks the signatures of each delivery and prints it. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Clock } from '../core/clock.ts';
import { secretKey, signingKey, verifyPendo, verifyStandard } from '../core/signature.ts';
import { Mishap } from './request.ts';
import { printable, type Terminal } from './terminal.ts';

/** Null: not known, and so not checked. May be set after the start. */
export interface ReceiverSecrets {
  secret: string | null;
  signingSecret: string | null;
}

export interface Receiver {
  url: string;
  receivedCount(): number;
  wrongCount(): number;
  close(): Promise<void>;
}

interface ReceiverSettings {
  port: number;
  secrets: ReceiverSecrets;
  status: number;
  showBody: boolean;
}

export async function startReceiver(
  settings: ReceiverSettings,
  { clock, terminal }: { clock: Clock; terminal: Terminal },
): Promise<Receiver> {
  let receivedCount = 0;
  let wrongCount = 0;
  const tryOf = countTries();
  const receive = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await bodyOf(request);
    if (body === null) {
      response.writeHead(413, { connection: 'close' }).end();
      return;
    }
    const now = clock.now();
    const signatures = check(request, body, settings.secrets, now);
    receivedCount += 1;
    if (signatures.wrong) wrongCount += 1;
    const answered = answerInWords(tryOf(header(request, 'webhook-id')), settings.status);
    terminal.out(
      `${new Date(now).toISOString().slice(11, 23)}  ${summaryOf(body)}\n              ${signatures.text}${answered}`,
    );
    if (settings.showBody) terminal.out(indented(body));
    response.writeHead(settings.status).end();
  };
  const server = createServer((request, response) => {
    // A sender that goes away in the middle of its request is its own affair.
    receive(request, response).catch(() => response.destroy());
  });
  const port = await listening(server, settings.port);
  return {
    url: `http://127.0.0.1:${port}/`,
    receivedCount: () => receivedCount,
    wrongCount: () => wrongCount,
    close() {
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

/** Says how often a delivery has come, by its id. Of very many the oldest are forgotten. */
function countTries(): (id: string | undefined) => number {
  const tries = new Map<string, number>();
  return (id) => {
    if (id === undefined) return 1;
    const count = (tries.get(id) ?? 0) + 1;
    tries.delete(id);
    tries.set(id, count);
    if (tries.size > deliveriesKnownMax) tries.delete(tries.keys().next().value ?? '');
    return count;
  };
}

/** More than anybody follows on a screen; a few megabytes. */
const deliveriesKnownMax = 10_000;

/** Nothing of a first try that was taken, which is how it should be. */
function answerInWords(tryNumber: number, status: number): string {
  const isTaken = status >= 200 && status < 300;
  return tryNumber === 1 && isTaken ? '' : `; try ${tryNumber}, answered ${status}`;
}

/** Far beyond what we send; whatever sends more is not a webhook of ours. */
const bodyBytesMax = 1024 * 1024;

async function bodyOf(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes > bodyBytesMax) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function check(request: IncomingMessage, body: Buffer, { secret, signingSecret }: ReceiverSecrets, now: number) {
  const pendo = secret === null ? null : verifyPendo(body, header(request, 'x-pendo-signature'), secretKey(secret));
  const message = {
    id: header(request, 'webhook-id'),
    timestamp: header(request, 'webhook-timestamp'),
    signature: header(request, 'webhook-signature'),
    body,
  };
  const standard =
    signingSecret === null ? null : verifyStandard(message, signingKey(signingSecret), Math.floor(now / 1000)).ok;
  return {
    wrong: pendo === false || standard === false,
    text: `X-Pendo-Signature ${verdict(pendo, '--secret')}, Standard Webhooks signature ${verdict(standard, '--signing-secret')}`,
  };
}

function verdict(holds: boolean | null, flag: string): string {
  if (holds === null) return `not checked (give ${flag})`;
  return holds ? 'holds' : 'IS WRONG';
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** What happened to whom, in a line: of the Pendo envelope, or of a call for Segment. */
function summaryOf(body: Buffer): string {
  const event = objectIn(body);
  const properties = isObject(event.properties) ? event.properties : {};
  const name = typeof properties.name === 'string' ? ` "${printable(properties.name)}"` : '';
  return `${text(event.event)}${name}  visitor ${text(event.visitorId, event.userId, event.anonymousId)}  account ${text(event.accountId, properties.accountId)}`;
}

/** The first of the values that is text. */
function text(...values: unknown[]): string {
  return printable(values.find((value): value is string => typeof value === 'string') ?? '–');
}

function indented(body: Buffer): string {
  const event = objectIn(body);
  if (Object.keys(event).length === 0) return printable(body.toString('utf8'));
  const lines = JSON.stringify(event, null, 2).split('\n');
  return lines.map((line) => printable(line)).join('\n');
}

function objectIn(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listening(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      reject(taken ? new Mishap(`Something else already listens on port ${port}: choose another with --port.`) : error);
    });
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
