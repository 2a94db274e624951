/** How far back a chart looks. */
import { SegmentedControl } from '@mantine/core';
import { type Span, spans } from '../api/statistics.ts';

export function SpanChoice({ span, choose }: { span: Span; choose: (span: Span) => void }) {
  return (
    <SegmentedControl
      size="xs"
      aria-label="How far back"
      data={Object.entries(spans).map(([value, { label }]) => ({ value, label }))}
      value={span}
      onChange={(value) => choose(value as Span)}
    />
  );
}
