/**
 * Addresses and CIDR ranges, and whether an address is among them. IPv4 and IPv6 are kept apart, because Node's BlockList
 * compares IPv4 as mapped IPv6, so that a wide IPv6 range would take in all of IPv4; and what is not an address is in no
 * list, where BlockList would guess a family.
 */
import { BlockList, isIP } from 'node:net';

export interface AddressList {
  has(address: string): boolean;
}

/** Entries are addresses (`10.0.0.1`, `2001:db8::1`) or ranges (`10.0.0.0/8`). Throws, naming the entry, when one is neither. */
export function addressList(entries: readonly string[]): AddressList {
  const lists = { 4: new BlockList(), 6: new BlockList() };
  for (const entry of entries) {
    const range = parseRange(entry);
    if (range === null) throw new Error(`"${entry}" is neither an IP address nor a range such as 10.0.0.0/8.`);
    lists[range.family].addSubnet(range.address, range.bits, `ipv${range.family}`);
  }
  return {
    has(address) {
      const family = familyOf(address);
      return family !== null && lists[family].check(address, `ipv${family}`);
    },
  };
}

/** An address is a range of one. Null for what is neither. */
export function parseRange(text: string): { address: string; bits: number; family: 4 | 6 } | null {
  const [address = '', bitsText, ...rest] = text.split('/');
  const family = familyOf(address);
  if (family === null || rest.length > 0) return null;
  const bitsMax = family === 4 ? 32 : 128;
  if (bitsText === undefined) return { address, bits: bitsMax, family };
  if (!/^\d{1,3}$/.test(bitsText) || Number(bitsText) > bitsMax) return null;
  return { address, bits: Number(bitsText), family };
}

/** An address with a zone (`fe80::1%eth0`) is none here: what it means depends on the machine. */
function familyOf(address: string): 4 | 6 | null {
  const family = address.includes('%') ? 0 : isIP(address);
  return family === 4 || family === 6 ? family : null;
}
