// Reads and writes the log of findings: one JSON line per change. Each line contains the SHA-256 of every byte before it and
// an Ed25519 signature (RFC 8032) of itself, so that a changed, removed or inserted line shows.

import { createHash, type Hash, type KeyObject, sign, verify } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { z } from 'zod';
import { appendToFile } from '../files/durable-file.ts';
import { withLock } from '../files/process-lock.ts';
import { causeRefusal, readBounded } from '../files/read-bounded.ts';
import { errorAt, optionError, WiretallyError } from '../model/errors.ts';
import { FINDING_STATES } from '../model/findings.ts';
import { type FindingChange, isFindingId, MAX_NAME_LENGTH, MAX_WHY_LENGTH } from '../policy/finding-life.ts';

/** Maximum number of entries: a team that changes a hundred findings a day needs more than a year. */
export const MAX_LOG_ENTRIES = 65_536;
const MAX_LOG_BYTES = 64 << 20;
/** Prevents the reuse of signatures of other documents. */
const SIGNED_AS = 'wiretally-finding 1\n';

/** Matches text without line ends and control characters, so that an entry is one line everywhere. */
const ONE_LINE = /^[^\p{Cc}\u2028\u2029]+$/u;
const boundedText = (most: number): z.ZodString => z.string().max(most).regex(ONE_LINE);

/** True for one line of 1 to `most` characters. */
export const isLogText = (value: string, most: number): boolean => boundedText(most).safeParse(value).success;

const entrySchema = z.strictObject({
  /** Number of the entry, from 1. */
  entry: z.number().int().min(1).max(MAX_LOG_ENTRIES),
  time: z.iso.datetime(),
  finding: z.string().refine(isFindingId),
  state: z.enum(FINDING_STATES),
  who: boundedText(MAX_NAME_LENGTH),
  why: boundedText(MAX_WHY_LENGTH),
  assignee: boundedText(MAX_NAME_LENGTH).exactOptional(),
  /** The previous line is an incomplete entry, after a crash or a full disk. */
  afterIncomplete: z.literal(true).exactOptional(),
  /** SHA-256 of every byte before this line. */
  before: z.string().regex(/^[0-9a-f]{64}$/),
});
export type FindingEntry = z.infer<typeof entrySchema>;

/** The signature is the last member of the object, so that the signed bytes are found without writing them again. */
const SIGNED_LINE = /^(\{.*),"signature":"([A-Za-z0-9+/]{86}==)"\}$/;

const LINE_END = 0x0a;
const NO_ENTRY = 'it is not an entry';
const UNTRUSTED = 'no trusted key has signed it';

/** States which part of a log is reliable. */
export interface FindingLogRead {
  /** Entries before the first one that does not verify. */
  readonly entries: readonly FindingEntry[];
  /** SHA-256 of the log up to each of them, its line end included. */
  readonly heads: readonly string[];
  /** The first invalid line; no later line is used. */
  readonly fault: { readonly line: number; readonly what: string } | null;
  /** Bytes of an incomplete entry at the end. */
  readonly incompleteBytes: number;
  /** True if the last line has no line end. */
  readonly isOpen: boolean;
}

/**
 * `keys`: public keys of which one must have signed each entry; null: the chain alone is verified. `verifiedHeads`: digests of logs up
 * to an entry that were verified with these keys before; the signature of such an entry is not verified again.
 */
export function readFindingLog(
  bytes: Buffer,
  keys: readonly KeyObject[] | null,
  verifiedHeads: ReadonlySet<string> = new Set(),
): FindingLogRead {
  const entries: FindingEntry[] = [];
  const heads: string[] = [];
  const hash = createHash('sha256');
  const isOpen = bytes.length > 0 && bytes.at(-1) !== LINE_END;
  const done = (fault: FindingLogRead['fault'], incompleteBytes = 0): FindingLogRead => ({
    entries,
    heads,
    fault,
    incompleteBytes,
    isOpen,
  });
  let isAfterIncomplete = false;
  let number = 0;
  for (const line of listLines(bytes)) {
    number++;
    const isLast = line.byteOffset + line.length >= bytes.byteOffset + bytes.length - (isOpen ? 0 : 1);
    const parsed = parseLine(line.toString('utf8'));
    if (parsed === null) {
      if (isLast && isOpen && !isAfterIncomplete) return done(null, line.length);
      // The next entry may state that this one is incomplete.
      if (isAfterIncomplete || isLast)
        return done({ line: isAfterIncomplete ? number - 1 : number, what: NO_ENTRY });
      isAfterIncomplete = true;
    } else {
      const head = hashHead(hash);
      const isKnown =
        verifiedHeads.size > 0 && verifiedHeads.has(hashHead(hash.copy().update(line).update('\n')));
      const expected = { number: entries.length + 1, head, keys: isKnown ? null : keys, isAfterIncomplete };
      const what = findFault(parsed, expected);
      if (what !== null) return done({ line: what === NO_ENTRY ? number - 1 : number, what });
      isAfterIncomplete = false;
      entries.push(parsed.entry);
    }
    hash.update(line).update('\n');
    if (parsed !== null) heads.push(hashHead(hash));
  }
  return done(null);
}

