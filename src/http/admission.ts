/**
 * Decides by the head of a request whether it may come in, before a byte of its body is read:
 *
 *   closing? ─▶ address over its rate? ─▶ body too large? ─▶ room in memory? ─▶ body, counted
 *     503              429                     413                503
 *
 * Doors ask it themselves; for the routes of Fastify it stands as hooks before all others. What is refused here keeps its
 * connection: Node reads the body and drops it.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../core/clock.ts';
import { BellwireError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import type { AddressOf } from './address-of.ts';
import { createBodyBudget } from './body-budget.ts';
import { createRateLimit, tooFast } from './rate-limit.ts';
import { type BodyDone, jsonIn, overloaded, readJsonBody, tooLarge, typeRefusal } from './request-body.ts';

export interface AdmissionConfig {
  bodyBytesMax: number;
  bodiesInMemoryMax: number;
  /** Requests per second and address. */
  ratePerSecond: number;
}

/** A request, as far as the budget knows it. */
export interface Holder {
  /** Bytes of its body that the budget counts until it is answered. */
  heldBytes: number;
}

export interface Admission {
  /** Null: it may come in, and the bytes that it declares are counted until `leave`. */
  enter(headers: IncomingHttpHeaders, ip: string | null, holder: Holder): BellwireError | null;
  /** It has been answered, or nobody waits for that any more. Call it once for each that was asked about. */
  leave(holder: Holder): void;
  /** Calls back once, with what was parsed, or undefined when there was no body at all. */
  readBody(message: IncomingMessage, holder: Holder, done: BodyDone): void;
  /** What a body says that is here already. Throws a BellwireError when it cannot be read. */
  bodyIn(bytes: Buffer, headers: IncomingHttpHeaders, holder: Holder): unknown;
  /** From now on nothing comes in. */
  close(): void;
}

declare module 'fastify' {
  interface FastifyRequest extends Holder {}
}

/** What every answer has. */
export const safeHeaders = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' };

export function createAdmission(config: AdmissionConfig, clock: Clock): Admission {
  const { bodyBytesMax, bodiesInMemoryMax, ratePerSecond } = config;
  const budget = createBodyBudget(bodiesInMemoryMax);
  const addresses = createRateLimit({ perSecond: ratePerSecond, namesMax: limits.rateLimitKeysMax }, clock);
  let closing = false;

  function take(holder: Holder, bytes: number): boolean {
    if (!budget.take(bytes)) return false;
    holder.heldBytes += bytes;
    return true;
  }

  return {
    enter(headers, ip, holder) {
      if (closing) return new BellwireError('shutting_down', 'The server is shutting down.');
      const waitSeconds = addresses.waitSeconds(ip ?? '');
      if (waitSeconds > 0) return tooFast(waitSeconds);

      const bytes = Number(headers['content-length'] ?? 0);
      if (bytes > bodyBytesMax) return tooLarge(bodyBytesMax);
      if (bytes > 0 || headers['transfer-encoding'] !== undefined) {
        if (!take(holder, bytes + limits.requestOverheadBytes)) return overloaded();
      }
      return null;
    },
    leave(holder) {
      budget.give(holder.heldBytes);
    },
    readBody(message, holder, done) {
      readJsonBody(message, { bytesMax: bodyBytesMax, take: (bytes) => take(holder, bytes) }, done);
    },
    bodyIn: (bytes, headers, holder) =>
      jsonIn(bytes, headers, { bytesMax: bodyBytesMax, take: (more) => take(holder, more) }),
    close() {
      closing = true;
    },
  };
}

/** For all that Fastify routes. */
export function guardAdmission(server: FastifyInstance, admission: Admission, addressOf: AddressOf): void {
  server.decorateRequest('heldBytes', 0);
  server.addHook('onRequest', (request, reply, done) => {
    reply.headers(safeHeaders);
    // It comes exactly once, also when the sender goes away in the middle of it.
    reply.raw.on('close', () => admission.leave(request));
    const { headers, socket } = request;
    done(admission.enter(headers, addressOf(socket.remoteAddress ?? null, headers), request) ?? undefined);
  });

  server.removeAllContentTypeParsers();
  server.addContentTypeParser(['application/json', '*'], (request, _payload, done) => {
    // Where there is no route, nobody will read what was parsed.
    const refusal = request.is404 ? null : typeRefusal(request.headers, false);
    if (refusal !== null || request.is404) {
      request.raw.resume();
      return done(refusal);
    }
    admission.readBody(request.raw, request, done);
  });
}
