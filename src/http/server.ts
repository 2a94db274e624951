/**
 * The HTTP server, before it has any route: how fast and how much may come in, and how every error is answered. Doors and
 * API add their routes to it.
 */
import { randomBytes } from 'node:crypto';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Clock } from '../core/clock.ts';
import { BellwireError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { guardAdmission } from './admission.ts';
import { allowedMethods } from './allowed-methods.ts';
import { answerBadConnection, errorReply } from './error-reply.ts';
import type { Log } from './log.ts';

/** All of it has a default in limits.ts. */
export interface ServerConfig {
  bodyBytesMax?: number;
  bodiesInMemoryMax?: number;
  connectionsMax?: number;
  /** Requests per second and address. */
  ratePerSecond?: number;
}

export function createServer(config: ServerConfig, deps: { log: Log; clock: Clock }): FastifyInstance {
  const bodyBytesMax = config.bodyBytesMax ?? limits.batchBytesMax;
  const answerError = errorReply(deps.log);
  const server = fastify({
    logger: false,
    requestTimeout: limits.requestTimeoutMs,
    // Node looks for slow requests only every 30 seconds unless told otherwise.
    http: { headersTimeout: limits.headersTimeoutMs, connectionsCheckingInterval: 2_000 },
    bodyLimit: bodyBytesMax,
    // An id in a path can take twelve characters for each of its own, when they are percent-encoded.
    routerOptions: { maxParamLength: 12 * limits.idCharsMax },
    genReqId: requestIds(),
    exposeHeadRoutes: false,
    // Fastify's own answer has neither our shape nor Retry-After: see admission.ts.
    return503OnClosing: false,
    ajv: { customOptions: { removeAdditional: false, allErrors: false } },
    clientErrorHandler: answerBadConnection,
    frameworkErrors: answerError,
  });
  server.server.maxConnections = config.connectionsMax ?? limits.connectionsMax;
  const allowed = allowedMethods(server);
  const admission = {
    bodyBytesMax,
    bodiesInMemoryMax: config.bodiesInMemoryMax ?? limits.bodiesInMemoryMax,
    ratePerSecond: config.ratePerSecond ?? limits.ingestRatePerSecond,
  };
  guardAdmission(server, admission, deps.clock);
  server.setErrorHandler(answerError);
  server.setNotFoundHandler((request, reply) => notFound(request, reply, allowed));
  return server;
}

function notFound(request: FastifyRequest, reply: FastifyReply, allowed: (path: string) => string[]): void {
  const [path = ''] = request.url.split('?', 1);
  const methods = allowed(path);
  if (methods.length === 0) throw new BellwireError('not_found', 'There is nothing at this path.');
  reply.header('allow', methods.join(', '));
  throw new BellwireError('method_not_allowed', `This path takes ${methods.join(', ')}.`);
}

/** Ids that are cheap, and differ between processes and restarts. */
function requestIds(): () => string {
  const prefix = randomBytes(4).toString('hex');
  let count = 0;
  return () => `${prefix}-${((count += 1)).toString(36)}`;
}
