import { isoTime } from '../../../base/clock.ts';
import { decodeFile } from '../../../base/text-encoding.ts';
import { sha256Hex } from '../../../event/id.ts';
import { artifactUrl } from '../../../event/path.ts';
import { firstLine } from '../preview.ts';
import type { Redactor } from '../redact.ts';
import { collectFileEvents, type FileOrigin, type FileOutcome, fileName, redacted } from './file-events.ts';

/**
 * The events of a plan, patch or review spec: `spec_created`, `artifact` (its text without secrets), `agent_log`. A
 * changed spec gives other ids, so it is announced again.
 */
export function specEvents(origin: FileOrigin, bytes: Buffer, redact: Redactor | undefined): FileOutcome {
  const { adwId, path, time } = origin;
  const { text, counts } = redacted(decodeFile(bytes), redact);
  const content = Buffer.from(text);
  const upload = { path, sha256: sha256Hex(content), mediaType: 'text/markdown; charset=utf-8', bytes: content };
  const type = specType(path);
  const list = collectFileEvents(origin, bytes);
  list.add('spec_created', {
    spec_path: path,
    spec_type: type,
    url: artifactUrl(adwId, path),
    metadata: {
      file_name: fileName(path),
      file_size: bytes.length,
      created_at: isoTime(time.ms),
      sha256: upload.sha256,
      title: titleOf(text),
    },
  });
  list.announce(upload);
  list.add('agent_log', { message: `Spec (${type}): ${path}`, level: 'INFO', event_type: 'spec' });
  return { events: list.events, artifacts: [upload], redactions: counts };
}

/** `patch` and `review` by the file's name or its directory, else `plan`. */
export function specType(path: string): 'plan' | 'patch' | 'review' {
  // A branch may be about patches or reviews: the slug behind the planner's name says nothing of the spec's kind.
  const name = fileName(path).replace(/planner-.*$/i, 'planner');
  if (/patch/i.test(name) || /(?:^|\/)patch(?:es)?\//i.test(path)) return 'patch';
  return /review/i.test(name) || /(?:^|\/)reviews?\//i.test(path) ? 'review' : 'plan';
}

/** The first heading of a markdown text. */
function titleOf(text: string): string | null {
  const heading = /^#{1,6}[ \t]+(\S.*)$/m.exec(text.slice(0, 20_000))?.[1];
  return heading === undefined ? null : firstLine(heading, 200);
}
