import { expect, test } from 'vitest';
import { copyLine } from '../../../src/cli/command/store.ts';

test('the progress of a copy has its rate and the time left as soon as they mean something', () => {
  const progress = { events: 30_000, added: 29_000, artifacts: 12, share: 0.25 };
  expect(copyLine(progress, 10_000)).toBe('25 %, 30,000 events, 12 artifacts, 3,000 events/s, 30s left');
  expect(copyLine(progress, 100)).toBe('25 %, 30,000 events, 12 artifacts');
  expect(copyLine({ ...progress, share: 1 }, 10_000)).toBe('100 %, 30,000 events, 12 artifacts');
});
