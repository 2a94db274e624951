import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { embeddedIpv4 } from './ipv6.ts';

it.each([
  ['::ffff:169.254.169.254', '169.254.169.254'],
  ['::ffff:a9fe:a9fe', '169.254.169.254'],
  ['0:0:0:0:0:FFFF:a9fe:a9fe', '169.254.169.254'],
  ['::a9fe:a9fe', '169.254.169.254'],
  ['::1', '0.0.0.1'],
  ['::', '0.0.0.0'],
  ['64:ff9b::8.8.8.8', '8.8.8.8'],
  ['0064:ff9b:0::0:808:808', '8.8.8.8'],
  ['64:ff9b:1::808:808', null],
  ['2002:808:808::1', null],
  ['::5efe:7f00:1', null],
  ['2606:4700::1', null],
  ['::ffff:1.2.3.4%eth0', null],
  ['127.0.0.1', null],
  ['', null],
])('%s holds %s', (ip, inner) => expect(embeddedIpv4(ip)).toBe(inner));

it('is found however the address is written', () => {
  const prefix = fc.constantFrom('::', '::ffff:', '64:ff9b::', '0:0:0:0:0:ffff:', '64:FF9B:0:0:0:0:');
  fc.assert(
    fc.property(prefix, fc.ipV4(), (start, inner) => {
      const [a = 0, b = 0, c = 0, d = 0] = inner.split('.').map(Number);
      const inHex = `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
      expect(embeddedIpv4(start + inner)).toBe(inner);
      expect(embeddedIpv4(start + inHex)).toBe(inner);
      // As a URL has it, which is what is judged.
      expect(embeddedIpv4(new URL(`http://[${start}${inner}]/`).hostname.slice(1, -1))).toBe(inner);
    }),
  );
});

it('is some result for any address', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV6(), fc.string()), (text) => {
      expect(embeddedIpv4(text) ?? '0').toMatch(/^[\d.]+$/);
    }),
  );
});
