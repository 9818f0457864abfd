import type { ArtifactUpload } from '../flow.ts';

/** Where our server shows an artifact of an ADW. */
export function artifactUrl(adwId: string, path: string): string {
  return `/api/v1/adws/${adwId}/artifacts/${path.split('/').map(encodeURIComponent).join('/')}`;
}

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
