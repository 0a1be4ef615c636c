import type { SumsFragment, Weekday } from '../../api/operations.ts';
import { addDays, dayOfWeek, parseLocal } from '../format/calendar.ts';

/** The sums of one local date. */
export interface Day {
  start: string;
  totals: SumsFragment;
}

/** A stretch of the calendar that is compared with the one before. */
export type Stretch = 'week' | 'month' | 'year';

/** How far a stretch has come, against the one before by the same day of it. */
export interface Comparison {
  soFar: SumsFragment;
  beforeByNow: SumsFragment;
  /** The days of this one up to today, and all of the one before. */
  days: Day[];
  daysBefore: Day[];
  /** How many days the longer one has. */
  length: number;
}

/** Compares the stretch that holds the last of the days, which is today, with the one before. */
export function compare(days: readonly Day[], stretch: Stretch, weekStart: Weekday): Comparison {
  const today = parseLocal(days.at(-1)!.start);
  const start = startOf(today, stretch, weekStart);
  const startBefore = startOf(addDays(start, -1), stretch, weekStart);
  const end = startOf(addDays(start, stretch === 'year' ? 370 : stretch === 'month' ? 32 : 7), stretch, weekStart);

  const current = daysFrom(days, start, addDays(today, 1));
  const before = daysFrom(days, startBefore, start);
  return {
    soFar: sum(current),
    beforeByNow: sum(before.slice(0, current.length)),
    days: current,
    daysBefore: before,
    length: Math.max(before.length, daysBetween(start, end)),
  };
}

/** All of the days together. */
export function sum(days: readonly Day[]): SumsFragment {
  const total = { count: 0, distance: 0, movingTime: 0, elevationGain: 0 };
  for (const { totals } of days) {
    total.count += totals.count;
    total.distance += totals.distance;
    total.movingTime += totals.movingTime;
    total.elevationGain += totals.elevationGain;
  }
  return total;
}

function startOf(date: Date, stretch: Stretch, weekStart: Weekday): Date {
  switch (stretch) {
    case 'week':
      return addDays(date, -dayOfWeek(date, weekStart));
    case 'month':
      return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1));
    case 'year':
      return new Date(Date.UTC(date.getUTCFullYear(), 0, 1));
  }
}

function daysFrom(days: readonly Day[], from: Date, before: Date): Day[] {
  return days.filter(({ start }) => {
    const date = parseLocal(start);
    return date >= from && date < before;
  });
}

function daysBetween(from: Date, to: Date): number {
  return Math.round((to.getTime() - from.getTime()) / 86_400_000);
}
