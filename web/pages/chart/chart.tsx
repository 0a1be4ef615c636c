import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';

import 'uplot/dist/uPlot.min.css';
import './chart.css';

/** A uPlot chart without its size, which is the page's matter. Another object is another chart. */
export interface Plot {
  options: Omit<uPlot.Options, 'width' | 'height'>;
  data: uPlot.AlignedData;
}

interface ChartProps {
  /** What is drawn, for those who don't see it. */
  label: string;
  plot: Plot;
  height: number;
  /** The index that is looked at. */
  selected: number;
  /** What there is to say of it. */
  reading: string;
  onSelect: (index: number) => void;
}

/**
 * A chart whose points can be visited by pointer, by touch and by the arrow keys: to a screen reader it is a slider that
 * says what stands at each point.
 */
export function Chart({ label, plot, height, selected, reading, onSelect }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(null);
  const select = useRef(onSelect);
  select.current = onSelect;

  useEffect(() => {
    const { options, data } = plot;
    const around = place.current!;
    const drawn = new uPlot(
      {
        ...options,
        width: around.clientWidth,
        height,
        legend: { show: false },
        hooks: {
          setCursor: [({ cursor }) => typeof cursor.idx === 'number' && select.current(cursor.idx)],
        },
      },
      data,
      around,
    );
    chart.current = drawn;
    const follow = new ResizeObserver(() => drawn.setSize({ width: around.clientWidth, height }));
    follow.observe(around);
    return () => {
      follow.disconnect();
      drawn.destroy();
    };
  }, [plot, height]);

  const last = plot.data[0].length - 1;
  const visit = (event: KeyboardEvent) => {
    const index = target(event.key, selected, last);
    if (index === undefined) return;
    event.preventDefault();
    chart.current?.setCursor({ left: chart.current.valToPos(plot.data[0][index]!, 'x'), top: 0 });
    onSelect(index);
  };
  return (
    <div
      ref={place}
      class="chart"
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={last}
      aria-valuenow={selected}
      aria-valuetext={reading}
      onKeyDown={visit}
    />
  );
}

/** Where a key leads from an index; undefined for a key that leads nowhere. */
function target(key: string, from: number, last: number): number | undefined {
  const far = Math.max(1, Math.round(last / 10));
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return Math.max(0, from - 1);
    case 'ArrowRight':
    case 'ArrowUp':
      return Math.min(last, from + 1);
    case 'PageDown':
      return Math.max(0, from - far);
    case 'PageUp':
      return Math.min(last, from + far);
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return undefined;
  }
}
