import { make, webAddress } from './dom.ts';
import { Widget } from './element.ts';
import { climb, date, distance, duration, sportName, tempo } from './format.ts';
import type { Manner } from './format.ts';
import hash from './latest.graphql?hash';
import type { WidgetLatestQuery } from './operations.ts';

type Activity = NonNullable<WidgetLatestQuery['activities']>['nodes'][number];

/** `<domestique-latest sport="ride" photo="none">`: the newest activity. */
export class Latest extends Widget<WidgetLatestQuery> {
  static readonly observedAttributes = ['sport', 'units', 'photo', 'gateway'];

  protected readonly document = hash;

  protected variables(): object {
    return { sports: this.sports };
  }

  protected draw({ activities }: WidgetLatestQuery): Element | undefined {
    const activity = activities?.nodes[0];
    if (!activity) return undefined;
    const manner = this.manner;
    const photo = this.getAttribute('photo') === 'none' ? undefined : webAddress(activity.primaryPhoto?.url);
    const link = webAddress(activity.url);
    const body = make(
      'div',
      { class: 'body' },
      make(
        'p',
        { class: 'faint', part: 'when' },
        `${sportName(activity.sportType)} · `,
        make('time', { datetime: activity.localDate }, date(activity.localDate, manner)),
      ),
      make('p', { class: 'title', part: 'title' }, activity.name),
      make('dl', { part: 'figures' }, ...figures(activity, manner).map(figure)),
    );
    // The words that Strava asks for: https://developers.strava.com/guidelines/
    if (link) body.append(make('a', { href: link, part: 'link' }, 'View on Strava'));
    const card = make('article', { class: 'widget', part: 'latest', 'aria-label': activity.name }, body);
    if (photo) {
      card.prepend(make('img', { src: photo, alt: '', loading: 'lazy', referrerpolicy: 'no-referrer', part: 'photo' }));
    }
    return card;
  }
}

/** What is worth telling: of training in a gym, the time alone. */
function figures(activity: Activity, manner: Manner): [term: string, text: string][] {
  const { movingTime, elevationGain, averageSpeed, sportGroup } = activity;
  const told: [string, string][] = [['Time', duration(movingTime, manner)]];
  if (activity.distance <= 0) return told;
  told.unshift(['Distance', distance(activity.distance, manner)]);
  if (elevationGain > 0) told.push(['Climb', climb(elevationGain, manner)]);
  if (averageSpeed) told.push(['Average', tempo(averageSpeed, sportGroup, manner)]);
  return told;
}

function figure([term, text]: [string, string]): Element {
  return make('div', {}, make('dt', {}, term), make('dd', {}, text));
}
