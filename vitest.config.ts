import { defineConfig } from 'vitest/config';

// Every test runs on real databases and sockets, so a slow machine gets time; nothing asserts on it.
export default defineConfig({
  test: {
    globalSetup: ['test/support/built-agent.ts'],
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    passWithNoTests: false,
    allowOnly: false,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    maxWorkers: 2,
  },
});
