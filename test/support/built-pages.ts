/** Before any test: the agent, the admin and all else that pages load, built from the tree as it is. */
import { buildAdmin } from '../../scripts/admin.mjs';
import { buildAgent } from '../../scripts/agent.mjs';

export async function setup(): Promise<void> {
  await buildAgent();
  await buildAdmin();
}
