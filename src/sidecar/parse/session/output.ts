import { asObject, asText, type JsonObject } from '../json.ts';
import { isImageInWords } from '../lift-images.ts';
import { firstChars } from '../preview.ts';

/** A result's content as one text: a string, or blocks of text with images named by the artifact they became. */
export function outputText(content: unknown): string {
  if (typeof content === 'string') return content;
  const parts: string[] = [];
  for (const item of Array.isArray(content) ? content : [content]) {
    const block = asObject(item);
    if (block !== undefined) parts.push(blockText(block));
    else if (typeof item === 'string') parts.push(item);
  }
  return parts.join('\n');
}

/** What a block says; `[image images/….png]` where an image was lifted out, else its type and name. */
function blockText(block: JsonObject): string {
  const resource = asObject(block.resource);
  const said = asText(block.text) ?? asText(resource?.text) ?? asText(block.error_code);
  if (said !== undefined) return said;
  const streams = [asText(block.stdout), asText(block.stderr)].filter(stream => stream !== undefined && stream !== '');
  if (streams.length > 0) return streams.join('\n');
  const type = asText(block.type) ?? 'block';
  const data = asText(asObject(block.source)?.data) ?? asText(block.data) ?? '';
  const lifted = /^artifact:([^;]{1,200});bytes=(\d+)$/.exec(data.slice(0, 300));
  if (isImageInWords(data)) return `[${data}]`;
  if (lifted !== null) return `[${type} ${lifted[1]}, ${lifted[2]} bytes]`;
  const names = [block.tool_name, block.title, block.uri, resource?.uri, block.url];
  const name = names.map(asText).find(one => one !== undefined);
  return name === undefined ? `[${firstChars(type, 80)}]` : `[${firstChars(type, 80)} ${firstChars(name, 200)}]`;
}
