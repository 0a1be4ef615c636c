import type { Quantity } from '../format/quantity.ts';

/** A quantity with its unit set smaller. */
export function Figure({ value, unit }: Quantity) {
  return (
    <span class="quantity">
      {value}
      {unit && <small>{unit.startsWith('/') ? unit : `\u00a0${unit}`}</small>}
    </span>
  );
}
