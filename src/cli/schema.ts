import { z } from 'zod';
import { alarmsSchema } from '../server/alarms/config.ts';
import type { OptionSpec } from './option-spec.ts';
import { OPTION_KEYS, OPTION_SPECS, type OptionKey } from './options.ts';

const MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const BYTES = { b: 1, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12, kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30, tib: 2 ** 40 };
const MEASURE = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i;
const TRUE = ['true', '1', 'yes', 'on'];
const FALSE = ['false', '0', 'no', 'off'];

/** The schema of one option's value, as it comes from a flag, the environment or the config file. */
export function schemaOf(spec: OptionSpec): z.ZodType {
  return kindSchema(spec).describe(spec.describe);
}

/** The schema of a whole config file: every key optional, none unknown. */
export const configSchema = z.strictObject(
  Object.fromEntries(
    OPTION_KEYS.filter(key => !OPTION_SPECS[key].flagOnly).map(key => [key, schemaOf(OPTION_SPECS[key]).optional()]),
  ) as Partial<Record<OptionKey, z.ZodType>>,
);

/** What an option wants, in words: "a whole number from 0 to 65535". */
export function expectationOf(spec: OptionSpec): string {
  switch (spec.kind) {
    case 'switch':
      return 'true or false';
    case 'choice':
      return `one of ${(spec.choices ?? []).join(', ')}`;
    case 'url':
      return 'an http:// or https:// URL';
    case 'integer':
      return `a whole number ${range(spec)}`.trimEnd();
    case 'number':
      return `a number ${range(spec)}`.trimEnd();
    case 'duration':
      return `a time ${durationRange(spec)}such as 500ms, 30s or 5m (a bare number is ${spec.unit === 'ms' ? 'milliseconds' : 'seconds'})`;
    case 'bytes':
      return 'a size such as 500MB or 10GiB';
    case 'regex':
      return 'a regular expression';
    case 'list':
      return 'a text, or several';
    case 'map':
      return 'an object of texts';
    case 'alarms':
      return 'rules and actions, as docs/alarms.md has them';
    case 'path':
      return 'a path';
    case 'text':
      return 'a text';
  }
}

function range({ min, max }: OptionSpec): string {
  if (min !== undefined && max !== undefined) return `from ${min} to ${max}`;
  return min === undefined ? '' : `of at least ${min}`;
}

function durationRange({ min, max }: OptionSpec): string {
  return min === undefined || max === undefined ? '' : `from ${inLargestUnit(min)} to ${inLargestUnit(max)}, `;
}

function inLargestUnit(ms: number): string {
  const [unit, factor] = Object.entries(MS).findLast(([, size]) => ms % size === 0) ?? ['ms', 1];
  return `${ms / factor}${unit}`;
}

function kindSchema(spec: OptionSpec): z.ZodType {
  switch (spec.kind) {
    case 'switch':
      return z.union([z.boolean(), z.enum([...TRUE, ...FALSE]).transform(text => TRUE.includes(text))]);
    case 'choice':
      return z.enum([...(spec.choices ?? [])]);
    case 'url':
      return z.url({ protocol: /^https?$/ }).transform(url => url.replace(/\/+$/, ''));
    case 'integer':
      return numeric(spec).pipe(z.int());
    case 'number':
      return numeric(spec);
    case 'duration':
      return measure(MS, spec.unit ?? 's').pipe(bounded(spec));
    case 'bytes':
      return measure(BYTES, 'b').pipe(bounded(spec));
    case 'list':
      return z.union([z.array(z.string().min(1)), z.string()]).transform(value => [value].flat().flatMap(divided));
    case 'regex':
      return z.string().min(1).transform(compiled);
    case 'map':
      return z.record(z.string().min(1), z.string());
    case 'alarms':
      return alarmsSchema;
    case 'path':
    case 'text':
      return z.string().min(1);
  }
}

function bounded({ min, max }: OptionSpec) {
  return z
    .number()
    .min(min ?? Number.NEGATIVE_INFINITY)
    .max(max ?? Number.POSITIVE_INFINITY);
}

function numeric(spec: OptionSpec) {
  const text = z
    .string()
    .regex(/^-?\d+(\.\d+)?$/)
    .transform(Number);
  return z.union([z.number(), text]).pipe(bounded(spec));
}

/** A number with one of `units`; a bare one is in `bare`. */
function measure(units: Readonly<Record<string, number>>, bare: string) {
  const text = z.string().transform((value, context) => {
    const [, amount, unit = ''] = MEASURE.exec(value) ?? [];
    const factor = units[(unit || bare).toLowerCase()];
    if (amount !== undefined && factor !== undefined) return Number(amount) * factor;
    context.addIssue({ code: 'custom', message: 'not a number with a unit' });
    return z.NEVER;
  });
  return z.union([
    z
      .number()
      .nonnegative()
      .transform(value => value * (units[bare] ?? 1)),
    text,
  ]);
}

/** Texts between commas. */
function divided(text: string): string[] {
  return text
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '');
}

function compiled(source: string, context: z.core.$RefinementCtx): RegExp {
  try {
    return new RegExp(source);
  } catch (error) {
    context.addIssue({ code: 'custom', message: String(error) });
    return z.NEVER;
  }
}
