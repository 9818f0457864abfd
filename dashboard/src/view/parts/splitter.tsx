import { useEffect, useRef, useState } from 'preact/hooks';

const STEP_PX = 24;

interface SplitterProps {
  /** What it makes wider or narrower, in words. */
  readonly label: string;
  /** The side of its pane on which it lies; the pane is its parent. */
  readonly side: 'left' | 'right';
  readonly min: number;
  /** The most that the pane may have, px, by the width of the window. */
  readonly maxShare: number;
  /** Takes the width that the reader chose, px; 0 for the usual one. */
  readonly onResize: (px: number) => void;
}

/** The edge of a pane: dragged, or moved with the arrow keys; a double click or Home gives the usual width back. */
export function Splitter({ label, side, min, maxShare, onResize }: SplitterProps) {
  const edge = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const max = Math.round(innerWidth * maxShare);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.round(entry?.target.clientWidth ?? 0)));
    observer.observe(edge.current!.parentElement!);
    return () => observer.disconnect();
  }, []);
  const resize = (px: number) => onResize(Math.round(Math.min(max, Math.max(min, px))));
  const outward = side === 'right' ? 1 : -1;
  return (
    <div
      ref={edge}
      class={`splitter ${side}`}
      role="separator"
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={width}
      aria-valuemin={min}
      aria-valuemax={max}
      tabIndex={0}
      onDblClick={() => onResize(0)}
      onKeyDown={event => {
        const by = { ArrowRight: outward, ArrowLeft: -outward }[event.key];
        if (by === undefined && event.key !== 'Home') return;
        event.preventDefault();
        event.stopPropagation();
        if (by === undefined) onResize(0);
        else resize(width + by * STEP_PX);
      }}
      onPointerDown={event => {
        const target = event.currentTarget;
        const from = { x: event.clientX, width };
        target.setPointerCapture(event.pointerId);
        const move = ({ clientX }: PointerEvent) => resize(from.width + outward * (clientX - from.x));
        target.addEventListener('pointermove', move);
        target.addEventListener('lostpointercapture', () => target.removeEventListener('pointermove', move), {
          once: true,
        });
      }}
    />
  );
}
