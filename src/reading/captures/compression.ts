// Detects the compression of captures by magic bytes, not by file name.

export type Compression = 'none' | 'gzip' | 'zstd';

/** Follows RFC 1952 §2.3.1, RFC 8878 §3.1.1 and §3.1.2 (skippable frames may come first). */
export function headCompression(head: Uint8Array): Compression {
  const [a = 0, b = 0, c = 0, d = 0] = head;
  if (a === 0x1f && b === 0x8b) return 'gzip';
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd';
  if ((a & 0xf0) === 0x50 && b === 0x2a && c === 0x4d && d === 0x18) return 'zstd';
  return 'none';
}

/** Magic numbers of RFC 1952, RFC 8878, pcap in each byte order and resolution, and pcapng. */
const MAGICS = [
  [0x1f, 0x8b],
  [0x28, 0xb5, 0x2f, 0xfd],
  [0xa1, 0xb2, 0xc3, 0xd4],
  [0xd4, 0xc3, 0xb2, 0xa1],
  [0xa1, 0xb2, 0x3c, 0x4d],
  [0x4d, 0x3c, 0xb2, 0xa1],
  [0x0a, 0x0d, 0x0d, 0x0a],
];

/** True for a file that ends inside its magic number. */
export const isCutMagic = (head: Uint8Array): boolean =>
  head.length > 0 &&
  MAGICS.some((magic) => head.length < magic.length && head.every((byte, i) => byte === magic[i]));

/** Magic bytes of other compressions and archives, from the manuals of their programs. */
const UNREAD_PACKINGS: Readonly<Record<string, readonly number[]>> = {
  xz: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00],
  bzip2: [0x42, 0x5a, 0x68],
  lz4: [0x04, 0x22, 0x4d, 0x18],
  '7z': [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c],
  zip: [0x50, 0x4b, 0x03, 0x04],
  rar: [0x52, 0x61, 0x72, 0x21, 0x1a, 0x07],
  lzip: [0x4c, 0x5a, 0x49, 0x50],
  lzma: [0x5d, 0x00, 0x00],
  compress: [0x1f, 0x9d],
};

/** Commands that write the content of a compressed file to standard output. Other kinds hold several files. */
const UNPACKERS: Readonly<Record<string, string>> = {
  xz: 'xz -dc',
  bzip2: 'bzip2 -dc',
  lz4: 'lz4 -dc',
  lzip: 'lzip -dc',
  lzma: 'xz -dc',
  compress: 'uncompress -c',
};

/** Returns the command that reads a file of this kind. `word`: the file as a word of the shell. */
export function unpackCommand(kind: string, word: string): string {
  const unpacker = UNPACKERS[kind];
  return unpacker === undefined
    ? `unpack the ${kind} file to a folder, and pass the folder to wiretally analyze`
    : `${unpacker} ${word} | wiretally analyze -`;
}

/** POSIX.1-2017, pax, "ustar Interchange Format": the magic follows 257 bytes of the first header. */
const [TAR, TAR_AT] = ['ustar', 257];

/** First members of zip archives that are documents or programs (ISO/IEC 29500-2, OpenDocument, EPUB, Java). */
const ZIP_DOCUMENT = /^(?:\[Content_Types\]\.xml|_rels\/|docProps\/|mimetype|META-INF\/)/;
const ZIP_NAME_AT = 30;

/**
 * Returns the name of a compression or an archive that is not supported; null for other content. `head`: the first
 * bytes, without gzip or zstd.
 */
export function unreadPacking(head: Uint8Array): string | null {
  const startsWith = (magic: readonly number[]): boolean => magic.every((byte, i) => head[i] === byte);
  const readText = (at: number, length: number): string =>
    String.fromCharCode(...head.subarray(at, at + length));
  const found = Object.entries(UNREAD_PACKINGS).find(([, magic]) => startsWith(magic))?.[0];
  if (found === 'zip' && ZIP_DOCUMENT.test(readText(ZIP_NAME_AT, 32))) return null;
  return found ?? (readText(TAR_AT, TAR.length) === TAR ? 'tar' : null);
}
