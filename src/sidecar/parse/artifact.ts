import { artifactUrl } from '../../event/path.ts';
import type { ArtifactUpload } from '../flow.ts';

/** The fields of the `artifact` event that announces `upload`. */
export function artifactFields(adwId: string, upload: ArtifactUpload) {
  return {
    path: upload.path,
    sha256: upload.sha256,
    bytes: upload.bytes.length,
    media_type: upload.mediaType,
    url: artifactUrl(adwId, upload.path),
  };
}
