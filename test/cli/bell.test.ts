import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { applyEvent, initialState, summarize } from '../../src/adw/fold.ts';
import { openBell } from '../../src/cli/bell.ts';
import type { Context } from '../../src/cli/context.ts';
import { alarmsSchema } from '../../src/server/alarms/config.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { until } from '../support/until.ts';

const LIMITS = { stallTimeoutMs: 60_000, settleMs: 60_000 };

/** A watch with these rules, whose run has failed `agoMs` ago. */
function watching(rules: object[], { agoMs = 61_000, isTTY = true } = {}) {
  const { log, recorded } = recordingLogger();
  let out = '';
  const stderr = Object.assign(new PassThrough(), { isTTY }).on('data', text => {
    out += text;
  });
  const settings = {
    alarms: alarmsSchema.parse({ rules }),
    stallTimeout: LIMITS.stallTimeoutMs,
    settle: LIMITS.settleMs,
  };
  const state = initialState('1a2b3c4d');
  const about = { agent_role: 'builder', timestamp: new Date(Date.now() - agoMs).toISOString(), timing: 'exact' };
  applyEvent(state, { type: 'session_started', seq: 1, data: { ...about, event_id: 'e1' } });
  applyEvent(state, {
    type: 'session_ended',
    seq: 2,
    data: { ...about, event_id: 'e2', subtype: 'error', is_error: true },
  });
  const bell = openBell({ io: { stderr }, settings, terminal: { log } } as unknown as Context, state);
  const check = () => bell?.(summarize(state, Date.now(), LIMITS));
  return { bell, check, recorded, out: () => out };
}

test('a watch rings once for what has held for a moment, by the rules that ring', async () => {
  const { check, recorded, out } = watching([{ when: 'failed' }, { when: 'completed' }]);
  check();
  expect(recorded).toEqual([]);
  await until('it has rung', () => {
    check();
    return recorded.length > 0;
  });
  check();
  expect(recorded.map(({ line }) => line)).toEqual([expect.stringContaining('Alarm failed: 1a2b3c4d has failed')]);
  expect(out()).toBe('\u0007');
});

test('nothing rings where nobody hears it, or no rule wants it', () => {
  expect(watching([{ when: 'failed' }], { isTTY: false }).bell).toBeUndefined();
  expect(watching([{ when: 'failed', actions: ['browser'] }]).bell).toBeUndefined();
  expect(watching([]).bell).toBeUndefined();
});
