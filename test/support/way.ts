/** The way between pages and a server, on a port of its own, that can be cut: nobody there, or answers that never come back. */
import { connect, createServer, type Server, type Socket } from 'node:net';

export interface Way {
  url: string;
  /** Nobody listens, and what was open is broken off. */
  cut(): Promise<void>;
  mend(): Promise<void>;
  /** From now on requests go through, and so many answers are lost. */
  loseAnswers(count: number): void;
  close(): Promise<void>;
}

export async function openWay(to: string): Promise<Way> {
  const port = Number(new URL(to).port);
  const sockets = new Set<Socket>();
  let toLose = 0;
  let server: Server | null = null;

  function join(near: Socket): void {
    const far = connect(port, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far);
    far.on('data', (chunk) => {
      if (toLose > 0) near.resetAndDestroy();
      else near.write(chunk);
      toLose = Math.max(0, toLose - 1);
    });
  }

  async function open(on: number): Promise<number> {
    const opened = createServer(join);
    await new Promise<void>((resolve, reject) => {
      opened.once('error', reject);
      opened.listen(on, '127.0.0.1', resolve);
    });
    server = opened;
    const address = opened.address();
    if (address === null || typeof address === 'string') throw new Error('The way has no port.');
    return address.port;
  }

  const own = await open(0);
  async function cut(): Promise<void> {
    const closing = server;
    server = null;
    for (const socket of sockets) socket.destroy();
    if (closing !== null) await new Promise((resolve) => closing.close(resolve));
  }
  return {
    url: `http://127.0.0.1:${own}`,
    cut,
    async mend() {
      await open(own);
    },
    loseAnswers(count) {
      toLose = count;
    },
    close: cut,
  };
}
