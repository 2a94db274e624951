/**
 * The admin's pages: one HTML file for all of them, whose script finds out from the address which one is meant, and the files
 * that it loads. They hold nothing but the program; all that they show comes from the API.
 */
import { randomBytes } from 'node:crypto';
import { builtBytes, builtNames, builtText, once } from '../http/built-pages.ts';
import { fileContent, type PageFile, type PageFileRoute } from '../http/page-files.ts';

/** What addresses of pages begin with. The doors, the API and the agent have all others. */
const places = ['setup', 'password', 'events', 'deliveries', 'visitors', 'accounts', 'warnings', 'settings', 'profile'];

export function adminPageRoutes(): PageFileRoute[] {
  const html = builtText('admin/page.html');

  function page(): PageFile {
    const nonce = randomBytes(16).toString('base64');
    const content = fileContent(html.replaceAll('{{nonce}}', nonce));
    return { type: 'text/html', content, cache: 'never', policy: policyWith(nonce) };
  }

  const paths = ['/', ...places.flatMap((place) => [`/${place}`, `/${place}/*`])];
  return [...paths.map((path): PageFileRoute => ({ path, forAnyPage: false, answer: page })), ...files()];
}

/** Their names change with what is in them. */
function files(): PageFileRoute[] {
  return builtNames('admin/assets').map((name): PageFileRoute => {
    const type = types[name.replace(/^.*\./, '')];
    if (type === undefined) throw new Error(`dist/pages/admin/assets/${name} is of no kind that pages load.`);
    const path = `admin/assets/${name}`;
    const content = once(() => fileContent(type === 'font/woff2' ? builtBytes(path) : builtText(path)));
    return { path: `/${path}`, forAnyPage: false, answer: () => ({ type, content: content(), cache: 'for ever' }) };
  });
}

const types: Readonly<Record<string, PageFile['type']>> = {
  js: 'text/javascript',
  css: 'text/css',
  svg: 'image/svg+xml',
  woff2: 'font/woff2',
};

/**
 * Nothing from elsewhere, and no script but our own files. The library of components writes a few style elements, which
 * say the nonce of this very answer.
 */
function policyWith(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "font-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
