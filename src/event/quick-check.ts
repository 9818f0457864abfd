import type { z } from 'zod';
import { isRecord } from '../base/is-record.ts';

/** Says that a value is as its schema wants it. False says nothing: then the schema itself has to be asked. */
export type QuickCheck = (value: unknown) => boolean;

const never: QuickCheck = () => false;

/**
 * Makes a check of a schema, once, for what is checked thousands of times a second: zod copies every value that it looks at.
 * What this does not know of zod it never admits, so a schema may say anything, and zod has the last word.
 */
export function quickCheckOf(schema: z.core.$ZodType): QuickCheck {
  const { def } = schema._zod;
  return MAKERS[def.type]?.(def as never) ?? never;
}

const MAKERS: Partial<Record<z.core.$ZodTypeDef['type'], (def: never) => QuickCheck>> = {
  unknown: () => () => true,
  string: (def: z.core.$ZodStringDef) => withChecks(def, value => typeof value === 'string'),
  number: (def: z.core.$ZodNumberDef) => withChecks(def, value => Number.isFinite(value)),
  boolean: () => value => typeof value === 'boolean',
  enum: ({ entries }: z.core.$ZodEnumDef) => {
    const values = new Set<unknown>(Object.values(entries));
    return value => values.has(value);
  },
  optional: ({ innerType }: z.core.$ZodOptionalDef) => {
    const inner = quickCheckOf(innerType);
    return value => value === undefined || inner(value);
  },
  nullable: ({ innerType }: z.core.$ZodNullableDef) => {
    const inner = quickCheckOf(innerType);
    return value => value === null || inner(value);
  },
  array: ({ element, checks = [] }: z.core.$ZodArrayDef) => {
    const inner = checks.length === 0 ? quickCheckOf(element) : never;
    return value => Array.isArray(value) && value.every(inner);
  },
  record: ({ valueType, checks = [] }: z.core.$ZodRecordDef) => {
    const inner = checks.length === 0 ? quickCheckOf(valueType) : never;
    return value => isRecord(value) && Object.values(value).every(inner);
  },
  object: ({ shape, catchall, checks = [] }: z.core.$ZodObjectDef) => {
    if (checks.length > 0 || catchall?._zod.def.type !== 'unknown') return never;
    const fields = Object.entries(shape).map(([key, field]) => ({ key, check: quickCheckOf(field) }));
    return value => {
      if (!isRecord(value)) return false;
      for (const { key, check } of fields) if (!check(value[key])) return false;
      return true;
    };
  },
};

/** Adds the checks of a string or number; all of them are known, or nothing is admitted. */
function withChecks(
  { checks = [] }: { readonly checks?: readonly z.core.$ZodCheck<never>[] },
  is: QuickCheck,
): QuickCheck {
  const tests = checks.map(({ _zod: { def } }) => CHECKS[def.check]?.(def as never) ?? never);
  return value => is(value) && tests.every(test => test(value as never));
}

const CHECKS: Readonly<Record<string, (def: never) => (value: never) => boolean>> = {
  min_length:
    ({ minimum }: z.core.$ZodCheckMinLengthDef) =>
    (value: string) =>
      value.length >= minimum,
  max_length:
    ({ maximum }: z.core.$ZodCheckMaxLengthDef) =>
    (value: string) =>
      value.length <= maximum,
  greater_than:
    ({ value: least, inclusive }: z.core.$ZodCheckGreaterThanDef) =>
    (value: number) =>
      inclusive ? value >= Number(least) : value > Number(least),
  number_format:
    ({ format }: z.core.$ZodCheckNumberFormatDef) =>
    (value: number) =>
      format === 'safeint' && Number.isSafeInteger(value),
};
