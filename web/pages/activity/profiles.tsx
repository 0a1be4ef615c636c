import { useMemo, useState } from 'preact/hooks';
import type uPlot from 'uplot';

import type { SamplesFragment, SportGroup } from '../../api/operations.ts';
import { Chart } from '../chart/chart.tsx';
import type { Plot } from '../chart/chart.tsx';
import { color, figureFont } from '../chart/colors.ts';
import { climb, distance, goesByPace, heartRate, inWords, paceLength, stopwatch, tempo } from '../format/quantity.ts';
import type { Quantity, Units } from '../format/quantity.ts';
import { usePreferences } from '../shell/preferences.ts';

/** As the gateway sends it: null where the sensor was silent. */
type Channel = ReadonlyArray<number | null>;

/** One channel of what was recorded, ready to draw. */
interface Profile {
  name: string;
  /** In the reader's units, so that the axis has round numbers. */
  values: ReadonlyArray<number | null>;
  color: string;
  filled: boolean;
  /** Whether less is more, as with a pace. */
  inverted: boolean;
  words: (value: number) => string;
  axisWords: (value: number) => string;
}

interface ProfilesProps {
  samples: SamplesFragment;
  group: SportGroup;
  /** Told how far along the way is looked at, from 0 to 1. */
  onPosition: (share: number) => void;
}

/** Height, heart rate and speed along the way, or over time where no way was covered. */
export function Profiles({ samples, group, onPosition }: ProfilesProps) {
  const { units, isDark } = usePreferences();
  const along = useMemo(() => alongOf(samples), [samples]);
  const profiles = useMemo(() => profilesOf(samples, group, units), [samples, group, units]);
  const plots = useMemo(
    () => profiles.map((profile) => plotOf(profile, along, units)),
    [profiles, along, units, isDark],
  );
  const [selected, select] = useState<number>();
  if (profiles.length === 0) return null;

  const last = along.values.length - 1;
  const index = Math.min(selected ?? 0, last);
  const look = (at: number) => {
    select(at);
    onPosition(along.values[at]! / (along.values[last]! || 1));
  };
  const place = inWords(along.words(along.values[index]!, units));
  return (
    <div class="profiles">
      {profiles.map((profile, number) => {
        const value = profile.values[index];
        const reading = value === null || value === undefined ? 'nothing recorded' : profile.words(value);
        return (
          <figure key={profile.name}>
            <figcaption class="row">
              <strong>{profile.name}</strong>
              <span class="number">{selected === undefined ? range(profile) : `${reading} at ${place}`}</span>
            </figcaption>
            <Chart
              label={`${profile.name} along the way`}
              plot={plots[number]!}
              height={number === 0 ? 170 : 140}
              selected={index}
              reading={`${reading} at ${place}`}
              onSelect={look}
            />
          </figure>
        );
      })}
    </div>
  );
}

/** What profiles are drawn along. */
interface Along {
  values: number[];
  words: (value: number, units: Units) => Quantity;
  isDistance: boolean;
}

function alongOf({ distance: covered, time }: SamplesFragment): Along {
  const values = covered?.map((value) => value ?? 0) ?? [];
  if ((values.at(-1) ?? 0) > 0) return { values, words: distance, isDistance: true };
  return { values: time ?? [], words: (seconds) => ({ value: stopwatch(seconds), unit: '' }), isDistance: false };
}

function profilesOf(
  { altitude, heartRate: beats, speed }: SamplesFragment,
  group: SportGroup,
  units: Units,
): Profile[] {
  const profiles: Profile[] = [];
  const plain = { filled: false, inverted: false, axisWords: whole };
  if (altitude && spread(altitude) > 0) {
    const words = (value: number) => inWords(climb(value * units.short, units));
    profiles.push({
      ...plain,
      name: 'Elevation',
      values: scaled(altitude, 1 / units.short),
      color: 'other',
      filled: true,
      words,
    });
  }
  if (beats)
    profiles.push({
      ...plain,
      name: 'Heart rate',
      values: beats,
      color: 'heart',
      words: (value) => inWords(heartRate(value)),
    });
  if (speed && spread(speed) > 0) {
    profiles.push(goesByPace(group) ? paceProfile(speed, group, units) : speedProfile(speed, group, units));
  }
  return profiles;
}

