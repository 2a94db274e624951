/**
 * The script that pages load. The server writes its configuration around it. It takes over the stub of the snippet, whose calls
 * were only noted so far, under either name; and it makes the plugin that Segment's library asks for. However often and under
 * whichever name it is loaded, there is one agent for an app.
 */
import { type Agent, createAgent } from './agent.ts';
import { hostOf } from './config.ts';
import type { Values } from './identity.ts';
import { safely } from './safely.ts';
import { segmentPlugin } from './segment-plugin.ts';

/** Written around the script by the server. */
declare const bellwireScript: {
  apiKey: string;
  /** The name under which pages call it: `pendo` or `bellwire`. */
  name: string;
  /** The server's address, for a page that does not tell where the script came from. */
  host: string;
};

interface Page {
  [name: string]: unknown;
  bellwireAgents?: Record<string, Agent>;
}

safely(() => {
  const { apiKey, name, host } = bellwireScript;
  const page = window as unknown as Page;
  const script = document.currentScript as HTMLScriptElement | null;
  const agents = (page.bellwireAgents ??= {});
  const agent = (agents[apiKey] ??= createAgent({ apiKey, host: hostOf(script?.src ?? '') || host }));
  takeOver(page, name, agent);
  page['bellwireSegment'] = () => segmentPlugin(agent);
})();

/** The stub becomes the agent: somebody may have kept a hold of it. */
function takeOver(page: Page, name: string, agent: Agent): void {
  const stub = (page[name] ??= {}) as Values & { _q?: unknown };
  const calls = Array.isArray(stub._q) ? stub._q : [];
  Object.assign(stub, agent.api);
  const call = safely((...calls: unknown[]) => {
    for (const noted of calls) {
      const [method, ...args] = noted as [string, ...unknown[]];
      (agent.api as unknown as Record<string, (...args: unknown[]) => void>)[method]?.(...args);
    }
  });
  // A function of the stub that somebody has kept still notes its calls.
  stub._q = { push: call, unshift: call };
  // Segment's classic Pendo integration tells by this global who it is.
  const { pendo_options: given } = page;
  if (name === 'pendo' && typeof given === 'object' && given !== null && !agent.api.isReady() && calls.length === 0)
    agent.api.initialize(given);
  call(...calls);
}
