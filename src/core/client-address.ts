/**
 * Where a request comes from. `X-Forwarded-For` is what anybody may write, so it counts only as far as the proxies that the
 * operator has named have written it: from its end, the first address that is none of theirs.
 */
import { isIP } from 'node:net';
import type { AddressList } from './address-list.ts';
import { embeddedIpv4 } from './ipv6.ts';

export function clientAddress(peer: string, forwardedFor: string | undefined, trusted: AddressList | null): string {
  let address = canonical(peer);
  if (trusted === null || forwardedFor === undefined) return address;
  const hops = forwardedFor.split(',').map((hop) => hop.trim());
  while (trusted.has(address)) {
    const hop = hops.pop();
    // A proxy that writes something else is believed no further.
    if (hop === undefined || isIP(hop) === 0) return address;
    address = canonical(hop);
  }
  return address;
}

/** Node shows IPv4 as mapped IPv6 on a socket that takes both. */
function canonical(address: string): string {
  return /^::ffff:/i.test(address) ? (embeddedIpv4(address) ?? address) : address;
}
