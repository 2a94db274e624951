/**
 * What Segment's library in the browser asks of its CDN, for pages that are pointed here: the library itself, as it is
 * published, and its settings. They send all its calls to our door, and bring our agent along as a plugin, so that pages and
 * clicks are captured without any further call.
 */
import { BellwireError } from '../core/errors.ts';
import { builtFiles } from '../http/built-pages.ts';
import { fileContent, type PageFileRoute } from '../http/page-files.ts';
import { type AgentScripts, agentScriptUrl } from './agent-script.ts';
import type { DoorParts } from './door.ts';

export function segmentCdnRoutes(scripts: AgentScripts, { keyring }: Pick<DoorParts, 'keyring'>): PageFileRoute[] {
  const files = builtFiles('segment', '.js');

  function file(name: string, cache: 'shortly' | 'for ever') {
    const content = files.get(name);
    if (content === undefined) throw new BellwireError('not_found', 'The library has no such file.');
    return { type: 'text/javascript' as const, content: content(), cache };
  }

  return [
    {
      path: '/analytics.js/v1/:apiKey/analytics.min.js',
      forAnyPage: true,
      answer: () => file('standalone.js', 'shortly'),
    },
    {
      path: '/analytics-next/bundles/:name',
      forAnyPage: true,
      // Their names have a hash of what is in them.
      answer: ({ params }) => file(params['name'] ?? '', 'for ever'),
    },
    {
      path: '/v1/projects/:apiKey/settings',
      forAnyPage: true,
      answer({ params, origin }) {
        const app = keyring.appByApiKey(params['apiKey'] ?? '');
        if (app === null) throw new BellwireError('not_found', 'There is no app with this API key.');
        const settings = settingsOf(app.apiKey, origin, agentScriptUrl(scripts, app, origin));
        return { type: 'application/json', content: fileContent(JSON.stringify(settings)), cache: 'shortly' };
      },
    },
  ];
}

/** As analytics.js 2 reads them, without what would only make it load more of itself. */
function settingsOf(apiKey: string, origin: string, scriptUrl: string): object {
  const [protocol, host] = origin.split('://');
  const agent = 'Bellwire Agent';
  return {
    integrations: { 'Segment.io': { apiKey, apiHost: `${host}/v1`, protocol } },
    remotePlugins: [{ name: agent, creationName: agent, libraryName: 'bellwireSegment', url: scriptUrl, settings: {} }],
    analyticsNextEnabled: true,
    // It would tell us about itself.
    metrics: { sampleRate: 0 },
  };
}
