/**
 * Where the server says what it does, in the shape of pino's logger. What is logged holds no bodies, keys, ids of people or
 * addresses of pages: a route is named by its pattern (`/data/agent/:apiKey`), never by the URL that was asked for.
 */
export interface Log {
  info(detail: object, message: string): void;
  warn(detail: object, message: string): void;
  error(detail: object, message: string): void;
}
