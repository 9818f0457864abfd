import { sha256Hex } from '../../event/id.ts';
import { ADW } from '../names.ts';
import type { Attributes, AttributeValue, Span, SpanEvent } from '../span.ts';

/** Events kept of one span: the first ones. A retry loop of a night has thousands. */
const EVENTS_MAX = 128;

/** The id of a run's trace: the same from every server and every export. */
function traceIdOf(adwId: string): string {
  return sha256Hex(`trace\0${adwId}`).slice(0, 32);
}

/** The id of what `key` names within a run: the id of the event that began it, or the name of a phase. */
export function spanIdOf(adwId: string, kind: string, key: string): string {
  return sha256Hex(`span\0${adwId}\0${kind}\0${key}`).slice(0, 16);
}

/** What an {@link OpenSpan} is made of. */
export interface SpanStart {
  readonly adwId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly kind?: Span['kind'];
  readonly ms: number | null;
  readonly attributes: Readonly<Record<string, AttributeValue | null | undefined>>;
}

/** How a span ends. */
export interface SpanEnd {
  /** Absent: the last time that is known of it. */
  readonly ms?: number | null;
  readonly status?: Span['status'];
  /** Nothing says that it ended. */
  readonly isIncomplete?: boolean;
}

/** A span that goes on. Its times grow with what is known of it. */
export class OpenSpan {
  readonly spanId: string;
  readonly attributes: Attributes = {};
  readonly #start: SpanStart;
  readonly #events: SpanEvent[] = [];
  #name: string;
  #firstMs: number | null;
  #lastMs: number | null;

  constructor(start: SpanStart) {
    this.#start = start;
    this.#name = start.name;
    this.spanId = start.spanId;
    this.#firstMs = start.ms;
    this.#lastMs = start.ms;
    this.set(start.attributes);
  }

  get lastMs(): number | null {
    return this.#lastMs;
  }

  /** Takes another name. */
  rename(name: string): void {
    this.#name = name;
  }

  /** Sets what has a value. */
  set(attributes: SpanStart['attributes']): void {
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== null && value !== undefined) this.attributes[name] = value;
    }
  }

  /** Something of it happened then. */
  touch(ms: number | null): void {
    if (ms === null) return;
    this.#firstMs = Math.min(this.#firstMs ?? ms, ms);
    this.#lastMs = Math.max(this.#lastMs ?? ms, ms);
  }

  addEvent(event: SpanEvent): void {
    this.touch(event.ms);
    if (this.#events.length < EVENTS_MAX) this.#events.push(event);
  }

  /** @param orMs what it is dated by where no time of it is known */
  end({ ms = this.#lastMs, status = 'unset', isIncomplete = false }: SpanEnd, orMs: number): Span {
    this.touch(ms);
    const startMs = this.#firstMs ?? orMs;
    const endMs = Math.max(startMs, ms ?? startMs);
    if (isIncomplete) this.attributes[ADW.incomplete] = true;
    const { adwId, parentSpanId, kind = 'internal' } = this.#start;
    return {
      traceId: traceIdOf(adwId),
      spanId: this.spanId,
      parentSpanId,
      name: this.#name,
      kind,
      startMs,
      endMs,
      attributes: this.attributes,
      events: this.#events,
      status: isIncomplete && status === 'ok' ? 'unset' : status,
    };
  }
}
