import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import {
  findNodeAtLocation,
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
import { AdwStreamError, messageOf, systemCode } from '../base/errors.ts';

/** The name that is looked for when `--config` does not give one. */
export const CONFIG_NAME = 'adw-stream.config.json';

/** Keys and indexes that lead from the top of the file to a value. */
export type ConfigPlace = readonly PropertyKey[];

/** A config file as read: keys not yet checked. */
export interface ConfigFile {
  readonly path: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** Where a value stands, as `<path>:<line>`: the nearest that there is around it. */
  where(place: ConfigPlace): string;
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

function parse(path: string, whole: string): ConfigFile {
  // Some editors on Windows begin every file with a byte order mark.
  const text = whole.replace(/^\uFEFF/, '');
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const [error] = errors;
  if (root === undefined || error !== undefined) {
    const why = error === undefined ? 'it is empty' : wordsOf(printParseErrorCode(error.error));
    const place = `${path}:${lineAt(text, error?.offset ?? 0)}`;
    throw new AdwStreamError('invalid_option', `The config file ${place} is not JSON: ${why}.`);
  }
  if (root.type !== 'object') {
    throw new AdwStreamError('invalid_option', `The config file ${path} must hold an object of options.`);
  }
  const { $schema: _, ...values } = getNodeValue(root) as Record<string, unknown>;
  return { path, values, where: place => `${path}:${lineAt(text, nearest(root, place).offset)}` };
}

/** What `CommaExpected` says. */
function wordsOf(code: string): string {
  return code.replaceAll(/(?<=[a-z])[A-Z]/g, letter => ` ${letter}`).toLowerCase();
}

/** Lines count from 1. */
function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

/** The value at a place, or of what holds it where it is missing. */
function nearest(root: Node, place: ConfigPlace): Node {
  for (let depth = place.length; depth > 0; depth--) {
    const path = place.slice(0, depth).map(key => (typeof key === 'number' ? key : String(key)));
    const node = findNodeAtLocation(root, path);
    if (node !== undefined) return node.parent?.type === 'property' ? node.parent : node;
  }
  return root;
}
