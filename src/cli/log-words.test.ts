import { expect, test } from 'vitest';
import { logInWords } from './log-words.ts';

const begin = '"time":"2026-01-02T03:04:05.678Z","node":"web-1"';

test.each([
  ['news', `{"level":30,${begin},"msg":"listening","url":"http://x"}`, '03:04:05  listening (url http://x)\n'],
  ['a list', `{"level":30,${begin},"roles":["admin"],"msg":"hello"}`, '03:04:05  hello (roles ["admin"])\n'],
  ['a warning', `{"level":40,${begin},"msg":"careful"}`, '03:04:05  WARNING careful\n'],
  ['an error', `{"level":50,${begin},"msg":"oh"}`, '03:04:05  ERROR oh\n'],
  [
    'an error with its stack',
    `{"level":60,${begin},"err":{"type":"Error","message":"a","stack":"Error: a\\n    at b"},"msg":"the end"}`,
    '03:04:05  FATAL the end\n          Error: a\n              at b\n',
  ],
  ['no line of the log', 'something else\n', 'something else\n'],
])('%s is said in words', (_, line, words) => {
  expect(logInWords(`${line}\n`)).toBe(words);
});

test('a log line cannot repaint the screen', () => {
  const line = JSON.stringify({ level: 30, msg: 'a \u001b[2J', field: '\u009b2J', err: { stack: '\u001b[2J' } });
  for (const words of [logInWords(line), logInWords('\u001b[2J')]) {
    for (const control of ['\u001b', '\u009b']) expect(words).not.toContain(control);
  }
});
