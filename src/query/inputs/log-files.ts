// Decides by content which inputs are logs of other sensors and which are captures. A folder means the files in it.

import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { constants, gunzipSync } from 'node:zlib';
import { startsLikeDuckdb } from '../../files/duckdb-head.ts';
import { readHead } from '../../files/read-bounded.ts';
import { namesIn } from '../../files/temporary-names.ts';
import { errorAt, WiretallyError } from '../../model/errors.ts';
import {
  headCompression,
  isCutMagic,
  unpackCommand,
  unreadPacking,
} from '../../reading/captures/compression.ts';
import { hasCaptureName, isCaptureHead, isForeignCapture } from '../../reading/captures/recognize-capture.ts';
import { type FolderFiles, walkFolder } from '../../reading/logs/folders.ts';
import { findMissingFiles } from '../../reading/logs/gaps.ts';
import { firstBytes, type LogInput, openLog, type RecognizedLog } from '../../reading/logs/inputs.ts';
import {
  isDefinition,
  type LogFormat,
  type LogReview,
  type LogSample,
  type Misfit,
  type Missing,
  type NearestFormat,
  NO_RECORDS,
} from '../../reading/logs/records.ts';
import { plural } from '../../text/quantity.ts';
import { shellWord } from '../../text/shell-word.ts';
import { listLeftOutNotes } from './left-out.ts';
import { OF_WINDOWS } from './window-folders.ts';

/** The view of queries of Pi-hole FTL; its reader expects these names. */
const PIHOLE_EXPORT =
  "sqlite3 -readonly pihole-FTL.db \"SELECT json_object('timestamp', timestamp, 'type', type, 'status', status, 'reply', reply_type, 'domain', domain, 'client', client) FROM queries\" > queries.json";
/** The first bytes of a database, sqlite.org/fileformat2.html §1.3. */
const SQLITE = Buffer.from('SQLite format 3\0', 'latin1');

/** A folder of logs, captures or both, without files of windows. */
export function isFolderOfFiles(path: string): boolean {
  if (namesIn(path).some((name) => OF_WINDOWS.test(name))) return false;
  return Object.values(walkFolder(path, 1)).some(({ length }) => length > 0);
}

export interface SortedInputs {
  readonly captures: readonly string[];
  readonly logs: readonly RecognizedLog[];
  /** Files of folders that are neither logs nor captures. */
  readonly leftOut: readonly string[];
  readonly errors: readonly WiretallyError[];
  /** Lines of squid.conf in the same folder as its logs. */
  readonly definitions: readonly string[];
  readonly notes: readonly string[];
}

export interface LogOptions {
  /** Treat every input as "capture" or as this log format. Default: decided by content. */
  readonly inputFormat?: string;
  /** A file with the names of columns of logs without a header. */
  readonly logColumns?: string;
  /** An unknown log of columns in a folder is an error, as it is by itself. */
  readonly reportsColumns?: boolean;
}

interface OpenedLog {
  readonly input: LogInput;
  readonly isFolder: boolean;
}

type Sorted = { [K in keyof SortedInputs]: SortedInputs[K][number][] };

