import { dirname, resolve } from 'node:path';
import type { z } from 'zod';
import { AdwStreamError } from '../base/errors.ts';
import { type ConfigFile, readConfigFile } from './config-file.ts';
import { didYouMean } from './nearest.ts';
import {
  environmentNames,
  environmentValue,
  flagOf,
  OPTION_KEYS,
  OPTION_SPECS,
  type OptionKey,
  type Settings,
} from './options.ts';
import { expectationOf, schemaOf } from './schema.ts';

/** What was typed: only the options that were. */
export type GivenFlags = Readonly<Partial<Record<OptionKey, unknown>>>;

/** Where a setting's value comes from: `flag --port`, `ADW_STREAM_PORT`, the config file's path, or `default`. */
export type Origins = Readonly<Record<OptionKey, string>>;

/** The effective settings with where each came from. */
export interface Resolved {
  readonly settings: Settings;
  readonly origins: Origins;
  /** Where a value stands in the config file, as `<path>:<line>`; empty where there is none. */
  readonly placeInFile: ConfigFile['where'];
  /** Names of the environment that look like settings and are none: a mistake that stops nothing. */
  readonly unknown: readonly UnknownSetting[];
}

/** One of {@link Resolved.unknown}. */
export interface UnknownSetting {
  readonly name: string;
  /** A sentence that names the setting that may be meant; empty where none is near. */
  readonly hint: string;
}

/** What {@link resolveSettings} takes. */
export interface SettingsSources {
  readonly flags: GivenFlags;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

interface Found {
  readonly value: unknown;
  /** How a person wrote it: `--port`, `ADW_STREAM_PORT`, `port in /x/adw-stream.config.json`. */
  readonly name: string;
  readonly origin: string;
  /** What relative paths are relative to. */
  readonly base: string;
  /** Where in the config file a part of it stands. */
  readonly where?: ConfigFile['where'];
}

/**
 * The value of every option: flag before environment before config file before default.
 * @throws AdwStreamError invalid_option for unknown keys and bad values, with the nearest right one
 */
export async function resolveSettings({ flags, env, cwd }: SettingsSources): Promise<Resolved> {
  const file = await readConfigFile(typeof flags.config === 'string' ? flags.config : undefined, cwd);
  if (file !== undefined) refuseUnknownKeys(file);
  const settings: Partial<Record<OptionKey, unknown>> = {};
  const origins: Partial<Record<OptionKey, string>> = {};
  for (const key of OPTION_KEYS) {
    const found = fromFlags(key, flags, cwd) ?? fromEnvironment(key, env, cwd) ?? fromFile(key, file);
    settings[key] = checked(key, found ?? fromDefault(key, cwd));
    origins[key] = found?.origin ?? 'default';
  }
  const placeInFile = file?.where ?? (() => '');
  const resolved = { settings: settings as Settings, origins: origins as Origins, placeInFile };
  return { ...resolved, unknown: unknownEnvironment(env) };
}

function fromFlags(key: OptionKey, flags: GivenFlags, cwd: string): Found | undefined {
  const value = flags[key];
  const name = flagOf(key);
  return value === undefined ? undefined : { value, name, origin: `flag ${name}`, base: cwd };
}

function fromEnvironment(key: OptionKey, env: SettingsSources['env'], cwd: string): Found | undefined {
  for (const name of environmentNames(key)) {
    const value = environmentValue(name, env);
    if (value !== undefined) return { value, name, origin: name, base: cwd };
  }
  return undefined;
}

function fromFile(key: OptionKey, file: ConfigFile | undefined): Found | undefined {
  const value = file?.values[key];
  if (file === undefined || value === undefined) return undefined;
  return {
    value,
    name: `"${key}" in ${file.where([key])}`,
    origin: file.path,
    base: dirname(file.path),
    where: file.where,
  };
}

function fromDefault(key: OptionKey, cwd: string): Found | undefined {
  const spec = OPTION_SPECS[key];
  const value = spec.default ?? (spec.kind === 'list' ? [] : spec.kind === 'map' ? {} : undefined);
  return value === undefined ? undefined : { value, name: key, origin: 'default', base: cwd };
}

function checked(key: OptionKey, found: Found | undefined): unknown {
  if (found === undefined) return undefined;
  const spec = OPTION_SPECS[key];
  const parsed = schemaOf(spec).safeParse(found.value);
  if (parsed.success) {
    const isPath = spec.kind === 'path' && !(spec.isStdoutToo && parsed.data === '-');
    return isPath ? resolve(found.base, String(parsed.data)) : parsed.data;
  }
  if (spec.kind === 'alarms') throw new AdwStreamError('invalid_option', faultInside(key, found, parsed.error));
  const shown = JSON.stringify(found.value);
  const meant = spec.choices && typeof found.value === 'string' ? didYouMean(found.value, spec.choices) : '';
  throw new AdwStreamError('invalid_option', `${found.name} wants ${expectationOf(spec)}, not ${shown}.${meant}`);
}

/** What is wrong in a value of several parts, without the value: it may hold secrets. */
function faultInside(key: OptionKey, { where }: Found, { issues: [issue] }: z.ZodError): string {
  const path = [key, ...(issue?.path ?? [])];
  const name = path.map(part => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return `"${name.slice(1)}" in ${where?.(path)}: ${issue?.message}.`;
}

function refuseUnknownKeys({ values, where }: ConfigFile): void {
  const known = OPTION_KEYS.filter(key => !OPTION_SPECS[key].flagOnly);
  for (const key of Object.keys(values)) {
    if ((known as readonly string[]).includes(key)) continue;
    const meant = didYouMean(key, known);
    throw new AdwStreamError('invalid_option', `Unknown key ${JSON.stringify(key)} in ${where([key])}.${meant}`);
  }
}

function unknownEnvironment(env: SettingsSources['env']): UnknownSetting[] {
  const known = OPTION_KEYS.flatMap(environmentNames);
  return Object.keys(env)
    .filter(name => name.startsWith('ADW_STREAM_') && !known.includes(name))
    .map(name => ({ name, hint: didYouMean(name, known) }));
}
