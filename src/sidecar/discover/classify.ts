import type { FileKind } from '../flow.ts';
import type { Layout } from './layout.ts';

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
/** What a factory's agents hand each other: it is no agent. */
const HANDED_OVER = 'context_handoff';
/** Lines of an agent that another one of a factory started, however deep: `<agent>/subagents/<id>/turn-<n>/raw_output.jsonl`. */
const SUB_AGENT_STREAM = /^[^/]+(?:\/subagents\/[^/]+)+(?:\/turn-[^/]+)?\/(?:cc_)?raw_output\.jsonl$/;
/** What is left beside them of how such an agent did. */
const SUB_AGENT = /^[^/]+(?:\/subagents\/[^/]+)+(?:\/turn-[^/]+)?\/(?:result\.txt|telemetry\.jsonl)$/;
/** An agent program's own sessions. */
const PROGRAM_SESSIONS = /^[^/]+\/(?:subagents\/.*\/)?(?:\w+_)?sessions\//;

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
export function classify(path: string, adwId: string, layout: Layout = 'classic'): Classified | undefined {
  const parts = path.split('/');
  const name = parts.at(-1) ?? '';
  const kind = layout === 'factory' ? kindInFactory(path, parts, name) : kindOf(parts, name, adwId);
  return kind && { kind, role: roleIn(path, layout) };
}

/**
 * The role of what lies at a path below the ADW's root: its first directory, unless that is a session's of an agent program,
 * or what a factory's agents hand each other.
 */
export function roleIn(path: string, layout: Layout = 'classic'): string | undefined {
  const [role = ''] = path.split('/', 1);
  if (layout === 'factory' && role === HANDED_OVER) return undefined;
  return path.includes('/') && role !== '' && !OF_SESSION.test(role) ? role : undefined;
}

function kindInFactory(path: string, parts: readonly string[], name: string): FileKind | undefined {
  if (UNFINISHED.test(name) || PROGRAM_SESSIONS.test(path)) return undefined;
  if (COPY.test(name)) return isOther(parts, name) ? 'other' : undefined;
  const isOfAgent = roleIn(path, 'factory') !== undefined;
  if (isOfAgent && ((parts.length === 2 && STREAM.test(name)) || SUB_AGENT_STREAM.test(path))) return 'stream';
  if (SUB_AGENT.test(path)) return 'sub-agent';
  if (parts.length === 2 && name === 'envelope.json') return 'envelope';
  if (path === 'agent_map.json') return 'agent-map';
  if (parts.length === 3 && parts[1] === 'prompts' && name === 'user.md') return 'prompt';
  if (parts.length >= 3 && /^(?:review_)?img$|^screenshots$/.test(parts[1] ?? '') && IMAGE.test(name))
    return 'screenshot';
  return isOther(parts, name) ? 'other' : undefined;
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
