import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import stripJsonComments from 'strip-json-comments';
import { AdwStreamError, messageOf, systemCode } from '../base/errors.ts';

/** The name that is looked for when `--config` does not give one. */
export const CONFIG_NAME = 'adw-stream.config.json';

/** A config file as read: keys not yet checked. */
export interface ConfigFile {
  readonly path: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/**
 * Reads the config file: `given`, which must exist, or the nearest {@link CONFIG_NAME} from `cwd` upwards, if any.
 * @throws AdwStreamError invalid_option when it cannot be read or is not a JSON object
 */
export async function readConfigFile(given: string | undefined, cwd: string): Promise<ConfigFile | undefined> {
  if (given !== undefined) return parse(resolve(cwd, given), await read(resolve(cwd, given)));
  for (let directory = resolve(cwd); ; directory = dirname(directory)) {
    const path = join(directory, CONFIG_NAME);
    const text = await read(path, true);
    if (text !== undefined) return parse(path, text);
    if (dirname(directory) === directory) return undefined;
  }
}

async function read(path: string): Promise<string>;
async function read(path: string, optional: true): Promise<string | undefined>;
async function read(path: string, optional = false): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = systemCode(error);
    if (optional && (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES')) return undefined;
    const why = code === 'ENOENT' ? 'there is no such file' : messageOf(error);
    throw new AdwStreamError('invalid_option', `Cannot read the config file ${path}: ${why}.`, { cause: error });
  }
}

function parse(path: string, text: string): ConfigFile {
  let value: unknown;
  try {
    // Some editors on Windows begin every file with a byte order mark. Comments become spaces, so that the places that
    // an error names stay right.
    value = JSON.parse(stripJsonComments(text.replace(/^\uFEFF/, ''), { trailingCommas: true }));
  } catch (error) {
    throw new AdwStreamError('invalid_option', `The config file ${path} is not JSON: ${messageOf(error)}.`, {
      cause: error,
    });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new AdwStreamError('invalid_option', `The config file ${path} must hold an object of options.`);
  }
  const { $schema: _, ...values } = value as Record<string, unknown>;
  return { path, values };
}
