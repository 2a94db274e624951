/** Where a Segment call comes from: its `channel` says so, or else the library that made it. */
import { isJsonObject, type JsonObject } from '../core/json-object.ts';
import type { Source } from './event-acts.ts';

export function sourceOf(call: JsonObject, context: JsonObject): Source {
  const channel = call['channel'] ?? context['channel'];
  if (channel === 'client' || channel === 'browser') return 'web';
  if (channel === 'mobile' || channel === 'server') return channel;
  const library = context['library'];
  const name = isJsonObject(library) ? library['name'] : library;
  if (typeof name !== 'string') return 'server';
  if (browserLibraries.test(name)) return 'web';
  return mobileLibraries.test(name) ? 'mobile' : 'server';
}

const browserLibraries = /^(analytics\.js|@segment\/analytics-next|analytics-next)$/;
const mobileLibraries = /^(@segment\/)?analytics[-_.](ios|android|kotlin|swift|flutter|react-native)/;
