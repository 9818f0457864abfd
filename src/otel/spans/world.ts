import type { FoldEvent } from '../../adw/fold.ts';
import type { Fields } from '../../adw/read.ts';
import type { AttributeValue } from '../span.ts';
import type { OpenSpan, SpanEnd } from './open-span.ts';

/** What the parts of a run's trace share. */
export interface SpanWorld {
  readonly adwId: string;
  /** Whether prompts, outputs and arguments are wanted. */
  readonly content: boolean;
  /** Ends a span, and hands it to the exporter. */
  readonly emit: (span: OpenSpan, end: SpanEnd) => void;
}

/** One event on its way into the spans. */
export interface SpanStep {
  readonly type: FoldEvent['type'];
  /** Its `event_id`. */
  readonly id: string;
  /** ms since the Unix epoch; null where nothing says when it was. */
  readonly ms: number | null;
  readonly data: Fields;
  /** What every span has that begins with it. */
  readonly common: Readonly<Record<string, AttributeValue | null>>;
}