function* listLines(bytes: Buffer): Generator<Buffer> {
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(LINE_END, from);
    const to = end < 0 ? bytes.length : end;
    yield bytes.subarray(from, to);
    from = to + 1;
  }
}

interface ParsedLine {
  readonly entry: FindingEntry;
  readonly signed: Buffer;
  readonly signature: Buffer;
}

function parseLine(line: string): ParsedLine | null {
  const [, head, signature] = SIGNED_LINE.exec(line) ?? [];
  if (head === undefined || signature === undefined) return null;
  try {
    const body = `${head}}`;
    const entry = entrySchema.safeParse(JSON.parse(body));
    if (!entry.success) return null;
    return { entry: entry.data, signed: signedBytes(body), signature: Buffer.from(signature, 'base64') };
  } catch {
    return null;
  }
}

interface Expected {
  readonly number: number;
  readonly head: string;
  readonly keys: readonly KeyObject[] | null;
  readonly isAfterIncomplete: boolean;
}

/** Returns null for a valid entry. */
function findFault(
  { entry, signed, signature }: ParsedLine,
  { number, head, keys, isAfterIncomplete }: Expected,
): string | null {
  if (isAfterIncomplete && entry.afterIncomplete !== true) return NO_ENTRY;
  if (!isAfterIncomplete && entry.afterIncomplete === true) return 'an incomplete line before it was removed';
  if (entry.before !== head) return 'what is before it was changed, removed or added';
  if (entry.entry !== number) return `it is numbered ${entry.entry}, not ${number}`;
  if (keys !== null && !keys.some((key) => verify(null, signed, key, signature))) return UNTRUSTED;
  return null;
}

const signedBytes = (body: string): Buffer => Buffer.from(SIGNED_AS + body);

const hashHead = (hash: Hash): string => hash.copy().digest('hex');

/** Returns the line of a change without a line end. */
export function entryLine(entry: FindingEntry, key: KeyObject): string {
  const body = JSON.stringify(entrySchema.parse(entry));
  const signature = sign(null, signedBytes(body), key).toString('base64');
  return `${body.slice(0, -1)},"signature":"${signature}"}`;
}

/** Reads the bytes of a log. Throws USAGE. */
export function findingLogBytes(path: string): Buffer {
  try {
    return readBounded(path, MAX_LOG_BYTES);
  } catch (cause) {
    throw new WiretallyError('USAGE', `${path}: cannot be read: ${causeRefusal(cause)}`, {
      cause,
      where: 'option --finding-log',
      ...(existsSync(path)
        ? {}
        : { next: '`wiretally finding acknowledge` creates the log; an empty file is accepted too' }),
    });
  }
}

interface AppendOptions {
  readonly key: KeyObject;
  readonly trusted: readonly KeyObject[];
  /** Verified heads, as in `readFindingLog`. */
  readonly known?: ReadonlySet<string>;
}

/**
 * Appends changes in one write, forced to disk. A log with an entry that no key of `trusted` has signed is not extended.
 * Throws USAGE, FINDING_LOG_INVALID, STORE_WRITE, STORE_BUSY.
 */
export async function appendChanges(
  path: string,
  changes: readonly FindingChange[],
  { key, trusted, known }: AppendOptions,
): Promise<FindingEntry[]> {
  return await withLock(dirname(resolve(path)), basename(path), async () => {
    const bytes = existsSync(path) ? findingLogBytes(path) : Buffer.alloc(0);
    const read = readFindingLog(bytes, trusted, known);
    if (read.fault !== null) {
      throw errorAt(
        'FINDING_LOG_INVALID',
        path,
        `line ${read.fault.line} does not hold: ${read.fault.what}`,
        {
          next:
            read.fault.what === UNTRUSTED
              ? 'pass the public keys of the others that sign it with --finding-key'
              : 'keep the file, and begin a new log with another --finding-log FILE',
        },
      );
    }
    if (read.entries.length + changes.length > MAX_LOG_ENTRIES) {
      throw optionError(
        '--finding-log',
        `${path}: a log has at most ${MAX_LOG_ENTRIES} entries`,
        'keep the file, and begin a new log with another --finding-log FILE',
      );
    }
    const hash = createHash('sha256').update(bytes);
    let added = read.isOpen && bytes.length > 0 ? '\n' : '';
    hash.update(added);
    const entries = changes.map((change, i): FindingEntry => {
      const entry = {
        entry: read.entries.length + i + 1,
        ...change,
        ...(i === 0 && read.incompleteBytes > 0 ? { afterIncomplete: true as const } : {}),
        before: hashHead(hash),
      };
      const line = `${entryLine(entry, key)}\n`;
      hash.update(line);
      added += line;
      return entry;
    });
    await appendToFile(path, Buffer.from(added));
    return entries;
  });
}
