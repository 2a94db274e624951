import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { receiverUrls } from '../../test/support/receiver-urls.ts';
import { type EgressRules, judgeAddress, judgeUrl, parseEgressAllow } from './address.ts';

const strict = rules('');

it('reads a table that has rows of both kinds', () => {
  expect(receiverUrls.filter((row) => row.code === 'ok').length).toBeGreaterThan(5);
  expect(receiverUrls.filter((row) => row.code !== 'ok').length).toBeGreaterThan(50);
});

describe('judgeUrl', () => {
  it.each(receiverUrls)('$url: $code ($why)', ({ url, code }) => {
    const verdict = codeOf(judgeUrl(url, strict));
    expect(code === 'any' && verdict !== 'ok' ? 'any' : verdict).toBe(code);
  });

  it('keeps the URL as the parser sees it', () => {
    const verdict = judgeUrl('HTTPS://b\u00fccher.Example.com:443/a b', strict);
    expect(verdict).toMatchObject({ ok: true, host: 'xn--bcher-kva.example.com' });
    expect(verdict.ok && verdict.url.href).toBe('https://xn--bcher-kva.example.com/a%20b');
  });

  it('takes http only when the operator lets it', () => {
    const verdict = judgeUrl('http://example.com/', { ...strict, http: false });
    expect(verdict).toMatchObject({ ok: false, code: 'blocked_scheme' });
    expect(!verdict.ok && verdict.message).toContain('BELLWIRE_EGRESS_HTTP');
  });

  it('refuses what is too long to be an address', () => {
    expect(codeOf(judgeUrl(`https://example.com/${'a'.repeat(3000)}`, strict))).toBe('invalid_url');
  });

  it('names the setting, and never the address', () => {
    const verdict = judgeUrl('http://10.1.2.3/', strict);
    expect(!verdict.ok && verdict.message).toContain('BELLWIRE_EGRESS_ALLOW');
    expect(!verdict.ok && verdict.message).not.toContain('10.1.2.3');
  });

  it('lets an allowed host name through, whatever it is called, on any port', () => {
    const allowed = rules('localhost, Hooks.internal., 10.0.0.0/8, 127.0.0.2');
    expect(codeOf(judgeUrl('http://localhost:22/', allowed))).toBe('ok');
    expect(codeOf(judgeUrl('http://hooks.internal/', allowed))).toBe('ok');
    expect(codeOf(judgeUrl('http://other.internal/', allowed))).toBe('blocked_hostname');
    expect(codeOf(judgeUrl('http://127.0.0.2:6379/', allowed))).toBe('ok');
    // An allowed range opens its addresses, and not the data stores on them.
    expect(codeOf(judgeUrl('http://10.0.0.9/', allowed))).toBe('ok');
    expect(codeOf(judgeUrl('http://10.0.0.9:6379/', allowed))).toBe('blocked_port');
  });
});

