/**
 * How many bytes of bodies are in memory: being read, or read and not yet answered. A slow disk makes senders wait and so
 * makes this number grow; past the limit new requests are turned away before a byte of them is read, which they can
 * repeat, instead of running out of memory, which would lose what others were promised.
 */
export interface BodyBudget {
  /** False: there is no room for as much, and nothing was taken. */
  take(bytes: number): boolean;
  give(bytes: number): void;
  used(): number;
}

export function createBodyBudget(bytesMax: number): BodyBudget {
  let used = 0;
  return {
    take(bytes) {
      if (used + bytes > bytesMax) return false;
      used += bytes;
      return true;
    },
    give(bytes) {
      used -= bytes;
    },
    used: () => used,
  };
}
