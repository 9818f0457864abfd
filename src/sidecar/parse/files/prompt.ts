import { decodeFile } from '../../../base/text-encoding.ts';
import { cutOf, firstChars } from '../preview.ts';
import type { Redactor } from '../redact.ts';
import { collectFileEvents, type FileOrigin, type FileOutcome, fileName, redacted } from './file-events.ts';

/** The event of `prompts/<command>.txt`, the earliest sign that a role begins: an `agent_log` that quotes the prompt. */
export function promptEvents(origin: FileOrigin, bytes: Buffer, redact: Redactor | undefined): FileOutcome {
  const { text, counts } = redacted(decodeFile(bytes), redact);
  const list = collectFileEvents(origin, bytes);
  list.add('agent_log', {
    message: firstChars(text),
    ...cutOf(text),
    level: 'INFO',
    summary: `Prompt ${fileName(origin.path).replace(/\.txt$/, '')}`,
    event_type: 'prompt',
    current_step: origin.role ?? null,
  });
  return { events: list.events, artifacts: [], redactions: counts };
}
