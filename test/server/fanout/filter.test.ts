import { describe, expect, test } from 'vitest';
import { Filter } from '../../../src/server/fanout/filter.ts';

const event = (adwId: string, seq = 1) => ({ adwId, seq, type: 'text_block' as const });

describe('a filter', () => {
  test('has the same key as another that wants the same from the head on', () => {
    const one = new Filter({ adwId: '*', types: ['text_block', 'artifact'], except: ['a', 'b'] });
    const other = new Filter({
      adwId: '*',
      types: ['artifact', 'text_block'],
      except: ['b', 'a'],
      delivered: new Map([['c', 4]]),
    });
    expect(one.key).toBe(other.key);
    expect(one.key).not.toBe(new Filter({ adwId: '*', except: ['a', 'b'] }).key);
    expect(one.key).not.toBe(new Filter({ adwId: '*', types: ['text_block', 'artifact'] }).key);
  });

  test('for all leaves out ADWs with a subscription of their own, and what such a one has delivered', () => {
    const filter = new Filter({ adwId: '*', except: ['a'], delivered: new Map([['b', 5]]) });
    expect([event('a', 9), event('b', 5), event('b', 6), event('c')].map(one => filter.wants(one))).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });

  test('for one ADW wants nothing of another', () => {
    expect(new Filter({ adwId: 'a' }).wants(event('a'))).toBe(true);
    expect(new Filter({ adwId: 'a' }).wants(event('b'))).toBe(false);
    expect(new Filter({ adwId: 'a', types: ['artifact'] }).wants(event('a'))).toBe(false);
  });
});
