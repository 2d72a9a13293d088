// Stores windows in .usage files: one file, or a folder with one file per UTC day that only grows at its end.

import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { appendAsOnlyWriter, removeDurably, replaceFile, requireFolder } from '../files/durable-file.ts';
import { hasCode } from '../files/error-code.ts';
import { isLockName, withLock } from '../files/process-lock.ts';
import { causeRefusal, openBounded } from '../files/read-bounded.ts';
import { isDraftName } from '../files/temporary-names.ts';
import { errorAt, WiretallyError } from '../model/errors.ts';
import { addTo } from '../model/grouped-by.ts';
import type { UsageWindow } from '../model/usage.ts';
import { compareText } from '../net/address.ts';
import { plural } from '../text/quantity.ts';
import { listClashes } from '../window/clash.ts';
import { decodeWindows, encodeWindows } from '../window/codec.ts';
import { findSpan, mergeWindows, type WindowSpan } from '../window/merge-windows.ts';
import { widened } from '../window/observed.ts';
import { windowKey } from '../window/sums.ts';
import type { PruneProof } from './deletion-proof.ts';
import {
  type CompactResult,
  clashError,
  endsBy,
  isWithin,
  type PutResult,
  putResult,
  type SensorSpan,
  type Store,
  type StoreInfo,
  selectByRevision,
  sensorSpans,
  type WindowQuery,
  type WindowsRead,
} from './store.ts';
import { lossText, setTornTailAside } from './torn-tail.ts';

export const USAGE_EXTENSION = '.usage';
/** Matches the names of files in a folder: one per UTC day. */
export const DAY_FILE = /^\d{4}-\d{2}-\d{2}\.usage$/;
/** Name of an empty file, which marks a folder with the result of a capture without packets. */
const EMPTY_FILE = USAGE_EXTENSION;
/** Matches other files in a spool: its metadata, and the position of each destination. */
const SPOOL_NAME = /^\.(spool\.json|ship-[0-9a-f]{16}\.json|sensors|usage)$/;
export const isSpoolName = (name: string): boolean =>
  SPOOL_NAME.test(name) || isLockName(name) || isDraftName(name);
/** Maximum size of a file: a buffer of Node is no larger. */
const MAX_FILE_BYTES = 2 ** 31;
/** Maximum number of damaged ranges in messages: hostile files may have any number. */
const MAX_EXPLAINED = 16;

export interface ReadUsage {
  /** Windows of the file, not merged. */
  readonly windows: UsageWindow[];
  /** STORE_DAMAGED for each damaged range; after the first ones, one error for all others. */
  readonly damage: WiretallyError[];
  /** The bytes of these ranges, in sequence. */
  readonly damagedBytes: Uint8Array;
}

/**
 * Reads one file; an empty one is the result of a capture without packets, and has no windows. Throws INPUT_UNREADABLE
 * when it cannot be read, or contains bytes and no window.
 */
export async function readUsageFile(path: string): Promise<ReadUsage> {
  const read = await readWindows(path);
  if (read.windows.length > 0 || read.damage.length === 0) return read;
  throw errorAt('INPUT_UNREADABLE', path, 'holds no window', { cause: read.damage[0] });
}

async function readWindows(path: string): Promise<ReadUsage> {
  let bytes: Uint8Array;
  try {
    const handle = await openBounded(path, MAX_FILE_BYTES);
    bytes = await handle.readFile().finally(() => handle.close());
  } catch (cause) {
    throw errorAt('INPUT_UNREADABLE', path, `${causeRefusal(cause)}`, { cause });
  }
  const { windows, damage } = decodeWindows(bytes);
  const messages = damage
    .slice(0, MAX_EXPLAINED)
    .map(
      ({ offset, length, reason, windowsBefore }) =>
        `byte ${offset}: ${length} bytes skipped: ${reason}; ${lossText(windows, windowsBefore)}`,
    );
  const more = damage.slice(MAX_EXPLAINED);
  const moreBytes = more.reduce((sum, { length }) => sum + length, 0);
  if (more.length > 0)
    messages.push(
      `${plural(more.length, 'more place')}, ${moreBytes} bytes left out; windows may be missing`,
    );
  return {
    windows,
    damage: messages.map(
      (what) =>
        new WiretallyError('STORE_DAMAGED', `${path}: ${what}`, {
          where: path,
          next: 'wiretally store compact with the same path sets such bytes aside',
        }),
    ),
    damagedBytes: Buffer.concat(damage.map(({ offset, length }) => bytes.subarray(offset, offset + length))),
  };
}

