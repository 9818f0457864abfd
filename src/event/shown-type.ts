/**
 * Media types that a browser may show. What can hold a script (HTML, SVG, XML, PDF) is not among them: it is handed
 * out as bytes to keep, whatever its uploader called it.
 */
const SHOWN_TYPES: Readonly<Record<string, string>> = {
  'image/png': 'image/png',
  'image/jpeg': 'image/jpeg',
  'image/gif': 'image/gif',
  'image/webp': 'image/webp',
  'text/plain': 'text/plain; charset=utf-8',
  'text/markdown': 'text/plain; charset=utf-8',
  'application/json': 'application/json; charset=utf-8',
  'application/x-ndjson': 'text/plain; charset=utf-8',
};

/** As what a browser may show a stored file of a media type; undefined where it may not. */
export function shownType(mediaType: string): string | undefined {
  return SHOWN_TYPES[mediaType.split(';', 1)[0]?.trim().toLowerCase() ?? ''];
}