/** Throws INPUT_UNREADABLE for a file of columns that is not understood. */
export async function sortInputs(paths: readonly string[], options: LogOptions = {}): Promise<SortedInputs> {
  const { inputFormat: formatName, logColumns } = options;
  const sorted: Sorted = { captures: [], logs: [], leftOut: [], errors: [], definitions: [], notes: [] };
  if (logColumns !== undefined)
    sorted.definitions.push(
      ...(await import('../../reading/logs/columns-file.ts')).readLogColumns(logColumns, formatName),
    );
  const opened: OpenedLog[] = [];
  let fileIndex = 0;
  for (const path of paths) {
    const isFolder = isFolderAt(path);
    const found = isFolder ? walkFolder(path) : ONE_FILE;
    sorted.errors.push(...found.errors, ...listHiddenCaptures(found));
    sorted.leftOut.push(...found.others);
    for (const file of isFolder ? withoutDuplicateFiles(found.files, sorted.notes) : [path]) {
      const isOfPackets =
        file === '-' ? formatName === undefined && (await isCaptureOnStdin()) : isCapture(file);
      // The capture reader reports a missing file.
      if (formatName === 'capture' || isOfPackets || isMissing(file)) {
        sorted.captures.push(file);
        continue;
      }
      try {
        const log = sortLog(sorted, { input: await openLog(file, fileIndex++), isFolder }, formatName);
        if (log !== null) opened.push(log);
      } catch (error) {
        if (!(error instanceof WiretallyError)) throw error;
        sorted.errors.push(error);
      }
    }
  }
  // Imported on demand: a capture needs no log format.
  if (opened.length > 0) await recognizeLogs(sorted, opened, options);
  const { captures, logs, leftOut, errors, notes } = sorted;
  if (captures.length + logs.length + errors.length === 0) errors.push(noRecordsError(paths, leftOut));
  notes.push(...listLeftOutNotes(leftOut, 'log or capture'));
  return sorted;
}

const isMissing = (file: string): boolean =>
  file !== '-' && statSync(file, { throwIfNoEntry: false }) === undefined;

/** Null if the first bytes show that the input is not a log. */
function sortLog(
  { captures, errors, definitions }: Sorted,
  { input, isFolder }: OpenedLog,
  formatName: string | undefined,
): OpenedLog | null {
  const { name, stream, head, sample } = input;
  if (formatName === undefined && stream === null && isCaptureHead(head)) captures.push(name);
  else if (head.subarray(0, SQLITE.length).equals(SQLITE)) errors.push(databaseError(name));
  else if (isFolder && (OF_WINDOWS.test(name) || startsLikeDuckdb(head)))
    errors.push(mixedRecordsError(name));
  else if (unreadPacking(head) !== null) errors.push(packedError(name, unreadPacking(head) ?? ''));
  else if (isDefinition(sample)) definitions.push(...sample.lines);
  else return { input, isFolder };
  return null;
}

/** Definitions of formats may stand behind the logs that have them, so that all inputs were opened before. */
async function recognizeLogs(
  { captures, logs, leftOut, errors, definitions }: Sorted,
  opened: readonly OpenedLog[],
  { inputFormat: formatName, logColumns, reportsColumns = false }: LogOptions,
): Promise<void> {
  const [
    { formatNamed, LOG_FORMATS, productsIn, recognize },
    { isSpread, convertibleLog },
    { findNearestFormat },
  ] = await Promise.all([
    import('../../reading/logs/formats.ts'),
    import('../../reading/logs/convertible-log.ts'),
    import('../../reading/logs/nearest-format.ts'),
  ]);
  const formatIds = LOG_FORMATS.map(({ id }) => id);
  const recognized = (sample: LogSample): LogFormat | null => {
    const format = recognize(sample, definitions);
    return format?.readsDocuments !== true && isSpread(sample) ? null : format;
  };
  for (const { input, isFolder } of opened) {
    const format = formatName === undefined ? recognized(input.sample) : (formatNamed(formatName) ?? null);
    const named = format ?? formatNamed(/^columns (\S+)/.exec(definitions[0] ?? '')?.[1] ?? '');
    const misfit = named?.misfit?.(input.sample, definitions) ?? null;
    if (misfit !== null && logColumns !== undefined) {
      errors.push(misfitError(input.name, logColumns, misfit));
      continue;
    }
    const form = format === null && formatName === undefined ? convertibleLog(input, recognized) : null;
    if (format !== null) {
      const products =
        formatName === undefined && input.stream === null ? productsIn(input.sample, format) : [];
      if (products.length < 2) logs.push({ input, format });
      else for (const product of products) logs.push({ input, format: product, products });
    } else if (form !== null) errors.push(convertibleError(input.name, form));
    else {
      const nearest = formatName === undefined ? findNearestFormat(input.sample) : null;
      // A log of an unrecognized product may have traffic.
      const isReported = nearest?.lacks.fields.length === 0 || (reportsColumns && isTable(input));
      if (isFolder && !isReported && isUnrelatedFile(input)) leftOut.push(input.name);
      else if ((input.stream === null && nearest === null && !isOfColumns(input)) || formatName !== undefined)
        captures.push(input.name);
      else errors.push(unknownInputError(input, formatIds, nearest));
    }
  }
}