describe('judgeAddress', () => {
  const blocked = `0.0.0.0 10.0.0.1 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.255 169.254.169.254 172.16.0.0
    172.31.255.255 192.0.0.1 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.0 198.19.255.255 198.51.100.1 203.0.113.255
    224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 168.63.129.16
    :: ::1 ::7f00:1 ::ffff:8.8.8.8 ::ffff:7f00:1 64:ff9b::808:808 64:ff9b:1::1 100::1 1::1 2001::1 2001:1ff::1
    2001:db8::1 2002:808:808::1 2620:4f:8000::1 3fff::1 3fff:fff::1 4000::1 5f00::1 fc00::1 fdff::1 fe80::1
    fe80::1%eth0 2606:4700::1%eth0 fec0::1 ff02::1`.split(/\s+/);
  const open = `1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 169.253.255.255
    169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0 192.167.255.255 192.169.0.0 198.17.255.255
    198.20.0.0 223.255.255.255 168.63.129.17 2001:200::1 2001:4860:4860::8888 2003::1 2606:4700::1 3ffe::1 3fff:1000::1`.split(
    /\s+/,
  );

  it.each(blocked)('blocks %s', (ip) => expect(judgeAddress(ip, strict).ok).toBe(false));
  it.each(open)('lets %s through', (ip) => expect(judgeAddress(ip, strict).ok).toBe(true));

  it('blocks whatever is no address at all', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!/^[\d.]+$|:/.test(text));
        expect(judgeAddress(text, strict).ok).toBe(false);
      }),
    );
  });

  it('does not open IPv4 when a wide range of IPv6 is allowed', () => {
    const wide = rules('::/0');
    expect(judgeAddress('127.0.0.1', wide).ok).toBe(false);
    expect(judgeAddress('fd00::1', wide).ok).toBe(true);
  });

  it('opens a metadata service only by its very address', () => {
    expect(judgeAddress('169.254.169.254', rules('169.254.0.0/16')).ok).toBe(false);
    expect(judgeAddress('169.254.1.1', rules('169.254.0.0/16')).ok).toBe(true);
    expect(judgeAddress('169.254.169.254', rules('metadata.test'), 'metadata.test').ok).toBe(false);
    expect(judgeAddress('169.254.169.254', rules('169.254.169.254/32')).ok).toBe(true);
    expect(judgeAddress('168.63.129.16', rules('168.0.0.0/8')).ok).toBe(false);
  });

  it('opens a metadata service in no other spelling of its address', () => {
    for (const ip of ['::ffff:a9fe:a9fe', '::a9fe:a9fe', '64:ff9b::a9fe:a9fe', '64:ff9b::6464:64c8']) {
      expect(judgeAddress(ip, rules('::/0')).ok).toBe(false);
      expect(judgeAddress(ip, { ...rules('169.254.169.254,100.100.100.200'), nat64: true }).ok).toBe(false);
    }
    expect(judgeAddress('::ffff:a00:1', rules('::/0')).ok).toBe(true);
  });

  it('judges an address behind NAT64 by the IPv4 address in it, when the network has that', () => {
    const nat64 = { ...strict, nat64: true };
    expect(judgeAddress('64:ff9b::808:808', strict).ok).toBe(false);
    expect(judgeAddress('64:ff9b::808:808', nat64).ok).toBe(true);
    expect(codeOf(judgeUrl('http://[64:ff9b::8.8.8.8]/', nat64))).toBe('ok');
    for (const ip of ['64:ff9b::a9fe:a9fe', '64:ff9b::7f00:1', '64:ff9b::a00:1', '64:ff9b:1::808:808', '::808:808']) {
      expect(judgeAddress(ip, nat64).ok).toBe(false);
    }
    fc.assert(
      fc.property(fc.ipV4(), (inner) => {
        expect(judgeAddress(`64:ff9b::${inner}`, nat64).ok).toBe(judgeAddress(inner, strict).ok);
      }),
    );
  });

  it('lets a name that is allowed lead anywhere else', () => {
    expect(judgeAddress('10.0.0.1', rules('hooks.test'), 'hooks.test').ok).toBe(true);
    expect(judgeAddress('10.0.0.1', rules('hooks.test'), 'other.test').ok).toBe(false);
  });
});

describe('parseEgressAllow', () => {
  it('takes an empty list', () => {
    expect(judgeAddress('127.0.0.1', rules(' , ')).ok).toBe(false);
  });

  it.each([
    '10.0.0.0/33',
    '10.0.0/8',
    '10.0.0.0/',
    '::1/129',
    'a b',
    'http://x',
    'x:80',
    '*.internal',
    'a/b',
    '2130706433',
  ])('names the entry and the setting when it is %s', (entry) => {
    expect(() => parseEgressAllow(`127.0.0.1,${entry}`)).toThrow(/BELLWIRE_EGRESS_ALLOW/);
    expect(() => parseEgressAllow(`127.0.0.1,${entry}`)).toThrow(entry.split(',')[0]);
  });
});

function rules(allow: string): EgressRules {
  return { allow: parseEgressAllow(allow), http: true };
}

function codeOf(verdict: { ok: true } | { ok: false; code: string }): string {
  return verdict.ok ? 'ok' : verdict.code;
}
