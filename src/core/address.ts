/**
 * The judge of receivers' addresses. Webhook URLs are typed in by people whom the server need not trust, and it stands
 * inside a network that they are not in; so only what is public may be dialled, and what the operator has allowed.
 *
 *   judgeUrl      before anything is resolved: scheme, credentials, host name, port, and an address written out
 *   judgeAddress  each address that a name resolves to, when a webhook is saved and whenever a connection is opened
 *
 * The operator's word goes first: an allowed host name or address, then an allowed range, then the deny rules. A message
 * never holds a resolved address, which would tell a stranger how the inside network is numbered.
 */
import { isIP } from 'node:net';
import { type AddressList, addressList, parseRange } from './address-list.ts';
import { limits } from './limits.ts';

export interface EgressRules {
  allow: EgressAllow;
  /** Whether `http:` may be used; `https:` always may. */
  http: boolean;
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

/** Judges what can be judged without asking DNS. `host` is the name or address to dial, without brackets or a final dot. */
export function judgeUrl(raw: string, rules: EgressRules): { ok: true; url: URL; host: string } | Refusal {
  const url = raw.length <= limits.urlCharsMax && URL.canParse(raw) ? new URL(raw) : null;
  if (url === null) return refuse('invalid_url', 'This is not a URL. It should look like https://example.com/hooks.');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return refuse('blocked_scheme', 'Only https:// and http:// URLs can be delivered to.');
  }
  if (url.protocol === 'http:' && !rules.http) {
    return refuse('blocked_scheme', 'Only https:// URLs can be delivered to while BELLWIRE_EGRESS_HTTP is off.');
  }
  if (url.username !== '' || url.password !== '') {
    return refuse(
      'credentials_in_url',
      'A URL with a user name or password would end up in logs; send them as a header.',
    );
  }
  const host = hostOf(url);
  const verdict = isIP(host) === 0 ? judgeHostname(host, rules.allow) : judgeAddress(host, rules);
  if (!verdict.ok) return verdict;
  const lifted = rules.allow.hosts.has(host) || rules.allow.addresses.has(host);
  if (!lifted && !portAllowed(url)) {
    return refuse(
      'blocked_port',
      'This port is not for web servers. Allowed are 80, 443 and those from 1024 that are not usual for databases; an operator can allow the host with BELLWIRE_EGRESS_ALLOW.',
    );
  }
  return { ok: true, url, host };
}

/** Judges one address to be dialled; `host` is the name that led to it, which the operator may have allowed as such. */
export function judgeAddress(ip: string, rules: EgressRules, host: string = ip): { ok: true } | Refusal {
  const { allow } = rules;
  const allowed =
    allow.addresses.has(ip) ||
    (!metadataServices.has(ip) && (allow.hosts.has(host) || allow.ranges.has(ip) || isPublic(ip)));
  return allowed ? { ok: true } : refuse('blocked_address', blockedAddress);
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

function hostOf(url: URL): string {
  const { hostname } = url;
  if (hostname.startsWith('[')) return hostname.slice(1, -1);
  return hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
}

/** Names that only mean something inside a network are refused before DNS is asked, whatever it would say. */
function judgeHostname(host: string, allow: EgressAllow): { ok: true } | Refusal {
  const labels = host.split('.');
  if (host.length > 253 || labels.some((label) => label.length === 0 || label.length > 63)) {
    return refuse('invalid_url', 'The host of this URL is not a host name.');
  }
  if (allow.hosts.has(host)) return { ok: true };
  if (labels.length > 1 && !insideSuffixes.some((suffix) => host.endsWith(suffix))) return { ok: true };
  return refuse(
    'blocked_hostname',
    'This host name is a local one. An operator can allow it with BELLWIRE_EGRESS_ALLOW.',
  );
}

function portAllowed(url: URL): boolean {
  const port = url.port === '' ? 443 : Number(url.port);
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

/** The special-purpose ranges of the IANA registry, multicast, and the reserved class E. */
const specialV4 = addressList([
  '0.0.0.0/8', // this network
  '10.0.0.0/8', // private
  '100.64.0.0/10', // carrier-grade NAT
  '127.0.0.0/8', // loopback
  '169.254.0.0/16', // link-local, and most metadata services
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments
  '192.0.2.0/24', // documentation
  '192.31.196.0/24', // AS112
  '192.52.193.0/24', // automatic multicast tunnelling
  '192.88.99.0/24', // 6to4 relays, retired
  '192.168.0.0/16', // private
  '192.175.48.0/24', // AS112
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, and broadcast
]);

/**
 * IPv6 is denied but for global unicast. A list of what is bad would never be complete: there are a dozen ways to write an
 * IPv4 address inside an IPv6 one, and almost all of them lie outside this range.
 */
const publicV6 = addressList(['2000::/3']);
const specialV6 = addressList([
  '2001::/23', // protocol assignments, among them Teredo
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4, which holds an IPv4 address
  '2620:4f:8000::/48', // AS112
  '3fff::/20', // documentation
]);

/** Where clouds hand out credentials. An allowed range does not open them; each would have to be named by itself. */
const metadataServices = addressList([
  '169.254.169.254', // AWS, Azure, Google and most others
  '169.254.170.2', // AWS container tasks
  '169.254.170.23', // AWS pod identity
  '168.63.129.16', // Azure's wire server: a public address, reachable only from inside
  '100.100.100.200', // Alibaba
  '192.0.0.192', // Oracle
  'fd00:ec2::254', // AWS
  'fd00:ec2::23', // AWS pod identity
  'fd20:ce::254', // Google
]);

/** Ports where something listens that a POST can hurt and that is rarely meant to be reached by strangers. */
const dataPorts: ReadonlySet<number> = new Set([
  1433, // SQL Server
  1521, // Oracle
  2049, // NFS
  2375, // Docker, with full control of its host
  2376, // Docker over TLS
  2379, // etcd
  2380, // etcd peers
  3306, // MySQL
  3389, // remote desktop
  5432, // PostgreSQL
  5672, // AMQP
  5900, // VNC
  5984, // CouchDB
  6379, // Redis, which takes commands from the lines of an HTTP body
  6443, // Kubernetes
  7000, // Cassandra nodes
  8500, // Consul
  9042, // Cassandra
  9092, // Kafka
  9200, // Elasticsearch
  9300, // Elasticsearch nodes
  10250, // kubelet
  10255, // kubelet, read-only
  11211, // memcached, line-based like Redis
  27017, // MongoDB
  27018, // MongoDB shards
  27019, // MongoDB configuration
  50000, // Db2
]);