function speedProfile(speed: Channel, group: SportGroup, units: Units): Profile {
  const factor = 3600 / units.long;
  return {
    name: 'Speed',
    values: scaled(speed, factor),
    color: 'swim',
    filled: false,
    inverted: false,
    words: (value) => inWords(tempo(value / factor, group, units)),
    axisWords: whole,
  };
}

function paceProfile(speed: Channel, group: SportGroup, units: Units): Profile {
  // Whoever all but stands has no pace.
  const slowest = median(speed) / 3;
  const length = paceLength(group, units);
  return {
    name: 'Pace',
    values: speed.map((value) => (value !== null && value > slowest ? length / value : null)),
    color: 'swim',
    filled: false,
    inverted: true,
    words: (value) => inWords(tempo(length / value, group, units)),
    axisWords: stopwatch,
  };
}

function plotOf(profile: Profile, along: Along, units: Units): Plot {
  const axis = { stroke: color('faint'), font: figureFont(14), ticks: { show: false } };
  const line = color(profile.color);
  return {
    data: [along.values, [...profile.values]],
    options: {
      padding: [8, 14, 0, 0],
      cursor: { y: false, drag: { x: false, y: false }, sync: { key: 'along' }, points: { size: 8 } },
      scales: {
        x: { time: false, range: (_chart, min, max) => [min, max] },
        y: { dir: profile.inverted ? -1 : 1 },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          size: 28,
          gap: 4,
          incrs: along.isDistance ? lengths(units) : timeSteps,
          values: (_chart, places) =>
            places.map((place) => (along.isDistance ? inLength(place, units) : stopwatch(place))),
        },
        {
          ...axis,
          grid: { stroke: color('line'), width: 1 },
          size: 44,
          incrs: profile.inverted ? timeSteps : undefined,
          values: (_chart, values) => values.map(profile.axisWords),
        },
      ],
      series: [
        {},
        {
          stroke: line,
          width: 1.75,
          fill: profile.filled ? (chart: uPlot) => fade(chart, line) : undefined,
          fillTo: (_chart, _series, min) => min,
          points: { show: false },
          spanGaps: false,
        },
      ],
    },
  };
}

// Steps between an axis' labels, seconds.
const timeSteps = [5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200];

/** Steps between an axis' labels: 1, 2, 5 of the reader's unit and their tenfolds, in metres. */
function lengths({ long }: Units): number[] {
  return [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100].map((length) => length * long);
}

function inLength(meters: number, units: Units): string {
  return `${(meters / units.long).toLocaleString(undefined, { maximumFractionDigits: 1 })} ${units.system === 'METRIC' ? 'km' : 'mi'}`;
}

function whole(value: number): string {
  return value.toLocaleString(undefined, { maximumFractionDigits: 0 });
}

function fade(chart: uPlot, line: string): CanvasGradient {
  const gradient = chart.ctx.createLinearGradient(0, chart.bbox.top, 0, chart.bbox.top + chart.bbox.height);
  gradient.addColorStop(0, `color-mix(in srgb, ${line} 55%, transparent)`);
  gradient.addColorStop(1, `color-mix(in srgb, ${line} 12%, transparent)`);
  return gradient;
}

function range({ values, words, inverted }: Profile): string {
  const known = values.filter((value) => value !== null);
  const ends = [Math.min(...known), Math.max(...known)];
  return (inverted ? ends.reverse() : ends).map(words).join(' to ');
}

function scaled(channel: Channel, factor: number): Array<number | null> {
  return channel.map((value) => (value === null ? null : value * factor));
}

function median(channel: Channel): number {
  const sorted = channel.filter((value) => value !== null).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function spread(values: Channel): number {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? 0 : Math.max(...known) - Math.min(...known);
}