/** The file of a day is created with its first windows, so that an empty one has lost them. */
const emptiedFile = (path: string): WiretallyError =>
  errorAt('STORE_DAMAGED', path, 'the file is empty; the windows of this day are missing', {
    next: 'restore this file from a backup; wiretally store compact with the same path removes it',
  });

/** Copies damaged bytes before a rewrite deletes them: parts of them may be recoverable. */
async function setDamageAside(path: string, read: ReadUsage): Promise<string | null> {
  if (read.damagedBytes.length === 0) return null;
  const aside = `${path}.damaged`;
  await appendAsOnlyWriter(aside, read.damagedBytes);
  return aside;
}

/** Writes merged windows as one file; an existing file is replaced completely. */
export async function writeUsageFile(path: string, windows: readonly UsageWindow[]): Promise<void> {
  await replaceFile(path, encodeWindows(mergeWindows(windows)));
}

export function sha256OfKeys(
  windows: readonly Pick<UsageWindow, 'sensor' | 'startSeconds' | 'revision'>[],
): string {
  const keys = windows.map(({ sensor, startSeconds, revision }) =>
    JSON.stringify([sensor, startSeconds, revision]),
  );
  return createHash('sha256').update(keys.sort(compareText).join('\n')).digest('hex');
}

/** Locks a folder for writes and rewrites of files: concurrent ones would undo each other. */
export async function withWriteLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  requireFolder(folder, 0o700);
  return await withLock(folder, 'write', work);
}

/** Files of a store: a single one, or one per day. */
interface Files {
  readonly kind: 'usageFile' | 'usageFolder';
  alone<T>(work: () => Promise<T>): Promise<T>;
  list(): Promise<string[]>;
  /** Lists the files that contain windows, or would contain them. */
  holding(windows: readonly UsageWindow[]): Promise<string[]>;
  write(windows: readonly UsageWindow[]): Promise<void>;
  /** Creates an empty file if there is none: it is read as a store without windows, and an empty folder is not. */
  begin(): Promise<void>;
  /** Rewrites a file with these windows, or deletes it if none are left. */
  rewrite(path: string, windows: readonly UsageWindow[]): Promise<void>;
}

function singleFile(path: string): Files {
  const list = async (): Promise<string[]> => ((await readSize(path)) === null ? [] : [path]);
  return {
    kind: 'usageFile',
    alone: (work) => withLock(dirname(path), `${basename(path)}.write`, work),
    list,
    holding: list,
    async write(windows) {
      let stored: UsageWindow[] = [];
      if ((await readSize(path)) !== null) {
        const read = await readWindows(path);
        await setDamageAside(path, read);
        stored = read.windows;
      }
      await writeUsageFile(path, [...stored, ...windows]);
    },
    async begin() {
      if ((await readSize(path)) === null) await writeUsageFile(path, []);
    },
    rewrite: writeUsageFile,
  };
}

const formatDayFile = (folder: string, { startSeconds }: UsageWindow): string =>
  join(folder, new Date(startSeconds * 1000).toISOString().slice(0, 10) + USAGE_EXTENSION);

/** Stamps of day files that end with a whole window. */
export type FileStamps = Map<string, string>;

/**
 * Appends windows to the files of their days. Removes a partial window at the end first: after
 * an append it would be permanent. The caller holds the lock of the folder. Throws STORE_WRITE.
 */
