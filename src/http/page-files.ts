/**
 * What pages load: scripts, and what they need beside them. Each is a path and a function that answers with a text; here it
 * gets its headers, is packed, and is not sent again to whoever has it.
 */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

export interface PageFileRoute {
  /** With parameters as Fastify writes them. */
  path: string;
  /** Pages of other sites load it too, and may see why they do not get it. None sends cookies with it. */
  forAnyPage: boolean;
  /** Throws a BellwireError for what there is not. */
  answer(call: PageFileCall): PageFile;
}

/** What a route gets to see of a request. */
export interface PageFileCall {
  params: Readonly<Record<string, string>>;
  query: Readonly<Record<string, string>>;
  /** Where the caller reaches this server, such as `https://events.example.com`. */
  origin: string;
  /** Whether it comes from this machine, and not through a proxy on it. */
  isLocal: boolean;
}

export interface PageFile {
  type: 'text/javascript' | 'text/html' | 'text/css' | 'application/json' | 'font/woff2' | 'image/svg+xml';
  content: FileContent;
  /** Until when a browser may use it without asking. */
  cache: 'never' | 'shortly' | 'for ever';
  /** What a page itself may load. */
  policy?: string;
}

/** What is sent, with all that can be known of it beforehand, so that a request costs no more than the sending. */
export interface FileContent {
  plain: string | Buffer;
  /** Null for what is packed in itself, as fonts are. */
  packed: Buffer | null;
  /** Changes with every byte. */
  revision: string;
}

export function fileContent(plain: string | Buffer): FileContent {
  const revision = createHash('sha256').update(plain).digest('base64url').slice(0, 16);
  return { plain, packed: typeof plain === 'string' ? gzipSync(plain, { level: 9 }) : null, revision };
}

export interface PageFilesConfig {
  /** Where callers reach this server; null: where each says that it does. */
  publicUrl: string | null;
}

export function addPageFiles(server: FastifyInstance, config: PageFilesConfig, routes: readonly PageFileRoute[]): void {
  for (const route of routes) {
    server.get(route.path, (request, reply) => {
      if (route.forAnyPage) reply.headers(anyPage);
      const { params, query } = request as { params: Record<string, string>; query: Record<string, string> };
      const origin = config.publicUrl ?? originOf(request);
      send(request, reply, route.answer({ params, query, origin, isLocal: isLocal(request) }));
    });
  }
}

function send(request: FastifyRequest, reply: FastifyReply, { type, content, cache, policy }: PageFile): void {
  const tag = `"${content.revision}"`;
  reply.headers({
    'cache-control': cacheControl[cache],
    etag: tag,
    // Some name the address that they were asked at.
    vary: 'accept-encoding, x-forwarded-proto',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    ...(policy === undefined ? {} : { 'content-security-policy': policy }),
  });
  if (request.headers['if-none-match'] === tag) return void reply.code(304).send();
  reply.type(type === 'font/woff2' ? type : `${type}; charset=utf-8`);
  const { plain, packed } = content;
  if (packed === null || !/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return void reply.send(plain);
  reply.header('content-encoding', 'gzip').send(packed);
}

const anyPage = { 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' };

const cacheControl = {
  never: 'no-store',
  // A change reaches every page within five minutes; meanwhile, and while the server is away, they use what they have.
  shortly: 'public, max-age=300, stale-while-revalidate=86400, stale-if-error=604800',
  'for ever': 'public, max-age=31536000, immutable',
};

/** As a proxy before us says, or else as the caller does. */
function originOf({ headers, socket }: FastifyRequest): string {
  // Several proxies in a row each add theirs; the first is the one that pages reach.
  const scheme = /^\s*https\b/i.test(String(headers['x-forwarded-proto'] ?? '')) ? 'https' : 'http';
  const host = headers.host ?? '';
  return hostPattern.test(host) ? `${scheme}://${host}` : `http://${socket.localAddress}:${socket.localPort}`;
}

const hostPattern = /^(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

/** A proxy on the same machine speaks for somebody else, and says so in a header. */
export function isLocal({ socket, headers }: FastifyRequest): boolean {
  const { remoteAddress } = socket;
  const loopback = remoteAddress === '::1' || /^(::ffff:)?127\./.test(remoteAddress ?? '');
  return loopback && headers['x-forwarded-for'] === undefined && headers.forwarded === undefined;
}
