import { createHash } from 'node:crypto';

/** Where the server is; it may be down at any moment. */
export interface Target {
  readonly url: string;
}

/** Type of the one event at an ADW's end that every subscriber wants: one that has it has everything before it. */
export const LAST_TYPE = 'text_block';
export const LAST_CONTENT = 'last';

/** What a publisher sends: `units` of a followed file, or `events` that carry an id. Both are exactly once in the log. */
export type PublisherKind = 'units' | 'events';

const TYPES = ['text_block', 'tool_use_pre', 'tool_use_post', 'agent_log', 'usage_update'] as const;
/** Bytes that a made-up line takes in its made-up file. */
const LINE_BYTES = 100;

/** What one publisher publishes, and until when; `random` draws how much at once, and the pauses. */
export interface Publishing {
  readonly adwId: string;
  readonly kind: PublisherKind;
  readonly isOver: () => boolean;
  readonly random: () => number;
}

interface WireEvent {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * Publishes one ADW until `isOver`, then its last event. Sends each batch until it is acknowledged: what a killed server
 * had stored and not answered comes again, and the log must not hold it twice.
 * @returns the ids of everything that was acknowledged
 */
export async function publish(target: Target, { adwId, kind, isOver, random }: Publishing): Promise<Set<string>> {
  const ids = new Set<string>();
  const make = kind === 'units' ? unitOf : looseEvent;
  let line = 0;
  for (let over = false; !over; ) {
    over = isOver();
    const size = 1 + Math.floor(random() * 12);
    const batch = Array.from({ length: size }, () => make(adwId, line++)).flat();
    if (over) batch.push(lastEvent(adwId));
    await sendUntilTaken(target, batch, random);
    for (const { data } of batch) ids.add(String(data.event_id));
    await new Promise(resolve => setTimeout(resolve, 20 + random() * 180));
  }
  return ids;
}

async function sendUntilTaken({ url }: Target, batch: readonly WireEvent[], random: () => number): Promise<void> {
  const body = batch.map(event => JSON.stringify(event)).join('\n');
  for (;;) {
    try {
      const response = await fetch(`${url}/api/v1/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-ndjson' },
        body,
        signal: AbortSignal.timeout(10_000),
      });
      const answer = await response.text();
      if (response.status === 200) {
        const { rejected } = JSON.parse(answer) as { rejected: unknown[] };
        if (rejected.length > 0) throw new AnswerError(answer);
        return;
      }
      if (response.status < 500 && response.status !== 429) throw new AnswerError(answer);
    } catch (error) {
      if (error instanceof AnswerError) throw error;
    }
    await new Promise(resolve => setTimeout(resolve, 20 + random() * 100));
  }
}

/** The server answered, and not what it should have. */
class AnswerError extends Error {}

function looseEvent(adwId: string, line: number): WireEvent[] {
  return [event(adwId, TYPES[line % TYPES.length] as string, { event_id: `${adwId}-${line}` })];
}

/** A raw chunk of one line with a typed event of it: one unit. */
function unitOf(adwId: string, line: number): WireEvent[] {
  const source = {
    path: 'builder/raw_output.jsonl',
    fingerprint: `of-${adwId}`,
    line: line + 1,
    offset: line * LINE_BYTES,
    length: LINE_BYTES,
  };
  const content = `{"line":${line}}`.padEnd(LINE_BYTES - 1);
  const tail_sha256 = createHash('sha256').update(content).digest('hex');
  const chunk = { event_id: `${adwId}-chunk-${line}`, agent_role: 'builder', content, lines: 1, tail_sha256, source };
  const typed = { event_id: `${adwId}-${line}`, source };
  return [
    { type: 'agent_output_chunk', data: { adw_id: adwId, ...chunk } },
    event(adwId, TYPES[line % TYPES.length] as string, typed),
  ];
}

function lastEvent(adwId: string): WireEvent {
  return { type: LAST_TYPE, data: { adw_id: adwId, event_id: `${adwId}-last`, content: LAST_CONTENT } };
}

const FIELDS: Readonly<Record<(typeof TYPES)[number], Readonly<Record<string, unknown>>>> = {
  text_block: { content: 'y'.repeat(200) },
  tool_use_pre: { tool_name: 'Bash', input: { command: 'npm test' } },
  tool_use_post: { tool_name: 'Bash', success: true, status: 'success', output: 'ok' },
  agent_log: { message: 'hello', level: 'INFO' },
  usage_update: { usage: { output_tokens: 2 }, totals: { output_tokens: 2 }, estimated: true },
};

function event(adwId: string, type: string, data: Readonly<Record<string, unknown>>): WireEvent {
  return { type, data: { adw_id: adwId, ...FIELDS[type as (typeof TYPES)[number]], ...data } };
}