export async function appendByDay(
  folder: string,
  windows: readonly UsageWindow[],
  left: FileStamps,
): Promise<void> {
  const files = new Map<string, UsageWindow[]>();
  for (const window of windows) {
    const file = formatDayFile(folder, window);
    addTo(files, file, window);
  }
  for (const [file, list] of files) {
    if (left.get(file) !== (await readStamp(file))) await setTornTailAside(file);
    left.delete(file);
    await appendAsOnlyWriter(file, encodeWindows(list));
    const stamp = await readStamp(file);
    if (stamp !== undefined) left.set(file, stamp);
  }
}

/** Returns a text that changes whenever the file does; undefined without a file. */
async function readStamp(path: string): Promise<string | undefined> {
  const there = await stat(path, { bigint: true }).catch(() => null);
  return there === null ? undefined : `${there.ino} ${there.size} ${there.ctimeNs}`;
}

/** Lists the files of a folder in order of days. Throws INPUT_UNREADABLE. */
export async function dayFilesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw errorAt('INPUT_UNREADABLE', folder, 'the folder cannot be read', { cause });
  });
  return names.filter((name) => DAY_FILE.test(name)).sort();
}

function folder(path: string): Files {
  const left: FileStamps = new Map();
  return {
    kind: 'usageFolder',
    alone: (work) => withWriteLock(path, work),
    async holding(windows) {
      const paths = [...new Set(windows.map((window) => formatDayFile(path, window)))].sort(compareText);
      const sizes = await Promise.all(paths.map(readSize));
      return paths.filter((_, i) => sizes[i] !== null);
    },
    async list() {
      const names = await readdir(path).catch((error: unknown) => {
        if (hasCode(error, 'ENOENT')) return [];
        throw new WiretallyError('INPUT_UNREADABLE', `${path}: the folder cannot be read`, { cause: error });
      });
      const usage = names.filter((name) => name.endsWith(USAGE_EXTENSION) && !name.startsWith('.'));
      return usage.sort(compareText).map((name) => join(path, name));
    },
    write: (windows) => appendByDay(path, windows, left),
    async begin() {
      if ((await dayFilesIn(path)).length === 0)
        await appendAsOnlyWriter(join(path, EMPTY_FILE), Buffer.alloc(0));
    },
    async rewrite(file, windows) {
      if (windows.length === 0) await removeDurably(file);
      else await writeUsageFile(file, windows);
    },
  };
}

