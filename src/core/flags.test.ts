import { describe, expect, test } from 'vitest';
import { describeFlags, type Flag, parseFlags } from './flags.ts';

const flags: Flag[] = [
  { name: 'port', value: '<number>', text: 'Where to listen.' },
  { name: 'body', value: null, text: 'Show bodies.' },
];

describe('parseFlags', () => {
  test.each([
    [['--port', '80', 'word'], { port: '80' }, ['word']],
    [['--port=80', '--body'], { port: '80', body: '' }, []],
    [['--port', '-1'], { port: '-1' }, []],
    [['--port='], { port: '' }, []],
    [['--body', 'word'], { body: '' }, ['word']],
    [['--port=a=b'], { port: 'a=b' }, []],
  ])('%j', (argv, values, words) => {
    const parsed = parseFlags(argv, flags);
    expect(parsed.problems).toEqual([]);
    expect(Object.fromEntries(parsed.values)).toEqual(values);
    expect(parsed.words).toEqual(words);
  });

  test('names everything that is wrong', () => {
    const argv = ['--prot', '80', '--body=yes', '-p', '--nothing-alike', '--port'];
    expect(parseFlags(argv, flags).problems).toEqual([
      '--prot is not a flag. Did you mean --port?',
      '--body takes no value.',
      '-p is not a flag: flags start with two dashes.',
      '--nothing-alike is not a flag.',
      '--port needs a value: --port <number>.',
    ]);
    expect(parseFlags(['--port', '1', '--port=2'], flags).problems).toEqual(['--port is given twice.']);
    expect(parseFlags(['--port', '--body'], flags).problems).toEqual(['--port needs a value: --port <number>.']);
  });
});

test('describeFlags has a line for each flag and wraps what it says', () => {
  expect(describeFlags(flags)).toBe('  --port <number>\n      Where to listen.\n  --body\n      Show bodies.');
  const long = describeFlags([{ name: 'a', value: null, text: 'word '.repeat(60).trim() }]);
  expect(Math.max(...long.split('\n').map((line) => line.length))).toBeLessThanOrEqual(96);
});