/** Replaces folders by their captures, for commands that read packets. Notes name the logs left out. */
export async function listCaptures(
  paths: readonly string[],
): Promise<Pick<SortedInputs, 'captures' | 'errors'> & { readonly notes: readonly string[] }> {
  const captures: string[] = [];
  const errors: WiretallyError[] = [];
  const others: string[] = [];
  for (const path of paths) {
    const sorted = isFolderAt(path) ? await sortInputs([path]) : { captures: [path], errors: [] };
    captures.push(...sorted.captures);
    errors.push(...sorted.errors);
    if ('logs' in sorted) others.push(...sorted.leftOut, ...sorted.logs.map(({ input }) => input.name));
  }
  if (captures.length + errors.length === 0)
    errors.push(errorAt('INPUT_UNREADABLE', paths[0] ?? '', 'no capture'));
  return { captures, errors, notes: listLeftOutNotes(others, 'capture') };
}

const isFolderAt = (path: string): boolean =>
  path !== '-' && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

const ONE_FILE: FolderFiles = { files: [], errors: [], others: [], hidden: [] };

/** True for a file in a folder that neither by content nor by name is a capture or contains one. */
const isUnrelatedFile = ({ name, head, isDamaged, size }: LogInput): boolean =>
  !isDamaged &&
  // A compressed file without a byte: folders.ts leaves out all other empty files without the name of a capture.
  size !== 0 &&
  !hasCaptureName(name) &&
  !isForeignCapture(head) &&
  // A single line end is not a truncated capture, although pcapng begins with one.
  (!isCutMagic(head) || (head.length === 1 && head[0] === 0x0a));

/** Number of bytes that are compared between files of equal size: rotated captures often have the same size. */
const COMPARED_BYTES = 64 << 10;

/** Leaves out captures that another file of the folder repeats byte for byte, as backups do: their packets would count twice. */
function withoutDuplicateFiles(files: readonly string[], notes: string[]): string[] {
  const bySize = new Map<number, string[]>();
  return files.filter((file) => {
    if (!hasCaptureName(file) && !isCapture(file)) return true;
    const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    const others = bySize.get(size) ?? [];
    const same = size === 0 ? undefined : others.find((other) => hasSameBytes(file, other, size));
    if (same === undefined) bySize.set(size, [...others, file]);
    else notes.push(`${file}: the same bytes as ${same}; left out`);
    return same === undefined;
  });
}

/** False for files that cannot be read; their reader reports the reason. */
function hasSameBytes(a: string, b: string, size: number): boolean {
  const handles: number[] = [];
  try {
    for (const file of [a, b]) handles.push(openSync(file, 'r'));
    const pieces = handles.map(() => Buffer.alloc(COMPARED_BYTES));
    for (let at = 0; at < size; at += COMPARED_BYTES) {
      const [left, right] = handles.map((handle, i) => {
        const piece = pieces[i] ?? Buffer.alloc(0);
        return piece.subarray(0, readSync(handle, piece, 0, COMPARED_BYTES, at));
      });
      if (left === undefined || right === undefined || !left.equals(right)) return false;
    }
    return true;
  } catch {
    return false;
  } finally {
    for (const handle of handles) closeSync(handle);
  }
}

/** A capture that is still being copied has a hidden name, and a quarantined one may have one too. */
const listHiddenCaptures = ({ hidden }: FolderFiles): WiretallyError[] =>
  hidden
    .filter(isCapture)
    .map((file) => unreadFileError(file, 'a capture with a hidden name, which is not read'));