async function readSize(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

export function openUsageFile(path: string): Store {
  return new UsageStore(path, singleFile(path));
}

/** Opens a folder. Several processes may write to it in turn, and any number may read it. */
export function openUsageFolder(path: string): Store {
  return new UsageStore(path, folder(path));
}

class UsageStore implements Store {
  readonly #path: string;
  readonly #files: Files;

  constructor(path: string, files: Files) {
    this.#path = path;
    this.#files = files;
  }

  async put(windows: readonly UsageWindow[]): Promise<PutResult> {
    return await this.#files.alone(async () => {
      const { windows: known } = await this.#read(await this.#files.holding(windows));
      const stored = mergeWindows(known);
      const revisions = new Map(stored.map((window) => [windowKey(window), window.revision]));
      const clashes = listClashes([...stored, ...windows]);
      // Existing windows are retained.
      const merged = mergeWindows(
        known,
        windows.filter((window) => !clashes.includes(window)),
      );
      const before = new Set(known);
      const fresh = merged.filter((window) => !before.has(window));
      if (fresh.length > 0) await this.#files.write(fresh);
      if (windows.length === 0) await this.#files.begin();
      return putResult(windows, selectByRevision(mergeWindows(windows), revisions), clashes);
    });
  }

  async windows(query: WindowQuery = {}): Promise<UsageWindow[]> {
    return (await this.read(query)).windows;
  }

  async read(query: WindowQuery = {}): Promise<WindowsRead> {
    const { windows, damage } = await this.#read(await this.#files.list());
    const clashes = listClashes(windows).filter((window) => isWithin(window, query));
    return {
      windows: mergeWindows(windows).filter((window) => isWithin(window, query)),
      damage: [...damage, ...clashes.map((window) => clashError(this.#path, window))],
    };
  }

  async span(): Promise<WindowSpan | null> {
    return findSpan((await this.#read(await this.#files.list())).windows);
  }

  async info(): Promise<StoreInfo> {
    const { windows, damage } = await this.#read(await this.#files.list());
    const merged = mergeWindows(windows);
    const span = findSpan(merged);
    return {
      kind: this.#files.kind,
      path: this.#path,
      windows: merged.length,
      sensors: [...new Set(merged.map((window) => window.sensor))].sort(compareText),
      firstSeconds: span?.firstSeconds ?? null,
      lastSeconds: span?.lastSeconds ?? null,
      bytes: await this.#bytes(),
      checked: merged.length,
      damage,
    };
  }

  async sensors(query: WindowQuery = {}): Promise<SensorSpan[]> {
    const around = await this.windows(widened(query));
    return sensorSpans(
      around.filter((window) => isWithin(window, query)),
      { around, requestedSpan: query },
    );
  }

  async prune(beforeSeconds: number, sensors: readonly string[] | null): Promise<PruneProof> {
    const isExpired = (window: UsageWindow): boolean =>
      endsBy(window, beforeSeconds) && (sensors === null || sensors.includes(window.sensor));
    return await this.#files.alone(async () => {
      const bytesBefore = await this.#bytes();
      const deleted: UsageWindow[] = [];
      for (const file of await this.#files.list()) {
        const read = await readWindows(file);
        const old = read.windows.filter(isExpired);
        if (old.length === 0) continue;
        deleted.push(...old);
        // Damaged bytes may be parts of the windows to delete: they are deleted too, including earlier copies.
        await removeDurably(`${file}.damaged`);
        await this.#files.rewrite(
          file,
          read.windows.filter((window) => !isExpired(window)),
        );
      }
      const left = mergeWindows((await this.#read(await this.#files.list())).windows);
      return {
        beforeSeconds,
        sensors,
        deletedWindows: mergeWindows(deleted).length,
        deletedKeysSha256: sha256OfKeys(mergeWindows(deleted)),
        keptWindows: left.length,
        bytesBefore,
        bytesAfter: await this.#bytes(),
        foundAfterwards: left.filter(isExpired).length,
      };
    });
  }

  async compact(): Promise<CompactResult> {
    return await this.#files.alone(async () => {
      const bytesBefore = await this.#bytes();
      const setAside: string[] = [];
      for (const file of await this.#files.list()) {
        const read = await readWindows(file);
        const aside = await setDamageAside(file, read);
        if (aside !== null) setAside.push(aside);
        await this.#files.rewrite(file, read.windows);
      }
      return { bytesBefore, bytesAfter: await this.#bytes(), setAside };
    });
  }

  async close(): Promise<void> {}

  async #read(files: readonly string[]): Promise<WindowsRead> {
    const parts: ReadUsage[] = [];
    for (const file of files) parts.push(await readWindows(file));
    const isEmptied = (file: string, { windows, damage }: ReadUsage): boolean =>
      this.#files.kind === 'usageFolder' &&
      windows.length + damage.length === 0 &&
      DAY_FILE.test(basename(file));
    return {
      windows: parts.flatMap((part) => part.windows),
      damage: parts.flatMap((part, i) => {
        const file = files[i] ?? '';
        return isEmptied(file, part) ? [emptiedFile(file)] : part.damage;
      }),
    };
  }

  async #bytes(): Promise<number> {
    let bytes = 0;
    for (const file of await this.#files.list()) bytes += (await readSize(file)) ?? 0;
    return bytes;
  }
}
