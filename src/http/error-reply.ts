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

/** An error as it goes over the wire. */
export interface ErrorAnswer {
  status: number;
  /** The value of Retry-After, if there shall be one. */
  retryAfter: string | null;
  /** After it the connection is closed. */
  isLast: boolean;
  text: string;
}

/** Which request it was, without saying whose: a route is named by its pattern. */
export interface RequestName {
  method: string;
  route: string;
  requestId: string;
}

/** Logs what is our own fault. */
export function errorAnswer(error: BellwireError, request: RequestName, log: Log, form = ownForm): ErrorAnswer {
  if (error.status === 500) log.error({ err: error.cause ?? error, ...request }, 'A request failed');
  const status = form.statusOf(error);
  const retryAfterSeconds = error.retryAfterSeconds ?? (status === 503 || status === 429 ? retryDefaultSeconds : 0);
  const body = form.bodyOf(error);
  if (error.status === 500) body.error.requestId = request.requestId;
  return {
    status,
    retryAfter: retryAfterSeconds > 0 ? String(Math.ceil(retryAfterSeconds)) : null,
    isLast: error.code === 'shutting_down',
    text: JSON.stringify(body),
  };
}

export function internalError(cause: unknown): BellwireError {
  return new BellwireError('internal', 'Something went wrong on our side; the log has the details.', { cause });
}

/** For Fastify's error handler: finds out what the error is, and answers. */
export function errorReply(log: Log) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void => {
    const { method, id: requestId, routeOptions } = request;
    const name = { method, route: routeOptions.url ?? 'none', requestId };
    const { status, retryAfter, isLast, text } = errorAnswer(asBellwireError(error) ?? internalError(error), name, log);
    if (retryAfter !== null) reply.header('retry-after', retryAfter);
    // Fastify closes the connection when reading a body fails; when all of it has been read there is no need to.
    if (isLast) reply.header('connection', 'close');
    else if (request.raw.complete) reply.removeHeader('connection');
    reply.code(status).header('content-type', jsonType).send(text);
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
