/** What the agent needs of the browser, taken once, before the page can put something else in its place. */
import { safely } from './safely.ts';

export const { now } = Date;
const startTimer = window.setTimeout.bind(window);
export const cancel = window.clearTimeout.bind(window);

/** Calls `act` after a time; answers what `cancel` takes. */
export function after(delayMs: number, act: () => void): number {
  return startTimer(safely(act), delayMs);
}

/** When the browser has nothing better to do, and within half a second in any case. */
export function whenIdle(act: () => void): void {
  // Safari has none.
  if (typeof window.requestIdleCallback === 'function') window.requestIdleCallback(safely(act), { timeout: 500 });
  else after(50, act);
}

/** Listens before the page's own listeners can stop an event, and never keeps the browser waiting. */
export function listen(target: EventTarget, type: string, act: (event: Event) => void): () => void {
  const listener = safely(act);
  const options = { capture: true, passive: true };
  target.addEventListener(type, listener, options);
  return () => target.removeEventListener(type, listener, options);
}

/** Letters and digits that nobody else has; also on a page whose `Math.random` always says the same. */
export function uniqueText(length: number): string {
  let text = '';
  try {
    for (const byte of crypto.getRandomValues(new Uint8Array(length))) text += (byte % 36).toString(36);
  } catch {
    while (text.length < length) text += (Math.random() * now()).toString(36).replace('.', '');
  }
  return text.slice(-length);
}

const page = uniqueText(18);
let count = 36 ** 4;

/** Sorts after those from before, on the same page; costs next to nothing. */
export function nextId(): string {
  return (count += 1).toString(36) + page;
}

/** A text of no more than so many characters; empty for what is none. */
export function cut(value: unknown, charsMax: number): string {
  return typeof value === 'string' ? value.slice(0, charsMax) : '';
}
