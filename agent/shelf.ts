/**
 * What the agent remembers: in the page's localStorage, which its tabs share, under a prefix of its own; in memory where
 * there is none, where it is full, or where it is not to be used.
 */
export interface Shelf {
  get(key: string): string | null;
  set(key: string, text: string): void;
  remove(key: string): void;
  /** Those that begin with `start`, in order. */
  keys(start: string): string[];
  /** Whether it outlives the page. */
  isLasting: boolean;
}

export function openShelf(prefix: string, isLasting: boolean): Shelf {
  const memory = new Map<string, string>();
  const storage = isLasting ? workingStorage(prefix) : null;

  return {
    isLasting: storage !== null,
    get(key) {
      return memory.get(key) ?? attempt(() => storage?.getItem(prefix + key)) ?? null;
    },
    set(key, text) {
      memory.delete(key);
      const isKept = attempt(() => {
        storage?.setItem(prefix + key, text);
        return storage;
      });
      if (isKept === null || isKept === undefined) memory.set(key, text);
    },
    remove(key) {
      memory.delete(key);
      attempt(() => storage?.removeItem(prefix + key));
    },
    keys(start) {
      const found = [...memory.keys()].filter((key) => key.startsWith(start));
      attempt(() => {
        for (const key of Object.keys(storage ?? {})) {
          if (key.startsWith(prefix + start)) found.push(key.slice(prefix.length));
        }
      });
      return found.sort();
    },
  };
}

/** Null when the browser forbids it: then even looking at it throws. */
function workingStorage(prefix: string): Storage | null {
  return (
    attempt(() => {
      const { localStorage } = window;
      localStorage.setItem(`${prefix}?`, '1');
      localStorage.removeItem(`${prefix}?`);
      return localStorage;
    }) ?? null
  );
}

function attempt<Result>(act: () => Result): Result | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
