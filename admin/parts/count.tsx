/** A number, short from ten thousand on (12.4k), with the exact one on hover. */
import { Tooltip } from '@mantine/core';

const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const exact = new Intl.NumberFormat('en');

export function Count({ value }: { value: number }) {
  if (Math.abs(value) < 10_000) return <span className="tabular">{exact.format(value)}</span>;
  return (
    <Tooltip label={exact.format(value)}>
      <span className="tabular">{short.format(value)}</span>
    </Tooltip>
  );
}

/** "1 delivery", "1,204 deliveries". */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${exact.format(value)} ${value === 1 ? one : many}`;
}
