/**
 * Every error answer of the server, whoever noticed what was wrong: `{"error": {"code", "message", "field"?}}`. What is
 * our own fault says so, with an id under which the log has the rest, and nothing else.
 */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { BellwireError } from '../core/errors.ts';
import type { Log } from './log.ts';

export interface ErrorBody {
  error: { code: string; message: string; field?: string; requestId?: string };
}

/** How an error is told. Doors whose senders know other statuses or members have a form of their own. */
export interface ErrorForm {
  statusOf(error: BellwireError): number;
  bodyOf(error: BellwireError): ErrorBody;
}

const ownForm: ErrorForm = { statusOf: ({ status }) => status, bodyOf: errorBody };

/** For Fastify's error handler: finds out what the error is, logs what is our own fault, answers. */
export function errorReply(log: Log, form: ErrorForm = ownForm) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void => {
    const answer =
      asBellwireError(error) ??
      new BellwireError('internal', 'Something went wrong on our side; the log has the details.', { cause: error });
    const { method, id: requestId, routeOptions } = request;
    const route = routeOptions.url ?? 'none';
    if (answer.status === 500) log.error({ err: answer.cause ?? answer, method, route, requestId }, 'A request failed');

    const status = form.statusOf(answer);
    const retryAfterSeconds = answer.retryAfterSeconds ?? (status === 503 || status === 429 ? retryDefaultSeconds : 0);
    if (retryAfterSeconds > 0) reply.header('retry-after', String(Math.ceil(retryAfterSeconds)));
    // Fastify closes the connection when reading a body fails; when all of it has been read there is no need to.
    if (answer.code === 'shutting_down') reply.header('connection', 'close');
    else if (request.raw.complete) reply.removeHeader('connection');
    const body = form.bodyOf(answer);
    if (answer.status === 500) body.error.requestId = requestId;
    reply.code(status).header('content-type', jsonType).send(JSON.stringify(body));
  };
}

export const jsonType = 'application/json; charset=utf-8';

export function errorBody(error: BellwireError): ErrorBody {
  const { code, message, field } = error;
  return { error: field === undefined || field === '' ? { code, message } : { code, message, field } };
}

/** For what is not HTTP at all, or too slow or large a head: there is no request yet, only a socket to write to. */
export function answerBadConnection(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return void socket.destroy();
  const answer =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? new BellwireError('headers_too_large', 'The headers of the request are larger than 16 KB.')
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? new BellwireError('request_timeout', 'The request took too long to arrive.')
        : new BellwireError('invalid_request', 'This is not a valid HTTP/1.1 request.');
  const body = JSON.stringify(errorBody(answer));
  socket.end(
    `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? ''}\r\nconnection: close\r\n` +
      `content-type: ${jsonType}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    // A sender that goes on writing and never reads would hold the socket for ever.
    () => socket.destroy(),
  );
}

const retryDefaultSeconds = 5;

function asBellwireError(error: FastifyError): BellwireError | null {
  if (error instanceof BellwireError) return error;
  const [problem] = error.validation ?? [];
  if (problem !== undefined) {
    const field = fieldOf(problem, error.validationContext);
    return new BellwireError('invalid_field', `${field} ${problem.message ?? 'is not valid'}.`, { field });
  }
  const { statusCode } = error;
  if (statusCode === 413) return new BellwireError('too_large', 'The body is too large.');
  if (statusCode === 415)
    return new BellwireError('unsupported_type', 'Send JSON, with Content-Type: application/json.');
  if (statusCode === 400 || statusCode === 414) return new BellwireError('invalid_request', error.message);
  return null;
}

type Problem = NonNullable<FastifyError['validation']>[number];

/** The path of what is wrong: `webhook.url`, `events[3]`, or the name of the missing or unknown field. */
function fieldOf({ instancePath, params }: Problem, context: string | undefined): string {
  const inside = params['missingProperty'] ?? params['additionalProperty'];
  const steps = instancePath.split('/').slice(1);
  if (typeof inside === 'string') steps.push(inside);
  const path = steps.map((step) => (/^\d+$/.test(step) ? `[${step}]` : `.${step}`)).join('');
  return path === '' ? (context ?? 'body') : path.replace(/^\./, '');
}
