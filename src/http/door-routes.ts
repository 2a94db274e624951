/**
 * Serves the doors on node:http itself. They take nearly all that comes in, often one event a request, and there a
 * framework's routing, hooks and replies cost more than all else that is done for an event. Whatever is no door's is left
 * to Fastify, also another method on a door's path.
 *
 *   path ─▶ room on the disk ─▶ admission ─▶ type ─▶ body ─▶ door ─▶ 200, or the error that one of them found
 */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { BellwireError } from '../core/errors.ts';
import { type Admission, safeHeaders } from './admission.ts';
import { createDoorTable, type Found } from './door-table.ts';
import { type ErrorForm, errorAnswer, internalError, jsonType } from './error-reply.ts';
import type { Log } from './log.ts';
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
  /** Of whoever is connected; null when that is over. */
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
}

export interface Doors {
  /** False: it is for no door, and nothing was done. */
  take(message: IncomingMessage, response: ServerResponse): boolean;
  /** The methods of a door's path; none when it is no door's. */
  methodsOf(path: string): readonly string[];
}

export function createDoors(
  routes: readonly DoorRoute[],
  { admission, log, nextRequestId, eventsRefusal }: DoorsDeps,
): Doors {
  const table = createDoorTable(routes);

  function receive({ route, key, query }: Found<DoorRoute>, message: IncomingMessage, response: ServerResponse): void {
    const { headers, socket } = message;
    const call: DoorCall = { headers, key, query, ip: socket.remoteAddress ?? null, body: undefined, heldBytes: 0 };
    const refusal =
      eventsRefusal() ?? admission.refusal(message, response, call) ?? typeRefusal(headers, route.fromPages === true);
    if (refusal !== null) return answerError(route, response, refusal, false);
    admission.readBody(message, call, (unreadable, body) => {
      // A sender that is still writing after all that we are ready to drop is cut off.
      if (unreadable !== null) return answerError(route, response, unreadable, !message.complete);
      call.body = body;
      route.answer(call).then(
        (text) => write(response, 200, headOf(route), text),
        (thrown: unknown) => answerError(route, response, thrown, false),
      );
    });
  }

  function answerError(route: DoorRoute, response: ServerResponse, thrown: unknown, cutOff: boolean): void {
    const error = thrown instanceof BellwireError ? thrown : internalError(thrown);
    const where = { method: 'POST', route: route.path, requestId: nextRequestId() };
    const { status, retryAfter, isLast, text } = errorAnswer(error, where, log, route.errorForm);
    const head = [...headOf(route)];
    // Or a page could not read when to come back.
    if (route.fromPages === true) head.push('access-control-expose-headers', 'retry-after');
    if (retryAfter !== null) head.push('retry-after', retryAfter);
    if (isLast || cutOff) head.push('connection', 'close');
    write(response, status, head, text);
  }

  function preflight(route: DoorRoute, message: IncomingMessage, response: ServerResponse): void {
    const refusal = admission.refusal(message, response, { heldBytes: 0 });
    if (refusal !== null) return answerError(route, response, refusal, false);
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
    methodsOf(path) {
      const found = table.find(path);
      if (found === null) return [];
      return found.route.fromPages === true ? ['OPTIONS', 'POST'] : ['POST'];
    },
  };
}

/** One write, head and body together; an array in pairs is what Node writes without looking anything up. */
function write(response: ServerResponse, status: number, head: readonly string[], text: string): void {
  response.writeHead(status, [...head, 'content-length', String(Buffer.byteLength(text))]);
  response.end(text);
}

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
