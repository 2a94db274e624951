/** Nothing of the agent throws into the page; in debug mode what went wrong is told in its console. */
export const debug = { on: false };

export function say(...words: unknown[]): void {
  try {
    // oxlint-disable-next-line no-console -- only when somebody has asked for it
    if (debug.on) console.log('[Bellwire]', ...words);
  } catch {
    // A page with a broken console.
  }
}

/** Does what `act` does, and answers undefined where that throws. */
export function safely<Args extends unknown[], Result>(
  act: (...args: Args) => Result,
): (...args: Args) => Result | undefined {
  return (...args) => {
    try {
      return act(...args);
    } catch (error) {
      say('Something went wrong:', error);
      return undefined;
    }
  };
}
