import { useQuery } from '@urql/preact';
import { useState } from 'preact/hooks';

import { faultOf } from '../../api/fault.ts';
import type { Fault } from '../../api/fault.ts';
import { DashboardDocument } from '../../api/operations.ts';
import type { DashboardQuery, StatusFragment, Weekday } from '../../api/operations.ts';
import { firstWeekday } from '../format/calendar.ts';
import { formatCount } from '../format/quantity.ts';
import { Choice } from '../shell/choice.tsx';
import { FaultNotice, FaultPage } from '../shell/fault.tsx';
import { useHeld } from '../shell/held.ts';
import { Notice } from '../shell/notice.tsx';
import { Page } from '../shell/page.tsx';
import { Athlete } from './athlete.tsx';
import { Gear } from './gear.tsx';
import { Goals } from './goals.tsx';
import { Heatmap } from './heatmap.tsx';
import { Introduction, OwnAccount } from './introduction.tsx';
import { Latest } from './latest.tsx';
import { measures } from './measure.ts';
import type { Measure } from './measure.ts';
import { Records } from './records.tsx';
import { Streaks } from './streaks.tsx';
import { Stretches } from './stretches.tsx';
import { Weeks } from './weeks.tsx';

/** The page at /. */
export function Dashboard() {
  const [weekStart] = useState(firstWeekday);
  const [{ data: answered, error, fetching }, ask] = useQuery({ query: DashboardDocument, variables: { weekStart } });
  const data = useHeld(answered);
  const retry = () => ask({ requestPolicy: 'network-only' });
  const fault = faultOf(error);
  const status = data?.status;

  return (
    <Page status={status} measurement={data?.athlete?.measurement}>
      {!data && fetching && <Waiting />}
      {!data &&
        fault &&
        (fault.remedy === 'sign-in' ? <Introduction demo={false} /> : <FaultPage fault={fault} onRetry={retry} />)}
      {data && (
        <>
          {data.status.demo && <Introduction demo />}
          <StateNotice status={data.status} fault={fault} onRetry={retry} />
          <Content data={data} weekStart={weekStart} />
          {data.status.demo && <OwnAccount />}
        </>
      )}
    </Page>
  );
}

/** What the reader should know of the state that things are in. */
function StateNotice({
  status,
  fault,
  onRetry,
}: {
  status: StatusFragment;
  fault: Fault | undefined;
  onRetry: () => void;
}) {
  const { connection, hint, mirror } = status;
  if (neverConnected(status)) return null; // The whole page says it.
  if (fault) return <FaultNotice fault={fault} onRetry={onRetry} />;
  if (connection !== 'CONNECTED') {
    return (
      <Notice tone="warn" title="The connection to Strava needs you.">
        {hint} <a href="/connect">Look after the connection</a>
      </Notice>
    );
  }
  if (!mirror.complete) {
    return (
      <Notice tone="calm" title="Your history is being fetched.">
        {formatCount(mirror.activities)} activities so far; what follows counts those.
      </Notice>
    );
  }
  return null;
}

function neverConnected({ connection, mirror }: StatusFragment): boolean {
  return connection === 'NOT_CONNECTED' && mirror.activities === 0;
}

function Content({ data, weekStart }: { data: DashboardQuery; weekStart: Weekday }) {
  const [measure, choose] = useState<Measure>('distance');
  const { status, athlete, stats } = data;
  if (stats === null || stats.totals.count === 0) return <Empty status={status} />;
  return (
    <>
      <Athlete
        who={athlete}
        status={status}
        count={stats.totals.count}
        since={stats.years[0]?.start}
        below={status.demo}
      />
      <section class="summary" aria-labelledby="summary">
        <div class="heading">
          <h2 id="summary">So far</h2>
          <Choice label="Show" options={measures} value={measure} onChange={choose} />
        </div>
        <Stretches days={stats.days} weekStart={weekStart} measure={measure} />
        <Weeks years={data} measure={measure} />
      </section>
      <div class="columns">
        <Goals />
        <Streaks days={stats.dayStreak} weeks={stats.weekStreak} />
      </div>
      <section aria-labelledby="calendar">
        <h2 id="calendar">Day by day</h2>
        <Heatmap days={stats.days} weekStart={weekStart} />
      </section>
      <div class="columns wide">
        <Latest />
        <div class="aside">
          <Records years={data} />
          {athlete && <Gear garage={athlete} />}
        </div>
      </div>
    </>
  );
}

/** Nothing to show yet, and why. */
function Empty({ status }: { status: StatusFragment }) {
  if (neverConnected(status)) {
    return (
      <section class="empty">
        <h1>Connect your Strava account</h1>
        <p class="lead">The gateway runs. What it lacks is your consent to read your activities from Strava.</p>
        <p class="actions">
          <a class="button" href="/connect">
            Connect
          </a>
        </p>
      </section>
    );
  }
  return (
    <section class="empty">
      <h1>No activities yet</h1>
      <p class="lead">
        {status.mirror.complete
          ? 'Strava knows of none. The first one will appear here by itself.'
          : 'They are being fetched from Strava.'}
      </p>
    </section>
  );
}

/** The shape of what is to come. */
function Waiting() {
  return (
    <div class="waiting-page" aria-busy="true" role="status">
      <span class="unseen">Loading</span>
      <div class="waiting line" />
      <div class="stretches">
        <div class="waiting" />
        <div class="waiting" />
        <div class="waiting" />
      </div>
      <div class="waiting tall" />
    </div>
  );
}
