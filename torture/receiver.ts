/** Takes what two webhooks send, checks both signatures of each by its own means, and writes down every arrival. */
import { createHmac, hash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Dice } from '../src/core/clock.ts';
import type { Arrival } from './history.ts';

export interface TortureReceiver {
  port: number;
  arrivals: readonly Arrival[];
  /** Names of a webhook's events that have come. */
  namesAt(webhook: string): ReadonlySet<string>;
  /** What a webhook signs with; known only once it is made. */
  expect(webhook: string, secrets: Secrets): void;
  /** From now on each answer takes so long. */
  slowBy(ms: number): void;
  close(): Promise<void>;
}

export interface Secrets {
  secret: string;
  /** Begins with `whsec_`. */
  signingSecret: string;
}

/** One in so many is answered 503, and comes again as a retry. */
const refusedShare = 0.02;

/** Webhooks post to `/<name of the webhook>`. */
export async function startReceiver(dice: Dice): Promise<TortureReceiver> {
  const arrivals: Arrival[] = [];
  const names = new Map<string, Set<string>>();
  const secrets = new Map<string, Secrets>();
  let slowMs = 0;

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('error', () => {});
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const status = dice() < refusedShare ? 503 : 200;
      const webhook = webhookOf(request);
      const arrival = arrivalOf(webhook, request.headers, Buffer.concat(chunks), secrets.get(webhook), status);
      arrivals.push(arrival);
      const known = names.get(webhook) ?? new Set();
      names.set(webhook, known);
      if (arrival.signed) known.add(arrival.name);
      if (slowMs === 0) response.writeHead(status).end();
      else setTimeout(() => response.writeHead(status).end(), slowMs);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    arrivals,
    namesAt: (webhook) => names.get(webhook) ?? new Set(),
    expect: (webhook, made) => void secrets.set(webhook, made),
    slowBy(ms) {
      slowMs = ms;
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

function webhookOf(request: IncomingMessage): string {
  return (request.url ?? '').slice(1);
}

function arrivalOf(
  webhook: string,
  headers: IncomingHttpHeaders,
  body: Buffer,
  secrets: Secrets | undefined,
  status: number,
): Arrival {
  const { event, visitorId, accountId, uniqueId, properties } = readBody(body);
  return {
    webhook,
    deliveryId: textOf(headers['webhook-id']),
    eventId: uniqueId,
    eventType: event,
    name: { visitorCreated: visitorId, accountCreated: accountId }[event] ?? String(properties['name']),
    bodyHash: hash('sha1', body, 'base64'),
    signed: secrets !== undefined && isSigned(headers, body, secrets),
    status,
    at: Date.now(),
  };
}

interface Body {
  event: string;
  visitorId: string;
  accountId: string;
  uniqueId: string;
  properties: Record<string, unknown>;
}

/** A body that is none is an arrival all the same: its signature cannot be right. */
function readBody(body: Buffer): Body {
  try {
    return JSON.parse(body.toString()) as Body;
  } catch {
    return { event: '', visitorId: '', accountId: '', uniqueId: '', properties: {} };
  }
}

/** Written again from what the guide says of signatures, so that the server is not checked by its own code. */
function isSigned(headers: IncomingHttpHeaders, body: Buffer, { secret, signingSecret }: Secrets): boolean {
  const own = createHmac('sha256', secret).update(body).digest('hex');
  const key = Buffer.from(signingSecret.slice('whsec_'.length), 'base64');
  const signed = `${textOf(headers['webhook-id'])}.${textOf(headers['webhook-timestamp'])}.`;
  const standard = createHmac('sha256', key).update(signed).update(body).digest('base64');
  return headers['x-pendo-signature'] === own && headers['webhook-signature'] === `v1,${standard}`;
}

function textOf(value: string | string[] | undefined): string {
  return typeof value === 'string' ? value : '';
}
