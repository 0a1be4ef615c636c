import type { GarageFragment, KitFragment } from '../../api/operations.ts';
import { distance } from '../format/quantity.ts';
import { Figure } from '../shell/figure.tsx';
import { usePreferences } from '../shell/preferences.ts';

import './gear.css';

/** Bicycles and shoes with what they have covered, the most used first. */
export function Gear({ garage }: { garage: GarageFragment }) {
  const shelves = [
    { title: 'Bicycles', group: 'ride', kits: garage.bikes },
    { title: 'Shoes', group: 'run', kits: garage.shoes },
  ];
  if (shelves.every(({ kits }) => !kits?.length)) return null;
  return (
    <section class="gear" aria-labelledby="gear">
      <h2 id="gear">Gear</h2>
      {shelves.map(({ title, group, kits }) =>
        kits?.length ? <Shelf key={title} title={title} group={group} kits={kits} /> : null,
      )}
    </section>
  );
}

function Shelf({ title, group, kits }: { title: string; group: string; kits: readonly KitFragment[] }) {
  const { units } = usePreferences();
  const sorted = kits.filter(({ isRetired }) => !isRetired).sort((a, b) => b.distance - a.distance);
  const most = Math.max(1, ...sorted.map((kit) => kit.distance));
  return (
    <>
      <h3>{title}</h3>
      <ul>
        {sorted.map((kit) => (
          <li key={kit.stravaId}>
            <span class="row">
              <span>
                {kit.name}
                {kit.isPrimary && <span class="faint"> · the usual one</span>}
              </span>
              <span class="number">
                <Figure {...distance(kit.distance, units)} />
              </span>
            </span>
            <svg class="bar thin" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
              <rect class="ground" width="100" height="4" />
              <rect class={`fill-${group}`} width={(kit.distance / most) * 100} height="4" />
            </svg>
          </li>
        ))}
      </ul>
    </>
  );
}
