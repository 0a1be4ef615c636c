import type { Comparison, Day } from './comparison.ts';
import { measured } from './measure.ts';
import type { Measure } from './measure.ts';

import './course.css';

const width = 200;
const height = 44;

/** How a stretch has added up day by day, over the whole of the one before. It repeats what the words beside it say. */
export function Course({ comparison, measure }: { comparison: Comparison; measure: Measure }) {
  const current = addUp(comparison.days, measure);
  const before = addUp(comparison.daysBefore, measure);
  const top = Math.max(current.at(-1) ?? 0, before.at(-1) ?? 0, 1);
  const x = (day: number) => ((day / comparison.length) * width).toFixed(1);
  const y = (value: number) => (height - (value / top) * height).toFixed(1);
  const line = (values: number[]) => `M0 ${height}${values.map((value, day) => `L${x(day + 1)} ${y(value)}`).join('')}`;
  return (
    <svg class="course" viewBox={`-2 -4 ${width + 6} ${height + 8}`} preserveAspectRatio="none" aria-hidden="true">
      <path class="ground" d={`M0 ${height}H${width}`} />
      <path class="before" d={line(before)} />
      <path class="now" d={line(current)} />
      <path class="today" d={`M${x(current.length)} ${y(current.at(-1) ?? 0)}h0`} />
    </svg>
  );
}

function addUp(days: readonly Day[], measure: Measure): number[] {
  let total = 0;
  return days.map(({ totals }) => (total += measured(totals, measure)));
}
