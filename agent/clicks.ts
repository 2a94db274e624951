/**
 * Clicks, as they happen: what was clicked is read at once, because the page may take it away; all else comes in idle time.
 * A click is told a second later, when it is known
 *
 *   rage   the third or later within a second at about the same place
 *   dead   on something that is there to be clicked, and nothing came of it: nothing in the page changed or moved, nothing
 *          was focused, no other page came
 */
import { after, listen, now } from './browser.ts';
import { clickable, type ElementFacts, factsOf, ignored } from './element.ts';

export interface Click {
  elements: ElementFacts[];
  rage?: true;
  dead?: true;
}

export interface ClicksConfig {
  withText: () => boolean;
  /** Called at once; what it answers is called when all is known of the click, or the page goes away. */
  onClick: () => (click: Click) => void;
}

export interface Clicks {
  /** Tells at once what waits to be known better. */
  finish(): void;
  stop(): void;
}

const verdictMs = 1000;
const rageMs = 1000;
const ragePixels = 30;
const rageCount = 3;

export function watchClicks({ withText, onClick }: ClicksConfig): Clicks {
  const waiting = new Set<() => void>();
  let last = { x: 0, y: 0, at: 0, count: 0 };

  function isRage(x: number, y: number): boolean {
    const at = now();
    const isNear = at - last.at < rageMs && Math.hypot(x - last.x, y - last.y) < ragePixels;
    last = { x, y, at, count: isNear ? last.count + 1 : 1 };
    return last.count >= rageCount;
  }

  const stop = listen(document, 'click', (event) => {
    const target = event.composedPath()[0];
    if (!(target instanceof Element) || isIgnored(target)) return;
    const { clientX, clientY } = event as MouseEvent;
    const tell = onClick();
    const click: Click = { elements: factsOf(target, withText()) };
    if (isRage(clientX, clientY)) click.rage = true;
    const effect = target.closest(clickable) === null ? null : watchForEffect();
    const finish = () => {
      if (!waiting.delete(finish)) return;
      effect?.stop();
      tell(click);
    };
    waiting.add(finish);
    after(verdictMs, () => {
      if (effect?.seen() === false) click.dead = true;
      finish();
    });
  });

  function finish(): void {
    for (const finish of waiting) finish();
  }
  return {
    finish,
    stop() {
      stop();
      finish();
    },
  };
}

/** Also when what hides the element is around the shadow root that it is in. */
function isIgnored(target: Element): boolean {
  for (let at: Element | null = target; at !== null; ) {
    if (at.closest(ignored) !== null) return true;
    const root = at.getRootNode();
    at = root instanceof ShadowRoot ? root.host : null;
  }
  return false;
}

/** Looks only until the first effect, and for a second at most: a page that changes all the time pays for one change. */
function watchForEffect() {
  const { href } = location;
  let isSeen = false;
  const stops = ['scroll', 'focusin', 'selectionchange', 'submit', 'input', 'change', 'toggle'].map((type) =>
    listen(document, type, saw),
  );
  const observer = new MutationObserver(saw);
  observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });

  function stop(): void {
    observer.disconnect();
    for (const stop of stops) stop();
  }
  function saw(): void {
    isSeen = true;
    stop();
  }
  return { stop, seen: () => isSeen || location.href !== href || document.hidden };
}
