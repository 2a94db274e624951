/**
 * The browser agent's script, with the app's key written around it: `pendo.js` for pages that call it `pendo`, `bellwire.js` for
 * those that call it `bellwire`. A page whose key is wrong gets a script all the same, that says so in its console: an error would
 * tell nobody anything.
 */
import { builtText } from '../http/built-pages.ts';
import { type FileContent, fileContent, type PageFileRoute } from '../http/page-files.ts';
import type { Directory } from '../ledger/ledger.ts';
import type { DoorParts } from './door.ts';

export interface AgentScripts {
  /** Null when the key is no app's. */
  of(apiKey: string, name: AgentName): FileContent | null;
}

type AgentName = 'pendo' | 'bellwire';

export interface AgentScriptsDeps extends Pick<DoorParts, 'keyring'> {
  /** For the rare page that does not tell where the script came from. */
  publicUrl: string | null;
}

export function createAgentScripts({ keyring, publicUrl }: AgentScriptsDeps): AgentScripts {
  const agent = builtText('agent.js');
  /** Of apps that there are, so there are few. */
  const made = new Map<string, FileContent>();
  return {
    of(apiKey, name) {
      if (keyring.appByApiKey(apiKey) === null) return null;
      const config = inScript({ apiKey, name, host: publicUrl ?? '' });
      const known = made.get(config);
      if (known !== undefined) return known;
      const content = fileContent(`(function(bellwireScript){${agent}})(${config});\n`);
      made.set(config, content);
      return content;
    },
  };
}

export function agentScriptRoutes(scripts: AgentScripts): PageFileRoute[] {
  return (['pendo', 'bellwire'] as const).map((name) => ({
    path: `/agent/static/:apiKey/${name}.js`,
    forAnyPage: true,
    answer({ params, query }) {
      const content = scripts.of(params['apiKey'] ?? '', name);
      if (content === null) return { type: 'text/javascript', content: wrongKey, cache: 'never' };
      const isNamed = query['v'] === content.revision;
      return { type: 'text/javascript', content, cache: isNamed ? 'for ever' : 'shortly' };
    },
  }));
}

const wrongKey = fileContent(
  'console.warn("[Bellwire] The API key in the address of this script is not the key of any app, so nothing is captured. ' +
    'The right one is shown under Settings > Subscription.");\n',
);

/** JSON that is also right inside of a script that stands in a page. */
function inScript(value: object): string {
  return JSON.stringify(value).replaceAll('<', String.raw`\u003c`);
}

/** The address of the app's script, which changes when the script does. */
export function agentScriptUrl(scripts: AgentScripts, app: Directory['apps'][number], origin: string): string {
  const path = `${origin}/agent/static/${encodeURIComponent(app.apiKey)}/bellwire.js`;
  const content = scripts.of(app.apiKey, 'bellwire');
  return content === null ? path : `${path}?v=${content.revision}`;
}
