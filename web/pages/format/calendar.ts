import type { Weekday } from '../../api/operations.ts';

// The gateway's dates and wall-clock times have no zone. They are read and written as UTC, so that the browser's own zone
// moves none of them.
const zone = 'UTC';

const dayInMs = 86_400_000;

/** Reads a date like 2026-11-22, or a wall-clock time like 2026-11-22T10:30:00. */
export function parseLocal(text: string): Date {
  return new Date(text.includes('T') ? `${text}Z` : `${text}T00:00:00Z`);
}

/** A date as the gateway writes it. */
export function isoDate(date: Date): string {
  return date.toISOString().slice(0, 10);
}

/** A date in the browser's language: "Sat, 22 Nov", with the year when it isn't that of `today`. */
export function formatDay(text: string, today: Date): string {
  const date = parseLocal(text);
  const year = date.getUTCFullYear() === today.getFullYear() ? undefined : 'numeric';
  return date.toLocaleDateString(undefined, { weekday: 'short', day: 'numeric', month: 'short', year, timeZone: zone });
}

/** A date without its weekday: "22 Nov 2026". */
export function formatDate(text: string): string {
  return parseLocal(text).toLocaleDateString(undefined, {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone: zone,
  });
}

/** A wall-clock time in full: "Saturday, 22 November 2026 at 10:30". */
export function formatMoment(text: string): string {
  return parseLocal(text).toLocaleString(undefined, { dateStyle: 'full', timeStyle: 'short', timeZone: zone });
}

/** The name of a date's month: "Nov". */
export function formatMonth(date: Date): string {
  return date.toLocaleDateString(undefined, { month: 'short', timeZone: zone });
}

/** The time of an instant on the reader's own clock: "14:15". */
export function formatClock(instant: string): string {
  return new Date(instant).toLocaleTimeString(undefined, { timeStyle: 'short' });
}

/** How long ago an instant was: "3 minutes ago". */
export function formatAgo(instant: string, now: number): string {
  const seconds = Math.min(0, (Date.parse(instant) - now) / 1000);
  const words = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });
  if (seconds > -60) return 'just now';
  if (seconds > -3600) return words.format(Math.round(seconds / 60), 'minute');
  if (seconds > -86_400) return words.format(Math.round(seconds / 3600), 'hour');
  return words.format(Math.round(seconds / 86_400), 'day');
}

/** The day on which weeks start where the reader lives; Monday where the browser does not tell. */
export function firstWeekday(): Weekday {
  const locale = new Intl.Locale(navigator.language) as Intl.Locale & { getWeekInfo?: () => { firstDay: number } };
  switch (locale.getWeekInfo?.().firstDay) {
    case 7:
      return 'SUNDAY';
    case 6:
      return 'SATURDAY';
    default:
      return 'MONDAY';
  }
}

/** How many days lie between the start of the week and a date. */
export function dayOfWeek(date: Date, weekStart: Weekday): number {
  const first = { MONDAY: 1, SUNDAY: 0, SATURDAY: 6 }[weekStart];
  return (date.getUTCDay() - first + 7) % 7;
}

/** A date so many days later. */
export function addDays(date: Date, days: number): Date {
  return new Date(date.getTime() + days * dayInMs);
}
