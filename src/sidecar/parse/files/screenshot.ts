import { isoTime } from '../../../base/clock.ts';
import { sha256Hex } from '../../../event/id.ts';
import { artifactUrl } from '../../../event/path.ts';
import type { FileEvents } from '../../flow.ts';
import { collectFileEvents, type FileOrigin, fileName } from './file-events.ts';
import { sniffImage } from './image.ts';

/**
 * The events of a screenshot that is complete (see {@link isCompleteImage}): `screenshot_available`, `artifact`, and an
 * `agent_log`, which is what the reference's screen shows. Nothing for bytes that are no image.
 */
export function screenshotEvents(origin: FileOrigin, bytes: Buffer): FileEvents {
  const kind = sniffImage(bytes);
  if (kind === undefined) return { events: [], artifacts: [] };
  const { adwId, path, role, time } = origin;
  const upload = { path, sha256: sha256Hex(bytes), mediaType: kind.mediaType, bytes };
  const list = collectFileEvents(origin, bytes);
  list.add('screenshot_available', {
    screenshot_path: path,
    screenshot_type: screenshotType(fileName(path)),
    url: artifactUrl(adwId, path),
    metadata: {
      file_name: fileName(path),
      file_size: bytes.length,
      created_at: isoTime(time.ms),
      sha256: upload.sha256,
    },
  });
  list.announce(upload);
  list.add('agent_log', {
    message: `Screenshot: ${path}`,
    level: 'INFO',
    event_type: 'screenshot',
    current_step: role ?? null,
  });
  return { events: list.events, artifacts: [upload] };
}

/** The reference's kinds of screenshot, by the file's name. */
function screenshotType(name: string): 'review' | 'error' | 'comparison' {
  if (/error|fail/i.test(name)) return 'error';
  return /compar|diff/i.test(name) ? 'comparison' : 'review';
}
