import type { ActivityQuery } from '../../api/operations.ts';
import { climb, distance, duration, formatCount, goesByPace, heartRate, stopwatch, tempo } from '../format/quantity.ts';
import type { Quantity } from '../format/quantity.ts';
import { Figure } from '../shell/figure.tsx';
import { usePreferences } from '../shell/preferences.ts';

interface FiguresProps {
  activity: NonNullable<ActivityQuery['activity']>;
  /** Known later than the rest. */
  calories: number | null;
}

/** An activity in numbers; those that mean nothing for it are left out. */
export function Figures({ activity, calories }: FiguresProps) {
  const { units } = usePreferences();
  const { sportGroup: group, averageSpeed, averageHeartRate, averagePower, hasPowerMeter, relativeEffort } = activity;
  const figures: Array<[name: string, quantity: Quantity | null | undefined | false | 0]> = [
    ['Distance', activity.distance > 0 && distance(activity.distance, units)],
    ['Moving time', { value: stopwatch(activity.movingTime), unit: '' }],
    [goesByPace(group) ? 'Pace' : 'Speed', averageSpeed && tempo(averageSpeed, group, units)],
    ['Climb', activity.elevationGain > 0 && climb(activity.elevationGain, units)],
    ['Heart rate', averageHeartRate && heartRate(averageHeartRate)],
    [
      hasPowerMeter ? 'Power' : 'Power, estimated',
      averagePower && { value: formatCount(Math.round(averagePower)), unit: 'W' },
    ],
    ['Energy', calories && { value: formatCount(Math.round(calories)), unit: 'kcal' }],
    ['Relative effort', relativeEffort && { value: formatCount(Math.round(relativeEffort)), unit: '' }],
    ['Elapsed', activity.elapsedTime > activity.movingTime * 1.1 && duration(activity.elapsedTime)],
  ];
  return (
    <dl class="figures">
      {figures.map(
        ([name, quantity]) =>
          quantity && (
            <div key={name}>
              <dt>{name}</dt>
              <dd class="figure">
                <Figure {...quantity} />
              </dd>
            </div>
          ),
      )}
    </dl>
  );
}
