import { describe, expect, test } from 'vitest';
import { browserOf, sampleGroupOf } from './browser.ts';

const windows = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)';
const android = 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko)';
const iphone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)';

describe('browserOf', () => {
  test.each([
    [`${windows} AppleWebKit/537.36 (KHTML, like Gecko) Chrome/91.0.4472.124 Safari/537.36`, 'Chrome', '91.0.4472'],
    [
      `${windows} AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Safari/537.36 Edg/125.0.2535.67`,
      'Edge',
      '125.0.2535',
    ],
    [
      `${windows} AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36 OPR/110.0.0.0`,
      'Opera',
      '110.0.0',
    ],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0', 'Firefox', '126.0'],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4.1 Safari/605.1.15',
      'Safari',
      '17.4.1',
    ],
    [`${iphone} Version/17.5 Mobile/15E148 Safari/604.1`, 'Safari', '17.5'],
    [`${iphone} CriOS/125.0.6422.80 Mobile/15E148 Safari/604.1`, 'Chrome', '125.0.6422'],
    [`${iphone} FxiOS/126.0 Mobile/15E148 Safari/605.1.15`, 'Firefox', '126.0'],
    [`${iphone} Version/17.0 EdgiOS/125.0.2535.60 Mobile/15E148 Safari/604.1`, 'Edge', '125.0.2535'],
    [`${android} SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36`, 'Samsung Internet', '25.0'],
    [`${android} Chrome/125.0.0.0 Mobile Safari/537.36 EdgA/125.0.2535.51`, 'Edge', '125.0.2535'],
    ['', '', ''],
    ['curl/8.5.0', '', ''],
    ['analytics-node/3.1.0', '', ''],
  ])('%s', (userAgent, name, version) => {
    expect(browserOf(userAgent)).toEqual({ name, version });
  });

  test('takes no time over a user agent that was made to take it', () => {
    expect(browserOf(`Chrome/${'1.'.repeat(50_000)}`).version).toBe('1.1.1');
    expect(browserOf('Version/1 Mobile/'.repeat(5000))).toEqual({ name: '', version: '' });
  });
});

describe('sampleGroupOf', () => {
  test('is the same today as ever, because receivers keep it', () => {
    expect(['', 'ada', 'Ada', 'ada.lovelace@analytical.example', '訪問者'].map(sampleGroupOf)).toMatchInlineSnapshot(`
      [
        61,
        63,
        15,
        14,
        41,
      ]
    `);
  });

  test('spreads visitors over all hundred', () => {
    const counts = Array.from({ length: 100 }, () => 0);
    for (let index = 0; index < 20_000; index += 1) {
      const group = sampleGroupOf(`visitor-${index}`);
      counts[group] = (counts[group] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(100);
    expect(Math.max(...counts)).toBeLessThan(300);
  });
});
