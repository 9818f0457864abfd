import { decodeFile } from '../../../base/text-encoding.ts';
import { cutOf, firstChars } from '../preview.ts';
import type { Redactor } from '../redact.ts';
import { collectFileEvents, type FileOrigin, type FileOutcome, fileName, redacted } from './file-events.ts';
import { withFile } from './outcome.ts';

/** Where a factory's `user.md` has what was asked for, among the instructions of its template. */
const REQUEST = /^#{2,4}[ \t]+prompt[ \t]*\n+([\s\S]*?)(?=\n#{1,4}[ \t]|$(?![\s\S]))/im;

/**
 * The event of `prompts/<command>.txt`, or `prompts/user.md`, the earliest sign that a role begins: an `agent_log` that quotes
 * the prompt, of a template what was asked for.
 */
export function promptEvents(origin: FileOrigin, bytes: Buffer, redact: Redactor | undefined): FileOutcome {
  const { text: whole, counts } = redacted(decodeFile(bytes), redact);
  const isTemplate = origin.path.endsWith('.md');
  const text = (isTemplate ? REQUEST.exec(whole)?.[1]?.trim() : undefined) || whole;
  const list = collectFileEvents(origin, bytes);
  list.add('agent_log', {
    message: firstChars(text),
    ...cutOf(text),
    level: 'INFO',
    summary: `Prompt ${fileName(origin.path).replace(/\.(?:txt|md)$/, '')}`,
    event_type: 'prompt',
    current_step: origin.role ?? null,
  });
  if (isTemplate) return { ...withFile(list, origin, whole), redactions: counts };
  return { events: list.events, artifacts: [], redactions: counts };
}
