/** A chart of bars over time, each of them stacked by state. Also a table, for whoever does not see it. */
import { Tooltip } from '@mantine/core';
import classes from './bars.module.css';
import type { Tone } from './state.tsx';

export interface Bar {
  /** When it begins, in words. Two can be alike: a day ago it was the same hour. */
  label: string;
  parts: readonly { name: string; tone: Tone | 'plain'; count: number }[];
}

const number = new Intl.NumberFormat('en');

/** `height` is in pixels; the width is that of what is around it. */
export function Bars({
  title,
  bars,
  height = 120,
  unit = '',
  isBare = false,
}: {
  title: string;
  bars: readonly Bar[];
  height?: number;
  /** What is counted, behind the highest number. */
  unit?: string;
  /** The bars alone, in a row of a table. */
  isBare?: boolean;
}) {
  const most = Math.max(1, ...bars.map(({ parts }) => sum(parts)));
  const hasSome = bars.some(({ parts }) => sum(parts) > 0);
  return (
    <figure className={classes['chart']} aria-label={title}>
      <div className={classes['bars']} style={{ height }} aria-hidden>
        {bars.map(({ label, parts }, at) => (
          <Tooltip key={at} label={wordsOf(label, parts)} openDelay={0} multiline>
            <div className={classes['bar']}>
              {parts
                .filter(({ count }) => count > 0)
                .map(({ name, tone, count }) => (
                  <div
                    key={name}
                    className={`${classes['part']} ${classes[tone]}`}
                    style={{ height: Math.max(2, (count / most) * height) }}
                  />
                ))}
            </div>
          </Tooltip>
        ))}
      </div>
      {hasSome && !isBare && (
        <div className={classes['ends']} aria-hidden>
          <span>{bars[0]?.label}</span>
          <span>
            most: {number.format(most)} {unit}
          </span>
          <span>{bars.at(-1)?.label}</span>
        </div>
      )}
      <div className="only-read">
        <table>
          <caption>{title}</caption>
          <tbody>
            {bars.map(({ label, parts }, at) => (
              <tr key={at}>
                <th scope="row">{label}</th>
                {parts.map(({ name, count }) => (
                  <td key={name}>
                    {count} {name}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </figure>
  );
}

function sum(parts: Bar['parts']): number {
  return parts.reduce((total, { count }) => total + count, 0);
}

function wordsOf(label: string, parts: Bar['parts']): string {
  const named = parts.filter(({ count }) => count > 0).map(({ name, count }) => `${number.format(count)} ${name}`);
  return `${label}: ${named.length === 0 ? 'nothing' : named.join(', ')}`;
}
