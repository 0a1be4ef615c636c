import { useQuery } from '@urql/preact';
import { useEffect, useState } from 'preact/hooks';

import { faultOf } from '../../api/fault.ts';
import { LatestDocument } from '../../api/operations.ts';
import type { OutingFragment } from '../../api/operations.ts';
import { formatDay } from '../format/calendar.ts';
import { climb, distance, duration, tempo } from '../format/quantity.ts';
import type { Quantity } from '../format/quantity.ts';
import { FaultNotice } from '../shell/fault.tsx';
import { Figure } from '../shell/figure.tsx';
import { useHeld } from '../shell/held.ts';
import { usePreferences } from '../shell/preferences.ts';
import { groupOf, sportName } from '../shell/sport.ts';

import './latest.css';

const pageLength = 10;

/** The newest activities, and on demand the older ones, page by page. */
export function Latest() {
  const [cursors, setCursors] = useState<ReadonlyArray<string | null>>([null]);
  // Where the next page begins; null when there is none.
  const [next, setNext] = useState<string | null>(null);
  const showMore = () => {
    if (!cursors.includes(next)) setCursors([...cursors, next]);
  };
  return (
    <section class="latest" aria-labelledby="latest">
      <h2 id="latest">Latest activities</h2>
      <ol class="outings">
        {cursors.map((after, index) => (
          <LatestPage key={after} after={after} isLast={index === cursors.length - 1} onEnd={setNext} />
        ))}
      </ol>
      {next !== null && (
        <button type="button" class="quiet" onClick={showMore}>
          Show older ones
        </button>
      )}
    </section>
  );
}

interface LatestPageProps {
  after: string | null;
  isLast: boolean;
  /** Told where the page after the last one begins. */
  onEnd: (next: string | null) => void;
}

function LatestPage({ after, isLast, onEnd }: LatestPageProps) {
  const [{ data, error }, retry] = useQuery({ query: LatestDocument, variables: { first: pageLength, after } });
  const fault = faultOf(error);
  const activities = useHeld(data?.activities ?? undefined);
  useEffect(() => {
    if (activities && isLast) onEnd(activities.pageInfo.hasNextPage ? activities.pageInfo.endCursor : null);
  }, [activities, isLast, onEnd]);
  if (activities) return activities.nodes.map((activity) => <Outing key={activity.stravaId} activity={activity} />);
  return (
    <li>
      {fault ? (
        <FaultNotice fault={fault} onRetry={() => retry({ requestPolicy: 'network-only' })} />
      ) : (
        <div class="waiting tall" role="status" aria-busy="true" aria-label="Loading activities" />
      )}
    </li>
  );
}

function Outing({ activity }: { activity: OutingFragment }) {
  const { units } = usePreferences();
  const group = groupOf(activity.sportGroup);
  return (
    <li>
      <a class="outing" href={`/activities/${activity.stravaId}`}>
        <svg class={`outline ${group}`} viewBox="-2 -2 92 64" aria-hidden="true">
          {activity.map?.svgPath ? <path d={activity.map.svgPath} /> : <circle cx="44" cy="30" r="3" />}
        </svg>
        <span class="what">
          <span class="name">{activity.name}</span>
          <span class="faint">
            {formatDay(activity.startedAtLocal, new Date())} · {sportName(activity.sport, activity.sportType)}
          </span>
        </span>
        <Cell name="Distance" quantity={activity.distance > 0 ? distance(activity.distance, units) : undefined} />
        <Cell name="Time" quantity={duration(activity.movingTime)} />
        <Cell name="Climb" quantity={activity.elevationGain > 0 ? climb(activity.elevationGain, units) : undefined} />
        <Cell
          name="Pace"
          quantity={activity.averageSpeed ? tempo(activity.averageSpeed, activity.sportGroup, units) : undefined}
        />
      </a>
    </li>
  );
}

function Cell({ name, quantity }: { name: string; quantity: Quantity | undefined }) {
  return (
    <span class={`cell ${name.toLowerCase()}`}>
      <span class="unseen">{name} </span>
      {quantity ? <Figure {...quantity} /> : <span class="none">–</span>}
    </span>
  );
}
