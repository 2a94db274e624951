/**
 * Decides by the head of a request whether it may come in, before a byte of its body is read:
 *
 *   closing? ─▶ address over its rate? ─▶ body too large? ─▶ room in memory? ─▶ the route's own hooks ─▶ body ─▶ route
 *     503              429                     413                503
 *
 * and then reads and counts the body. What is refused here keeps its connection: Node reads the body and drops it.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Clock } from '../core/clock.ts';
import { BellwireError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { createBodyBudget } from './body-budget.ts';
import { connectionsOf } from './closing.ts';
import { createRateLimit, tooFast } from './rate-limit.ts';
import { overloaded, readJsonBody, tooLarge } from './request-body.ts';

export interface AdmissionConfig {
  bodyBytesMax: number;
  bodiesInMemoryMax: number;
  /** Requests per second and address. */
  ratePerSecond: number;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Bytes of its body that the budget counts until it is answered. */
    heldBytes: number;
  }
  interface FastifyContextConfig {
    /** Takes `text/plain`, or no type at all, as JSON: beacons of browsers can send nothing else without a preflight. */
    plainText?: boolean;
  }
}

export function guardAdmission(server: FastifyInstance, config: AdmissionConfig, clock: Clock): void {
  const { bodyBytesMax } = config;
  const budget = createBodyBudget(config.bodiesInMemoryMax);
  const addresses = createRateLimit({ perSecond: config.ratePerSecond, namesMax: limits.rateLimitKeysMax }, clock);
  const connections = connectionsOf(server, clock);
  let closing = false;

  function take(request: FastifyRequest, bytes: number): boolean {
    if (!budget.take(bytes)) return false;
    request.heldBytes += bytes;
    return true;
  }

  server.decorateRequest('heldBytes', 0);
  server.addHook('preClose', (done) => {
    closing = true;
    connections.end();
    done();
  });
  server.addHook('onRequest', (request, reply, done) => {
    reply.header('x-content-type-options', 'nosniff');
    reply.header('referrer-policy', 'no-referrer');
    if (closing) return done(new BellwireError('shutting_down', 'The server is shutting down.'));
    const waitSeconds = addresses.waitSeconds(request.raw.socket.remoteAddress ?? '');
    if (waitSeconds > 0) return done(tooFast(waitSeconds));

    const { headers } = request.raw;
    const bytes = Number(headers['content-length'] ?? 0);
    if (bytes > bodyBytesMax) return done(tooLarge(bodyBytesMax));
    if (bytes > 0 && !take(request, bytes)) return done(overloaded());
    if (bytes > 0 || headers['transfer-encoding'] !== undefined) {
      // `close` comes exactly once, also when the sender goes away in the middle of it.
      reply.raw.once('close', () => budget.give(request.heldBytes));
    }
    done();
  });

  server.removeAllContentTypeParsers();
  server.addContentTypeParser(['application/json', '*'], (request, _payload, done) => {
    // Where there is no route, nobody will read what was parsed.
    const refusal = request.is404 ? null : typeRefusal(request);
    if (refusal !== null || request.is404) {
      request.raw.resume();
      return done(refusal);
    }
    readJsonBody(request.raw, { bytesMax: bodyBytesMax, take: (bytes) => take(request, bytes) }, done);
  });
}

function typeRefusal(request: FastifyRequest): BellwireError | null {
  const type = request.headers['content-type'] ?? '';
  if (jsonType.test(type)) return null;
  const { plainText } = request.routeOptions.config;
  if (plainText === true && (type === '' || type.startsWith('text/plain'))) return null;
  return new BellwireError('unsupported_type', 'Send JSON, with Content-Type: application/json.');
}

const jsonType = /^application\/json *(;|$)/i;
