/**
 * The exclude list: whose events are recorded and go to no webhook. Patterns of visitor ids, account ids and host names,
 * in which `*` stands for any run of characters, and IP addresses or CIDR ranges.
 */
import { BlockList, isIP } from 'node:net';

export interface ExclusionPattern {
  kind: 'visitor' | 'account' | 'host' | 'ip';
  pattern: string;
}

/** What of an event is looked at. */
export interface ExclusionSubject {
  visitorId: string;
  accountId: string;
  /** Host, with its port if the page's address had one. */
  host: string | null;
  ip: string | null;
}

/** Prepares the list once, so that an event costs a few look-ups however long it is; answers whether an event is excluded. */
export function exclusionMatcher(list: readonly ExclusionPattern[]): (subject: ExclusionSubject) => boolean {
  if (list.length === 0) return () => false;
  const visitor = textMatcher(list, 'visitor');
  const account = textMatcher(list, 'account');
  const host = textMatcher(list, 'host');
  const ip = addressMatcher(list);
  return (subject) =>
    visitor(subject.visitorId) ||
    (subject.accountId !== '' && account(subject.accountId)) ||
    (subject.host !== null && (host(subject.host.toLowerCase()) || host(withoutPort(subject.host.toLowerCase())))) ||
    (subject.ip !== null && ip(subject.ip));
}

/** What is wrong with a pattern, in a sentence, or null. */
export function exclusionProblem({ kind, pattern }: ExclusionPattern): string | null {
  if (pattern.trim() === '') return 'A pattern cannot be empty.';
  if (/^\*+$/.test(pattern)) return 'A pattern of stars alone would exclude everything.';
  if (kind !== 'ip') return null;
  const [address = '', bits, ...rest] = pattern.split('/');
  const family = isIP(address);
  const bitsMax = family === 4 ? 32 : 128;
  const valid =
    family !== 0 && rest.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= bitsMax));
  return valid ? null : `"${pattern}" is neither an IP address nor a range such as 10.0.0.0/8 or 2001:db8::/32.`;
}

function textMatcher(list: readonly ExclusionPattern[], kind: ExclusionPattern['kind']): (text: string) => boolean {
  const exact = new Set<string>();
  const globs: string[] = [];
  for (const entry of list) {
    if (entry.kind !== kind) continue;
    const pattern = kind === 'host' ? entry.pattern.toLowerCase() : entry.pattern;
    if (pattern.includes('*')) globs.push(pattern);
    else exact.add(pattern);
  }
  return (text) => exact.has(text) || globs.some((glob) => matchesGlob(text, glob));
}

/** Walks both once and goes back only to the last star, so no pattern can make it slow; a regular expression could be. */
function matchesGlob(text: string, glob: string): boolean {
  let textAt = 0;
  let globAt = 0;
  let starAt = -1;
  let resumeAt = 0;
  while (textAt < text.length) {
    if (glob[globAt] === '*') {
      starAt = globAt++;
      resumeAt = textAt;
    } else if (glob[globAt] === text[textAt]) {
      globAt += 1;
      textAt += 1;
    } else if (starAt >= 0) {
      globAt = starAt + 1;
      textAt = ++resumeAt;
    } else {
      return false;
    }
  }
  while (glob[globAt] === '*') globAt += 1;
  return globAt === glob.length;
}

/** IPv4 and IPv6 are kept apart: Node compares IPv4 as mapped IPv6, so that a wide IPv6 range would take in all of IPv4. */
function addressMatcher(list: readonly ExclusionPattern[]): (ip: string) => boolean {
  const lists = { 4: new BlockList(), 6: new BlockList() };
  for (const entry of list) {
    if (entry.kind !== 'ip' || exclusionProblem(entry) !== null) continue;
    const [address = '', bits] = entry.pattern.split('/');
    const family = isIP(address) === 4 ? 4 : 6;
    if (bits === undefined) lists[family].addAddress(address, `ipv${family}`);
    else lists[family].addSubnet(address, Number(bits), `ipv${family}`);
  }
  return (ip) => {
    const plain = ip.startsWith('::ffff:') && isIP(ip.slice(7)) === 4 ? ip.slice(7) : ip;
    const family = isIP(plain);
    return (family === 4 || family === 6) && lists[family].check(plain, `ipv${family}`);
  };
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, '');
}
