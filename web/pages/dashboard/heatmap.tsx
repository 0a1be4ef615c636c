import { useMemo, useState } from 'preact/hooks';

import type { Weekday } from '../../api/operations.ts';
import { addDays, dayOfWeek, formatDay, formatMonth, isoDate, parseLocal } from '../format/calendar.ts';
import { distance, duration, formatCount, inWords } from '../format/quantity.ts';
import { usePreferences } from '../shell/preferences.ts';
import type { Day } from './comparison.ts';
import { sum } from './comparison.ts';

import './heatmap.css';

const cell = 14;
const gap = 3;
const labels = 18;

interface HeatmapProps {
  days: readonly Day[];
  weekStart: Weekday;
}

/** The last twelve months, a square for each day: the darker the longer. In two halves, which a phone stacks. */
export function Heatmap({ days, weekStart }: HeatmapProps) {
  const { units } = usePreferences();
  const weeks = useMemo(() => weeksOf(days, weekStart), [days, weekStart]);
  const level = useMemo(() => levels(weeks.flat()), [weeks]);
  const [looked, look] = useState<Day>();

  const year = weeks.flat();
  const active = year.filter(({ totals }) => totals.count > 0).length;
  const all = sum(year);
  const today = parseLocal(days.at(-1)!.start);
  const reading = looked
    ? `${formatDay(looked.start, today)}: ${looked.totals.count ? `${inWords(duration(looked.totals.movingTime))}, ${inWords(distance(looked.totals.distance, units))}` : 'rest'}`
    : `${formatCount(active)} active days in twelve months, ${inWords(duration(all.movingTime))} in motion`;
  const half = Math.ceil(weeks.length / 2);
  return (
    <figure class="heatmap" onMouseLeave={() => look(undefined)}>
      <figcaption>{reading}</figcaption>
      <div class="halves">
        {[weeks.slice(0, half), weeks.slice(half)].map((part, index) => (
          <Half key={index} weeks={part} columns={half} weekStart={weekStart} level={level} onLook={look} />
        ))}
      </div>
      <p class="scale" aria-hidden="true">
        Rest{' '}
        {[0, 1, 2, 3, 4].map((step) => (
          <span key={step} class={`swatch level-${step}`} />
        ))}{' '}
        Long
      </p>
    </figure>
  );
}

interface HalfProps {
  weeks: Day[][];
  columns: number;
  weekStart: Weekday;
  level: (day: Day) => number;
  onLook: (day: Day) => void;
}

function Half({ weeks, columns, weekStart, level, onLook }: HalfProps) {
  const step = cell + gap;
  const [first, last] = [weeks[0]![0]!.start, weeks.at(-1)!.at(-1)!.start];
  const active = weeks.flat().filter(({ totals }) => totals.count > 0).length;
  const label = `${formatDay(first, new Date(0))} to ${formatDay(last, new Date(0))}: ${active} active days`;
  return (
    <svg viewBox={`0 0 ${columns * step - gap} ${labels + 7 * step - gap}`} role="img" aria-label={label}>
      {weeks.map((week, column) => (
        <g key={week[0]!.start} transform={`translate(${column * step} 0)`}>
          {startsMonth(week) && (
            <text class="month" y="11">
              {formatMonth(parseLocal(week.at(-1)!.start))}
            </text>
          )}
          {week.map((day) => (
            <rect
              key={day.start}
              class={`level-${level(day)}`}
              y={labels + dayOfWeek(parseLocal(day.start), weekStart) * step}
              width={cell}
              height={cell}
              rx="2.5"
              onMouseEnter={() => onLook(day)}
            />
          ))}
        </g>
      ))}
    </svg>
  );
}

function startsMonth(week: Day[]): boolean {
  return week.some(({ start }) => start.endsWith('-01'));
}

/** The last 54 weeks, each a list of its days; those before the first activity are days of rest. */
function weeksOf(days: readonly Day[], weekStart: Weekday): Day[][] {
  const known = new Map(days.map((day) => [day.start, day]));
  const today = parseLocal(days.at(-1)!.start);
  const first = addDays(today, -dayOfWeek(today, weekStart) - 53 * 7);
  return Array.from({ length: 54 }, (_, week) =>
    Array.from({ length: 7 }, (_, day) => addDays(first, week * 7 + day))
      .filter((date) => date <= today)
      .map((date) => known.get(isoDate(date)) ?? { start: isoDate(date), totals: sum([]) }),
  );
}

/** Sorts days into five levels: none, and the quarters of those with any time in motion. */
function levels(days: readonly Day[]): (day: Day) => number {
  const times = days
    .map(({ totals }) => totals.movingTime)
    .filter((time) => time > 0)
    .sort((a, b) => a - b);
  const quarters = [0.25, 0.5, 0.75].map((share) => times[Math.floor(share * times.length)] ?? Infinity);
  return ({ totals }) => (totals.count === 0 ? 0 : 1 + quarters.filter((bound) => totals.movingTime >= bound).length);
}
