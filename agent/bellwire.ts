/** The agent as an ES module, for pages that bundle their scripts: `createBellwire({ apiKey, host })`, and then `initialize`. */
import { createAgent } from './agent.ts';
import type { AgentApi } from './api.ts';
import type { Config } from './config.ts';

export function createBellwire(config: Config): AgentApi {
  return createAgent(config).api;
}

export type Bellwire = AgentApi;
