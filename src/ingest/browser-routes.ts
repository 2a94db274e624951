/**
 * Doors that browsers send to from pages anywhere: any origin may, none with credentials, and the body may be `text/plain`,
 * so that a beacon needs no preflight.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify';
import { type ErrorForm, errorReply } from '../http/error-reply.ts';
import type { Log } from '../http/log.ts';

/** The options for such a route. Errors carry the same headers, or a page could not read them. */
export function browserRoute(log: Log, form?: ErrorForm): RouteShorthandOptions {
  const answerError = errorReply(log, form);
  return {
    config: { plainText: true },
    onRequest: (_request: FastifyRequest, reply: FastifyReply, done: () => void) => {
      reply.header('access-control-allow-origin', '*');
      done();
    },
    errorHandler: (error, request, reply) => {
      reply.header('access-control-allow-origin', '*').header('access-control-expose-headers', 'retry-after');
      answerError(error, request, reply);
    },
  };
}

/** Answers the preflight of a path. */
export function answerPreflight(server: FastifyInstance, url: string): void {
  server.options(url, (_request, reply) => {
    reply
      .code(204)
      .header('access-control-allow-origin', '*')
      .header('access-control-allow-methods', 'POST')
      .header('access-control-allow-headers', 'authorization, content-type, x-retry-count')
      // Two hours, the most that any browser keeps it.
      .header('access-control-max-age', '7200')
      .send();
  });
}
