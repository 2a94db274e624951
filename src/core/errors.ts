/**
 * One table of everything that can be wrong with a request: a stable code, a status, and a sentence for whoever sent it.
 * The private detail, if there is one, goes to the log as `cause` and never to the sender.
 */
const table = {
  invalid_body: 400,
  invalid_json: 400,
  invalid_utf8: 400,
  invalid_encoding: 400,
  invalid_field: 400,
  invalid_request: 400,
  missing_id: 400,
  invalid_id: 400,
  invalid_url: 400,
  blocked_address: 400,
  blocked_scheme: 400,
  blocked_hostname: 400,
  blocked_port: 400,
  credentials_in_url: 400,
  dns_error: 400,
  dns_timeout: 400,
  too_many_events: 400,
  event_too_large: 400,
  unauthorized: 401,
  track_off: 403,
  forbidden: 403,
  cross_site: 403,
  not_found: 404,
  method_not_allowed: 405,
  request_timeout: 408,
  conflict: 409,
  too_large: 413,
  unsupported_encoding: 415,
  unsupported_type: 415,
  headers_too_large: 431,
  rate_limited: 429,
  internal: 500,
  overloaded: 503,
  storage_unavailable: 503,
  // And not 404: what a sender gives up for good is lost, and somebody may make anew what is not found here.
  wrong_node: 503,
  shutting_down: 503,
} as const satisfies Record<string, number>;

export type ErrorCode = keyof typeof table;

export interface ErrorDetails {
  /** The field at fault, as a path from the root of the body (`events[3].visitorId`). */
  field?: string;
  /** For 429 and 503: after how many seconds trying again makes sense. */
  retryAfterSeconds?: number;
  cause?: unknown;
}

/** An error that is somebody's answer. Its message is public: it names what is wrong, where, and how to mend it. */
export class BellwireError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly field: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'BellwireError';
    this.code = code;
    this.status = table[code];
    this.field = details.field;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}
