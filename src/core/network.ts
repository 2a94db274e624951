/**
 * Which network an address is of, for counting what comes from there. An IPv4 address stands for itself, however it is
 * written; of IPv6 the first 64 bits, because whoever has one address has all that begin like it.
 */
import { isIPv4 } from 'node:net';
import { embeddedIpv4, groupsOf } from './ipv6.ts';

/** What is no address at all is a network of its own. */
export function networkOf(address: string): string {
  if (isIPv4(address)) return address;
  const [plain = ''] = address.split('%');
  const four = embeddedIpv4(plain);
  // `::1` and `::` look like compatible IPv4 addresses, and are none.
  if (four !== null && !four.startsWith('0.')) return four;
  const groups = groupsOf(plain);
  if (groups === null) return address;
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`;
}
