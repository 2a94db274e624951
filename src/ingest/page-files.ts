/** All that pages load from here: the agent, Segment's library with its settings, and the demo. */

import { createKeyring } from '../http/keys.ts';
import type { PageFileRoute, PageFilesConfig } from '../http/page-files.ts';
import type { Directory } from '../ledger/ledger.ts';
import { agentScriptRoutes, createAgentScripts } from './agent-script.ts';
import { demoRoutes } from './demo.ts';
import { segmentCdnRoutes } from './segment-cdn.ts';

export function allPageFiles(config: PageFilesConfig, directory: () => Directory): PageFileRoute[] {
  const keyring = createKeyring(directory);
  const scripts = createAgentScripts({ keyring, publicUrl: config.publicUrl });
  return [...agentScriptRoutes(scripts), ...segmentCdnRoutes(scripts, { keyring }), ...demoRoutes(scripts, directory)];
}
