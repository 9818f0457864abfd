import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { parseEvent } from '../../src/event/parse-event.ts';
import { dataSchemaOf } from '../../src/event/schema.ts';
import { EVENT_TYPES } from '../../src/event/types.ts';

describe('the schema of an event type', () => {
  const field = fc.oneof(
    fc.constantFrom('', 'x', 'exact', 'new', 'running', 'x'.repeat(70), 0, 1, -1, 1.5, 2 ** 60, true, null, [], {}),
    fc.jsonValue(),
    fc.record({ path: fc.string(), offset: fc.integer(), fingerprint: fc.string() }, { requiredKeys: [] }),
    fc.array(fc.record({ content: fc.string(), state: fc.string() })),
  );

  it.each(EVENT_TYPES)('changes nothing of an event of %s that it admits: its text may be kept as it came', type => {
    const schema = dataSchemaOf(type);
    const keys = [...Object.keys(schema.shape), 'more'];
    const data = fc.dictionary(fc.constantFrom(...keys), field, { maxKeys: keys.length });
    let admitted = 0;
    fc.assert(
      fc.property(data, value => {
        const whole = { ...valid(type), ...value };
        const parsed = parseEvent({ type, data: whole });
        if (!parsed.ok) return;
        admitted += 1;
        expect(parsed.event.data).toEqual(whole);
      }),
      { numRuns: 300 },
    );
    expect(admitted).toBeGreaterThan(0);
  });

  it.each(EVENT_TYPES)('admits an event of %s that has everything it needs', type => {
    expect(parseEvent({ type, data: valid(type) }).ok).toBe(true);
  });

  it.each([null, undefined, [], 'text', 7, {}, { adw_id: '' }, { adw_id: 7 }])(
    'admits nothing that is no data: %o',
    data => {
      expect(parseEvent({ type: 'chat_message', data }).ok).toBe(false);
    },
  );
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
  return fieldsOf(dataSchemaOf(type).shape);
}
