/**
 * A made-up shop with the agent on it, so that a newcomer sees clicks turn into webhooks. What happens there is of the first
 * app, so it is for callers on this machine only.
 */
import { BellwireError } from '../core/errors.ts';
import { builtText, once } from '../http/built-pages.ts';
import { fileContent, type PageFile, type PageFileCall, type PageFileRoute } from '../http/page-files.ts';
import type { Directory } from '../ledger/ledger.ts';
import { type AgentScripts, agentScriptUrl } from './agent-script.ts';

export function demoRoutes(scripts: AgentScripts, directory: () => Directory): PageFileRoute[] {
  const html = once(() => builtText('demo/shop.html'));
  const script = once(() => fileContent(builtText('demo/shop.js')));
  const style = once(() => fileContent(builtText('demo/shop.css')));

  function shop({ origin }: PageFileCall): PageFile {
    const [app] = directory().apps;
    if (app === undefined) throw new BellwireError('not_found', 'There is no app yet.');
    const agentUrl = agentScriptUrl(scripts, app, origin);
    const text = html().replace('{{apiKey}}', inAttribute(app.apiKey)).replace('{{agentUrl}}', inAttribute(agentUrl));
    return { type: 'text/html', content: fileContent(text), cache: 'never', policy };
  }

  return [
    demoRoute('/demo', shop),
    demoRoute('/demo/shop.js', () => ({ type: 'text/javascript', content: script(), cache: 'never' })),
    demoRoute('/demo/shop.css', () => ({ type: 'text/css', content: style(), cache: 'never' })),
  ];
}

function demoRoute(path: string, answer: PageFileRoute['answer']): PageFileRoute {
  return {
    path,
    forAnyPage: false,
    answer(call) {
      if (!call.isLocal) throw new BellwireError('not_found', 'The demo is for callers on the machine of the server.');
      return answer(call);
    },
  };
}

/** As strict as a page can have it: it shows that the agent needs no more. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

function inAttribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
