import type { SportGroup } from './operations.ts';

/** How things are written: in a language, in a system of units. */
export interface Manner {
  language: string;
  imperial: boolean;
}

/** Metres in a kilometre or a mile. */
export function long({ imperial }: Manner): number {
  return imperial ? 1609.344 : 1000;
}

/** A distance in kilometres or miles; the decimal goes where it would say nothing. */
export function distance(meters: number, manner: Manner): string {
  const length = meters / long(manner);
  return quantity(length, manner.imperial ? 'mile' : 'kilometer', manner, length < 100 ? 1 : 0);
}

/** A climb in metres or feet. */
export function climb(meters: number, manner: Manner): string {
  return manner.imperial ? quantity(meters / 0.3048, 'foot', manner) : quantity(meters, 'meter', manner);
}

/** A time spent: "5:12 h", and "48 min" under an hour. */
export function duration(seconds: number, manner: Manner): string {
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return quantity(minutes, 'minute', manner);
  return `${Math.floor(minutes / 60)}:${pad(minutes % 60)}\u00a0h`;
}

/** How fast it was: on foot and in water the time for a length, else a speed. */
export function tempo(metersPerSecond: number, group: SportGroup, manner: Manner): string {
  const { imperial } = manner;
  switch (group) {
    case 'RUN':
    case 'WALK':
      return `${clock(long(manner) / metersPerSecond)}\u00a0/${imperial ? 'mi' : 'km'}`;
    case 'SWIM':
      return `${clock((imperial ? 91.44 : 100) / metersPerSecond)}\u00a0/100\u00a0${imperial ? 'yd' : 'm'}`;
    default:
      return quantity((metersPerSecond * 3600) / long(manner), imperial ? 'mile-per-hour' : 'kilometer-per-hour', manner, 1);
  }
}

/** A share: "70 %". */
export function percent(share: number, { language }: Manner): string {
  return share.toLocaleString(language, { style: 'percent', maximumFractionDigits: 0 });
}

/** A local date such as 2026-11-22, written out. */
export function date(iso: string, { language }: Manner): string {
  // Midday in UTC is that very date for whoever formats it in UTC.
  return new Date(`${iso}T12:00Z`).toLocaleDateString(language, { dateStyle: 'long', timeZone: 'UTC' });
}

/** Strava's word for a sport, as words: "GravelRide" is "Gravel ride". */
export function sportName(sportType: string): string {
  const words = sportType.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function quantity(value: number, unit: string, { language }: Manner, digits = 0): string {
  return value.toLocaleString(language, {
    style: 'unit',
    unit,
    unitDisplay: 'short',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    signDisplay: 'negative', // Nothing is not "-0".
  });
}

function clock(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${pad(whole % 60)}`;
}

function pad(number: number): string {
  return String(number).padStart(2, '0');
}
