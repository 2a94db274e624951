/**
 * The plugin for Segment's library in the browser (analytics.js 2), which its settings bring along when it is pointed here:
 * pages and clicks are captured by themselves, and belong to the visitor and account that the library knows.
 *
 * The library tells the server itself who it is and what it was called for. So that nothing is told twice, the agent only
 * notes who it is; an own page load gives way to the library's for the same address; and a `track` that reaches both, by way
 * of a Pendo destination on the same page, goes under one messageId, by which the server knows a repeat.
 */
import type { Agent } from './agent.ts';
import { anonymousPrefix } from './identity.ts';
import { toJson } from './to-json.ts';

/** What is used of the library. */
interface Analytics {
  user(): { id(): string | null | undefined; anonymousId(): string | null | undefined };
  group(): { id(): string | null | undefined };
  on?(event: string, act: () => void): void;
}

interface Call {
  event: {
    messageId?: string;
    event?: string;
    properties?: Record<string, unknown>;
    userId?: string | null;
    anonymousId?: string | null;
    groupId?: string | null;
  };
}

const callsKept = 50;

export function segmentPlugin(agent: Agent) {
  const calls: { call: string; messageId: string }[] = [];
  let isLoaded = false;
  let analytics: Analytics | null = null;

  function note(call?: Call): Call | undefined {
    const user = analytics?.user();
    const userId = call?.event.userId ?? user?.id();
    const anonymousId = user?.anonymousId() ?? call?.event.anonymousId;
    const groupId = call?.event.groupId ?? analytics?.group().id() ?? '';
    const visitorId = userId ?? (anonymousId ? anonymousPrefix + anonymousId : null);
    if (visitorId) agent.note(visitorId, groupId);
    return call;
  }

  return {
    name: 'Bellwire Agent',
    version: '1.0.0',
    // Before all destinations, so that it has seen a call when a destination passes it on to the agent.
    type: 'before',
    isLoaded: () => isLoaded,
    load(_: unknown, loaded: Analytics) {
      analytics = loaded;
      agent.joinSegment({
        messageIdOf(name, properties) {
          const wanted = name + toJson(properties);
          const at = calls.findIndex(({ call }) => call === wanted);
          return at < 0 ? null : (calls.splice(at, 1)[0]?.messageId ?? null);
        },
      });
      agent.api.initialize({});
      note();
      loaded.on?.('reset', () => note());
      isLoaded = true;
      return Promise.resolve();
    },
    identify: note,
    group: note,
    alias: note,
    track(call: Call): Call {
      const { event = '', messageId = '', properties = {} } = call.event;
      calls.push({ call: event + toJson(properties), messageId });
      if (calls.length > callsKept) calls.shift();
      return call;
    },
    page(call: Call): Call {
      const messageId = agent.yieldPage(location.href);
      // Should the agent's have been sent already, the server takes the two for one.
      if (messageId !== null) call.event.messageId = messageId;
      return call;
    },
  };
}
