import type { Sport, SportGroup } from '../../api/operations.ts';

/** The groups that have a colour of their own, and `other` for the rest. */
export const groups = ['ride', 'run', 'swim', 'walk', 'winter', 'other'] as const;

/** One of them: also the name of its colour among the design's tokens. */
export type Group = (typeof groups)[number];

/** What a group is called. */
export const groupNames: Record<Group, string> = {
  ride: 'Rides',
  run: 'Runs',
  swim: 'Swims',
  walk: 'Walks',
  winter: 'Snow',
  other: 'Other',
};

/** The coloured group of the schema's finer ones. */
export function groupOf(group: SportGroup): Group {
  const name = group.toLowerCase();
  return groups.find((known) => known === name) ?? 'other';
}

/** A sport in words: "Mountain bike ride"; in Strava's own for one that the schema does not know. */
export function sportName(sport: Sport, stravas: string): string {
  if (sport === 'OTHER') return stravas;
  if (sport.startsWith('E_')) return `E-${sport.slice(2).replaceAll('_', ' ').toLowerCase()}`;
  const words = sport.replaceAll('_', ' ').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
