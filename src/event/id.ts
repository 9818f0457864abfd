import { hash } from 'node:crypto';

/** What makes an event of a line the same event wherever and whenever it is read. */
export interface LineEventKey {
  readonly adwId: string;
  /** Relative to the ADW's root, forward slashes. */
  readonly path: string;
  readonly fingerprint: string;
  /** Byte offset of the line in its file generation. */
  readonly offset: number;
  /** Index of the block in the line; one line may yield several events of one type. */
  readonly block: number;
  readonly type: string;
}

/** sha-256 in hex of bytes or of a string's UTF-8 bytes. */
export function sha256Hex(content: string | Uint8Array): string {
  return hash('sha256', content, 'hex');
}

/** The deterministic id of an event that comes from a line: 16 URL-safe characters (96 bits). */
export function lineEventId({ adwId, path, fingerprint, offset, block, type }: LineEventKey): string {
  return shortHash(`${adwId}\0${path}\0${fingerprint}\0${offset}\0${block}\0${type}`);
}

/** The deterministic id of an event that comes from a file's content (screenshot, spec, state): `content` is its sha-256. */
export function fileEventId(adwId: string, path: string, content: string, type: string): string {
  return shortHash(`${adwId}\0${path}\0${content}\0${type}`);
}

/** 16 URL-safe characters of the sha-256 of `key`. */
export function shortHash(key: string): string {
  return hash('sha256', key, 'base64url').slice(0, 16);
}