/**
 * Captures in folders of records, which are not read with them: an error for each, so that no report is taken for one about
 * them too.
 */
export function capturesAmongRecords(folders: readonly string[]): WiretallyError[] {
  return folders
    .filter(isFolderAt)
    .flatMap((folder) => walkFolder(folder).files)
    .filter((file) => !OF_WINDOWS.test(file) && (hasCaptureName(file) || isCapture(file)))
    .map((file) => unreadFileError(file, 'a capture in a folder of records, which is not read with them'));
}

const mixedRecordsError = (file: string): WiretallyError =>
  unreadFileError(file, 'holds records of a sensor, which are not read with captures and logs');

const unreadFileError = (
  file: string,
  reason: string,
  next = `wiretally analyze ${shellWord(file)}`,
): WiretallyError => errorAt('INPUT_UNREADABLE', file, reason, { next });

export interface ReviewedLogs {
  readonly id: string;
  readonly title: string;
  readonly files: number;
  readonly review: LogReview;
  /** The reason why no row of the beginnings is read; null: some are. */
  readonly unread: string | null;
}

export function reviewLogs({
  logs,
  definitions,
}: Pick<SortedInputs, 'logs' | 'definitions'>): ReviewedLogs[] {
  const formats = [...new Set(logs.map(({ format }) => format))];
  return formats.map((format) => {
    const inputs = logs.filter((log) => log.format === format).map(({ input }) => input);
    const samples = inputs.map(({ sample }) => sample);
    const { shows, missing } = format.review(samples, definitions);
    const absent = findMissingFiles(inputs.map(({ name }) => name)).map((what) => ({
      what,
      next: 'copy the file here, or expect a gap of that time in reports',
    }));
    return {
      id: format.id,
      title: format.title,
      files: samples.length,
      review: { shows, missing: [...missing, ...absent] },
      unread: findUnread(format, samples, definitions),
    };
  });
}

/** Returns the most frequent fault of the rows if none is read. Documents of one line have no lines to try. */
function findUnread(
  format: LogFormat,
  samples: readonly LogSample[],
  definitions: readonly string[],
): string | null {
  const reader = format.reader(NO_RECORDS, { zone: 'UTC', definitions });
  const faults = new Map<string, number>();
  for (const sample of samples) {
    const rows = reader.open(sample);
    if (rows.end !== undefined || rows.ending !== undefined) return null;
    for (const line of sample.lines) {
      const bytes = Buffer.from(line);
      for (const result of [rows.line(bytes, 0, bytes.length), ...(rows.others?.() ?? [])]) {
        if (result === null) return null;
        if (typeof result === 'string') faults.set(result, (faults.get(result) ?? 0) + 1);
      }
    }
  }
  const [most] = [...faults].sort((a, b) => b[1] - a[1]);
  return most?.[0] ?? null;
}

/** Recognizes uncompressed captures. Compressed ones are recognized after their beginning is unpacked. */
function isCapture(file: string): boolean {
  if (file === '-') return false;
  try {
    return statSync(file).isFile() && isCaptureHead(readHead(file, 4));
  } catch {
    return false;
  }
}

const MIN_COLUMNS = 4;
const TABLE_LINES = 10;

/** Text in columns is an unknown log and not a capture. */
function isOfColumns({ name, head, sample }: LogInput): boolean {
  const isText = !head
    .subarray(0, 1024)
    .some((byte) => byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d);
  return (
    isText &&
    !hasCaptureName(name) &&
    sample.lines.length > 0 &&
    sample.lines.slice(0, 2).every((line) => line.split(/[,;|\t ]/, MIN_COLUMNS).length === MIN_COLUMNS)
  );
}

/** True for lines with the same number of columns, which prose of several words in a line does not have. */
function isTable(input: LogInput): boolean {
  const lines = input.sample.lines.slice(0, TABLE_LINES);
  return (
    lines.length > 1 &&
    isOfColumns(input) &&
    [',', ';', '|', '\t', ' '].some((sign) => {
      const [first = 0, ...others] = lines.map((line) => line.split(sign).length);
      return first >= MIN_COLUMNS && others.every((columns) => columns === first);
    })
  );
}

