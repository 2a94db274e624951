/**
 * From a receiver's name to its addresses, by a DNS resolver of our own. Not by the system's getaddrinfo: that runs in
 * the four threads which files and passwords need too, so that a few dead name servers would stop the whole server; it
 * also appends search domains, which would make inside names of outside ones.
 */
import { promises as dns } from 'node:dns';
import type { Clock } from '../core/clock.ts';
import { limits } from '../core/limits.ts';

export type Resolution =
  | { ok: true; addresses: string[] }
  /** `missing`: the name servers say that there is no such name, as against not saying anything. */
  | { ok: false; code: 'dns_error' | 'dns_timeout'; missing: boolean };

export interface HostResolver {
  /** `trusted`: the operator has named this host, so what only this machine knows of it (its hosts file) counts too. */
  resolve(host: string, trusted: boolean): Promise<Resolution>;
}

export function createHostResolver(
  config: { dnsServers: readonly string[] | null },
  deps: { clock: Clock },
): HostResolver {
  const resolver = new dns.Resolver({ timeout: limits.dnsTimeoutMs / 2, tries: 2 });
  if (config.dnsServers !== null) resolver.setServers(config.dnsServers);

  return {
    async resolve(host, trusted) {
      if (trusted && !host.includes('.')) return lookUp(host);
      const resolution = await ask(resolver, host, deps.clock);
      return trusted && !resolution.ok && resolution.code === 'dns_error' ? lookUp(host) : resolution;
    },
  };
}

/** Asks for A and AAAA at once, and makes do with the one that has come when the time is up. */
async function ask(resolver: dns.Resolver, host: string, clock: Clock): Promise<Resolution> {
  const found: string[] = [];
  const errors: string[] = [];
  const collect = async (answer: Promise<string[]>): Promise<void> => {
    try {
      found.push(...(await answer));
    } catch (error) {
      errors.push(error instanceof Error && 'code' in error ? String(error.code) : '');
    }
  };
  let cancel = ignore;
  const timeUp = new Promise<void>((resolve) => {
    cancel = clock.after(limits.dnsTimeoutMs, () => {
      errors.push('ETIMEOUT');
      resolve();
    });
  });
  await Promise.race([timeUp, Promise.all([collect(resolver.resolve4(host)), collect(resolver.resolve6(host))])]);
  cancel();
  if (found.length > limits.addressesAnsweredMax) return { ok: false, code: 'dns_error', missing: false };
  return found.length > 0 ? { ok: true, addresses: [...found] } : failure(errors);
}

function failure(errors: readonly string[]): Resolution {
  if (errors.includes('ETIMEOUT')) return { ok: false, code: 'dns_timeout', missing: false };
  return { ok: false, code: 'dns_error', missing: errors.every((code) => code === 'ENOTFOUND' || code === 'ENODATA') };
}

async function lookUp(host: string): Promise<Resolution> {
  try {
    const found = await dns.lookup(host, { all: true });
    return { ok: true, addresses: found.map(({ address }) => address) };
  } catch {
    return { ok: false, code: 'dns_error', missing: true };
  }
}

function ignore(): void {}
