/** Networks in which one fault is planted, to see that the checks of the real one find it. They reach loopback addresses only. */
import { connect, isIP } from 'node:net';
import type { Network } from '../../src/app.ts';
import { type EgressRules, parseEgressAllow } from '../../src/core/address.ts';
import { createDialer } from '../../src/deliver/connect.ts';
import { createSender } from '../../src/deliver/send.ts';

/** The dialler without a guard, for what leads to receiver and canary only. */
const unguarded: EgressRules = { allow: parseEgressAllow('0.0.0.0/0,::/0'), http: true };

export const judgingOnlyAtSave: Network['createDialer'] = (config, deps) => ({
  checkUrl: (raw) => createDialer(config, deps).checkUrl(raw),
  dial: (origin, user) => createDialer({ ...config, rules: unguarded }, deps).dial(origin, user),
});

export const judgingOnlyInLookup: Network['createDialer'] = (config, deps) => {
  const real = createDialer(config, deps);
  const open = createDialer({ ...config, rules: unguarded }, deps);
  return {
    checkUrl: (raw) => real.checkUrl(raw),
    // Node calls a socket's lookup for names only; addresses that are written out go past it.
    dial: (origin, user) => (isWritten(origin) ? open : real).dial(origin, user),
  };
};

function isWritten(origin: string): boolean {
  return isIP(new URL(origin).hostname.replaceAll(/[[\]]/g, '')) !== 0;
}

export const followingRedirects: Network['createSender'] = (deps) => {
  const real = createSender(deps);
  return {
    close: () => real.close(),
    send(request, tell) {
      real.send(request, (sent) => {
        const { outcome } = sent;
        const location = outcome.kind === 'response' && outcome.status < 400 ? outcome.headers['location'] : undefined;
        if (location === undefined) return tell(sent);
        const url = new URL(location);
        const message = String(request.message).replace(/^POST \S+/, `POST ${url.pathname}${url.search}`);
        real.send({ ...request, origin: url.origin, message }, tell);
      });
    },
  };
};

/** Reads all that comes, whatever the receiver sends, and judges it then. */
export const readingToTheEnd: Network['createSender'] = () => ({
  close() {},
  send(request, tell) {
    const { hostname, port } = new URL(request.origin);
    const socket = connect(Number(port), hostname, () => socket.write(request.message));
    socket.on('data', () => {});
    const timings = { dnsMs: null, connectMs: 0, tlsMs: null, firstByteMs: 0, totalMs: 0 };
    const outcome = { kind: 'response', status: 200, headers: {}, retryAfter: null } as const;
    socket.on('close', () => tell({ outcome, responseBody: '', responseTruncated: false, timings }));
    socket.on('error', () => {});
  },
});
