/**
 * Compiled by test/e2e/pi-codex.test.ts against the typings that it puts beside it: it has an error that names the kind
 * where Pi or Codex writes one that the tables do not know.
 */
import type { AgentSessionEvent, SessionHeader } from '@earendil-works/pi-coding-agent';
import type { ThreadEvent, ThreadItem } from '@openai/codex-sdk';
import type { ITEM_KINDS } from '../../src/sidecar/parse/formats/codex/items.ts';
import type { LINE_KINDS as CODEX_KINDS } from '../../src/sidecar/parse/formats/codex/kinds.ts';
import type { LINE_KINDS as PI_KINDS } from '../../src/sidecar/parse/formats/pi/kinds.ts';
import type { ANSWER_BLOCKS, MESSAGE_ROLES } from '../../src/sidecar/parse/formats/pi/message.ts';

type PiLine = SessionHeader | AgentSessionEvent;
type PiMessage = Extract<AgentSessionEvent, { type: 'message_end' }>['message'];
type PiBlock = Extract<PiMessage, { role: 'assistant' }>['content'][number];

/** An error here names the kinds that are missing in the table. */
type NoneMissing<Missing extends never> = Missing;
export type PiLinesAreKnown = NoneMissing<Exclude<PiLine['type'], keyof typeof PI_KINDS>>;
export type PiRolesAreKnown = NoneMissing<Exclude<PiMessage['role'], keyof typeof MESSAGE_ROLES>>;
export type PiBlocksAreKnown = NoneMissing<Exclude<PiBlock['type'], keyof typeof ANSWER_BLOCKS>>;
export type CodexLinesAreKnown = NoneMissing<Exclude<ThreadEvent['type'], keyof typeof CODEX_KINDS>>;
export type CodexItemsAreKnown = NoneMissing<Exclude<ThreadItem['type'], keyof typeof ITEM_KINDS>>;

/** And these say that there is something to compare: typings that cannot be read would make every test true. */
export const piLine: PiLine['type'] = 'auto_retry_start';
export const piRole: PiMessage['role'] = 'compactionSummary';
export const piBlock: PiBlock['type'] = 'toolCall';
export const codexLine: ThreadEvent['type'] = 'turn.failed';
export const codexItem: ThreadItem['type'] = 'todo_list';
export const isAnything: 'no such kind' extends PiLine['type'] | PiMessage['role'] | PiBlock['type'] ? true : false =
  false;
export const isAny: 'no such kind' extends ThreadEvent['type'] | ThreadItem['type'] ? true : false = false;
