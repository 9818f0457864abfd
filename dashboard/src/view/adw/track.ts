import { useCallback, useEffect, useRef } from 'preact/hooks';
import { theme } from '../../state/theme.ts';

/** Colours of the page's theme, for canvases. */
export type Palette = Readonly<
  Record<
    'text' | 'muted' | 'line' | 'accent' | 'bad' | 'warn' | 'live' | 'good' | 'think' | 'sunken' | 'soft' | 'hit',
    string
  >
>;

const NAMES = [
  'text',
  'muted',
  'line',
  'accent',
  'bad',
  'warn',
  'live',
  'good',
  'think',
  'sunken',
  'soft',
  'hit',
] as const;

/** What a canvas draws with: sizes in CSS px. */
export interface Surface {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
  readonly colours: Palette;
}

/**
 * A canvas that fills its element, sharp on any screen, drawn anew when its size, the theme or one of `when` changes;
 * at most once a frame.
 */
export function useCanvas(draw: (surface: Surface) => void, when: readonly unknown[]) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const latest = useRef(draw);
  latest.current = draw;
  const frame = useRef(0);
  const schedule = () => {
    if (frame.current !== 0) return;
    frame.current = requestAnimationFrame(() => {
      frame.current = 0;
      const element = canvas.current;
      const context = element?.getContext('2d');
      if (!element || !context) return;
      const { clientWidth: width, clientHeight: height } = element;
      const ratio = devicePixelRatio || 1;
      if (element.width !== Math.round(width * ratio) || element.height !== Math.round(height * ratio)) {
        element.width = Math.round(width * ratio);
        element.height = Math.round(height * ratio);
      }
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.clearRect(0, 0, width, height);
      const style = getComputedStyle(element);
      const colours = Object.fromEntries(
        NAMES.map(name => [name, style.getPropertyValue(`--${name}`).trim()]),
      ) as Palette;
      latest.current({ context, width, height, colours });
    });
  };
  useEffect(schedule, [...when, theme.value]);
  // A canvas may come later than its component, and go before it.
  return useCallback((element: HTMLCanvasElement | null) => {
    canvas.current = element;
    if (element === null) return;
    const observer = new ResizeObserver(schedule);
    observer.observe(element);
    return () => {
      canvas.current = null;
      observer.disconnect();
      cancelAnimationFrame(frame.current);
      frame.current = 0;
    };
  }, []);
}
