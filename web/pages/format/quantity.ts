import type { Measurement, SportGroup } from '../../api/operations.ts';

const metersPerMile = 1609.344;
const metersPerFoot = 0.3048;

/** The units of one measurement system, over the metres and seconds that the gateway answers in. */
export interface Units {
  system: Measurement;
  /** Metres in a kilometre or a mile. */
  long: number;
  /** Metres in a metre or a foot. */
  short: number;
  longUnit: 'kilometer' | 'mile';
  shortUnit: 'meter' | 'foot';
  speedUnit: 'kilometer-per-hour' | 'mile-per-hour';
  /** How a pace ends. */
  paceUnit: '/km' | '/mi';
  /** Metres that a swimmer's pace is the time for. */
  lane: number;
  swimUnit: '/100 m' | '/100 yd';
}

const metric: Units = {
  system: 'METRIC',
  long: 1000,
  short: 1,
  longUnit: 'kilometer',
  shortUnit: 'meter',
  speedUnit: 'kilometer-per-hour',
  paceUnit: '/km',
  lane: 100,
  swimUnit: '/100 m',
};

const imperial: Units = {
  system: 'IMPERIAL',
  long: metersPerMile,
  short: metersPerFoot,
  longUnit: 'mile',
  shortUnit: 'foot',
  speedUnit: 'mile-per-hour',
  paceUnit: '/mi',
  lane: 91.44,
  swimUnit: '/100 yd',
};

/** The units of a system. */
export function unitsOf(system: Measurement): Units {
  return system === 'IMPERIAL' ? imperial : metric;
}

/** A quantity in the browser's language, and in two parts so that the unit can be set smaller. */
export interface Quantity {
  value: string;
  unit: string;
}

/** A quantity as one text. */
export function inWords({ value, unit }: Quantity): string {
  return unit ? `${value}\u00a0${unit}` : value;
}

/** A count in the browser's language. */
export function formatCount(count: number): string {
  return count.toLocaleString();
}

/** A distance in kilometres or miles; the decimal goes where it would say nothing. */
export function distance(meters: number, units: Units): Quantity {
  const length = meters / units.long;
  return quantity(length, units.longUnit, length < 100 ? 1 : 0);
}

/** A climb or a height in metres or feet. */
export function climb(meters: number, units: Units): Quantity {
  return quantity(meters / units.short, units.shortUnit, 0);
}

/** A time spent, in hours and minutes: "5:12" with the unit h, and under an hour "48:05". */
export function duration(seconds: number): Quantity {
  const whole = Math.round(seconds);
  if (whole < 3600) return { value: clock(whole), unit: '' };
  const minutes = Math.round(whole / 60);
  return { value: `${formatCount(Math.floor(minutes / 60))}:${pad(minutes % 60)}`, unit: 'h' };
}

/** A time to the second: "1:02:07". */
export function stopwatch(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 3600) return clock(whole);
  return `${Math.floor(whole / 3600)}:${pad(Math.floor(whole / 60) % 60)}:${pad(whole % 60)}`;
}

/** What people say how fast they were by: swimmers and whoever is on foot by pace, the others by speed. */
export function tempo(metersPerSecond: number, group: SportGroup, units: Units): Quantity {
  if (!goesByPace(group)) return quantity((metersPerSecond * 3600) / units.long, units.speedUnit, 1);
  return {
    value: clock(Math.round(paceLength(group, units) / metersPerSecond)),
    unit: group === 'SWIM' ? units.swimUnit : units.paceUnit,
  };
}

/** The metres that a pace is the time for. */
export function paceLength(group: SportGroup, units: Units): number {
  return group === 'SWIM' ? units.lane : units.long;
}

/** Whether a group's tempo is a pace, which is better the smaller it is. */
export function goesByPace(group: SportGroup): boolean {
  return group === 'RUN' || group === 'WALK' || group === 'SWIM';
}

/** A heart rate. */
export function heartRate(beats: number): Quantity {
  return { value: formatCount(Math.round(beats)), unit: 'bpm' };
}

/** A share in percent: "12 %". */
export function percent(share: number): string {
  return share.toLocaleString(undefined, { style: 'percent', maximumFractionDigits: 0 });
}

function quantity(value: number, unit: string, digits: number): Quantity {
  const parts = new Intl.NumberFormat(undefined, {
    style: 'unit',
    unit,
    unitDisplay: 'short',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    signDisplay: 'negative', // Nothing is not "-0".
  }).formatToParts(value);
  const text = (isUnit: boolean) =>
    parts
      .filter(({ type }) => (type === 'unit') === isUnit)
      .map((part) => part.value)
      .join('')
      .trim();
  return { value: text(false), unit: text(true) };
}

function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${pad(seconds % 60)}`;
}

function pad(number: number): string {
  return String(number).padStart(2, '0');
}
