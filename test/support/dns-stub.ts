/** A name server on a loopback address that knows what it is told, says NXDOMAIN for all else, and keeps what it was asked. */
import { createSocket } from 'node:dgram';
import { isIP } from 'node:net';

export interface DnsStub {
  /** For `BELLWIRE_DNS_SERVERS`. */
  server: string;
  /** Addresses per name; a function is asked anew each time. `null` answers nothing at all. */
  names: Map<string, DnsAnswer | (() => DnsAnswer)>;
  /** Names that were asked for, once for A and once for AAAA. */
  asked: string[];
  close(): Promise<void>;
}

export type DnsAnswer = readonly string[] | null;

export async function startDnsStub(names: Record<string, DnsAnswer | (() => DnsAnswer)> = {}): Promise<DnsStub> {
  const socket = createSocket('udp4');
  const known = new Map(Object.entries(names));
  const asked: string[] = [];
  socket.on('message', (query, from) => {
    const { name, type, end } = questionOf(query);
    asked.push(name);
    const entry = known.get(name);
    const addresses = typeof entry === 'function' ? entry() : entry;
    if (addresses === null) return;
    const wanted = (addresses ?? []).filter((address) => isIP(address) === (type === 28 ? 6 : 4));
    const head = Buffer.alloc(12);
    query.copy(head, 0, 0, 2);
    head.writeUInt16BE(addresses === undefined ? 0x8183 : 0x8180, 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(wanted.length, 6);
    socket.send(
      Buffer.concat([head, query.subarray(12, end), ...wanted.map((address) => recordOf(address, type))]),
      from.port,
    );
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return {
    server: `127.0.0.1:${socket.address().port}`,
    names: known,
    asked,
    close: () => new Promise((resolve) => socket.close(resolve)),
  };
}

function questionOf(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function recordOf(address: string, type: number): Buffer {
  const data = type === 28 ? bytesV6(address) : Buffer.from(address.split('.').map(Number));
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(0, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function bytesV6(address: string): Buffer {
  const [left = '', right = ''] = address.split('::');
  const given = [groupsOf(left), groupsOf(right)] as const;
  const missing = address.includes('::') ? 8 - given[0].length - given[1].length : 0;
  const groups = [...given[0], ...Array.from({ length: missing }, () => '0'), ...given[1]];
  return Buffer.concat(groups.map((group) => Buffer.from(group.padStart(4, '0'), 'hex')));
}

function groupsOf(part: string): string[] {
  return part === '' ? [] : part.split(':');
}
