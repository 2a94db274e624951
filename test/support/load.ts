/** Much at once for a server that runs elsewhere: requests side by side, what became of each, and the server's memory. */
import { spawnSync } from 'node:child_process';
import { Agent, request } from 'node:http';

export interface Sent {
  /** 0 when there was no answer. */
  status: number;
  retryAfter: string | null;
}

export interface Posted {
  path: string;
  headers?: Readonly<Record<string, string>>;
  body: string;
}

/** Sends all, so many side by side; answers in their order. */
export async function postAll(port: number, posts: readonly Posted[], atOnce: number): Promise<Sent[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  const sent: Sent[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let index = next++; index < posts.length; index = next++) {
        const one = posts[index];
        if (one !== undefined) sent[index] = await post(port, agent, one);
      }
    }),
  );
  agent.destroy();
  return sent;
}

function post(port: number, agent: Agent, { path, headers, body }: Posted): Promise<Sent> {
  return new Promise((resolve) => {
    const fail = (): void => resolve({ status: 0, retryAfter: null });
    const asked = request(
      {
        port,
        host: '127.0.0.1',
        method: 'POST',
        path,
        agent,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers },
      },
      (answer) => {
        answer.once('error', fail).once('end', () => {
          resolve({ status: answer.statusCode ?? 0, retryAfter: answer.headers['retry-after'] ?? null });
        });
        answer.resume();
      },
    );
    asked.once('error', fail);
    asked.end(body);
  });
}

/** Looks again and again at how much memory a process has in RAM; answers the most that it saw, in megabytes. */
export function watchMemory(pid: number): { peakMb(): number; stop(): void } {
  let peak = residentMb(pid);
  const timer = setInterval(() => (peak = Math.max(peak, residentMb(pid))), 100);
  return { peakMb: () => peak, stop: () => clearInterval(timer) };
}

export function residentMb(pid: number): number {
  return Number(String(spawnSync('ps', ['-o', 'rss=', '-p', String(pid)]).stdout)) / 1024;
}
