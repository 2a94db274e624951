import { describe, expect, it, vi } from 'vitest';
import { judgePeer, judgeUrl, parseEgressAllow } from './address.ts';
import { isOwn } from './own-address.ts';

const place = { port: 8080, publicUrl: 'https://events.example.com' };
const interfaces = ['127.0.0.1', '10.1.2.3', 'fd00::7'];

describe('isOwn', () => {
  it.each([
    '127.0.0.1',
    '127.9.9.9',
    '0.0.0.0',
    '::1',
    '::',
    '10.1.2.3',
    'fd00::7',
    '::ffff:10.1.2.3',
    '::ffff:127.0.0.1',
  ])('knows %s at the port it listens on, and not at another', (address) => {
    expect(isOwn(address, 8080, place, () => interfaces)).toBe(true);
    expect(isOwn(address, 8081, place, () => interfaces)).toBe(false);
  });

  it('knows the name it is reached by from outside', () => {
    expect(isOwn('events.example.com', 443, place, () => [])).toBe(true);
    expect(isOwn('events.example.com', 8443, place, () => [])).toBe(false);
    expect(isOwn('other.example.com', 443, place, () => [])).toBe(false);
    expect(isOwn('events.example.com', 443, { ...place, publicUrl: null }, () => [])).toBe(false);
  });

  it('leaves other machines alone, whatever their port', () => {
    for (const address of ['10.1.2.4', '8.8.8.8', 'fd00::8', 'other.example.com']) {
      expect(isOwn(address, 8080, place, () => interfaces)).toBe(false);
    }
  });

  it('asks for the addresses of the machine only when the port is its own', () => {
    const asked = vi.fn<() => string[]>(() => interfaces);
    expect([isOwn('10.1.2.3', 443, place, asked), asked.mock.calls.length]).toEqual([false, 0]);
    expect([isOwn('10.1.2.3', 8080, place, asked), asked.mock.calls.length]).toEqual([true, 1]);
  });
});

it('is open to nobody, whatever is allowed', () => {
  const allow = parseEgressAllow('0.0.0.0/0,::/0,127.0.0.1/32,10.1.2.3/32,events.example.com,localhost');
  const rules = {
    allow,
    http: true,
    isOwn: (host: string, port: number) => isOwn(host, port, place, () => interfaces),
  };
  for (const url of [
    'http://127.0.0.1:8080/data/track',
    'http://2130706433:8080/',
    'http://[::ffff:127.0.0.1]:8080/',
    'http://10.1.2.3:8080/',
    'https://events.example.com/data/track',
    'https://EVENTS.example.com.:443/',
  ]) {
    const verdict = judgeUrl(url, rules);
    expect(verdict).toMatchObject({ ok: false, code: 'blocked_address' });
    expect(!verdict.ok && verdict.message).toContain('Bellwire itself');
  }
  // A name that leads here is judged by where it leads.
  expect(judgeUrl('http://localhost:8080/', rules)).toMatchObject({ ok: true });
  expect(judgePeer('127.0.0.1', 8080, rules, 'localhost')).toMatchObject({ ok: false, code: 'blocked_address' });
  expect(judgeUrl('http://127.0.0.1:8081/', rules)).toMatchObject({ ok: true });
});
