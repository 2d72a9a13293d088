// FileTable: identifies followed files by their content. It knows how far each was read, its current names, and how much of it
// may be read.

import { statSync } from 'node:fs';
import { hasLostBytes } from '../../reading/captures/input-error.ts';
import { type FileHead, listHeads } from '../../reading/logs/file-identity.ts';
import { filesIn } from '../../reading/logs/folders.ts';
import type { WrittenSpan } from '../../reading/logs/gaps.ts';
import { type LogInput, openLog } from '../../reading/logs/inputs.ts';
import { isDefinition } from '../../reading/logs/records.ts';
import type { TimeSpan } from '../../time/spans.ts';

export interface FileState {
  readonly id: number;
  /** The format decides the product. */
  readonly product: string;
  /** All products that write the file, if there are several: each has its own state. */
  readonly products?: readonly string[];
  readonly head: FileHead;
  /** The shortest head of the file, up to the end of its first row. */
  readonly firstRow: FileHead;
  /** Path at which the file was last seen. */
  readonly path: string;
  readonly kind: string;
  readonly rank: number;
  /** Time of its first row, if the kind of log has one. */
  readonly firstUs: number | null;
  /** Position in the unpacked content: everything before it has been read. */
  readonly position: number;
  readonly lines: number;
  readonly rows: number;
  readonly ignored: number;
  /** Null before the first row. */
  readonly span: WrittenSpan | null;
  /** The last bytes before `position`; undefined in compressed files, and before the first row. */
  readonly tail?: FileHead | undefined;
  /** Time of the last row before bytes that were read changed, until the next row is read. */
  readonly lostSinceUs?: number | undefined;
  /** Times of rows that such changes may have hidden; absent without any. */
  readonly lost?: readonly TimeSpan[];
  /** Header lines in force. */
  readonly context: readonly string[];
}

/** A current name of a file. */
export interface FilePlace {
  readonly input: LogInput;
  /** The longest first. */
  readonly heads: readonly FileHead[];
  /** Sizes of the stored file at these times, the latest last. */
  readonly sizes: readonly { readonly bytes: number; readonly atMs: number }[];
}

interface InspectedPath {
  readonly signature: string;
  readonly inode: number;
  readonly input: LogInput | null;
  readonly heads: readonly FileHead[];
  readonly sizes: readonly { readonly bytes: number; readonly atMs: number }[];
}

/** Maximum number of recorded sizes of a growing file; older ones are not needed. */
const MAX_SIZES = 64;

export class FileTable {
  readonly #paths: readonly string[];
  readonly #known = new Map<string, InspectedPath>();
  readonly #byHead = new StatesByKey();
  readonly #byFirstRow = new StatesByKey();
  readonly #byId = new Map<number, FileState>();
  /** Signatures of compressed files that were read completely, by path and id. */
  readonly #done = new Map<string, Map<number, string>>();
  #present: ReadonlySet<number> = new Set();
  #nextId = 1;

  constructor(paths: readonly string[]) {
    this.#paths = paths;
  }

