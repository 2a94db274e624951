/** What the agent weighs, as it is served. */
import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Bellwire, startBellwire, testKeys } from '../support/bellwire.ts';

let bellwire: Bellwire;
beforeAll(async () => {
  bellwire = await startBellwire();
});
afterAll(() => bellwire.close());

const budgetBytes = 8 * 1024;
const path = `/agent/static/${testKeys.apiKey}`;

test('the script has at most 8 KB, packed', async () => {
  const response = await fetch(`${bellwire.url}${path}/pendo.js`);
  const script = await response.text();
  expect(script.length).toBeGreaterThan(5000);
  expect(gzipSync(script, { level: 9 }).length).toBeLessThanOrEqual(budgetBytes);
});

test('and so has the module', () => {
  const module = readFileSync(new URL('../../dist/pages/bellwire.mjs', import.meta.url));
  expect(module.length).toBeGreaterThan(5000);
  expect(gzipSync(module, { level: 9 }).length).toBeLessThanOrEqual(budgetBytes);
});

describe('how it is served', () => {
  test('packed, to be used for a while, and not again to whoever has it', async () => {
    const response = await fetch(`${bellwire.url}${path}/bellwire.js`, { headers: { 'accept-encoding': 'gzip' } });
    expect(response.headers.get('content-encoding')).toBe('gzip');
    expect(response.headers.get('cache-control')).toMatch(/max-age=300/);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    const tag = response.headers.get('etag') ?? '';
    const again = await fetch(`${bellwire.url}${path}/bellwire.js`, { headers: { 'if-none-match': tag } });
    expect([again.status, await again.text()]).toEqual([304, '']);

    const versioned = await fetch(`${bellwire.url}${path}/bellwire.js?v=${tag.replaceAll('"', '')}`);
    expect(versioned.headers.get('cache-control')).toMatch(/immutable/);
    const old = await fetch(`${bellwire.url}${path}/bellwire.js?v=old`);
    expect(old.headers.get('cache-control')).toMatch(/max-age=300/);
  });

  test('as it is, to whoever cannot unpack', async () => {
    const response = await fetch(`${bellwire.url}${path}/bellwire.js`, { headers: { 'accept-encoding': 'identity' } });
    expect(response.headers.get('content-encoding')).toBe(null);
    expect(await response.text()).toContain(testKeys.apiKey);
    expect(() => gunzipSync('no')).toThrow(/./);
  });

  test('under each of its names', async () => {
    const texts = await Promise.all(
      ['pendo', 'bellwire'].map(async (name) => (await fetch(`${bellwire.url}${path}/${name}.js`)).text()),
    );
    expect(texts[0]).toContain('"name":"pendo"');
    expect(texts[1]).toContain('"name":"bellwire"');
  });

  test('with the address that a proxy says', async () => {
    const url = `${bellwire.url}/v1/projects/${testKeys.apiKey}/settings`;
    const settings = await (await fetch(url, { headers: { 'x-forwarded-proto': 'https, http' } })).json();
    const host = new URL(bellwire.url).host;
    expect(settings).toMatchObject({
      integrations: { 'Segment.io': { apiKey: testKeys.apiKey, apiHost: `${host}/v1`, protocol: 'https' } },
      remotePlugins: [
        { libraryName: 'bellwireSegment', url: expect.stringContaining(`https://${host}/agent/static/`) },
      ],
    });
  });

  test.each([
    '/v1/projects/wrong/settings',
    '/analytics-next/bundles/nothing.js',
    '/analytics-next/bundles/..%2F..%2Fagent.js',
  ])('not what there is not: %s', async (wrong) => {
    const response = await fetch(bellwire.url + wrong);
    expect(response.status).toBe(404);
    // Or the page's console would say something about origins instead.
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
  });
});
