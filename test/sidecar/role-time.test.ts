import { expect, it } from 'vitest';
import type { NewEvent } from '../../src/event/schema.ts';
import { observeAdw } from '../../src/sidecar/pipeline.ts';
import { summaryOfEvents } from '../support/run-of-lines.ts';
import { makeBed } from './bed.ts';
import { assistant, dataOf, init } from './parse/feed.ts';

it("a role's directory is no younger than the first time in it, whenever this copy of it was made", async () => {
  const bed = makeBed('http://127.0.0.1:9');
  const [began, ended] = ['2026-09-01T12:00:00.000Z', '2026-09-01T12:00:18.000Z'];
  const lines = [
    init(),
    { ...assistant([{ type: 'text', text: 'a' }], { id: 'a' }), timestamp: began },
    { ...assistant([{ type: 'text', text: 'b' }], { id: 'b' }), timestamp: ended },
  ];
  bed.write(bed.stream('sdlc_implementor'), lines.map(line => `${JSON.stringify(line)}\n`).join(''));
  const told: NewEvent[] = [];
  await observeAdw({ ...bed.options(), onEvents: events => void told.push(...events) });
  expect(dataOf(told, 'workflow_phase_transition')).toMatchObject([{ timestamp: began, timing: 'estimated' }]);
  const summary = summaryOfEvents(told, 3_600_000);
  expect(summary).toMatchObject({ status: 'ended_without_result', last_event_at: ended, elapsed_ms: 18_000 });
  expect(summary.phases.find(({ name }) => name === 'build')).toMatchObject({ ended_at: ended, duration_ms: 18_000 });
});
