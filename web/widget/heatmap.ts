import hash from './days.graphql?hash';
import { make } from './dom.ts';
import { Widget } from './element.ts';
import { date, duration } from './format.ts';
import type { WidgetDaysQuery } from './operations.ts';

type Day = NonNullable<WidgetDaysQuery['stats']>['periods'][number];

const [cell, gap] = [12, 3];
const step = cell + gap;
const [usualWeeks, mostWeeks] = [26, 106];

/** `<domestique-heatmap weeks="26" week-start="sunday">`: a square for each of the last days, the darker the longer. */
export class Heatmap extends Widget<WidgetDaysQuery> {
  static readonly observedAttributes = ['sport', 'weeks', 'week-start', 'label', 'gateway'];

  protected readonly document = hash;

  protected variables(): object {
    const weeks = Math.min(Math.ceil(this.number('weeks') ?? usualWeeks), mostWeeks);
    return { sports: this.sports, days: weeks * 7 };
  }

  protected draw({ stats }: WidgetDaysQuery): Element | undefined {
    const days = stats?.periods ?? [];
    const [first, last] = [days[0], days.at(-1)];
    if (!first || !last) return undefined;
    const manner = this.manner;
    const active = days.filter(({ totals }) => totals.count > 0);
    const time = active.reduce((sum, { totals }) => sum + totals.movingTime, 0);
    const summary = `Active on ${active.length} of ${days.length} days, ${duration(time, manner)} in all`;
    const calendar = this.#calendar(days);
    calendar.setAttribute('aria-label', `${date(first.start, manner)} to ${date(last.start, manner)}: ${summary}`);
    const label = this.getAttribute('label') ?? summary;
    return make('div', { class: 'widget', part: 'heatmap' }, calendar, make('p', { class: 'faint', part: 'label' }, label));
  }

  #calendar(days: Day[]): SVGElement {
    const manner = this.manner;
    const level = levels(days);
    const offset = daysIntoWeek(days[0]!, this.getAttribute('week-start') === 'sunday' ? 0 : 1);
    const squares = days.map((day, index) => {
      const [column, row] = [Math.floor((offset + index) / 7), (offset + index) % 7];
      const done = day.totals.count ? duration(day.totals.movingTime, manner) : 'rest';
      return make(
        'rect',
        { class: `level-${level(day)}`, x: column * step, y: row * step, width: cell, height: cell, rx: 2 },
        make('title', {}, `${date(day.start, manner)}: ${done}`),
      );
    });
    const [width, height] = [Math.ceil((offset + days.length) / 7) * step - gap, 7 * step - gap];
    const svg = make('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', part: 'days' }, ...squares) as SVGElement;
    svg.style.maxWidth = `${width * 1.6}px`; // Squares no larger than a thumb, however wide the column.
    return svg;
  }
}

function daysIntoWeek({ start }: Day, weekStart: number): number {
  return (new Date(`${start}T12:00Z`).getUTCDay() - weekStart + 7) % 7;
}

/** Sorts days into five levels: rest, and the quarters of the days with any time in motion. */
function levels(days: Day[]): (day: Day) => number {
  const times = days
    .filter(({ totals }) => totals.count > 0)
    .map(({ totals }) => totals.movingTime)
    .sort((a, b) => a - b);
  const bounds = [0.25, 0.5, 0.75].map((share) => times[Math.floor(share * times.length)] ?? Infinity);
  return ({ totals }) => (totals.count ? 1 + bounds.filter((bound) => totals.movingTime >= bound).length : 0);
}
