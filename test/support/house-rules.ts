/**
 * The rules of the house that no other tool checks, as functions over files. tidy.test.ts runs them over the tree, and
 * also over a bad sample for each, so that a rule that finds nothing any more is found out.
 */
import { posix } from 'node:path';

export interface SourceFile {
  /** From the root of the repository, with slashes. */
  path: string;
  text: string;
}

export interface Rule {
  name: string;
  /** What is wrong with one file; nothing for one that it does not concern. */
  find(file: SourceFile): string[];
  /** Files that break it, each in a way of its own. */
  bad: readonly SourceFile[];
}

/**
 * What each folder of src may import from the others; tests may import what they like. Doors, API and lanes know of the
 * ledger only its contract: how it is kept is nobody else's business.
 */
const contract = ['ledger/ledger.ts', 'ledger/reads.ts'];
const mayImport: Readonly<Record<string, readonly string[]>> = {
  core: [],
  store: ['core/'],
  ledger: ['store/', 'core/'],
  http: ['core/'],
  ingest: [...contract, 'http/', 'core/'],
  api: [...contract, 'http/', 'core/'],
  deliver: [...contract, 'core/'],
  cli: ['config.ts', ...contract, 'store/', 'core/'],
};
/**
 * At the root: settings.ts lists the settings, config.ts reads them, main.ts knows the commands, and app.ts and its parts
 * know everyone else.
 */
const rootMayImport: Readonly<Record<string, readonly string[]>> = {
  'settings.ts': ['core/'],
  'config.ts': ['settings.ts', 'core/'],
  'main.ts': ['app.ts', 'config.ts', 'settings.ts', 'cli/', 'store/', 'core/'],
};
const appMayImport = [
  'settings.ts',
  'log.ts',
  'metrics.ts',
  'disk-watch.ts',
  'secret-key.ts',
  'http/',
  'ingest/',
  'api/',
  'deliver/',
  'ledger/',
  'store/',
  'core/',
];

