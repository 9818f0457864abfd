import { calcPrice } from '@pydantic/genai-prices';
import { describe, expect, test } from 'vitest';
import { createPriceOf, listPrices } from '../../../src/sidecar/parse/price.ts';

const price = createPriceOf(calcPrice);
const NONE = { ms: undefined, input: 0, output: 0, cacheRead: 0, cacheWrite: 0, cacheWriteHour: 0 };
const million = (model: string) => price({ ...NONE, model, output: 1e6 });

describe('a million tokens of output cost', () => {
  test.each([
    ['claude-opus-4-1-20250805', 75],
    ['claude-opus-4-7', 25],
    ['claude-opus-5[1m]', 25],
    ['claude-opus-5-5', 20],
    ['claude-sonnet-5-5', 10],
    ['claude-fable-5-1', 50],
    ['claude-haiku-4-5-20251001', 5],
    ['us.anthropic.claude-sonnet-4-5-20250929-v1:0', 15],
    ['arn:aws:bedrock:eu-west-1:1:inference-profile/eu.anthropic.claude-opus-4-6-v1', 25],
    ['claude-sonnet-4-5@20250929', 15],
    ['anthropic/claude-opus-5', 25],
  ])('of %s: $%d', (model, dollars) => {
    expect(million(model)).toBeCloseTo(dollars, 9);
  });

  test('nobody knows what of a model without a price', () => {
    expect(million('house-model-1')).toBeUndefined();
    expect(million('sonnet')).toBeUndefined();
  });
});

test('nothing costs nothing, whatever its model', () => {
  expect(price({ ...NONE, model: '<synthetic>' })).toBe(0);
});

test('each kind of input has its price, and what is kept for an hour costs twice the input', () => {
  const opus = (request: Partial<typeof NONE>) => price({ ...NONE, model: 'claude-opus-4-6', ...request });
  expect(opus({ input: 1e6 })).toBeCloseTo(5);
  expect(opus({ cacheRead: 1e6 })).toBeCloseTo(0.5);
  expect(opus({ cacheWrite: 1e6 })).toBeCloseTo(6.25);
  expect(opus({ cacheWrite: 1e6, cacheWriteHour: 1e6 })).toBeCloseTo(10);
  expect(opus({ cacheWrite: 1e6, cacheWriteHour: 400_000 })).toBeCloseTo(0.6 * 6.25 + 0.4 * 10);
});

test('a request costs what was asked on its day, and more beyond a size where that was so', () => {
  const then = Date.UTC(2026, 1, 20);
  const opus = (input: number) => price({ ...NONE, ms: then, model: 'claude-opus-4-6', input });
  expect(opus(100_000)).toBeCloseTo(0.5);
  expect(opus(300_000)).toBeCloseTo(3);
});

test('what a request costs is what the package says', async () => {
  const loaded = listPrices();
  const request = { input: 1_200, output: 3_400, cacheRead: 56_000, cacheWrite: 7_800, cacheWriteHour: 0 };
  const said = calcPrice(
    { input_tokens: 65_000, output_tokens: 3_400, cache_read_tokens: 56_000, cache_write_tokens: 7_800 },
    'claude-sonnet-4-5',
    { providerId: 'anthropic', timestamp: new Date('2026-11-01') },
  );
  const ms = Date.UTC(2026, 10, 1);
  expect(loaded({ ...request, ms, model: 'claude-sonnet-4-5' })).toBeCloseTo(said?.total_price ?? 0, 9);
});
