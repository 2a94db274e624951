import { globSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/** What runs on PostgreSQL alone ends in `.postgres.test.ts`, and what runs on SQLite alone in `.sqlite.test.ts`. */
const onPostgresAlone = '**/*.postgres.test.ts';
const onSqliteAlone = '**/*.sqlite.test.ts';

/** What takes its database from a stand runs on both, and so cannot be forgotten. All the rest needs none, or SQLite. */
const stands = /\b(?:standDatabase|openApiStand|openReplayStand|openEgressStand|startBellwire)\(/;
const onBoth = ['src', 'test/journeys']
  .flatMap((folder) => globSync(`${folder}/**/*.test.ts`))
  .filter((path) => stands.test(readFileSync(path, 'utf8')));

// Every test runs on real databases and sockets, so a slow machine gets time; nothing asserts on it.
const common = { testTimeout: 30_000, hookTimeout: 30_000 };

export default defineConfig({
  test: {
    globalSetup: ['test/support/built-pages.ts'],
    passWithNoTests: false,
    allowOnly: false,
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...common,
          name: 'sqlite',
          include: ['{src,test}/**/*.test.ts'],
          exclude: [onPostgresAlone],
          provide: { database: { kind: 'sqlite' } },
        },
      },
      {
        test: {
          ...common,
          name: 'postgres',
          globalSetup: ['test/support/postgres-of-run.ts'],
          setupFiles: ['test/support/show-postgres-log.ts'],
          include: [`{src,test}/${onPostgresAlone}`, ...onBoth],
          exclude: [onSqliteAlone],
        },
      },
    ],
  },
});
