/**
 * Dials receivers, and only those that may be dialled. A name is resolved once, every address it has is judged (one that
 * is forbidden forbids the name), an address that was judged is dialled as it is, and the socket is asked whom it reached.
 * There is nothing between the check and the connection that could change its mind. TLS comes on top of the open socket,
 * because Node's own guard (`blockList`) is ignored by tls.connect. Proxies of the environment are not used.
 *
 *   judgeUrl → resolve → judgePeer, each address → connect → judgePeer, whom we reached → TLS
 */
import { isIP, connect as openSocket, type Socket, type TcpNetConnectOpts } from 'node:net';
import { createSecureContext, getCACertificates, connect as openTls, type SecureContext } from 'node:tls';
import { type EgressRules, judgePeer, judgeUrl } from '../core/address.ts';
import type { Clock } from '../core/clock.ts';
import type { Outcome, Timings } from '../core/delivery.ts';
import { isInbox } from '../core/inbox.ts';
import { limits } from '../core/limits.ts';
import { failureCode } from './failure-code.ts';
import { createHostResolver } from './resolve-host.ts';

export interface Dialer {
  /** Opens a connection to `scheme://host:port`. What it returns gives up one that is not open yet. */
  dial(origin: string, user: ConnectionUser): () => void;
  /** What a webhook's URL is checked by when it is saved. A name that DNS does not answer for now is let through. */
  checkUrl(raw: string): Promise<UrlVerdict>;
}

export type UrlVerdict = { ok: true; url: URL } | { ok: false; code: UrlErrorCode; message: string };
export type UrlErrorCode = Extract<ReturnType<typeof judgeUrl>, { ok: false }>['code'] | 'dns_error';
export type DialTimings = Pick<Timings, 'dnsMs' | 'connectMs' | 'tlsMs'>;

/** Whom a connection is opened for. It is told once, of the open connection or of the failure, and never at once. */
export interface ConnectionUser {
  onOpen(socket: Socket, timings: DialTimings): void;
  onFailure(error: DialError): void;
  /** What comes: the first `count` of these bytes, valid only during the call. It may come before `onOpen`. */
  onBytes(bytes: Buffer, count: number): void;
}

/** Why there is no connection, as the outcome of the attempt that wanted it. */
export class DialError extends Error {
  readonly outcome: Extract<Outcome, { kind: 'unreachable' | 'forbidden' }>;

  constructor(outcome: DialError['outcome']) {
    super(outcome.code);
    this.name = 'DialError';
    this.outcome = outcome;
  }
}

export interface DialerConfig {
  rules: EgressRules;
  /** Null: those of the system. */
  dnsServers: readonly string[] | null;
  /** Where the built-in inbox listens on this machine; null where there is none. */
  inboxPort?: () => number | null;
  /** Certificates in PEM that are trusted beside those that Node trusts by itself. */
  extraCa?: string | null;
}

