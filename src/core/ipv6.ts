/** What is written inside an IPv6 address. */
import { isIPv6 } from 'node:net';

/**
 * The IPv4 address that an IPv6 one is a spelling of: mapped (`::ffff:10.0.0.1`), compatible (`::10.0.0.1`) or behind NAT64
 * (`64:ff9b::10.0.0.1`). Null for all others, and for what is no IPv6 address.
 */
export function embeddedIpv4(ip: string): string | null {
  const groups = groupsOf(ip);
  if (groups === null || !prefixes.has(prefixText(groups))) return null;
  return groups
    .slice(6)
    .map((group) => `${group >> 8}.${group & 255}`)
    .join('.');
}

const prefixes = new Set(
  [
    [0, 0, 0, 0, 0, 0],
    [0, 0, 0, 0, 0, 0xffff],
    [0x64, 0xff9b, 0, 0, 0, 0],
  ].map(prefixText),
);

function prefixText(groups: readonly number[]): string {
  return groups.slice(0, 6).join(':');
}

/** The eight groups as numbers. An address with a zone is none. */
export function groupsOf(ip: string): number[] | null {
  if (!isIPv6(ip) || ip.includes('%')) return null;
  const tail = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(ip);
  const [, start = '', a, b, c, d] = tail ?? [];
  const text = tail === null ? ip : `${start}${hexPair(a, b)}:${hexPair(c, d)}`;
  const [left = '', right] = text.split('::');
  const leading = numbersIn(left);
  const trailing = numbersIn(right ?? '');
  const missing = 8 - leading.length - trailing.length;
  return [...leading, ...Array.from({ length: missing }, () => 0), ...trailing];
}

function numbersIn(part: string): number[] {
  return part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
}

function hexPair(high = '0', low = '0'): string {
  return (Number(high) * 256 + Number(low)).toString(16);
}
