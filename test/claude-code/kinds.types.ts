/**
 * Compiled by test/sidecar/parse/formats/claude/kinds.test.ts against the typings that `npm ci` puts beside it: it has
 * an error that names the kind where Claude Code writes one that the tables do not know.
 */
import type { Transport } from '@anthropic-ai/claude-agent-sdk';
import type { BetaContentBlock } from '@anthropic-ai/sdk/resources/beta/messages/messages.mjs';
import type { LINE_KINDS } from '../../src/sidecar/parse/formats/claude/kinds.ts';
import type { ASSISTANT_BLOCKS } from '../../src/sidecar/parse/formats/claude/message.ts';

/** Everything that the program writes to its output, one a line. */
type Written = ReturnType<Transport['readMessages']> extends AsyncGenerator<infer Message> ? Message : never;
type KindOf<Message> = Message extends { type: 'system'; subtype: infer Subtype extends string }
  ? `system/${Subtype}`
  : Message extends { type: infer Type extends string }
    ? Type
    : 'a message without a type';

/** An error here names the kinds that are missing in the table. */
type NoneMissing<Missing extends never> = Missing;
export type LinesAreKnown = NoneMissing<Exclude<KindOf<Written>, keyof typeof LINE_KINDS>>;
export type BlocksAreKnown = NoneMissing<Exclude<BetaContentBlock['type'], keyof typeof ASSISTANT_BLOCKS>>;

/** And these say that there is something to compare: typings that cannot be read would make every test true. */
export const lines: KindOf<Written> = 'system/session_writes_lost';
export const control: KindOf<Written> = 'keep_alive';
export const blocks: BetaContentBlock['type'] = 'mcp_tool_listing';
export const isAnything: 'no such kind' extends KindOf<Written> ? true : false = false;
