/**
 * Bellwire as a user starts it: the built program by its launcher, on a new database in a temporary folder, with
 * default settings but for fixed keys and a rate limit that is out of reach.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { managementApi } from '../src/cli/management.ts';
import { childOf } from './proc.ts';

export interface BenchServer {
  pid: number;
  port: number;
  /**
   * These webhooks instead of those that there were, switched on. They have no secret of their own, so that each body is
   * signed once, as by the bare client.
   */
  setWebhooks(urls: readonly string[]): Promise<void>;
  walBytes(): number;
  end(): Promise<void>;
}

export const apiKey = 'bench-api-key';
const integrationKey = 'bench-integration-key';
/** The same for all that share a database. */
const secretKey = randomBytes(32).toString('base64');
const startTimeoutMs = 20_000;

/** `postgresUrl`: a database there, which others may use too, instead of a file in the folder. */
export async function startServer(folder: string, postgresUrl: string | null = null): Promise<BenchServer> {
  const launcher = fileURLToPath(new URL('../bin/bellwire.js', import.meta.url));
  const database = join(folder, 'bellwire.db');
  const child = spawn(process.execPath, [launcher, 'serve'], {
    env: {
      BELLWIRE_PORT: '0',
      BELLWIRE_DATABASE_URL: postgresUrl ?? `sqlite:${database}`,
      ...(postgresUrl === null ? {} : { BELLWIRE_SECRET_KEY: secretKey }),
      BELLWIRE_API_KEY: apiKey,
      BELLWIRE_INTEGRATION_KEY: integrationKey,
      BELLWIRE_INGEST_RATE: '1000000',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  // Whatever ends the bench ends the server too; its launcher hands this on, as it could not with SIGKILL.
  process.once('exit', () => child.kill('SIGTERM'));
  const port = await portOf(child);
  const webhookIds: string[] = [];
  return {
    pid: childOf(child.pid ?? 0),
    port,
    async setWebhooks(urls) {
      const api = managementApi({ url: `http://127.0.0.1:${port}`, key: integrationKey });
      for (const id of webhookIds.splice(0)) await api.deleteWebhook(id);
      for (const url of urls) {
        const webhook = await api.registerWebhook({ name: 'bench', url, secret: null, events: ['trackEventReceived'] });
        webhookIds.push(webhook.id);
      }
    },
    walBytes: () => statSync(`${database}-wal`, { throwIfNoEntry: false })?.size ?? 0,
    end() {
      return new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill('SIGTERM');
      });
    },
  };
}

/** From the welcome that the server writes. */
function portOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let written = '';
    const late = setTimeout(() => {
      reject(new Error(`The server did not start in time. It wrote:\n${written}`));
    }, startTimeoutMs);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      written += text;
      const match = /http:\/\/127\.0\.0\.1:(\d+)/.exec(written);
      if (match === null) return;
      clearTimeout(late);
      resolve(Number(match[1]));
    });
    child.once('exit', (code) => {
      clearTimeout(late);
      reject(new Error(`The server ended with code ${String(code)}. It wrote:\n${written}`));
    });
  });
}
