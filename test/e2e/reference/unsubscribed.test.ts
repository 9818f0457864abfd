import { describe, expect, it } from 'vitest';
import { REFERENCE_TYPES } from '../../../src/event/types.ts';
import { EXAMPLE_ID, exampleProject, runHere } from '../processes.ts';
import { startOwnDropIn } from './drop-in.ts';
import { KNOWN_TYPES } from './messages.ts';

describe('a browser that never subscribed', () => {
  it('is sent only types that it knows while a whole ADW is replayed; a client that subscribed gets ours as well', async () => {
    const dropIn = await startOwnDropIn({ heartbeatMs: 2_000 }, { now: Date.now });
    const [browser, subscriber] = [await dropIn.board(), await dropIn.board()];
    await subscriber.subscribe({ adw_id: '*' });
    const { agents } = await exampleProject();
    const heard = await dropIn.heard(browser, async () => {
      const replay = await runHere(['replay', EXAMPLE_ID, '--agents-dir', agents, '--server', dropIn.server.url]);
      expect(replay.code).toBe(0);
    });
    await Promise.all([browser.first('heartbeat'), subscriber.first('adw_status')]);
    const known: readonly string[] = KNOWN_TYPES;
    expect(browser.messages.filter(({ type }) => !known.includes(type))).toEqual([]);
    expect(heard.length).toBeGreaterThan(100);
    for (const { data } of heard) expect(data?.adw_id).toMatch(/^[0-9a-z]{8}$/);
    const ours = new Set(subscriber.events.map(({ type }) => type).filter(type => !known.includes(type)));
    for (const type of [
      'session_started',
      'session_ended',
      'attempt_started',
      'usage_update',
      'artifact',
      'adw_status',
    ]) {
      expect(ours).toContain(type);
    }
  });

  it('knows every event type that goes to it', () => {
    for (const type of REFERENCE_TYPES) expect(KNOWN_TYPES).toContain(type);
  });
});
