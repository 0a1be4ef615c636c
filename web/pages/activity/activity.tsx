import { useQuery } from '@urql/preact';
import { useEffect, useState } from 'preact/hooks';

import { faultOf } from '../../api/fault.ts';
import { ActivityDocument, DetailDocument } from '../../api/operations.ts';
import type { ActivityQuery, DetailQuery } from '../../api/operations.ts';
import { formatMoment } from '../format/calendar.ts';
import { FaultNotice, FaultPage } from '../shell/fault.tsx';
import { useHeld } from '../shell/held.ts';
import { Page } from '../shell/page.tsx';
import { usePreferences } from '../shell/preferences.ts';
import { groupOf, sportName } from '../shell/sport.ts';
import { Figures } from './figures.tsx';
import { Outline } from './outline.tsx';
import { Photos } from './photos.tsx';
import { Profiles } from './profiles.tsx';
import { Laps, Splits } from './pieces.tsx';

type Activity = NonNullable<ActivityQuery['activity']>;
type Detail = NonNullable<DetailQuery['activity']>;

/** The page at /activities/ID, by Strava's id. */
export function ActivityPage({ id }: { id: string }) {
  const [{ data: answered, error, fetching }, ask] = useQuery({ query: ActivityDocument, variables: { id } });
  const data = useHeld(answered);
  const fault = faultOf(error);
  const activity = data?.activity;
  useEffect(() => {
    if (activity) document.title = `${activity.name} · Domestique`;
  }, [activity]);
  return (
    <Page status={data?.status} measurement={data?.athlete?.measurement}>
      <p class="back">
        <a href="/">← All activities</a>
      </p>
      {fault && !activity && <FaultPage fault={fault} onRetry={() => ask({ requestPolicy: 'network-only' })} />}
      {fetching && !data && <div class="waiting tall" role="status" aria-busy="true" aria-label="Loading" />}
      {activity && <Content activity={activity} />}
      {data && !activity && !fault && <Missing />}
    </Page>
  );
}

function Content({ activity }: { activity: Activity }) {
  const { units } = usePreferences();
  const [{ data, error, fetching }, ask] = useQuery({
    query: DetailDocument,
    variables: { id: activity.stravaId, system: units.system, points: 600 },
  });
  const fault = faultOf(error);
  const detail = useHeld(data?.activity ?? undefined);
  // How far along the route the reader is looking, from 0 to 1.
  const [position, setPosition] = useState<number>();
  return (
    <>
      <Title activity={activity} detail={detail} />
      <Figures activity={activity} calories={detail?.calories ?? null} />
      {detail?.description && <p class="description">{detail.description}</p>}
      {fault && <FaultNotice fault={fault} onRetry={() => ask({ requestPolicy: 'network-only' })} />}
      <div class="ground">
        {activity.map?.svgPath && (
          <Outline path={activity.map.svgPath} group={groupOf(activity.sportGroup)} position={position} />
        )}
        {fetching && !detail && (
          <div class="waiting tall" role="status" aria-busy="true" aria-label="Loading the details" />
        )}
        {detail?.streams && <Profiles samples={detail.streams} group={activity.sportGroup} onPosition={setPosition} />}
      </div>
      {detail?.photos && detail.photos.length > 0 && <Photos photos={detail.photos} />}
      <div class="pieces">
        {detail?.splits && detail.splits.length > 0 && <Splits splits={detail.splits} group={activity.sportGroup} />}
        {detail?.laps && detail.laps.length > 1 && <Laps laps={detail.laps} group={activity.sportGroup} />}
      </div>
    </>
  );
}

function Title({ activity, detail }: { activity: Activity; detail: Detail | undefined }) {
  const facts = [
    sportName(activity.sport, activity.sportType),
    activity.isCommute && 'commute',
    activity.isIndoor && 'indoors',
    activity.isManual && 'entered by hand',
    detail?.gear && `with ${detail.gear.name}`,
    activity.device && `recorded by ${activity.device}`,
  ];
  return (
    <header class="activity-title">
      <h1>{activity.name}</h1>
      <p class="faint">
        {formatMoment(activity.startedAtLocal)}
        <br />
        {facts.filter(Boolean).join(' · ')}
      </p>
      <a class="strava" href={activity.url}>
        View on Strava
      </a>
    </header>
  );
}

function Missing() {
  return (
    <section class="empty">
      <h1>No such activity</h1>
      <p class="lead">The gateway holds none of this number. It may have been deleted at Strava.</p>
    </section>
  );
}