/** Which files of src may import a package, and which may only name its types. */
const packagePlaces: readonly { packages: RegExp; values: RegExp; types?: RegExp }[] = [
  // The ledger passes the database on, and writes no SQL itself.
  { packages: /^kysely/, values: /^store\//, types: /^ledger\// },
  { packages: /^node:sqlite$/, values: /^store\/sqlite\.ts$/, types: /^store\// },
  { packages: /^pg$/, values: /^store\/postgres\.ts$/ },
  { packages: /^fastify|^@fastify\//, values: /^(?:http|api)\// },
  { packages: /^typebox/, values: /^(?:http|ingest|api)\// },
  { packages: /^pino$/, values: /^main\.ts$/ },
  { packages: /^prom-client$/, values: /^metrics\.ts$/ },
  { packages: /^node:(?:http|https|tls|dns)$/, values: /^(?:http|deliver|cli)\/|^app\.ts$/, types: /./ },
];
/** core is rules and nouns: it may calculate, and reach for nothing. `isIP` and `BlockList` are calculations too. */
const coreMayImport = /^node:(?:crypto|net|buffer)$|^css-what$/;

export const rules: readonly Rule[] = [
  {
    name: 'imports point down',
    bad: [
      { path: 'src/ledger/bad.ts', text: "import { x } from '../deliver/send.ts';" },
      { path: 'src/core/bad.ts', text: "import type { X } from '../store/schema.ts';" },
      { path: 'src/ingest/bad.ts', text: "import {\n  x,\n} from '../ledger/accept.ts';" },
      { path: 'src/http/bad.ts', text: "const x = await import('../app.ts');" },
      { path: 'src/log.ts', text: "import './main.ts';" },
      { path: 'src/drawer/bad.ts', text: '' },
    ],
    find(file) {
      const from = inServer(file);
      if (from === null) return [];
      const folder = topOf(from);
      const allowed = folder === '' ? (rootMayImport[from] ?? appMayImport) : mayImport[folder];
      if (allowed === undefined) return ['is in a folder that the table of imports does not know'];
      return importsOf(file)
        .filter(({ from: specifier }) => specifier.startsWith('.'))
        .map(({ from: specifier }) => posix.join(posix.dirname(from), specifier))
        .filter((target) => folder === '' || topOf(target) !== folder)
        .filter((target) => !allowed.some((start) => target.startsWith(start)))
        .map((target) => `imports ${target}`);
    },
  },
  {
    name: 'each package has its place',
    bad: [
      { path: 'src/api/bad.ts', text: "import { Pool } from 'undici';" },
      { path: 'src/ledger/bad.ts', text: "import { sql } from 'kysely';" },
      { path: 'src/store/bad.ts', text: "import { DatabaseSync } from 'node:sqlite';" },
      { path: 'src/core/bad.ts', text: "import { readFileSync } from 'node:fs';" },
      { path: 'src/app.ts', text: "import express from 'express';" },
    ],
    find(file) {
      const path = inServer(file);
      if (path === null) return [];
      return importsOf(file).flatMap(({ from, isType }) => {
        if (from.startsWith('.')) return [];
        if (path.startsWith('core/')) return coreMayImport.test(from) ? [] : [`imports ${from} in core`];
        const place = packagePlaces.find(({ packages }) => packages.test(from));
        if (place === undefined) return from.startsWith('node:') ? [] : [`imports ${from}, which has no place`];
        const allowed = place.values.test(path) || (isType && place.types?.test(path) === true);
        return allowed ? [] : [`imports ${from}`];
      });
    },
  },
  {
    name: 'the agent is a world of its own',
    bad: [
      { path: 'agent/bad.ts', text: "import { limits } from '../src/core/limits.ts';" },
      { path: 'agent/bad.ts', text: "import { h } from 'preact';" },
      { path: 'src/ingest/bad.ts', text: "import { version } from '../../agent/version.ts';" },
    ],
    find(file) {
      const isAgent = file.path.startsWith('agent/');
      if (!isAgent && inServer(file) === null) return [];
      return importsOf(file)
        .filter(({ from }) => (isAgent ? !/^\.\/[\w-]+\.ts$/.test(from) : /\bagent\/[\w-]+\.ts$/.test(from)))
        .map(({ from }) => `imports ${from}`);
    },
  },
  {
    name: 'the admin knows of the server only what the API says, and only its types',
    bad: [
      { path: 'admin/bad.ts', text: "import { limits } from '../src/core/limits.ts';" },
      { path: 'admin/api/bad.ts', text: "import { webhookSchema } from '../../src/api/webhook-schema.ts';" },
      { path: 'admin/bad.ts', text: "import type { Claim } from '../src/core/delivery.ts';" },
    ],
    find(file) {
      if (!file.path.startsWith('admin/')) return [];
      return importsOf(file)
        .filter(({ from, isType }) => /(?:^|\/)src\//.test(from) && !(isType && from.includes('/src/api/')))
        .map(({ from }) => `imports ${from}`);
    },
  },
  {
    name: 'the admin shows what comes from outside as text',
    bad: [{ path: 'admin/bad.tsx', text: '<p dangerouslySetInnerHTML={{ __html: name }} />' }],
    find: (file) =>
      file.path.startsWith('admin/')
        ? inCode(file, /dangerouslySetInnerHTML|\.innerHTML\b|\beval\(|\bnew Function\(/g)
        : [],
  },
  {
    name: 'the agent runs under a strict Content-Security-Policy',
    bad: [{ path: 'agent/bad.ts', text: "const run = new Function('return 1');" }],
    find: (file) =>
      file.path.startsWith('agent/') ? inCode(file, /\beval\(|\bFunction\(|\.innerHTML\b|\.cssText\b|'style'/g) : [],
  },
  {
    name: 'only config.ts reads the environment',
    bad: [{ path: 'src/core/bad.ts', text: 'const port = process.env.PORT;' }],
    find: (file) =>
      file.path === 'src/config.ts' ? [] : inServerCode(file, /process\.env\b|\benv\b.*from 'node:process'/g),
  },
  {
    name: 'only core/clock.ts knows the time, sets timers and rolls dice',
    bad: [{ path: 'src/deliver/bad.ts', text: 'setTimeout(retry, 5000);' }],
    find(file) {
      if (file.path === 'src/core/clock.ts' || file.path.startsWith('src/cli/')) return [];
      return inServerCode(
        file,
        /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bset(?:Timeout|Interval)\(|\bperformance\.now\b|\bAbortSignal\.timeout\b|'node:timers/g,
      );
    },
  },
  {
    name: 'no default exports',
    bad: [{ path: 'src/core/bad.ts', text: 'export default function bad() {}' }],
    find: (file) => (file.path === 'vitest.config.ts' ? [] : inCode(file, /^export default\b|\bas default\b/gm)),
  },
  {
    name: 'nothing is exported twice',
    bad: [{ path: 'src/core/bad.ts', text: "export * from './event.ts';" }],
    find: (file) => inCode(file, /^export (?:type )?(?:\*|\{[^}]*\}) ?(?:as \w+ )?from\b/gm),
  },
  {
    name: 'no drawer for odds and ends',
    bad: [{ path: 'src/core/url-helpers.ts', text: '' }],
    find({ path }) {
      const name = posix.basename(path).replace(/\..*$/, '');
      return /(?:^|-)(?:index|utils?|helpers?|types?|common|shared|misc|services?|managers?|handlers?|processors?)(?:-|$)/.test(
        name,
      )
        ? ['has a name that says nothing']
        : [];
    },
  },
  {
    name: 'no verb that fits everything',
    bad: [{ path: 'src/core/bad.ts', text: 'function handleEvent() {}' }],
    find: (file) => inServerCode(file, /\b(?:function|const) (?:handle|process|manage)[A-Z]\w*/g),
  },
  {
    name: 'no file is longer than 400 lines',
    bad: [{ path: 'src/core/bad.ts', text: '\n'.repeat(401) }],
    find({ path, text }) {
      const count = text.split('\n').length - 1;
      return isCode(path) && count > 400 ? [`has ${count} lines`] : [];
    },
  },
  {
    name: 'every file of the server says what it is',
    bad: [{ path: 'src/core/bad.ts', text: 'export const bad = 1;' }],
    find(file) {
      if (inServer(file) === null) return [];
      const start = file.text.split(/^export /m)[0] ?? '';
      return start.includes('/**') ? [] : ['has no comment before its first export'];
    },
  },
  {
    name: 'every test runs',
    bad: [{ path: 'src/core/bad.test.ts', text: "test.skip('bad', () => {});" }],
    find: (file) =>
      isTest(file.path)
        ? inCode(file, /\b(?:test|it|describe|suite)\.(?:skip|only|todo|fails|skipIf|runIf)\b|\bxit\(/g)
        : [],
  },
  {
    name: 'no place of one machine, no private number',
    bad: [{ path: 'README.md', text: ['See ', 'home', 'ada'].join('/') }],
    find({ text }) {
      const places = /(?<![\w.~-])\/(?:work|home|Users|root)\/[\w.]+/g;
      const numbers = /\b(?:SSRF|ING|SIG|DUR|AUTH|OPS|PRIV)-\d+\b/g;
      return [...text.matchAll(places), ...text.matchAll(numbers)].map(([found]) => `has ${found}`);
    },
  },
  {
    name: 'packages come from where the installer is told, not from a fixed host',
    bad: [{ path: 'package-lock.json', text: ['https://registry', 'example.com/x.tgz'].join('.') }],
    find: ({ text }) =>
      [...text.matchAll(/https?:\/\/(?:registry|npm|artifactory|nexus)\.[\w.-]+/g)].map(([found]) => `has ${found}`),
  },
];

interface Import {
  from: string;
  isType: boolean;
}

function importsOf({ text }: SourceFile): Import[] {
  const statements = withoutComments(text).matchAll(/(?:^|\n)\s*(import|export)\s(type\s)?[^;'"]*?from\s+'([^']+)'/g);
  const bare = withoutComments(text).matchAll(/(?:^|\n)\s*import\s+'([^']+)'|\bimport\('([^']+)'\)/g);
  return [
    ...[...statements].map(([, , type, from]) => ({ from: from ?? '', isType: type !== undefined })),
    ...[...bare].map(([, plain, dynamic]) => ({ from: plain ?? dynamic ?? '', isType: false })),
  ];
}

/** The folder directly below src that a path is in; empty for a file at the root. */
function topOf(path: string): string {
  return path.includes('/') ? (path.split('/')[0] ?? '') : '';
}

/** The path below src, or null for what is not the server's own code. */
function inServer({ path }: SourceFile): string | null {
  return path.startsWith('src/') && isCode(path) && !isTest(path) ? path.slice('src/'.length) : null;
}

function inServerCode(file: SourceFile, pattern: RegExp): string[] {
  return inServer(file) === null ? [] : inCode(file, pattern);
}

function inCode(file: SourceFile, pattern: RegExp): string[] {
  if (!isCode(file.path)) return [];
  return [...withoutComments(file.text).matchAll(pattern)].map(([found]) => `has ${found}`);
}

function isCode(path: string): boolean {
  return /\.(?:ts|tsx|mts|js|mjs)$/.test(path);
}

function isTest(path: string): boolean {
  return /\.test\.tsx?$/.test(path) || path.startsWith('test/');
}

/** Good enough for our own code: a `//` after a colon is part of a URL. */
function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(?<!:)\/\/.*$/gm, '');
}
