/**
 * The HTTP server: how fast and how much may come in, and how every error is answered. Plain requests for doors are read by
 * ourselves, the others for doors by node:http; all other requests go to Fastify, to which the API adds its routes.
 */
import { randomBytes } from 'node:crypto';
import { createServer as createHttpServer } from 'node:http';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { AddressList } from '../core/address-list.ts';
import type { Clock } from '../core/clock.ts';
import { BellwireError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { addressBehind } from './address-of.ts';
import { createAdmission, guardAdmission } from './admission.ts';
import { allowedMethods } from './allowed-methods.ts';
import { connectionsOf } from './closing.ts';
import { createDoors, type DoorRoute } from './door-routes.ts';
import { answerBadConnection, errorReply } from './error-reply.ts';
import type { Log } from './log.ts';
import { takePlainConnections } from './plain-connections.ts';

/** All of it has a default in limits.ts. */
export interface ServerConfig {
  bodyBytesMax?: number;
  bodiesInMemoryMax?: number;
  connectionsMax?: number;
  /** Requests per second and address. */
  ratePerSecond?: number;
  /** Whose word is taken for where a request comes from; null for nobody's. */
  trustedProxies?: AddressList | null;
}

export interface ServerDeps {
  log: Log;
  clock: Clock;
  doors?: readonly DoorRoute[];
  /** Why no events can be taken now; null when they can. */
  eventsRefusal?: () => BellwireError | null;
}

export function createServer(
  config: ServerConfig,
  { log, clock, doors: routes = [], eventsRefusal = () => null }: ServerDeps,
): FastifyInstance {
  const bodyBytesMax = config.bodyBytesMax ?? limits.batchBytesMax;
  const bodiesInMemoryMax = config.bodiesInMemoryMax ?? limits.bodiesInMemoryMax;
  const ratePerSecond = config.ratePerSecond ?? limits.ingestRatePerSecond;
  const admission = createAdmission({ bodyBytesMax, bodiesInMemoryMax, ratePerSecond }, clock);
  const nextRequestId = requestIds();
  const addressOf = addressBehind(config.trustedProxies ?? null);
  const doors = createDoors(routes, { admission, log, nextRequestId, eventsRefusal, addressOf });
  const answerError = errorReply(log);

  const server = fastify({
    serverFactory: (askFastify) =>
      createHttpServer(httpOptions, (message, response) => {
        if (!doors.take(message, response)) askFastify(message, response);
      }),
    logger: false,
    bodyLimit: bodyBytesMax,
    // An id in a path can take twelve characters for each of its own, when they are percent-encoded.
    routerOptions: { maxParamLength: 12 * limits.idCharsMax },
    genReqId: nextRequestId,
    exposeHeadRoutes: false,
    // Fastify's own answer has neither our shape nor Retry-After: see admission.ts.
    return503OnClosing: false,
    ajv: { customOptions: { removeAdditional: false, allErrors: false } },
    clientErrorHandler: answerBadConnection,
    frameworkErrors: answerError,
  });
  server.server.maxConnections = config.connectionsMax ?? limits.connectionsMax;
  const plain = takePlainConnections(server.server, {
    clock,
    take: (request, ip, reply) => doors.takePlain(request, ip, reply),
  });
  const connections = connectionsOf(server, plain, clock);
  server.addHook('preClose', (done) => {
    admission.close();
    connections.end();
    done();
  });
  const allowed = allowedMethods(server);
  guardAdmission(server, admission, addressOf);
  server.setErrorHandler(answerError);
  server.setNotFoundHandler((request, reply) =>
    notFound(request, reply, (path) => [...doors.methodsOf(path), ...allowed(path)]),
  );
  return server;
}

const httpOptions = {
  requestTimeout: limits.requestTimeoutMs,
  headersTimeout: limits.headersTimeoutMs,
  keepAliveTimeout: limits.idleConnectionMs,
  // Node looks for slow requests only every 30 seconds unless told otherwise.
  connectionsCheckingInterval: 2_000,
};

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
