/**
 * The built-in inbox: a receiver as somebody would write one, on a port of its own that only this machine reaches. It checks
 * both signatures and says in its answer whether they hold, which is kept with the attempt like any answer.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { parseDeliveryId } from '../core/delivery.ts';
import { limits } from '../core/limits.ts';
import { secretKey, signingKey, verifyPendo, verifyStandard } from '../core/signature.ts';

export interface Inbox {
  port: number;
  close(): Promise<void>;
}

export interface InboxSecrets {
  /** The receiver's own; null for none. */
  secret: string | null;
  signingSecret: string;
}

export interface InboxDeps {
  /** Of the webhook whose delivery has come; null for one that is not saved, as in a test before saving. */
  secretsOf: (webhookId: string) => InboxSecrets | null;
  clock: { now(): number };
}

export async function openInbox(deps: InboxDeps): Promise<Inbox> {
  const server = createServer(
    { requestTimeout: limits.requestTimeoutMs, headersTimeout: limits.headersTimeoutMs },
    (request, response) => void answer(request, response, deps),
  );
  server.maxConnections = 64;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve());
  });
  return { port: portOf(server), close: () => closed(server) };
}

async function answer(request: IncomingMessage, response: ServerResponse, deps: InboxDeps): Promise<void> {
  try {
    if (request.method !== 'POST') return end(response, 405, { error: 'A webhook is a POST.' });
    const body = await bodyOf(request);
    if (body === null) return end(response, 413, { error: 'No webhook of Bellwire is as large as this.' });
    const said = verdictOf(request, body, deps);
    end(response, said.isWrong ? 401 : 200, said.words);
  } catch {
    // Whoever sent it has gone.
    response.destroy();
  }
}

function verdictOf(
  { headers }: IncomingMessage,
  body: Buffer,
  { secretsOf, clock }: InboxDeps,
): { isWrong: boolean; words: object } {
  const id = textOf(headers['webhook-id']);
  const webhookId = id === undefined ? null : (parseDeliveryId(id)?.webhookId ?? null);
  const secrets = webhookId === null ? null : secretsOf(webhookId);
  if (secrets === null) {
    return { isWrong: false, words: { received: true, signatures: 'not checked: the webhook is not saved' } };
  }
  const message = {
    id,
    timestamp: textOf(headers['webhook-timestamp']),
    signature: textOf(headers['webhook-signature']),
    body,
  };
  const standard = verifyStandard(message, signingKey(secrets.signingSecret), Math.floor(clock.now() / 1000)).ok;
  const pendo =
    secrets.secret === null ? null : verifyPendo(body, textOf(headers['x-pendo-signature']), secretKey(secrets.secret));
  return {
    isWrong: !standard || pendo === false,
    words: {
      received: true,
      'webhook-signature': standard ? 'holds' : 'is wrong',
      'X-Pendo-Signature': pendo === null ? 'not sent: the webhook has no secret' : pendo ? 'holds' : 'is wrong',
    },
  };
}

/** Null for what is too large. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > limits.batchBytesMax) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function end(response: ServerResponse, status: number, words: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(words));
}

function textOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The inbox has no port.');
  return address.port;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
