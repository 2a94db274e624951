/** In every file of the project `postgres`: a test that fails shows what the database logged meanwhile of what it had opened. */
import { readFileSync, statSync } from 'node:fs';
import { beforeEach, inject } from 'vitest';
import { entriesAbout } from './postgres-log.ts';
import { openedHere } from './test-database.ts';

const database = inject('database');
const logFile = database.kind === 'postgres' ? database.logFile : null;

beforeEach(({ onTestFailed }) => {
  if (logFile === null) return;
  const sizeBefore = statSync(logFile).size;
  onTestFailed(() => {
    const entries = entriesAbout(readFileSync(logFile).subarray(sizeBefore).toString(), openedHere);
    if (entries.length > 0) console.error(['PostgreSQL logged meanwhile:', ...entries].join('\n'));
  });
});
