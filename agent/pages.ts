/**
 * Page loads: the first, and those of a single-page app. The Navigation API tells of every change of the address; where it is
 * missing, `history` is wrapped. An address that differs only in its hash is the same page, unless hashes are its routes.
 */
import { after, listen } from './browser.ts';
import { safely } from './safely.ts';

export interface PagesConfig {
  hashRoutes: () => boolean;
  /** `former` is the address of the page before; empty for the first. */
  onPage: (former: string) => void;
}

export function watchPages({ hashRoutes, onPage }: PagesConfig): () => void {
  let current = '';
  const look = safely(() => {
    const address = hashRoutes() ? location.href : (location.href.split('#')[0] ?? '');
    if (address === current) return;
    const former = current;
    current = address;
    onPage(former);
  });
  // A framework changes the address first, and then the title.
  const lookSoon = () => void after(0, look);

  const { navigation } = window as { navigation?: EventTarget };
  const stops =
    navigation === undefined
      ? [...wrapHistory(lookSoon), listen(window, 'popstate', lookSoon), listen(window, 'hashchange', lookSoon)]
      : [listen(navigation, 'currententrychange', lookSoon)];
  look();
  return () => {
    for (const stop of stops) stop();
  };
}

function wrapHistory(changed: () => void): (() => void)[] {
  return (['pushState', 'replaceState'] as const).map((name) => {
    const original = history[name];
    let act = changed;
    history[name] = function wrapped(this: History, ...args: Parameters<History['pushState']>) {
      original.apply(this, args);
      act();
    };
    const wrapped = history[name];
    return () => {
      // Somebody may have wrapped it once more; then ours stays, and does nothing.
      act = () => {};
      if (history[name] === wrapped) history[name] = original;
    };
  });
}
