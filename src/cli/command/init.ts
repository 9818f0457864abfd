import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AdwStreamError, ExitCode, messageOf, systemCode } from '../../base/errors.ts';
import { CONFIG_NAME } from '../config-file.ts';
import type { Context } from '../context.ts';
import { OPTION_KEYS, OPTION_SPECS, type OptionKey } from '../options.ts';
import { expectationOf } from '../schema.ts';

/** `adw-stream init`: writes a config file that says what could stand in it. Never overwrites one. */
export async function run({ io, terminal }: Context): Promise<number> {
  const path = join(io.cwd, CONFIG_NAME);
  try {
    await writeFile(path, configTemplate(), { flag: 'wx' });
  } catch (error) {
    const why = systemCode(error) === 'EEXIST' ? 'it is there already' : messageOf(error);
    throw new AdwStreamError('invalid_option', `Cannot write ${path}: ${why}.`, { cause: error });
  }
  terminal.print(`wrote ${path}`);
  terminal.note('Every option in it is commented out; take the // away from those you want.');
  return ExitCode.done;
}

/** A config file with every key commented out, each with what it is and its default. */
export function configTemplate(): string {
  const entries = OPTION_KEYS.filter(key => !OPTION_SPECS[key].flagOnly).flatMap(key => {
    const { describe, kind } = OPTION_SPECS[key];
    const wants = kind === 'switch' ? '' : ` (${expectationOf(OPTION_SPECS[key])})`;
    return [`  // ${describe}${wants}`, `  // "${key}": ${exampleOf(key)},`, ''];
  });
  return [
    '// adw-stream: see docs/configuration.md, and "adw-stream config" for what holds.',
    '{',
    ...entries.slice(0, -1),
    '}',
    '',
  ].join('\n');
}

function exampleOf(key: OptionKey): string {
  const { kind, default: fallback } = OPTION_SPECS[key];
  if (key === 'phaseMap') return '{ "security_auditor": "review" }';
  if (key === 'alarms') return '{ "rules": [{ "when": "failed" }] }';
  if (key === 'redactPatterns') return '{ "ticket-password": "PW-[0-9]{6}" }';
  if (kind === 'list') return '[]';
  if (kind === 'switch' || kind === 'integer' || kind === 'number') return String(fallback ?? 3);
  return JSON.stringify(fallback ?? EXAMPLES[key] ?? '…');
}

/** Values that show the form where there is no default to show. */
const EXAMPLES: Partial<Record<OptionKey, string>> = {
  token: 'a long random text',
  readToken: 'another one',
  agentsDir: 'agents',
  stateDir: '/var/lib/adw-stream',
  otlp: 'http://127.0.0.1:4318',
  publicUrl: 'https://adws.example.com',
  tlsCert: 'cert.pem',
  tlsKey: 'key.pem',
  retainBytes: '10GiB',
  maxGap: '2s',
  output: 'plain',
};
