import { make } from './dom.ts';
import { Widget } from './element.ts';
import { distance, long, percent } from './format.ts';
import type { WidgetYearQuery } from './operations.ts';
import hash from './year.graphql?hash';

/** `<domestique-year sport="ride" target="6000" label="Rides">`: the year's distance, against a target if there is one. */
export class Year extends Widget<WidgetYearQuery> {
  static readonly observedAttributes = ['sport', 'units', 'target', 'label', 'gateway'];

  protected readonly document = hash;

  protected variables(): object {
    // The sum comes with a target or not at all; without one any will do.
    return { sports: this.sports, target: (this.number('target') ?? 1) * long(this.manner) };
  }

  protected draw({ stats }: WidgetYearQuery): Element | undefined {
    if (!stats) return undefined;
    const { goal } = stats;
    const manner = this.manner;
    const label = this.getAttribute('label') ?? 'This year';
    const parts = [
      make('p', { class: 'faint', part: 'label' }, label),
      make('p', { class: 'figure', part: 'total' }, distance(goal.done, manner)),
    ];
    if (this.number('target')) {
      const lead = goal.done - goal.expected;
      const against = `${distance(Math.abs(lead), manner)} ${lead < 0 ? 'behind' : 'ahead of'} an even pace`;
      parts.push(
        bar(goal.share, goal.expected / goal.target),
        make('p', { class: 'faint', part: 'target' }, `${percent(goal.share, manner)} of ${distance(goal.target, manner)}, ${against}`),
      );
    }
    return make('div', { class: 'widget', part: 'year' }, make('div', { class: 'body' }, ...parts));
  }
}

/** The text says all of it, so whoever listens instead of looking misses nothing. */
function bar(share: number, expected: number): Element {
  const done = make('div', { class: 'done', part: 'done' }) as HTMLElement;
  const mark = make('div', { class: 'mark', part: 'mark' }) as HTMLElement;
  // Set by a script, for a style attribute would need the leave of the site's content security policy.
  done.style.width = `${Math.min(share, 1) * 100}%`;
  mark.style.left = `${Math.min(expected, 1) * 100}%`;
  return make('div', { class: 'bar', part: 'bar', 'aria-hidden': 'true' }, done, mark);
}