export function createDialer(config: DialerConfig, deps: { clock: Clock }): Dialer {
  const { rules } = config;
  const { clock } = deps;
  const resolver = createHostResolver(config, deps);
  let secureContext: SecureContext | null = null;

  async function openAndTell(origin: string, call: Call): Promise<void> {
    const { user } = call;
    try {
      const [socket, timings] = await open(`${origin}/`, call);
      if (call.over) socket.destroy();
      else user.onOpen(socket, timings);
    } catch (error) {
      if (!call.over) user.onFailure(dialErrorOf(error));
    }
  }

  async function open(rawUrl: string, call: Call): Promise<[Socket, DialTimings]> {
    if (isInbox(rawUrl)) return openInbox(call);
    const judged = judgeUrl(rawUrl, rules);
    if (!judged.ok) throw forbidden(judged);
    const { url, host, port } = judged;
    const startedMs = clock.monotonicMs();
    const addresses = await addressesOf(host, port);
    const resolvedMs = clock.monotonicMs();
    const isPlain = url.protocol === 'http:';
    const socket = await connectToAny(addresses, port, isPlain ? readingInto(call.user) : {}, call);
    // A connection that broke off at once has no peer any more, which is bad luck and no offence.
    if (socket.remoteAddress === undefined) throw new DialError({ kind: 'unreachable', code: 'connection_reset' });
    const peer = judgePeer(socket.remoteAddress, port, rules, host);
    if (!peer.ok) {
      socket.destroy();
      throw forbidden(peer);
    }
    const connectedMs = clock.monotonicMs();
    const timings: DialTimings = {
      dnsMs: isIP(host) === 0 ? Math.round(resolvedMs - startedMs) : null,
      connectMs: Math.round(connectedMs - resolvedMs),
      tlsMs: null,
    };
    if (isPlain) return [socket, timings];
    const secured = await secure(socket, host, call);
    secured.on('data', (chunk: Buffer) => call.user.onBytes(chunk, chunk.length));
    return [secured, { ...timings, tlsMs: Math.round(clock.monotonicMs() - connectedMs) }];
  }

  /** No name is resolved for it, and no rule opens or closes it: it leads to one port of this process and to nothing else. */
  async function openInbox(call: Call): Promise<[Socket, DialTimings]> {
    const port = config.inboxPort?.() ?? null;
    if (port === null) throw forbidden({ code: 'blocked_address', message: 'There is no inbox on this node.' });
    const startedMs = clock.monotonicMs();
    const socket = await connectToAny(['127.0.0.1'], port, readingInto(call.user), call);
    const connectMs = Math.round(clock.monotonicMs() - startedMs);
    return [socket, { dnsMs: null, connectMs, tlsMs: null }];
  }

  async function addressesOf(host: string, port: number): Promise<string[]> {
    if (isIP(host) !== 0) return [host];
    const resolution = await resolver.resolve(host, rules.allow.hosts.has(host));
    if (!resolution.ok) throw new DialError({ kind: 'unreachable', code: resolution.code });
    for (const address of resolution.addresses) {
      const verdict = judgePeer(address, port, rules, host);
      if (!verdict.ok) throw forbidden(verdict);
    }
    return resolution.addresses.slice(0, limits.addressesTriedMax);
  }

  /** One after the other, each with its share of the time; the last one's failure is the answer. */
  async function connectToAny(
    addresses: readonly string[],
    port: number,
    reading: Reading,
    call: Call,
  ): Promise<Socket> {
    const limitMs = limits.connectTimeoutMs / Math.max(1, addresses.length);
    let failure = new DialError({ kind: 'unreachable', code: 'dns_error' });
    for (const address of addresses) {
      if (call.over) break;
      try {
        return await connected(
          openSocket({ host: address, port, noDelay: true, ...reading }),
          'connect',
          limitMs,
          call,
        );
      } catch (error) {
        failure = dialErrorOf(error);
      }
    }
    throw failure;
  }

  /** Always verifying, whatever NODE_TLS_REJECT_UNAUTHORIZED says, and offering nothing but HTTP/1.1. */
  function secure(socket: Socket, host: string, call: Call): Promise<Socket> {
    secureContext ??= trusting(config.extraCa ?? null);
    const secured = openTls({
      socket,
      host,
      servername: isIP(host) === 0 ? host : '',
      secureContext,
      rejectUnauthorized: true,
      ALPNProtocols: ['http/1.1'],
    });
    return connected(secured, 'secureConnect', limits.connectTimeoutMs, call);
  }

  function connected(socket: Socket, event: 'connect' | 'secureConnect', limitMs: number, call: Call): Promise<Socket> {
    call.socket = socket;
    // For good: for a moment nobody else listens, and an error that nobody hears ends the process.
    socket.on('error', ignore);
    if (call.over) socket.destroy();
    return new Promise((resolve, reject) => {
      const cancel = clock.after(limitMs, () => socket.destroy(connectTimeout()));
      const settle = (): void => {
        cancel();
        socket.off(event, opened).off('error', failed).off('close', failed);
      };
      const opened = (): void => {
        settle();
        resolve(socket);
      };
      const failed = (error?: unknown): void => {
        settle();
        reject(dialErrorOf(error));
      };
      socket.once(event, opened).once('error', failed).once('close', failed);
    });
  }

  return {
    dial(origin, user) {
      const call: Call = { user, over: false, socket: null };
      void openAndTell(origin, call);
      return () => {
        call.over = true;
        call.socket?.destroy();
      };
    },

    async checkUrl(raw) {
      if (isInbox(raw)) return { ok: true, url: new URL(raw) };
      const judged = judgeUrl(raw, rules);
      if (!judged.ok) return judged;
      const { url, host, port } = judged;
      if (isIP(host) !== 0) return { ok: true, url };
      const resolution = await resolver.resolve(host, rules.allow.hosts.has(host));
      if (!resolution.ok) {
        return resolution.missing
          ? { ok: false, code: 'dns_error', message: 'There is no host with this name. Check the spelling of the URL.' }
          : { ok: true, url };
      }
      const refusal = resolution.addresses
        .map((address) => judgePeer(address, port, rules, host))
        .find(({ ok }) => !ok);
      return refusal === undefined || refusal.ok ? { ok: true, url } : refusal;
    },
  };
}

/** A connection being opened, so that it can be given up. */
interface Call {
  readonly user: ConnectionUser;
  over: boolean;
  socket: Socket | null;
}

type Reading = Pick<TcpNetConnectOpts, 'onread'>;

/** Into a buffer of the connection's own, past the stream: measured, that is 1.6 µs of a request's 12. TLS cannot. */
function readingInto(user: ConnectionUser): Reading {
  const buffer = Buffer.allocUnsafeSlow(limits.socketReadBytes);
  return {
    onread: {
      buffer,
      callback(count) {
        user.onBytes(buffer, count);
        return true;
      },
    },
  };
}

/** Made once: reading all certificates takes milliseconds. */
function trusting(extraCa: string | null): SecureContext {
  const ca = extraCa === null ? {} : { ca: [...getCACertificates('default'), extraCa] };
  return createSecureContext({ minVersion: 'TLSv1.2', ...ca });
}

function forbidden({ code, message }: { code: string; message: string }): DialError {
  return new DialError({ kind: 'forbidden', code, message });
}

function dialErrorOf(error: unknown): DialError {
  return error instanceof DialError ? error : new DialError({ kind: 'unreachable', code: failureCode(error) });
}

function connectTimeout(): DialError {
  return new DialError({ kind: 'unreachable', code: 'connect_timeout' });
}

function ignore(): void {}
