import type { SumsFragment, Weekday } from '../../api/operations.ts';
import { formatCount, inWords, percent } from '../format/quantity.ts';
import { Figure } from '../shell/figure.tsx';
import { usePreferences } from '../shell/preferences.ts';
import { compare, type Comparison, type Day, type Stretch } from './comparison.ts';
import { formatMeasured, measured, measures } from './measure.ts';
import type { Measure } from './measure.ts';
import { Course } from './course.tsx';

import './stretches.css';

const stretches: readonly Stretch[] = ['week', 'month', 'year'];

interface StretchesProps {
  days: readonly Day[];
  weekStart: Weekday;
  measure: Measure;
}

/** This week, month and year, each against the one before by the same day. */
export function Stretches({ days, weekStart, measure }: StretchesProps) {
  return (
    <div class="stretches">
      {stretches.map((stretch) => (
        <StretchCard key={stretch} stretch={stretch} comparison={compare(days, stretch, weekStart)} measure={measure} />
      ))}
    </div>
  );
}

interface StretchCardProps {
  stretch: Stretch;
  comparison: Comparison;
  measure: Measure;
}

function StretchCard({ stretch, comparison, measure }: StretchCardProps) {
  const { units } = usePreferences();
  const { soFar } = comparison;
  return (
    <article class="stretch">
      <h3>This {stretch}</h3>
      <p class="figure">
        <Figure {...formatMeasured(measured(soFar, measure), measure, units)} />
      </p>
      <Difference stretch={stretch} comparison={comparison} measure={measure} />
      <Course comparison={comparison} measure={measure} />
      <Rest sums={soFar} but={measure} />
    </article>
  );
}

function Difference({ stretch, comparison, measure }: StretchCardProps) {
  const { units } = usePreferences();
  const before = measured(comparison.beforeByNow, measure);
  const more = measured(comparison.soFar, measure) - before;
  const by = `by this day last ${stretch}`;
  if (more === 0) return <p class="difference">As much as {by}</p>;
  return (
    <p class="difference">
      <strong class={more > 0 ? 'up' : 'down'}>
        <span aria-hidden="true">{more > 0 ? '▲' : '▼'}</span> {inWords(formatMeasured(Math.abs(more), measure, units))}
        {before > 0 && Math.abs(more) < 10 * before && ` (${percent(Math.abs(more) / before)})`}
      </strong>{' '}
      {more > 0 ? 'more' : 'less'} than {by}
    </p>
  );
}

/** The sums by the other measures. */
function Rest({ sums, but }: { sums: SumsFragment; but: Measure }) {
  const { units } = usePreferences();
  return (
    <dl class="rest">
      <div>
        <dt>Activities</dt>
        <dd>{formatCount(sums.count)}</dd>
      </div>
      {measures
        .filter(([measure]) => measure !== but)
        .map(([measure, name]) => (
          <div key={measure}>
            <dt>{name}</dt>
            <dd>
              <Figure {...formatMeasured(measured(sums, measure), measure, units)} />
            </dd>
          </div>
        ))}
    </dl>
  );
}
