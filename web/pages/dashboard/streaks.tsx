import type { RunsFragment } from '../../api/operations.ts';
import { formatDate } from '../format/calendar.ts';
import { formatCount } from '../format/quantity.ts';

import './streaks.css';

interface StreaksProps {
  days: RunsFragment;
  weeks: RunsFragment;
}

/** Days and weeks in a row. */
export function Streaks({ days, weeks }: StreaksProps) {
  return (
    <section class="streaks" aria-labelledby="streaks">
      <h2 id="streaks">In a row</h2>
      <Streak name="day" runs={days} />
      <Streak name="week" runs={weeks} />
    </section>
  );
}

function Streak({ name, runs: { current, longest } }: { name: string; runs: RunsFragment }) {
  const length = current?.length ?? 0;
  return (
    <div class="streak">
      <p class="figure">
        {formatCount(length)}
        <small> {plural(length, name)}</small>
      </p>
      <p class="faint">
        {current ? `since ${formatDate(current.start)}` : 'nothing going on'}
        {longest && ` · longest ${formatCount(longest.length)}, until ${formatDate(longest.end)}`}
      </p>
    </div>
  );
}

function plural(count: number, noun: string): string {
  return count === 1 ? noun : `${noun}s`;
}
