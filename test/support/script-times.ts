/** How long a script works for each of many actions, from a trace of the browser's own. */
import type { CDPSession, Page } from 'playwright-core';

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  /** Microseconds. */
  ts: number;
  dur?: number;
  /** Of the thread's own time, which a busy machine does not lengthen. */
  tdur?: number;
  args?: { data?: { url?: string; message?: string } };
}

/**
 * Milliseconds for each action, until the next one begins: all calls into functions of scripts whose address has `urlPart`, from
 * listeners, timers and idle callbacks alike.
 */
export async function scriptTimes(
  page: Page,
  urlPart: string,
  count: number,
  act: (index: number) => Promise<void>,
): Promise<number[]> {
  const session = await page.context().newCDPSession(page);
  const events: TraceEvent[] = [];
  session.on('Tracing.dataCollected', ({ value }) => void events.push(...(value as unknown as TraceEvent[])));
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['devtools.timeline', 'blink.user_timing', 'blink.console'] },
  });
  for (let index = 0; index < count; index += 1) {
    await page.evaluate(`performance.mark('act-${index}')`);
    await act(index);
    // All that follows from it: the agent tells of a click when a second has passed.
    await page.waitForTimeout(50);
  }
  await page.waitForTimeout(1500);
  await ended(session);
  return sums(events, urlPart, count);
}

async function ended(session: CDPSession): Promise<void> {
  const complete = new Promise<void>((resolve) => {
    session.once('Tracing.tracingComplete', () => resolve());
  });
  await session.send('Tracing.end');
  await complete;
}

function sums(events: readonly TraceEvent[], urlPart: string, count: number): number[] {
  const starts: number[] = [];
  for (const { name, ts } of events) {
    const [, index] = /^act-(\d+)$/.exec(name) ?? [];
    if (index !== undefined) starts[Number(index)] ??= ts;
  }
  const ours = events
    .filter(
      ({ name, ph, args }) => name === 'FunctionCall' && ph === 'X' && args?.data?.url?.includes(urlPart) === true,
    )
    .toSorted((a, b) => a.ts - b.ts);
  const times = Array.from({ length: count }, () => 0);
  let end = 0;
  for (const { ts, dur = 0, tdur = dur } of ours) {
    // A call within a call is counted with the outer one.
    if (ts < end) continue;
    end = ts + dur;
    const index = starts.findLastIndex((start) => start <= ts);
    if (index >= 0) times[index] = (times[index] ?? 0) + tdur / 1000;
  }
  return times;
}
