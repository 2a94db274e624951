/** Milliseconds of CLOCK_MONOTONIC, which all processes of a machine share; so two of them can time one event together. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
