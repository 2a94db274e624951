/**
 * What load balancers and monitors ask: `/livez` whether the process turns, `/readyz` whether it can take events,
 * `/metrics` how it is doing. None says anything about versions or data; the numbers are for callers on the same machine,
 * or with a key, because how much a company's product is used is nobody else's business.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Clock } from '../core/clock.ts';
import { BellwireError } from '../core/errors.ts';
import { isLocal } from './page-files.ts';

export interface HealthDeps {
  /** Why events cannot be taken now; null when they can. */
  unready: () => Promise<string | null>;
  metrics: () => Promise<{ contentType: string; text: string }>;
  /** Whether a request carries an integration key. */
  hasKey: (request: FastifyRequest) => boolean;
  clock: Clock;
}

/** Monitors give up after a few seconds, so a database that does not answer is told in time. */
const probeTimeoutMs = 3000;

export function addHealthRoutes(server: FastifyInstance, deps: HealthDeps): void {
  server.get('/livez', async () => ({ status: 'ok' }));

  server.get('/readyz', async (_request, reply) => {
    const reason = await Promise.race([deps.unready(), tooLong(deps.clock)]);
    if (reason === null) return { status: 'ok' };
    return reply.code(503).header('retry-after', '5').send({ status: 'unavailable', reason });
  });

  server.get('/metrics', async (request, reply) => {
    if (!isLocal(request) && !deps.hasKey(request)) {
      const message = 'Metrics are for callers on this machine, or with an integration key as Authorization: Bearer.';
      throw new BellwireError('unauthorized', message);
    }
    const { contentType, text } = await deps.metrics();
    return reply.header('content-type', contentType).send(text);
  });
}

function tooLong(clock: Clock): Promise<string> {
  return new Promise((resolve) => {
    clock.after(probeTimeoutMs, () => resolve('The database does not answer.'));
  });
}
