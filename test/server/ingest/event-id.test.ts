import { describe, expect, it } from 'vitest';
import { openEventIds } from '../../../src/server/ingest/event-id.ts';

describe('ids for events that come without one', () => {
  const UUID_7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

  it('are UUIDs of version 7 with the time in front', () => {
    const id = openEventIds()(Date.UTC(2026, 0, 1, 12));
    expect(id).toMatch(UUID_7);
    expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(Date.UTC(2026, 0, 1, 12));
  });

  it('grow, whatever the clock does, and are never given twice', () => {
    const next = openEventIds();
    const times = [0, 5, 5, 3, ...Array.from({ length: 10_000 }, () => 7), 6, 1_000, 8];
    const ids = times.map(next);
    expect(ids.every(id => UUID_7.test(id))).toBe(true);
    expect(ids).toEqual([...new Set(ids)].sort());
  });

  it('cannot be guessed from one another', () => {
    const next = openEventIds();
    const tails = Array.from({ length: 2_000 }, () => next(1).slice(19));
    expect(new Set(tails).size).toBe(2_000);
    expect(tails).not.toEqual([...tails].sort());
  });
});
