import { useMemo, useState } from 'preact/hooks';
import uPlot from 'uplot';

import type { SportYearFragment } from '../../api/operations.ts';
import { Chart } from '../chart/chart.tsx';
import type { Plot } from '../chart/chart.tsx';
import { color, figureFont } from '../chart/colors.ts';
import { addDays, formatDate, formatMonth, isoDate, parseLocal } from '../format/calendar.ts';
import { inWords } from '../format/quantity.ts';
import type { Units } from '../format/quantity.ts';
import { usePreferences } from '../shell/preferences.ts';
import { groupNames, groups } from '../shell/sport.ts';
import type { Group } from '../shell/sport.ts';
import { axisUnit, formatMeasured, measured } from './measure.ts';
import type { Measure } from './measure.ts';

import './weeks.css';

/** A group's value for each week, the oldest first. */
interface Series {
  group: Group;
  values: number[];
}

interface WeeksProps {
  years: Partial<Record<Group, SportYearFragment | null>>;
  measure: Measure;
}

/** A year of weeks, stacked by sport. */
export function Weeks({ years, measure }: WeeksProps) {
  const { units, isDark } = usePreferences();
  const { starts, series } = useMemo(() => seriesOf(years, measure), [years, measure]);
  const plot = useMemo(() => plotOf(starts, series, measure, units), [starts, series, measure, units, isDark]);
  const [selected, select] = useState<number>();
  const week = Math.min(selected ?? Infinity, starts.length - 1);

  const words = (value: number) => inWords(formatMeasured(value, measure, units));
  const done = series.filter(({ values }) => values[week]);
  const title = week === starts.length - 1 ? 'This week' : `Week of ${formatDate(starts[week]!)}`;
  const reading = `${title}: ${done.map(({ group, values }) => `${groupNames[group]} ${words(values[week]!)}`).join(', ') || 'nothing'}`;
  return (
    <figure class="weeks" onMouseLeave={() => select(undefined)}>
      <figcaption class="key">
        <strong>{title}</strong>
        <ul>
          {series.map(({ group, values }) => (
            <li key={group} class={values[week] ? '' : 'nothing'}>
              <span class={`swatch ${group}`} /> {groupNames[group]}{' '}
              <span class="number">{values[week] ? words(values[week]) : '–'}</span>
            </li>
          ))}
        </ul>
      </figcaption>
      <Chart
        label={`Weeks of a year by sport, ${measure}`}
        plot={plot}
        height={260}
        selected={week}
        reading={reading}
        onSelect={select}
      />
    </figure>
  );
}

/** The series that have anything in them, the groups in their usual order. */
function seriesOf(years: WeeksProps['years'], measure: Measure): { starts: string[]; series: Series[] } {
  // A history that is younger than a year has fewer weeks, and so has a sport; all of them end with this week.
  const last = groups.map((group) => years[group]?.weeks.at(-1)?.start ?? '').reduce((a, b) => (a > b ? a : b));
  const starts = Array.from({ length: 52 }, (_, week) => isoDate(addDays(parseLocal(last), (week - 51) * 7)));
  const series = groups.map((group) => {
    const sums = new Map(years[group]?.weeks.map(({ start, totals }) => [start, measured(totals, measure)]));
    return { group, values: starts.map((start) => sums.get(start) ?? 0) };
  });
  return { starts, series: series.filter(({ values }) => values.some((value) => value > 0)) };
}

function plotOf(starts: string[], series: Series[], measure: Measure, units: Units): Plot {
  const unit = axisUnit(measure, units);
  // uPlot does not stack: each series is drawn from the ground up to the sum so far, the highest first.
  const sums = starts.map(() => 0);
  const stacked = series.map(({ values }) => values.map((value, week) => (sums[week]! += value / unit.size)));
  const bars = uPlot.paths.bars!({ size: [0.76, 26], radius: 0.12 });
  const axis = { stroke: color('faint'), font: figureFont(14), ticks: { show: false } };
  return {
    data: [starts.map((_, week) => week), ...stacked.reverse()],
    options: {
      padding: [12, 0, 0, 0],
      cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
      scales: {
        x: { time: false, range: (_chart, min, max) => [min - 0.6, max + 0.6] },
        y: { range: (_chart, _min, max) => [0, max * 1.05 || 1] },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          splits: () => monthStarts(starts),
          values: (_chart, weeks) => weeks.map((week) => formatMonth(parseLocal(starts[week]!))),
          size: 30,
          gap: 6,
        },
        {
          ...axis,
          grid: { stroke: color('line'), width: 1 },
          values: (_chart, values) => values.map((value) => `${value.toLocaleString()} ${unit.name}`),
          size: (_chart, values) => 12 + 7 * Math.max(0, ...(values ?? []).map((value) => value.length)),
        },
      ],
      series: [
        {},
        ...series
          .map(({ group }) => ({ fill: color(group), width: 0, paths: bars, points: { show: false } }))
          .reverse(),
      ],
    },
  };
}

/** The weeks in which a month begins, but for those that have no room for a name. */
function monthStarts(starts: string[]): number[] {
  const weeks = starts.flatMap((start, week) =>
    week > 0 && start.slice(5, 7) !== starts[week - 1]!.slice(5, 7) ? [week] : [],
  );
  return weeks.filter((week) => week < starts.length - 1);
}
