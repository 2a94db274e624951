/** Time passing, and things coming about. */

/** Looks again and again; false when it has not come about within so many milliseconds. */
export async function until(ms: number, isSo: () => boolean): Promise<boolean> {
  const endAt = performance.now() + ms;
  while (!isSo()) {
    if (performance.now() > endAt) return false;
    await pause(50);
  }
  return true;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
