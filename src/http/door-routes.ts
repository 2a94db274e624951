/**
 * Serves the doors without a framework. They take nearly all that comes in, often one event a request, and there routing,
 * hooks and replies cost more than all else that is done for an event. A plain request comes past node:http too
 * (plain-connections.ts), every other by it. What is no door's is left to Fastify, also another method on a door's path.
 *
 *   path ─▶ room on the disk ─▶ admission ─▶ type ─▶ body ─▶ door ─▶ 200, or the error that one of them found
 */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { BellwireError } from '../core/errors.ts';
import type { AddressOf } from './address-of.ts';
import { type Admission, safeHeaders } from './admission.ts';
import { createDoorTable, type Found } from './door-table.ts';
import { type ErrorForm, errorAnswer, internalError, jsonType } from './error-reply.ts';
import type { Log } from './log.ts';
import type { Answer } from './plain-answer.ts';
import type { PlainRequest } from './plain-request.ts';
import { typeRefusal } from './request-body.ts';

/** One way in: JSON by POST. */
export interface DoorRoute {
  /** Its last step may be a key: `/data/agent/:apiKey`. */
  path: string;
  /**
   * Pages anywhere may send to it, none with credentials. It then takes `text/plain`, or no type at all, as JSON: a beacon
   * can send nothing else without a preflight.
   */
  fromPages?: boolean;
  /** How its senders know errors, where that is not the server's own way. */
  errorForm?: ErrorForm;
  /** Resolves with the JSON of a 200. A BellwireError is told to the sender; anything else is our own fault. */
  answer(call: DoorCall): Promise<string>;
}

/** What a door gets to see of a request. */
export interface DoorCall {
  headers: IncomingHttpHeaders;
  /** The path's last step, where the route has a key there. */
  key: string;
  /** What follows the question mark in the path. */
  query: string;
  /** Where it comes from; null when whoever sent it has gone. */
  ip: string | null;
  /** Undefined when nothing was sent. */
  body: unknown;
  /** Bytes of the body that are counted as held in memory: no fewer than it has. */
  heldBytes: number;
}

export interface DoorsDeps {
  admission: Admission;
  log: Log;
  nextRequestId: () => string;
  /** Why no events can be taken now, whoever sends them; null when they can. */
  eventsRefusal: () => BellwireError | null;
  addressOf: AddressOf;
}

export interface Doors {
  /** False: it is for no door, and nothing was done. */
  take(message: IncomingMessage, response: ServerResponse): boolean;
  /** The same for one that came past node:http; answers once. */
  takePlain(request: PlainRequest, peer: string | null, reply: (answer: Answer) => void): boolean;
  /** The methods of a door's path; none when it is no door's. */
  methodsOf(path: string): readonly string[];
}

