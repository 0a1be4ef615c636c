import { useState } from 'preact/hooks';

import type { FeatFragment, SportYearFragment } from '../../api/operations.ts';
import { formatDate } from '../format/calendar.ts';
import { climb, distance, duration, goesByPace, tempo } from '../format/quantity.ts';
import type { Quantity, Units } from '../format/quantity.ts';
import { Choice } from '../shell/choice.tsx';
import { Figure } from '../shell/figure.tsx';
import { usePreferences } from '../shell/preferences.ts';
import { groupNames, groups } from '../shell/sport.ts';
import type { Group } from '../shell/sport.ts';

import './records.css';

type Records = SportYearFragment['records'];

/** The best of each sport, one sport at a time: a ride is always longer than a run. */
export function Records({ years }: { years: Partial<Record<Group, SportYearFragment | null>> }) {
  const done = groups.filter((group) => group !== 'other' && (years[group]?.totals.count ?? 0) > 0);
  const [chosen, choose] = useState<Group>();
  const group = chosen ?? done[0];
  const records = group && years[group]?.records;
  if (!group || !records) return null;
  return (
    <section class="records" aria-labelledby="records">
      <h2 id="records">Records</h2>
      <Choice
        label="Sport"
        options={done.map((option) => [option, groupNames[option]])}
        value={group}
        onChange={choose}
      />
      <dl>
        {feats(records).map(({ title, feat, of }) => (
          <Feat key={title} title={title} feat={feat} of={of} />
        ))}
      </dl>
    </section>
  );
}

interface FeatProps {
  title: string;
  feat: FeatFragment;
  of: (feat: FeatFragment, units: Units) => Quantity;
}

function Feat({ title, feat, of }: FeatProps) {
  const { units } = usePreferences();
  return (
    <div class="feat">
      <dt>{title}</dt>
      <dd>
        <span class="figure">
          <Figure {...of(feat, units)} />
        </span>
        <a href={`/activities/${feat.stravaId}`}>{feat.name}</a>
        <br />
        <span class="faint">{formatDate(feat.localDate)}</span>
      </dd>
    </div>
  );
}

/** The records that there are. */
function feats(records: Records): FeatProps[] {
  const { longestDistance, longestMovingTime, mostElevationGain, fastestAverageSpeed } = records;
  const all: Array<Omit<FeatProps, 'feat'> & { feat: FeatFragment | null }> = [
    { title: 'Farthest', feat: longestDistance, of: (feat, units) => distance(feat.distance, units) },
    { title: 'Longest', feat: longestMovingTime, of: (feat) => duration(feat.movingTime) },
    { title: 'Most climbing', feat: mostElevationGain, of: (feat, units) => climb(feat.elevationGain, units) },
    {
      title: fastestAverageSpeed && goesByPace(fastestAverageSpeed.sportGroup) ? 'Fastest pace' : 'Fastest',
      feat: fastestAverageSpeed,
      of: (feat, units) => tempo(feat.averageSpeed ?? 0, feat.sportGroup, units),
    },
  ];
  return all.flatMap(({ feat, ...rest }) => (feat ? [{ ...rest, feat }] : []));
}
