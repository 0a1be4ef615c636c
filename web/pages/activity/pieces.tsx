import type { LapRowFragment, SplitRowFragment, SportGroup } from '../../api/operations.ts';
import { climb, distance, goesByPace, inWords, stopwatch, tempo } from '../format/quantity.ts';
import type { Units } from '../format/quantity.ts';
import { usePreferences } from '../shell/preferences.ts';

/** A row of either table. */
interface Piece {
  key: number;
  name: string;
  movingTime: number;
  speed: number | null;
  climb: number | null;
  heartRate: number | null;
}

/** Every kilometre or mile. */
export function Splits({ splits, group }: { splits: readonly SplitRowFragment[]; group: SportGroup }) {
  const { units } = usePreferences();
  const pieces = splits.map((split) => ({
    key: split.number,
    name: splitName(split, units),
    movingTime: split.movingTime,
    speed: split.averageSpeed,
    climb: split.elevationDifference,
    heartRate: split.averageHeartRate,
  }));
  return (
    <Pieces
      id="splits"
      title="Splits"
      name={units.system === 'METRIC' ? 'km' : 'mi'}
      height="Rise"
      pieces={pieces}
      group={group}
    />
  );
}

/** What lies between two presses of the recorder's button. */
export function Laps({ laps, group }: { laps: readonly LapRowFragment[]; group: SportGroup }) {
  const { units } = usePreferences();
  const pieces = laps.map((lap) => ({
    key: lap.number,
    name: lap.distance > 0 ? `${lap.name}, ${inWords(distance(lap.distance, units))}` : lap.name,
    movingTime: lap.movingTime,
    speed: lap.averageSpeed,
    climb: lap.elevationGain,
    heartRate: lap.averageHeartRate,
  }));
  return <Pieces id="laps" title="Laps" name="Lap" height="Climb" pieces={pieces} group={group} />;
}

interface PiecesProps {
  id: string;
  title: string;
  name: string;
  /** What the height in a row is. */
  height: string;
  pieces: readonly Piece[];
  group: SportGroup;
}

function Pieces({ id, title, name, height, pieces, group }: PiecesProps) {
  const { units } = usePreferences();
  const fastest = Math.max(...pieces.map(({ speed }) => speed ?? 0));
  const pulse = pieces.some(({ heartRate }) => heartRate !== null);
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">{name}</th>
            <th scope="col">Time</th>
            <th scope="col">{goesByPace(group) ? 'Pace' : 'Speed'}</th>
            <td class="gauge" />
            <th scope="col">{height}</th>
            {pulse && <th scope="col">Heart</th>}
          </tr>
        </thead>
        <tbody>
          {pieces.map((piece) => (
            <tr key={piece.key}>
              <th scope="row">{piece.name}</th>
              <td>{stopwatch(piece.movingTime)}</td>
              <td>{piece.speed ? inWords(tempo(piece.speed, group, units)) : '–'}</td>
              <td class="gauge">
                <svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
                  <rect class="fill-swim" width={fastest > 0 ? ((piece.speed ?? 0) / fastest) * 100 : 0} height="8" />
                </svg>
              </td>
              <td>{piece.climb === null ? '–' : inWords(climb(piece.climb, units))}</td>
              {pulse && <td>{piece.heartRate === null ? '–' : Math.round(piece.heartRate)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** The number of a split, and for one that is cut short how long it is. */
function splitName(split: SplitRowFragment, units: Units): string {
  const length = split.distance / units.long;
  return length > 0.95 ? String(split.number) : length.toLocaleString(undefined, { maximumFractionDigits: 2 });
}