/** The kind of a stream must be known before it is unpacked, so the bytes read for it are put back. */
async function isCaptureOnStdin(): Promise<boolean> {
  const head = await firstBytes(process.stdin, 4);
  if (head.length > 0) process.stdin.unshift(head);
  const compression = headCompression(head);
  if (compression === 'none') return isCaptureHead(head) || head.length < 4;
  if (compression === 'zstd') return true;
  try {
    return isCaptureHead(gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH }));
  } catch {
    return true; // its reader says what is wrong
  }
}

/** The long-term database of Pi-hole belongs to a resolver. */
const databaseError = (name: string): WiretallyError =>
  unreadFileError(
    name,
    'an SQLite database, which cannot be read directly',
    `export the queries of Pi-hole, and pass queries.json: ${PIHOLE_EXPORT}`,
  );

const packedError = (name: string, kind: string): WiretallyError =>
  unreadFileError(
    name,
    `${kind} data, which are not unpacked`,
    name === '-' ? `unpack the ${kind} data before` : unpackCommand(kind, shellWord(name)),
  );

const convertibleError = (name: string, { what, next }: Missing): WiretallyError =>
  unreadFileError(name, `${what}, which is not read`, next);

const misfitError = (name: string, columns: string, { line, reason }: Misfit): WiretallyError =>
  new WiretallyError('INPUT_UNREADABLE', `${name}:${line}: the columns of ${columns} do not fit: ${reason}`, {
    where: name,
    next: `write the product's names (docs/logs.md) to ${columns} in the order of the columns of this log, one for each column`,
  });

function noRecordsError(
  [first = '', ...others]: readonly string[],
  leftOut: readonly string[],
): WiretallyError {
  const places = others.length === 0 ? first : `${first} and ${plural(others.length, 'other folder')}`;
  const [file] = leftOut;
  const among = file === undefined ? '' : ` among ${plural(leftOut.length, 'file')}`;
  return new WiretallyError('INPUT_UNREADABLE', `${places}: no capture and no known log${among}`, {
    where: first,
    ...(file === undefined ? {} : { next: `wiretally analyze ${shellWord(file)} --input-format FORMAT` }),
  });
}

function unknownInputError(
  { name, sample, isDamaged }: LogInput,
  formats: readonly string[],
  nearest: NearestFormat | null,
): WiretallyError {
  const passFormat = `pass --input-format ${['capture', ...formats].join('|')}`;
  if (isDamaged)
    return unreadFileError(
      name,
      'the compressed data are cut or damaged before a capture or a log is recognized',
      passFormat,
    );
  if (nearest !== null) {
    const { format, lacks } = nearest;
    const names = [...lacks.signs, ...lacks.fields].join(', ');
    return unreadFileError(
      name,
      `neither a capture nor a known log; its columns are nearest to those of ${format.title}, without ${names}`,
      `add ${names} to the export (docs/logs.md, "From each product, in one screen"), or pass --input-format ${format.id}`,
    );
  }
  const [first = ''] = sample.lines;
  const separator = [',', '\t', '|', ';'].find((sign) => first.split(sign).length >= MIN_COLUMNS);
  if (separator !== undefined)
    return unreadFileError(
      name,
      `neither a capture nor a known log; ${first.split(separator).length} columns separated by ${separator === '\t' ? 'tabs' : `"${separator}"`}, and no known name of a column in the first lines`,
      `name the columns with --log-columns FILE, in their order and with the names of the product (docs/logs.md, "Columns without a header"); for a log in another form, ${passFormat}`,
    );
  return unreadFileError(
    name,
    'neither a capture nor a known log',
    `${passFormat}; of a log of columns without a header, name the columns with --log-columns FILE; logs of other products cannot be read`,
  );
}
