/**
 * Compiled by test/e2e/gemini-opencode.test.ts against the typings that it puts beside it: it has an error that names the
 * kind where Gemini CLI writes a line, or OpenCode has a part, that the tables do not know.
 */
import type { Part } from '@opencode-ai/sdk/v2';
import type { LINE_KINDS } from '../../src/sidecar/parse/formats/gemini/kinds.ts';
import type { PART_KINDS } from '../../src/sidecar/parse/formats/opencode/kinds.ts';
import type { JsonStreamEvent } from './node_modules/@google/gemini-cli-core/dist/src/output/types.d.ts';

/** Parts that `opencode run` does not print; no typing says so. */
type Unprinted = 'subtask' | 'file' | 'snapshot' | 'patch' | 'agent' | 'retry' | 'compaction';

/** An error here names the kinds that are missing in the table. */
type NoneMissing<Missing extends never> = Missing;
export type LinesAreKnown = NoneMissing<Exclude<`${JsonStreamEvent['type']}`, keyof typeof LINE_KINDS>>;
export type PartsAreKnown = NoneMissing<Exclude<Part['type'], keyof typeof PART_KINDS | Unprinted>>;

/** And these say that there is something to compare: typings that cannot be read would make every test true. */
export const line: `${JsonStreamEvent['type']}` = 'tool_result';
export const part: Part['type'] = 'step-finish';
export const isAnyLine: 'no such kind' extends `${JsonStreamEvent['type']}` ? true : false = false;
export const isAnyPart: 'no such kind' extends Part['type'] ? true : false = false;
