import { describe, expect, it } from 'vitest';
import { EVENT_TYPES, eventRowOf, isConclusion } from '../../src/event/types.ts';

describe('a type that this build does not know', () => {
  it('is shown under its name', () => {
    expect(eventRowOf('of_a_newer_server')).toMatchObject({ word: 'of a newer server', group: 'hook' });
    expect(eventRowOf('constructor')).toMatchObject({ word: 'constructor' });
  });
});

it('the server’s own conclusions are no part of what a run did', () => {
  expect(EVENT_TYPES.filter(isConclusion)).toEqual(['adw_status', 'alarm']);
});
