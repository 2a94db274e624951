/** Points of a series as bars. */
import { type Span, spans } from '../api/statistics.ts';
import type { Bar } from './bars.tsx';

export function barLabel(at: string, span: Span): string {
  const moment = new Date(at);
  const time = moment.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  const day = moment.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
  if (spans[span].step === '1d') return day;
  // The same hour of yesterday is another one.
  const isToday = moment.toDateString() === new Date().toDateString();
  return span === 'week' || !isToday ? `${day} ${time}` : time;
}

export function deliveryBars(
  series: readonly { at: string; delivered: number; retried: number; failed: number }[],
  span: Span,
): Bar[] {
  return series.map(({ at, delivered, retried, failed }) => ({
    label: barLabel(at, span),
    parts: [
      { name: 'delivered', tone: 'good', count: delivered },
      { name: 'retried', tone: 'busy', count: retried },
      { name: 'failed', tone: 'bad', count: failed },
    ],
  }));
}
