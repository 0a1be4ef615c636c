import { useMutation } from '@urql/preact';
import { useEffect, useState } from 'preact/hooks';

import { SyncDocument } from '../../api/operations.ts';
import type { StatusFragment, WhoFragment } from '../../api/operations.ts';
import { formatAgo } from '../format/calendar.ts';
import { formatCount } from '../format/quantity.ts';

import './athlete.css';

interface AthleteProps {
  who: WhoFragment | null;
  status: StatusFragment;
  count: number;
  /** The year of the first activity. */
  since: string | undefined;
  /** Whether the page's first heading is another. */
  below: boolean;
}

/** Whose training it is, and how current. */
export function Athlete({ who, status, count, since, below }: AthleteProps) {
  const name = [who?.firstName, who?.lastName].filter(Boolean).join(' ') || 'Training';
  const place = [who?.city, who?.country].filter(Boolean).join(', ');
  const Heading = below ? 'h2' : 'h1';
  return (
    <section class="athlete" aria-label="Athlete">
      {who?.picture && <img src={who.picture} alt="" width="72" height="72" />}
      <div>
        <Heading class="title">{name}</Heading>
        <p class="faint">
          {place && `${place} · `}
          {formatCount(count)} activities{since && ` since ${since.slice(0, 4)}`}
        </p>
      </div>
      <Freshness status={status} />
    </section>
  );
}

// The mirror is brought up to date every quarter of an hour by default; what is hours old missed several rounds.
const staleAfter = 2 * 60 * 60 * 1000;

function Freshness({ status: { mirror } }: { status: StatusFragment }) {
  const now = useMinutes();
  const [{ fetching, error }, sync] = useMutation(SyncDocument);
  // What a sync brings changes everything on the page.
  const refresh = () => sync({}, { additionalTypenames: ['Activity', 'Stats', 'GatewayStatus', 'Athlete'] });
  const stale = mirror.syncedAt !== null && now - Date.parse(mirror.syncedAt) > staleAfter;
  return (
    <p class={`freshness${stale ? ' stale' : ''}`}>
      {mirror.syncedAt ? `Fetched from Strava ${formatAgo(mirror.syncedAt, now)}.` : 'Not fetched from Strava yet.'}{' '}
      <button type="button" class="link" disabled={fetching} onClick={refresh}>
        {fetching ? 'Fetching…' : 'Fetch again'}
      </button>
      {error && (
        <span class="bad" role="alert">
          {' '}
          {error.graphQLErrors[0]?.message ?? 'The gateway does not answer.'}
        </span>
      )}
    </p>
  );
}

/** The time, every minute anew. */
function useMinutes(): number {
  const [, setMinutes] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setMinutes((minutes) => minutes + 1), 60_000);
    return () => clearInterval(timer);
  }, []);
  return Date.now();
}
