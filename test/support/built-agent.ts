/** Before any test: the agent and all else that pages load, built from the tree as it is. */
import { buildAgent } from '../../scripts/agent.mjs';

export async function setup(): Promise<void> {
  await buildAgent();
}
