import type { SumsFragment } from '../../api/operations.ts';
import { climb, distance, duration } from '../format/quantity.ts';
import type { Quantity, Units } from '../format/quantity.ts';

/** What sums are looked at by. */
export type Measure = 'distance' | 'time' | 'climb';

/** The measures, with what a switch calls them. */
export const measures: ReadonlyArray<readonly [Measure, string]> = [
  ['distance', 'Distance'],
  ['time', 'Time'],
  ['climb', 'Climb'],
];

/** A sum's value by a measure: metres or seconds. */
export function measured(sums: SumsFragment, measure: Measure): number {
  switch (measure) {
    case 'distance':
      return sums.distance;
    case 'time':
      return sums.movingTime;
    case 'climb':
      return sums.elevationGain;
  }
}

/** A value by a measure, for reading. */
export function formatMeasured(value: number, measure: Measure, units: Units): Quantity {
  switch (measure) {
    case 'distance':
      return distance(value, units);
    case 'time':
      return duration(value);
    case 'climb':
      return climb(value, units);
  }
}

/** How much of a measure's value its axis counts as one: metres or seconds. */
export function axisUnit(measure: Measure, units: Units): { size: number; name: string } {
  switch (measure) {
    case 'distance':
      return { size: units.long, name: units.system === 'METRIC' ? 'km' : 'mi' };
    case 'time':
      return { size: 3600, name: 'h' };
    case 'climb':
      return { size: units.short, name: units.system === 'METRIC' ? 'm' : 'ft' };
  }
}
