import { AdwStreamError } from '../base/errors.ts';

/** Which ids are admitted: `strict` is the reference's 8 characters; `any` also admits UUIDs and ticket keys. */
export type IdFormat = 'strict' | 'any';

const STRICT = /^[A-Za-z0-9]{8}$/;
const ANY = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

/** Whether `id` is an ADW id. Never touches the disk; under both formats an id is one safe path segment. */
export function isAdwId(id: unknown, format: IdFormat = 'strict'): id is string {
  if (typeof id !== 'string') return false;
  return format === 'strict' ? STRICT.test(id) : ANY.test(id) && !id.includes('..');
}

/** Returns `id`, or throws `invalid_adw_id` with the form of an id. */
export function requireAdwId(id: unknown, format: IdFormat = 'strict'): string {
  if (isAdwId(id, format)) return id;
  throw new AdwStreamError(
    'invalid_adw_id',
    `Invalid ADW id ${JSON.stringify(shorten(id))}: ${shapeOfId(id, format)}.`,
  );
}

/** The form of an id, for the message about `id` that is none; and the flag under which it would be one. */
export function shapeOfId(id: unknown, format: IdFormat): string {
  const shape =
    format === 'strict'
      ? 'an ADW id is exactly 8 ASCII letters or digits, such as 1a2b3c4d'
      : 'an ADW id is 1 to 64 ASCII letters, digits, "_", "-" or "." and begins with a letter or digit';
  const admits = '--id-format any (config file: "idFormat": "any") admits ids of other forms';
  return isAdwId(id, 'any') ? `${shape}; ${admits}` : shape;
}

function shorten(id: unknown): string {
  const text = String(id);
  return text.length > 64 ? `${text.slice(0, 64)}…` : text;
}
