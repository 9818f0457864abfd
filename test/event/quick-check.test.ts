import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { quickCheckOf } from '../../src/event/quick-check.ts';
import { eventDataSchemas, isPlainlyEvent } from '../../src/event/schema.ts';
import { EVENT_TYPES } from '../../src/event/types.ts';

describe('a quick check', () => {
  const field = fc.oneof(
    fc.constantFrom('', 'x', 'exact', 'new', 'running', 'x'.repeat(70), 0, 1, -1, 1.5, 2 ** 60, true, null, [], {}),
    fc.jsonValue(),
    fc.record({ path: fc.string(), offset: fc.integer(), fingerprint: fc.string() }, { requiredKeys: [] }),
    fc.array(fc.record({ content: fc.string(), state: fc.string() })),
  );

  it.each(EVENT_TYPES)('admits of %s only what the schema admits, as it is', type => {
    const schema = eventDataSchemas[type];
    const keys = [...Object.keys(schema.shape), 'more'];
    const data = fc.dictionary(fc.constantFrom(...keys), field, { maxKeys: keys.length });
    let admitted = 0;
    fc.assert(
      fc.property(data, value => {
        const whole = { ...valid(type), ...value };
        if (!isPlainlyEvent(type, whole)) return;
        admitted += 1;
        const parsed = schema.safeParse(whole);
        expect(parsed.success).toBe(true);
        expect(parsed.data).toEqual(whole);
      }),
      { numRuns: 300 },
    );
    expect(admitted).toBeGreaterThan(0);
  });

  it.each(EVENT_TYPES)('admits an event of %s that has everything it needs', type => {
    expect(eventDataSchemas[type].safeParse(valid(type)).success).toBe(true);
    expect(isPlainlyEvent(type, valid(type))).toBe(true);
  });

  it.each([null, undefined, [], 'text', 7, {}, { adw_id: '' }, { adw_id: 7 }])(
    'admits nothing that is no data: %o',
    data => {
      expect(isPlainlyEvent('chat_message', data)).toBe(false);
    },
  );

  it('never admits what it does not know of zod', () => {
    for (const schema of [z.string().regex(/./), z.string().trim(), z.date(), z.object({}), z.number().int().max(5)]) {
      expect(['a', 1, {}, new Date()].some(quickCheckOf(schema))).toBe(false);
    }
  });
});

/** Data with the fields that its type demands. */
function valid(type: (typeof EVENT_TYPES)[number]): Record<string, unknown> {
  const of = (schema: z.core.$ZodType): unknown => {
    const { def } = schema._zod as unknown as { def: z.core.$ZodTypeDef & Record<string, unknown> };
    if (def.type === 'optional' || def.type === 'nullable') return undefined;
    if (def.type === 'string') return 'x';
    if (def.type === 'number') return 1;
    if (def.type === 'boolean') return true;
    if (def.type === 'array') return [];
    if (def.type === 'enum') return Object.values(def.entries as object)[0];
    if (def.type === 'object') return fieldsOf(def.shape as Record<string, z.core.$ZodType>);
    throw new Error(`no value of ${def.type}`);
  };
  const fieldsOf = (shape: Record<string, z.core.$ZodType>) =>
    Object.fromEntries(
      Object.entries(shape)
        .map(([key, schema]) => [key, of(schema)] as const)
        .filter(([, value]) => value !== undefined),
    );
  return fieldsOf(eventDataSchemas[type].shape);
}
