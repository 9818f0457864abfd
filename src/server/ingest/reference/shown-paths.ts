import { PATH_ARGUMENTS } from '../../../adw/tool-data.ts';
import { isRecord } from '../../../base/is-record.ts';
import { shownPath } from '../../../event/path.ts';
import type { Draft, Fields } from './request.ts';

/** Fields that are paths, in the events of the reference's clients. */
const PATHS = ['file_path', 'screenshot_path', 'spec_path', 'related_file', 'plan_file', 'patch_file', 'worktree_path'];
/** Paths in what tools are given. */
const INPUT_PATHS = [...new Set([...PATHS, ...PATH_ARGUMENTS, 'cwd'])];
/** Objects inside of an event that hold such fields. */
const NESTED = ['metadata', 'state', 'state_snapshot', 'input', 'tool_input'];

/**
 * An event of a client with its paths as they may be shown: clients post what is on their disk, and every client that reads
 * would learn whose home directory it is. What an agent wrote into a text or a command stays as it is.
 */
export function withShownPaths({ type, data }: Draft): Draft {
  const nested = NESTED.flatMap(name => {
    const value = data[name];
    return isRecord(value) ? [[name, shown(value, INPUT_PATHS)] as const] : [];
  });
  return { type, data: { ...shown(data, PATHS), ...Object.fromEntries(nested) } };
}

function shown(fields: Fields, names: readonly string[]): Fields {
  const paths = names.flatMap(name => {
    const value = fields[name];
    return typeof value === 'string' ? [[name, shownPath(value)] as const] : [];
  });
  return paths.length === 0 ? fields : { ...fields, ...Object.fromEntries(paths) };
}