export function createDoors(
  routes: readonly DoorRoute[],
  { admission, log, nextRequestId, eventsRefusal, addressOf }: DoorsDeps,
): Doors {
  const table = createDoorTable(routes);

  function receive(found: Found<DoorRoute>, message: IncomingMessage, response: ServerResponse): void {
    const { route } = found;
    const { headers, socket } = message;
    const call = callOf(found, headers, addressOf(socket.remoteAddress ?? null, headers));
    const reply = (answer: Answer): void => write(response, answer);
    const refusal = refusalOf(route, call);
    // It comes exactly once, also when the sender goes away in the middle of it.
    response.on('close', () => admission.leave(call));
    if (refusal !== null) return reply(errorOf(route, refusal));
    admission.readBody(message, call, (unreadable, body) => {
      // A sender that is still writing after all that we are ready to drop is cut off.
      if (unreadable !== null) return reply(errorOf(route, unreadable, !message.complete));
      call.body = body;
      ask(route, call, reply);
    });
  }

  function receivePlain(
    found: Found<DoorRoute>,
    { headers, body }: PlainRequest,
    peer: string | null,
    reply: (answer: Answer) => void,
  ): void {
    const { route } = found;
    const call = callOf(found, headers, addressOf(peer, headers));
    const answer = (given: Answer): void => {
      admission.leave(call);
      reply(given);
    };
    const refusal = refusalOf(route, call);
    if (refusal !== null) return answer(errorOf(route, refusal));
    try {
      call.body = admission.bodyIn(body, headers, call);
    } catch (error) {
      return answer(errorOf(route, error));
    }
    ask(route, call, answer);
  }

  function refusalOf({ fromPages }: DoorRoute, call: DoorCall): BellwireError | null {
    const { headers, ip } = call;
    return eventsRefusal() ?? admission.enter(headers, ip, call) ?? typeRefusal(headers, fromPages === true);
  }

  function ask(route: DoorRoute, call: DoorCall, reply: (answer: Answer) => void): void {
    route.answer(call).then(
      (text) => reply({ status: 200, head: headOf(route), text, isLast: false }),
      (thrown: unknown) => reply(errorOf(route, thrown)),
    );
  }

  function errorOf(route: DoorRoute, thrown: unknown, isCutOff = false): Answer {
    const error = thrown instanceof BellwireError ? thrown : internalError(thrown);
    const where = { method: 'POST', route: route.path, requestId: nextRequestId() };
    const { status, retryAfter, isLast, text } = errorAnswer(error, where, log, route.errorForm);
    const head = [...headOf(route)];
    // Or a page could not read when to come back.
    if (route.fromPages === true) head.push('access-control-expose-headers', 'retry-after');
    if (retryAfter !== null) head.push('retry-after', retryAfter);
    return { status, head, text, isLast: isLast || isCutOff };
  }

  function preflight(route: DoorRoute, message: IncomingMessage, response: ServerResponse): void {
    const holder = { heldBytes: 0 };
    response.on('close', () => admission.leave(holder));
    const { headers, socket } = message;
    const refusal = admission.enter(headers, addressOf(socket.remoteAddress ?? null, headers), holder);
    if (refusal !== null) return write(response, errorOf(route, refusal));
    response.writeHead(204, preflightHead);
    response.end();
  }

  return {
    take(message, response) {
      const found = table.find(message.url ?? '');
      if (found === null) return false;
      if (message.method === 'POST') receive(found, message, response);
      else if (message.method === 'OPTIONS' && found.route.fromPages === true)
        preflight(found.route, message, response);
      else return false;
      return true;
    },
    takePlain(request, peer, reply) {
      const found = table.find(request.target);
      if (found === null) return false;
      receivePlain(found, request, peer, reply);
      return true;
    },
    methodsOf(path) {
      const found = table.find(path);
      if (found === null) return [];
      return found.route.fromPages === true ? ['OPTIONS', 'POST'] : ['POST'];
    },
  };
}

function callOf({ key, query }: Found<DoorRoute>, headers: IncomingHttpHeaders, ip: string | null): DoorCall {
  return { headers, key, query, ip, body: undefined, heldBytes: 0 };
}

/** One write, head and body together; an array in pairs is what Node writes without looking anything up. */
function write(response: ServerResponse, { status, head, text, isLast }: Answer): void {
  const length = ['content-length', String(Buffer.byteLength(text))];
  response.writeHead(status, [...head, ...length, ...(isLast ? closing : [])]);
  response.end(text);
}

const closing = ['connection', 'close'];

function headOf({ fromPages }: DoorRoute): readonly string[] {
  return fromPages === true ? pageHead : plainHead;
}

const safeHead = Object.entries(safeHeaders).flat();
const plainHead = [...safeHead, 'content-type', jsonType];
const anyOrigin = ['access-control-allow-origin', '*'];
const pageHead = [...plainHead, ...anyOrigin];
const preflightHead = [
  ...safeHead,
  ...anyOrigin,
  'access-control-allow-methods',
  'POST',
  'access-control-allow-headers',
  'authorization, content-type, x-retry-count',
  // Two hours, the most that any browser keeps it.
  'access-control-max-age',
  '7200',
];
