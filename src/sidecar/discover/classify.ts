import type { FileKind } from '../flow.ts';

const STREAM = /^[^.].*\.jsonl(?:[.~_-][^/]*)?$/;
/** What Claude Code keeps of each sub-agent, where its session's directory lies in a role's, or in the ADW's: `<session>/subagents/agent-<id>.jsonl`. */
const TRANSCRIPT = /^(?:[^/]+\/){0,2}subagents\/(?:[^/]+\/){0,2}agent-[^/]+\.jsonl$/;
/** A directory of Claude Code's own, which is named after its session. */
const OF_SESSION = /^(?:[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}|subagents)$/i;
/** A file under one of these names is still being made; the name it gets in the end is the one that counts. */
const UNFINISHED = /\.(?:tmp|temp|part|partial|swp|swx|lock)$|~$/;
/** What packers and people leave beside a file: no more lines are written to it, and its lines are the other's. */
const COPY = /\.(?:gz|bz2|xz|zst|zip|lz4|7z|bak|backup|old|orig|copy|save)(?:\.?\d+)?$/i;
/** Files by which workflows and their agents leave how something ended. */
const OUTCOME =
  /^(?:workflow_summary|custom_summary_output|cc_final_object)\.json$|^error_response_.*\.json$|^cc_final_result\.txt$/;
/** The lines of a stream as one array, and streams that were packed or put aside. */
const REPEATS = /^(?:cc_)?raw_output\.json$|\.jsonl(?:\.|$)/;
const IMAGE = /\.(?:png|jpe?g|gif|webp)$/i;

/** What a file is, and which role directory it lies in. */
export interface Classified {
  readonly kind: FileKind;
  readonly role: string | undefined;
}

/**
 * What a file below the ADW's root is to us, by its path alone; undefined for files that are nothing to us
 * (`raw_output.json` repeats the lines of `raw_output.jsonl`).
 * @param path relative to the ADW's root, forward slashes
 */
export function classify(path: string, adwId: string): Classified | undefined {
  const parts = path.split('/');
  const name = parts.at(-1) ?? '';
  const kind = kindOf(parts, name, adwId);
  return kind && { kind, role: roleIn(path) };
}

/** The role of what lies at a path below the ADW's root: its first directory, unless that is a session's of an agent program. */
export function roleIn(path: string): string | undefined {
  const [role = ''] = path.split('/', 1);
  return path.includes('/') && role !== '' && !OF_SESSION.test(role) ? role : undefined;
}

function kindOf(parts: readonly string[], name: string, adwId: string): FileKind | undefined {
  if (UNFINISHED.test(name)) return undefined;
  if (COPY.test(name)) return isOther(parts, name) ? 'other' : undefined;
  if (parts.length === 1 && (name === 'adw_state.json' || name === 'state.json')) return 'state';
  if (name === `${adwId}_plan_spec.md`) return 'spec';
  if ((parts.length <= 2 && STREAM.test(name)) || TRANSCRIPT.test(parts.join('/'))) return 'stream';
  if (parts.length === 2 && name === 'execution.log') return 'log';
  if (parts.length === 3 && parts[1] === 'prompts' && name.endsWith('.txt')) return 'prompt';
  if (parts.length >= 3 && (parts[1] === 'review_img' || parts[1] === 'img') && IMAGE.test(name)) return 'screenshot';
  if (parts.length <= 2 && OUTCOME.test(name)) return 'outcome';
  return isOther(parts, name) ? 'other' : undefined;
}

/** The rest of what lies in a role's directory can be opened, but for what repeats the stream. */
function isOther(parts: readonly string[], name: string): boolean {
  return parts.length >= 2 && !name.startsWith('.') && !REPEATS.test(name);
}

/** Whether a markdown file below a `specs/` directory is about this ADW: its name holds the id as a word of its own. */
export function isSpecName(name: string, adwId: string): boolean {
  if (!name.endsWith('.md')) return false;
  const at = name.indexOf(adwId);
  if (at < 0) return false;
  const isWord = (character: string | undefined) => character !== undefined && /[A-Za-z0-9]/.test(character);
  return !isWord(name[at - 1]) && !isWord(name[at + adwId.length]);
}
