/** Kinds of image that are lifted out of lines and announced as screenshots, told by their magic bytes. */
interface ImageKind {
  readonly mediaType: string;
  readonly extension: string;
  readonly begins: (bytes: Buffer) => boolean;
  /** Whether the bytes end as a whole image of this kind does. */
  readonly ends: (bytes: Buffer) => boolean;
}

const PNG_BEGIN = Buffer.from('89504e470d0a1a0a', 'hex');
/** The IEND chunk: length 0, name, checksum. */
const PNG_END = Buffer.from('0000000049454e44ae426082', 'hex');

const startsWith = (bytes: Buffer, magic: Buffer): boolean => bytes.subarray(0, magic.length).equals(magic);

const KINDS: readonly ImageKind[] = [
  {
    mediaType: 'image/png',
    extension: 'png',
    begins: bytes => startsWith(bytes, PNG_BEGIN),
    ends: bytes => bytes.subarray(-PNG_END.length).equals(PNG_END),
  },
  {
    mediaType: 'image/jpeg',
    extension: 'jpg',
    begins: bytes => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff,
    ends: bytes => bytes.length > 4 && bytes[bytes.length - 2] === 0xff && bytes[bytes.length - 1] === 0xd9,
  },
  {
    mediaType: 'image/gif',
    extension: 'gif',
    begins: bytes => /^GIF8[79]a$/.test(bytes.toString('latin1', 0, 6)),
    ends: bytes => bytes.length > 13 && bytes[bytes.length - 1] === 0x3b,
  },
  {
    mediaType: 'image/webp',
    extension: 'webp',
    begins: bytes => bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP',
    // RIFF counts the bytes after its own eight.
    ends: bytes => bytes.length >= 16 && bytes.length >= bytes.readUInt32LE(4) + 8,
  },
];

/** Media type and file extension of an image, by its first bytes; undefined for anything that is not png, jpeg, gif or webp. */
export function sniffImage(bytes: Buffer): { readonly mediaType: string; readonly extension: string } | undefined {
  return KINDS.find(kind => kind.begins(bytes));
}

/** Whether `bytes` are a whole png, jpeg, gif or webp: known magic and a well-formed end. False while it is being written. */
export function isCompleteImage(bytes: Buffer): boolean {
  return KINDS.find(kind => kind.begins(bytes))?.ends(bytes) ?? false;
}
