/**
 * How often a password may be tried. Each try counts before it is known how it ends, so that a hundred at once are not one;
 * one that was right is taken back.
 *
 *   of one account from one network   5 at once, then after a pause that doubles up to 5 minutes
 *   from one network                  20 at once, the same
 *   of one account from everywhere    50 at once, then one each 30 seconds; not for networks from which its owner is signed in
 *
 * So whoever guesses is slowed down to some hundred tries a day, and the owner gets in from elsewhere meanwhile: nothing is
 * ever locked for good. Names are those of accounts whether or not there is one, so nothing tells which there are.
 */
import type { Clock } from './clock.ts';
import { limits } from './limits.ts';

export interface Attempt {
  /** Of whom: the key of an e-mail address. */
  account: string;
  /** From where: see network.ts. */
  network: string;
  /** The account's owner is signed in from there. */
  isKnown: boolean;
}

export interface SignInThrottle {
  /** 0: go ahead, and it is counted. Otherwise after how many whole seconds trying again makes sense, and it is not. */
  waitSeconds(attempt: Attempt): number;
  /** The password was right. */
  forgive(attempt: Attempt): void;
}

export function createSignInThrottle(clock: Pick<Clock, 'monotonicMs'>): SignInThrottle {
  const pairs = new Tries({ freeCount: 5, firstPauseMs: 1000, pauseMaxMs: 300_000 }, clock);
  const networks = new Tries({ freeCount: 20, firstPauseMs: 1000, pauseMaxMs: 300_000 }, clock);
  const accounts = new Tries({ freeCount: 50, firstPauseMs: 30_000, pauseMaxMs: 30_000 }, clock);
  const namesOf = ({ account, network, isKnown }: Attempt): [Tries, string][] => [
    [pairs, JSON.stringify([account, network])],
    [networks, network],
    ...(isKnown ? [] : [[accounts, account] satisfies [Tries, string]]),
  ];

  return {
    waitSeconds(attempt) {
      const names = namesOf(attempt);
      const waitMs = Math.max(...names.map(([tries, name]) => tries.waitMs(name)));
      if (waitMs > 0) return Math.ceil(waitMs / 1000);
      for (const [tries, name] of names) tries.add(name);
      return 0;
    },
    forgive(attempt) {
      const [pair, ...others] = namesOf(attempt);
      pair?.[0].forget(pair[1]);
      // Only this one try: else whoever has an account of their own could begin anew with each guess at another's.
      for (const [tries, name] of others) tries.takeBack(name);
    },
  };
}

interface TriesConfig {
  freeCount: number;
  firstPauseMs: number;
  pauseMaxMs: number;
}

/** Tries by name. One is forgotten a while after its last; and so is the one that was tried longest ago, when there are many. */
class Tries {
  readonly #config: TriesConfig;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #counts = new Map<string, { count: number; lastMs: number }>();

  constructor(config: TriesConfig, clock: Pick<Clock, 'monotonicMs'>) {
    this.#config = config;
    this.#clock = clock;
  }

  waitMs(name: string): number {
    const { freeCount, firstPauseMs, pauseMaxMs } = this.#config;
    const tries = this.#known(name);
    if (tries === null || tries.count < freeCount) return 0;
    const pauseMs = Math.min(pauseMaxMs, firstPauseMs * 2 ** Math.min(30, tries.count - freeCount));
    return Math.max(0, tries.lastMs + pauseMs - this.#clock.monotonicMs());
  }

  add(name: string): void {
    const count = (this.#known(name)?.count ?? 0) + 1;
    this.#counts.delete(name);
    for (const oldest of this.#counts.keys()) {
      if (this.#counts.size < limits.rateLimitKeysMax) break;
      this.#counts.delete(oldest);
    }
    this.#counts.set(name, { count, lastMs: this.#clock.monotonicMs() });
  }

  takeBack(name: string): void {
    const tries = this.#counts.get(name);
    if (tries !== undefined) tries.count -= 1;
  }

  forget(name: string): void {
    this.#counts.delete(name);
  }

  #known(name: string): { count: number; lastMs: number } | null {
    const tries = this.#counts.get(name);
    if (tries === undefined) return null;
    if (this.#clock.monotonicMs() - tries.lastMs < limits.signInTriesKeptMs) return tries;
    this.#counts.delete(name);
    return null;
  }
}
