import { describe, expect, it } from 'vitest';
import { headerProblem } from './header-rules.ts';

describe('headerProblem', () => {
  it.each(['x-api-key', 'Authorization', 'X_Y', 'cookie'])('lets %s be set', (name) => {
    expect(headerProblem(name, 'Bearer a;b="c", é\tx')).toBeNull();
  });

  it.each([
    'host',
    'Content-Length',
    'TRANSFER-ENCODING',
    'connection',
    'upgrade',
    'te',
    'trailer',
    'expect',
    'keep-alive',

    'proxy-authorization',
    'Proxy-Connection',
    'content-type',
    'user-agent',
    'accept-encoding',
    'content-encoding',
    'x-pendo-signature',
    'X-Hub-Signature-256',
    'webhook-id',
    'webhook-timestamp',
    'Webhook-Signature',
  ])('keeps %s to itself', (name) => expect(headerProblem(name, 'x')).toContain(name));

  it.each(['', ' ', 'a b', 'a:b', 'é', 'a\r\nb', 'a\0', '(a)'])('knows that %j is no name', (name) => {
    expect(headerProblem(name, 'x')).not.toBeNull();
  });

  it.each(['a\r\nx: y', 'a\nb', 'a\0b', '\u2028', '😀', '\x7f', 'x'.repeat(3000)])('refuses the value %j', (value) => {
    expect(headerProblem('x-key', value)).not.toBeNull();
  });
});
