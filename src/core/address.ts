/**
 * The judge of receivers' addresses. Webhook URLs are typed in by people whom the server need not trust, and it stands
 * inside a network that they are not in; so only what is public may be dialled, and what the operator has allowed.
 *
 *   judgeForm     what the text alone says: whether it is a URL, its scheme, credentials
 *   judgeUrl      before anything is resolved: that, the host name, the port, and an address written out
 *   judgePeer     each address and port that is dialled or would be, when a webhook is saved and whenever one is opened
 *
 * The operator's word goes first: an allowed host name or address, then an allowed range, then the deny rules; only the way
 * back to this very server is open to nobody. A message never holds a resolved address, which would tell a stranger how the
 * inside network is numbered.
 */
import { isIP } from 'node:net';
import { type AddressList, addressList, parseRange } from './address-list.ts';
import { embeddedIpv4 } from './ipv6.ts';
import { limits } from './limits.ts';
import { dataPorts, metadataServices, nat64Prefix, publicV6, specialV4, specialV6 } from './special-addresses.ts';

export interface EgressRules {
  allow: EgressAllow;
  /** Whether `http:` may be used; `https:` always may. */
  http: boolean;
  /** Whether the network reaches IPv4 by NAT64, so that an address of its prefix is judged by the IPv4 address in it. */
  nat64?: boolean;
  /** Whether this server itself listens there, at a name or address and a port. No allow-list opens that. */
  isOwn?: (host: string, port: number) => boolean;
}

export interface EgressAllow {
  hosts: ReadonlySet<string>;
  /** Single addresses. Only they open the way to a metadata service or to a data store's port. */
  addresses: AddressList;
  ranges: AddressList;
}

export type AddressErrorCode =
  | 'blocked_address'
  | 'blocked_scheme'
  | 'blocked_hostname'
  | 'blocked_port'
  | 'credentials_in_url'
  | 'invalid_url';
export type Refusal = { ok: false; code: AddressErrorCode; message: string };

/** Judges a URL by its text alone, whatever the rules are. */
export function judgeForm(raw: string): { ok: true; url: URL } | Refusal {
  const url = raw.length <= limits.urlCharsMax && URL.canParse(raw) ? new URL(raw) : null;
  if (url === null) return refuse('invalid_url', 'This is not a URL. It should look like https://example.com/hooks.');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return refuse('blocked_scheme', 'Only https:// and http:// URLs can be delivered to.');
  }
  if (url.username !== '' || url.password !== '') {
    return refuse(
      'credentials_in_url',
      'A URL with a user name or password would end up in logs; send them as a header.',
    );
  }
  return { ok: true, url };
}

/**
 * Judges what can be judged without asking DNS. `host` is the name or address to dial, without brackets or a final dot, and
 * `port` the port.
 */
export function judgeUrl(
  raw: string,
  rules: EgressRules,
): { ok: true; url: URL; host: string; port: number } | Refusal {
  const formed = judgeForm(raw);
  if (!formed.ok) return formed;
  const { url } = formed;
  if (url.protocol === 'http:' && !rules.http) {
    return refuse('blocked_scheme', 'Only https:// URLs can be delivered to while BELLWIRE_EGRESS_HTTP is off.');
  }
  const host = hostOf(url);
  const port = portOf(url);
  const verdict = isIP(host) === 0 ? judgeHostname(host, port, rules) : judgePeer(host, port, rules);
  if (!verdict.ok) return verdict;
  const lifted = rules.allow.hosts.has(host) || rules.allow.addresses.has(host);
  if (!lifted && !portAllowed(port)) {
    return refuse(
      'blocked_port',
      'This port is not for web servers. Allowed are 80, 443 and those from 1024 that are not usual for databases; an operator can allow the host with BELLWIRE_EGRESS_ALLOW.',
    );
  }
  return { ok: true, url, host, port };
}

/** Judges one address and port to be dialled; `host` is the name that led to it, which the operator may have allowed. */
export function judgePeer(ip: string, port: number, rules: EgressRules, host: string = ip): { ok: true } | Refusal {
  return rules.isOwn?.(ip, port) === true ? refuse('blocked_address', ownAddress) : judgeAddress(ip, rules, host);
}

