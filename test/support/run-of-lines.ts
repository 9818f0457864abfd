import { calcPrice } from '@pydantic/genai-prices';
import { applyEvent, initialState, summarize } from '../../src/adw/fold.ts';
import type { AdwSummary } from '../../src/adw/summary-shape.ts';
import type { NewEvent } from '../../src/event/schema.ts';
import { createLineParser } from '../../src/sidecar/parse/line-parser.ts';
import { createPriceOf } from '../../src/sidecar/parse/price.ts';
import { GENERATION, linesOf } from '../sidecar/parse/feed.ts';

/** The lines of one generation of a role's file. */
export interface WrittenFile {
  readonly role: string;
  readonly attempt?: number;
  readonly lines: readonly object[];
}

const START_MS = Date.UTC(2026, 8, 1, 12);
const price = createPriceOf(calcPrice);

/** The events of a file, each line seen arriving one second after the one before. */
function eventsOfFile({ role, attempt = 1, lines }: WrittenFile): NewEvent[][] {
  const path = `${role}/raw_output.jsonl`;
  const generation = { ...GENERATION, role, path, attempt, fingerprint: `${role}${attempt}` };
  const parser = createLineParser({ generation, phase: undefined, redact: undefined, price });
  return linesOf(...lines).map(line => [
    ...parser.parse(line, { ms: START_MS + line.number * 1_000, timing: 'observed' }).events,
  ]);
}

/** What a run's summary says after events in this order, at the time of its last one, or `afterMs` later. */
export function summaryOfEvents(events: readonly NewEvent[], afterMs = 0): AdwSummary {
  const state = initialState('1a2b3c4d');
  for (const [index, { type, data }] of events.entries()) applyEvent(state, { type, seq: index + 1, data });
  return summarize(state, (state.newest.ms ?? START_MS) + afterMs, { stallTimeoutMs: 60_000, settleMs: 10_000 });
}

/** The summary of a run whose files are read one after the other. */
export function summaryOfFiles(files: readonly WrittenFile[], afterMs = 0): AdwSummary {
  return summaryOfEvents(
    files.flatMap(file => eventsOfFile(file).flat()),
    afterMs,
  );
}

/** The same where the files are read in turns, a line of each. */
export function summaryInTurns(files: readonly WrittenFile[], afterMs = 0): AdwSummary {
  const queues = files.map(eventsOfFile);
  const longest = Math.max(...queues.map(queue => queue.length));
  const turns = Array.from({ length: longest }, (_, at) => queues.flatMap(queue => queue[at] ?? []));
  return summaryOfEvents(turns.flat(), afterMs);
}
