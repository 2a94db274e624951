/** All that pages load from here: the agent, Segment's library with its settings, and the demo. */

import { createKeyring } from '../http/keys.ts';
import type { PageFileRoute } from '../http/page-files.ts';
import type { Directory } from '../ledger/ledger.ts';
import { agentScriptRoutes, createAgentScripts } from './agent-script.ts';
import { demoRoutes } from './demo.ts';
import { segmentCdnRoutes } from './segment-cdn.ts';

export function allPageFiles(directory: () => Directory): PageFileRoute[] {
  const keyring = createKeyring(directory);
  const scripts = createAgentScripts({ keyring });
  return [...agentScriptRoutes(scripts), ...segmentCdnRoutes(scripts, { keyring }), ...demoRoutes(scripts, directory)];
}
