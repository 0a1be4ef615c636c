import { Heatmap } from './heatmap.ts';
import { Latest } from './latest.ts';
import { Year } from './year.ts';

// A page that has the script twice keeps what came first.
for (const [name, element] of [
  ['domestique-latest', Latest],
  ['domestique-year', Year],
  ['domestique-heatmap', Heatmap],
] as const) {
  if (!customElements.get(name)) customElements.define(name, element);
}