  get files(): FileState[] {
    return [...this.#byId.values()];
  }

  set(state: FileState): void {
    const before = this.#byId.get(state.id);
    if (before !== undefined) this.#byHead.remove(fileHeadKey(before.head), before);
    this.#byId.set(state.id, state);
    this.#byHead.set(fileHeadKey(state.head), state);
    this.#byFirstRow.set(fileHeadKey(state.firstRow), state);
    this.#nextId = Math.max(this.#nextId, state.id + 1);
  }

  get(id: number): FileState | undefined {
    return this.#byId.get(id);
  }

  newId(): number {
    return this.#nextId++;
  }

  forget(id: number): void {
    const state = this.#byId.get(id);
    if (state === undefined) return;
    this.#byId.delete(id);
    this.#byHead.remove(fileHeadKey(state.head), state);
    this.#byFirstRow.remove(fileHeadKey(state.firstRow), state);
  }

  /** True if the last scan found the file. */
  isThere(id: number): boolean {
    return this.#present.has(id);
  }

  /** True if the current content of this compressed file was read to its end. */
  isDone(id: number, { name }: LogInput): boolean {
    const signature = this.#known.get(name)?.signature;
    return signature !== undefined && this.#done.get(name)?.get(id) === signature;
  }

  setDone(id: number, { name }: LogInput): void {
    const done = this.#done.get(name) ?? new Map<number, string>();
    done.set(id, this.#known.get(name)?.signature ?? '');
    this.#done.set(name, done);
  }

  /** Inspects all names. `fail` receives files that cannot be read. */
  async scan(nowMs: number, fail: (path: string, error: unknown) => void): Promise<SeenFiles> {
    const places = new Map<number, FilePlace[]>();
    const unknownFiles: FilePlace[] = [];
    const definitions: string[] = [];
    const unread: LogInput[] = [];
    const paths = new Set<string>();
    for (const path of this.#paths.flatMap((given) => listFiles(given))) {
      paths.add(path);
      const state = await this.#inspect(path, nowMs, fail);
      if (state?.input == null) continue;
      const isNamed = isDefinition(state.input.sample);
      if (isNamed) definitions.push(...state.input.sample.lines);
      if (state.heads.length === 0) {
        // A definition file names the columns of logs, and is not a log.
        if (!isNamed) unread.push(state.input);
        continue;
      }
      const place = { input: state.input, heads: state.heads, sizes: state.sizes };
      const states = this.match(state.heads, state.input);
      if (states.length === 0) unknownFiles.push(place);
      for (const { id } of states) places.set(id, [...(places.get(id) ?? []), place]);
    }
    for (const path of this.#known.keys()) {
      if (paths.has(path)) continue;
      this.#known.delete(path);
      this.#done.delete(path);
    }
    const before = this.#present;
    this.#present = new Set(places.keys());
    const gone = [...before].filter((id) => !this.#present.has(id));
    for (const [id, list] of places) this.#rename(id, list);
    return { places, unknownFiles, definitions, unread, gone };
  }

  #rename(id: number, places: readonly FilePlace[]): void {
    const state = this.#byId.get(id);
    const [first] = places;
    if (state === undefined || first === undefined) return;
    const isThere = places.some(({ input }) => input.name === state.path);
    const path = isThere ? state.path : first.input.name;
    const longest = this.#known.get(path)?.heads[0];
    const head = longest !== undefined && longest.bytes > state.head.bytes ? longest : state.head;
    if (path !== state.path || head !== state.head) this.set({ ...state, path, head });
  }

  /** Returns one state for each product of the file. `heads`: the longest first, at least one. */
  match(heads: readonly FileHead[], input?: LogInput): readonly FileState[] {
    for (const head of heads) {
      const states = this.#byHead.get(fileHeadKey(head));
      if (states.length > 0) return states;
    }
    // A copy or a compressed file that is still being written is shorter than its final head.
    const [longest, firstRow] = [heads[0], heads.at(-1)];
    if (longest === undefined || firstRow === undefined) return [];
    // A log that was cut and has grown again has its name and first row, and other bytes after them.
    const path = input?.compression === 'none' ? input.name : null;
    return this.#byFirstRow
      .get(fileHeadKey(firstRow))
      .filter((state) => state.head.bytes > longest.bytes || state.path === path);
  }

  async #inspect(
    path: string,
    nowMs: number,
    fail: (path: string, error: unknown) => void,
  ): Promise<InspectedPath | null> {
    const before = this.#known.get(path);
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined && hasLostBytes(path)) await openLog(path, 0).catch((error) => fail(path, error));
    if (stats?.isFile() !== true || stats.size === 0) return null;
    const signature = `${stats.dev} ${stats.ino} ${stats.size} ${stats.mtimeMs}`;
    if (before?.signature === signature) return before;
    try {
      const input = await openLog(path, 0);
      const heads = listHeads(input.head);
      const size = { bytes: input.size ?? 0, atMs: nowMs };
      const isSame =
        before !== undefined &&
        before.inode === stats.ino &&
        input.compression === 'none' &&
        before.heads.some(({ sha1 }) => heads.some((head) => head.sha1 === sha1));
      const sizes = isSame ? [...before.sizes, size].slice(-MAX_SIZES) : [size];
      const entry = { signature, inode: stats.ino, input, heads, sizes };
      this.#known.set(path, entry);
      return entry;
    } catch (error) {
      fail(path, error);
      return null;
    }
  }
}

/** Finds the states of the products of a file. If a product has several files with a key, the latest counts. */
class StatesByKey {
  readonly #states = new Map<string, readonly FileState[]>();

  get(key: string): readonly FileState[] {
    return this.#states.get(key) ?? [];
  }

  set(key: string, state: FileState): void {
    const others = this.get(key).filter(({ product }) => product !== state.product);
    this.#states.set(key, [...others, state]);
  }

  remove(key: string, { id }: FileState): void {
    const others = this.get(key).filter((state) => state.id !== id);
    if (others.length === 0) this.#states.delete(key);
    else this.#states.set(key, others);
  }
}

const fileHeadKey = ({ bytes, sha1 }: FileHead): string => `${bytes} ${sha1}`;

const listFiles = (path: string): readonly string[] =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true ? filesIn(path) : [path];

export interface SeenFiles {
  readonly places: Map<number, FilePlace[]>;
  readonly unknownFiles: readonly FilePlace[];
  /** Files that the previous scan found and this one did not: deleted, or renamed during the scan. */
  readonly gone: readonly number[];
  /** Lines of squid.conf. */
  /** Lists the files without a complete row. */
  readonly unread: readonly LogInput[];
  readonly definitions: readonly string[];
}
