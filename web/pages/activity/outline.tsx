import { useLayoutEffect, useRef, useState } from 'preact/hooks';

import type { Group } from '../shell/sport.ts';

interface OutlineProps {
  /** An SVG path in a box of 640 by 480. */
  path: string;
  group: Group;
  /** How far along to put a mark, from 0 to 1; none without it. */
  position: number | undefined;
}

/** The route as a line: no map lies under it, for that would ask another host. */
export function Outline({ path, group, position }: OutlineProps) {
  const line = useRef<SVGPathElement>(null);
  const [ends, setEnds] = useState<{ start: DOMPoint; end: DOMPoint }>();
  useLayoutEffect(() => {
    const drawn = line.current!;
    setEnds({ start: drawn.getPointAtLength(0), end: drawn.getPointAtLength(drawn.getTotalLength()) });
  }, [path]);
  // The line was thinned evenly, so a share of its length is nearly the same share of the way.
  const mark = position !== undefined && line.current?.getPointAtLength(position * line.current.getTotalLength());
  return (
    <svg class={`route ${group}`} viewBox="-16 -16 672 512" role="img" aria-label="The outline of the route, north up">
      <path ref={line} d={path} />
      {ends && <circle class="start" cx={ends.start.x} cy={ends.start.y} r="7" />}
      {ends && <circle class="end" cx={ends.end.x} cy={ends.end.y} r="7" />}
      {mark && <circle class="mark" cx={mark.x} cy={mark.y} r="9" />}
    </svg>
  );
}
