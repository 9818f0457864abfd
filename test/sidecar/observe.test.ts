import { existsSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { NewEvent } from '../../src/event/schema.ts';
import type { ObserveOptions } from '../../src/sidecar/options.ts';
import { observeAdw } from '../../src/sidecar/pipeline.ts';
import { until } from '../support/until.ts';
import { makeBed, note } from './bed.ts';

const NOWHERE = 'http://127.0.0.1:9';

/** Observes a bed's ADW, and what it was told. */
function observe(bed: ReturnType<typeof makeBed>, overrides: Partial<ObserveOptions> = {}) {
  const told: NewEvent[] = [];
  let caughtUp = 0;
  const { adwId, agentsDir, stateDir, phaseMap, redact, redactPatterns, follow, pollMs, fsEvents, signal, log } =
    bed.options();
  const ended = observeAdw({
    ...{ adwId, agentsDir, stateDir, phaseMap, redact, redactPatterns, follow, pollMs, fsEvents, signal, log },
    onEvents: events => void told.push(...events),
    onCaughtUp: () => caughtUp++,
    ...overrides,
  });
  const texts = () => told.filter(({ type }) => type === 'text_block').map(({ data }) => data.content);
  return { ended, texts, caughtUp: () => caughtUp };
}

describe('observing an ADW', () => {
  test('tells everything on disk without a server, says so once, and returns', async () => {
    const bed = makeBed(NOWHERE);
    bed.write(bed.stream('sdlc_planner'), `${note('one')}\n${note('two')}\n`);
    const { ended, texts, caughtUp } = observe(bed);
    await ended;
    expect(texts()).toEqual(['one', 'two']);
    expect(caughtUp()).toBe(1);
  });

  test('writes nothing anywhere: two may observe, and a watcher may hold the lock', async () => {
    const bed = makeBed(NOWHERE);
    bed.write(bed.stream('sdlc_planner'), `${note('one')}\n`);
    const both = [observe(bed), observe(bed)];
    await Promise.all(both.map(({ ended }) => ended));
    expect(both.map(({ texts }) => texts())).toEqual([['one'], ['one']]);
    expect(existsSync(bed.stateDir)).toBe(false);
  });

  test('goes on with what is written later, until it is asked to stop', async () => {
    const bed = makeBed(NOWHERE);
    const file = bed.write(bed.stream('sdlc_planner'), `${note('one')}\n`);
    const stopped = new AbortController();
    const { ended, texts, caughtUp } = observe(bed, { follow: true, signal: stopped.signal });
    await until('the past is told', async () => caughtUp() === 1);
    await appendFile(file, `${note('two')}\n`);
    await until('the new line is told', async () => texts().length === 2);
    stopped.abort();
    await ended;
    expect(texts()).toEqual(['one', 'two']);
  });

  test('keeps secrets to itself as a delivery would', async () => {
    const bed = makeBed(NOWHERE);
    bed.write(bed.stream('sdlc_planner'), `${note(`token ghp_${'a1B2'.repeat(9)}`)}\n`);
    const { ended, texts } = observe(bed);
    await ended;
    expect(texts().join()).not.toContain('ghp_');
    expect(texts()).toHaveLength(1);
  });

  test('lets go of the signal it was given, so that hundreds may be observed one after the other', async () => {
    const bed = makeBed(NOWHERE);
    bed.write(bed.stream('sdlc_planner'), `${note('one')}\n`);
    const warnings: string[] = [];
    const warned = ({ name }: Error) => void warnings.push(name);
    process.on('warning', warned);
    const { signal } = new AbortController();
    for (let n = 0; n < 15; n++) await observe(bed, { signal }).ended;
    await new Promise(setImmediate);
    process.off('warning', warned);
    expect(warnings).toEqual([]);
  });
});
