/**
 * A real browser, and pages for it: each test has a context of its own, and sites on origins of their own. A machine without
 * Chromium fails these tests; none is passed over.
 */
import { existsSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Browser, chromium } from 'playwright-core';

const places = [
  process.env['CHROMIUM'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

export async function startChromium(args: readonly string[] = []): Promise<Browser> {
  const executablePath = places.find((place) => place !== '' && existsSync(place));
  if (executablePath === undefined) {
    throw new Error(
      'These tests need Chromium. Install it (Debian: `apt-get install chromium`), or say where it is: CHROMIUM=/path/to/chromium.',
    );
  }
  // In a container there is nobody but root, and then Chromium's own sandbox does not start.
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', ...args],
  });
}

export interface Site {
  url: string;
  close(): Promise<void>;
}

export interface SitePage {
  html: string;
  headers?: Record<string, string>;
}

/** A site with these pages, by path, also such as are added later; scripts among them end in `.js`. */
export async function startSite(pages: Readonly<Record<string, SitePage | string>>): Promise<Site> {
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    // Browsers ask for it on their own.
    const page = pages[path] ?? (path === '/favicon.ico' ? '' : undefined);
    if (page === undefined) {
      response.writeHead(404).end();
      return;
    }
    const { html, headers = {} } = typeof page === 'string' ? { html: page } : page;
    const type = path.endsWith('.js') ? 'text/javascript' : 'text/html';
    response.writeHead(200, { 'content-type': `${type}; charset=utf-8`, ...headers }).end(html);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The site has no port.');
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
