import { describe, expect, test } from 'vitest';
import { Filter } from '../../../src/server/fanout/filter.ts';

const event = (adwId: string) => ({ adwId, type: 'text_block' as const });

describe('a filter', () => {
  test('has the same key as another that wants the same', () => {
    const one = new Filter({ adwId: '*', types: ['text_block', 'artifact'] });
    expect(one.key).toBe(new Filter({ adwId: '*', types: ['artifact', 'text_block'] }).key);
    expect(one.key).not.toBe(new Filter({ adwId: '*' }).key);
    expect(one.key).not.toBe(new Filter({ adwId: 'a', types: ['text_block', 'artifact'] }).key);
  });

  test('for one ADW wants nothing of another', () => {
    expect(new Filter({ adwId: 'a' }).wants(event('a'))).toBe(true);
    expect(new Filter({ adwId: 'a' }).wants(event('b'))).toBe(false);
    expect(new Filter({ adwId: 'a', types: ['artifact'] }).wants(event('a'))).toBe(false);
  });
});
