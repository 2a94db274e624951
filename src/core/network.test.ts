import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { addressList } from './address-list.ts';
import { clientAddress } from './client-address.ts';
import { networkOf } from './network.ts';

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['::FFFF:c000:207', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:1:2::', '2001:db8:1:2::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['', ''],
])('%s is of the network %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

test('all addresses of 64 bits are one network, and those of others are not', () => {
  const half = fc.array(fc.integer({ min: 1, max: 0xffff }), { minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(half, half, half, (network, one, other) => {
      expect(networkOf(`${text(network)}:${text(one)}`)).toBe(networkOf(`${text(network)}:${text(other)}`));
      fc.pre(text(network) !== text(one));
      expect(networkOf(`${text(network)}:${text(other)}`)).not.toBe(networkOf(`${text(one)}:${text(other)}`));
    }),
  );
});

function text(groups: number[]): string {
  return groups.map((group) => group.toString(16)).join(':');
}

const proxies = addressList(['10.0.0.0/8']);

test.each([
  ['10.0.0.1', '203.0.113.5', '203.0.113.5'],
  ['::ffff:10.0.0.1', '198.51.100.1, 203.0.113.5,10.0.0.2', '203.0.113.5'],
  ['10.0.0.1', 'unknown', '10.0.0.1'],
  ['10.0.0.1', '', '10.0.0.1'],
  ['10.0.0.1', undefined, '10.0.0.1'],
  ['203.0.113.9', '198.51.100.1', '203.0.113.9'],
  ['10.0.0.1', '10.0.0.3', '10.0.0.3'],
])('from %s with %s it comes from %s', (peer, forwardedFor, address) => {
  expect(clientAddress(peer, forwardedFor, proxies)).toBe(address);
});

test('without proxies that were named nothing that is sent says where it comes from', () => {
  fc.assert(
    fc.property(fc.string(), (sent) => {
      expect(clientAddress('203.0.113.9', sent, null)).toBe('203.0.113.9');
    }),
  );
});