/** Judges an address whatever the port. */
export function judgeAddress(ip: string, rules: EgressRules, host: string = ip): { ok: true } | Refusal {
  const { allow } = rules;
  if (allow.addresses.has(ip)) return { ok: true };
  const inner = embeddedIpv4(ip);
  const isMetadata = metadataServices.has(ip) || (inner !== null && metadataServices.has(inner));
  if (isMetadata) return refuse('blocked_address', blockedAddress);
  if (allow.hosts.has(host) || allow.ranges.has(ip) || isPublic(ip)) return { ok: true };
  if (rules.nat64 === true && inner !== null && nat64Prefix.has(ip)) return judgeAddress(inner, rules, host);
  return refuse('blocked_address', blockedAddress);
}

/** Parses `BELLWIRE_EGRESS_ALLOW`: addresses, CIDR ranges and exact host names, apart by commas. Throws on anything else. */
export function parseEgressAllow(text: string): EgressAllow {
  const hosts = new Set<string>();
  const addresses: string[] = [];
  const ranges: string[] = [];
  for (const entry of text.split(',').map((part) => part.trim())) {
    if (entry === '') continue;
    const range = parseRange(entry);
    if (range === null) hosts.add(parseHost(entry));
    else (range.bits === (range.family === 4 ? 32 : 128) ? addresses : ranges).push(entry);
  }
  return { hosts, addresses: addressList(addresses), ranges: addressList(ranges) };
}

/** The name or address in a URL, without brackets or a final dot. */
export function hostOf(url: URL): string {
  const { hostname } = url;
  if (hostname.startsWith('[')) return hostname.slice(1, -1);
  return hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
}

/** Names that only mean something inside a network are refused before DNS is asked, whatever it would say. */
function judgeHostname(host: string, port: number, rules: EgressRules): { ok: true } | Refusal {
  const { allow } = rules;
  const labels = host.split('.');
  if (host.length > 253 || labels.some((label) => label.length === 0 || label.length > 63)) {
    return refuse('invalid_url', 'The host of this URL is not a host name.');
  }
  if (rules.isOwn?.(host, port) === true) return refuse('blocked_address', ownAddress);
  if (allow.hosts.has(host)) return { ok: true };
  if (labels.length > 1 && !insideSuffixes.some((suffix) => host.endsWith(suffix))) return { ok: true };
  return refuse(
    'blocked_hostname',
    'This host name is a local one. An operator can allow it with BELLWIRE_EGRESS_ALLOW.',
  );
}

/** The port that a URL leads to, written or not. */
export function portOf(url: URL): number {
  return url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
}

function portAllowed(port: number): boolean {
  return port === 80 || port === 443 || (port >= 1024 && !dataPorts.has(port));
}

function isPublic(ip: string): boolean {
  return isIP(ip) === 4 ? !specialV4.has(ip) : publicV6.has(ip) && !specialV6.has(ip);
}

function parseHost(entry: string): string {
  const url = URL.canParse(`http://${entry}/`) ? new URL(`http://${entry}/`) : null;
  const valid =
    url !== null && url.port === '' && url.username === '' && url.pathname === '/' && !/[/\\*?#@:]/.test(entry);
  if (!valid || isIP(hostOf(url)) !== 0) {
    throw new Error(
      `BELLWIRE_EGRESS_ALLOW: "${entry}" is not an IP address, a range such as 10.0.0.0/8, or a host name such as hooks.example.internal.`,
    );
  }
  return hostOf(url);
}

function refuse(code: AddressErrorCode, message: string): Refusal {
  return { ok: false, code, message };
}

const blockedAddress =
  'This host is at a private, local or reserved address. An operator can allow it with BELLWIRE_EGRESS_ALLOW.';

const ownAddress =
  'This is the address of Bellwire itself: what it sends there would come back to it, and be sent again, without end.';

const insideSuffixes = [
  '.localhost',
  '.localdomain',
  '.local',
  '.internal',
  '.lan',
  '.home.arpa',
  '.svc',
  '.onion',
] as const;
