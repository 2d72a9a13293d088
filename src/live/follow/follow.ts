// Follows logs that other sensors write: the loop of `watch --follow`. Positions and the records read up to them are in one
// journal, so that a restart at any moment neither loses nor duplicates a row.

import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { requireFolder } from '../../files/durable-file.ts';
import { tryLock } from '../../files/process-lock.ts';
import { errorAt } from '../../model/errors.ts';
import { EMPTY_STATUS, type FollowOptions, type LiveStatus, type LogStatus } from '../../model/sensor.ts';
import type { UsageWindow } from '../../model/usage.ts';
import { convertibleLog } from '../../reading/logs/convertible-log.ts';
import { formatNamed, productsIn, recognize } from '../../reading/logs/formats.ts';
import { hasNoRow, proveNothing } from '../../reading/logs/gaps.ts';
import type { LogInput } from '../../reading/logs/inputs.ts';
import { isDefinition, type LogFormat } from '../../reading/logs/records.ts';
import { errorReason } from '../../text/error-reason.ts';
import { US } from '../../time/units.ts';
import type { Watch } from '../watch-loop.ts';
import { type FilePlace, type FileState, FileTable, type SeenFiles } from './file-table.ts';
import { FollowedProduct } from './followed-product.ts';
import { Journal, type JournalStep } from './journal.ts';

const POLL_MS = 1000;
const MAX_REST_MS = 5000;
/** A product writes each log in its own thread: rows of names may arrive this long after rows of bytes. */
const GRACE_MS = 3000;
/** Rank of the rows of connections for readers: names have lower ranks. */
const BYTES_RANK = 4;
/** Wait after the end of a window, until the rows of connections that ended in it are written. */
const SETTLE_SECONDS = 15;
/** Windows are computed in at most a twentieth of the time. */
const REST_FACTOR = 20;
/** An unreadable compressed file that has not changed for this long is damaged, and not just incomplete. */
const DAMAGED_MS = 60_000;
/** Maximum number of deleted files that one step forgets. Their rows can no longer come back. */
const MAX_GONE_FILES = 20_000;
/** Revisions are at least the seconds since 2026, so that a sensor that lost its journal continues above its earlier ones. */
const REVISIONS_FROM = 1_767_225_600;
const MAX_WARNINGS = 100;
/** A sensor that keeps its state goes on from there. */
const EARLY_END =
  'stopped before the first read of the logs was complete (at least 3 s): no line is in a window yet';

/** Throws USAGE, STORE_BUSY, STORE_WRITE. */
export async function startFollow(options: FollowOptions): Promise<Watch> {
  const follower = new Follower(options);
  await follower.open();
  return {
    status: () => follower.status(),
    setCatalogue: (catalogue) => follower.setCatalogue(catalogue),
    failWorker: () => undefined,
    // Nothing is missing: rows written meanwhile are read.
    noteSilenceSince: () => undefined,
    stop: () => follower.stop(),
  };
}

class Follower {
  #options: FollowOptions;
  #files: FileTable;
  #products: FollowedProduct[] = [];
  #journal: Journal;
  readonly #release: () => void;
  readonly #end = new AbortController();
  #work: Promise<void> = Promise.resolve();
  /** Time of the first check of the files. */
  #firstMs: number | null = null;
  /** True after all rows that existed at the first scan were read. Earlier windows would lack the others. */
  #isCaughtUp = false;
  #revision = 0;
  #nextMs = 0;
  /** Content of the windows that were delivered. */
  readonly #given = new Map<string, string>();
  readonly #said = new Set<string>();
  /** The reasons why files could not be read to their end, by file. */
  readonly #failed = new Map<string, string>();
  /** True if the last delivery left out open windows. */
  #hasOpen = false;
  /** True if the last delivered windows clear no host, whatever their product. */
  #wasLost = false;
  /**
   * Times of the last rows of files that were written last, and gone at the first scan, by the key of `getSeriesKey`: their rest
   * was not read. Null before the first scan.
   */
  #replaced: Map<string, number> | null = null;
  /** Number of lines at the beginning of each file that were searched for products. */
  readonly #looked = new Map<number, number>();
  #definitions: readonly string[] = [];
  #unreadBytes = 0;
  #rows = 0;
  #catalogue: Pick<FollowOptions, 'lookup' | 'watchlist'> | null = null;

  constructor(options: FollowOptions) {
    this.#options = options;
    this.#files = new FileTable(options.paths);
    const name = journalName(options.sensor);
    requireFolder(options.state, 0o700);
    const release = tryLock(options.state, name);
    if (release === null)
      throw errorAt('STORE_BUSY', options.state, `another process follows the logs of ${options.sensor}`, {
        next: 'stop that process, or set another name with --sensor',
      });
    this.#release = release;
    this.#journal = new Journal(options.state, name, options.windowSeconds);
  }

  async open(): Promise<void> {
    try {
      // Definitions are also in files, and readers of earlier steps need them.
      const seen = await this.#files.scan(Date.now(), () => undefined);
      this.#definitions = [...(this.#options.definitions ?? []), ...seen.definitions];
      await this.#restore();
    } catch (error) {
      this.#release();
      throw error;
    }
    this.#work = this.#run();
  }

  async #restore(): Promise<void> {
    this.#files = new FileTable(this.#options.paths);
    this.#products = [];
    this.#rows = 0;
    await this.#journal.open((step) => this.#restoreStep(step));
    for (const { span } of this.#files.files) this.#rows += span?.rows ?? 0;
  }

  #restoreStep(step: JournalStep): void {
    for (const state of step.files ?? []) this.#files.set(state);
    for (const id of step.forgotten ?? []) this.#files.forget(id);
    if (step.revision !== undefined) this.#revision = Math.max(this.#revision, step.revision);
    const format = step.product === undefined ? undefined : formatNamed(step.product);
    if (format !== undefined) this.#productOf(format).restore(step, Date.now());
  }

  #productOf(format: LogFormat): FollowedProduct {
    const existing = this.#products.find((product) => product.format === format);
    if (existing !== undefined) return existing;
    const { lookup, watchlist, localNets, exclude, windowSeconds, zone } = this.#options;
    const options = { lookup, watchlist, localNets, exclude, windowSeconds, zone };
    const followed = new FollowedProduct(format, { ...options, definitions: this.#definitions });
    this.#products.push(followed);
    return followed;
  }

  /** The first product has the plain name of the sensor, so the first product must stay the same. */
  #productFor(format: LogFormat): FollowedProduct {
    if (!this.#products.some((product) => product.format === format))
      this.#journal.add({ product: format.id });
    return this.#productOf(format);
  }

  status(): LiveStatus {
    const malformed = Object.assign({}, ...this.#products.map((product) => product.malformed));
    const newest = this.#products.flatMap(({ newestUs }) => newestUs ?? []);
    const logs: LogStatus = {
      files: this.#files.files.length,
      rows: this.#rows,
      unreadBytes: this.#unreadBytes,
      newestSeconds: newest.length === 0 ? null : Math.max(...newest) / US,
      lateRows: this.#products.reduce((sum, { late }) => sum + late, 0),
    };
    return { ...EMPTY_STATUS, malformed, logs };
  }

  /** The catalogue applies to new rows. Rows that were read before keep their result. */
  setCatalogue(catalogue: Pick<FollowOptions, 'lookup' | 'watchlist'>): void {
    this.#catalogue = catalogue;
  }

  async stop(): Promise<void> {
    this.#end.abort();
    await this.#work;
    if (!this.#isCaughtUp) this.#printOnce(EARLY_END);
    this.#emit(true);
    this.#journal.close();
    this.#release();
  }

  async #run(): Promise<void> {
    while (!this.#end.signal.aborted) {
      const startMs = performance.now();
      try {
        await this.#takeCatalogue();
        await this.#poll();
        this.#emitInTime();
        await this.#tidy();
      } catch (error) {
        this.#printOnce(errorReason(error));
      }
      // The first scan of a large archive takes long, and later ones do not.
      const restMs = Math.min(MAX_REST_MS, Math.max(POLL_MS, performance.now() - startMs));
      await setTimeout(restMs, undefined, { signal: this.#end.signal }).catch(() => undefined);
    }
  }

  async #takeCatalogue(): Promise<void> {
    if (this.#catalogue === null) return;
    // Readers remember names that were not listed, so new readers are made from the journal.
    this.#options = { ...this.#options, ...this.#catalogue };
    this.#catalogue = null;
    this.#journal.close();
    await this.#restore();
  }

  /** Reads all available rows: names before bytes. */
  async #poll(): Promise<void> {
    const startMs = Date.now();
    this.#firstMs ??= startMs;
    const seen = await this.#files.scan(startMs, (path, error) =>
      this.#printOnce(`${path}: ${errorReason(error)}`),
    );
    this.#replaced ??= this.#findReplaced(seen);
    this.#addUnknownFiles(seen);
    this.#addProducts(seen);
    const { places, gone } = seen;
    // A file of names may have been renamed during the scan.
    let hasAllNames = !gone.some((id) => (this.#files.get(id)?.rank ?? 0) < BYTES_RANK);
    const files = this.#files.files.filter(({ id }) => places.has(id)).sort(compareFiles);
    this.#unreadBytes = 0;
    for (const { id, rank } of files) {
      if (rank >= BYTES_RANK && !hasAllNames) return;
      const filePlaces = places.get(id) ?? [];
      for (const place of filePlaces) {
        if (this.#end.signal.aborted) return;
        const isSame = await this.#read(id, place, startMs, filePlaces.length === 1);
        hasAllNames &&= isSame;
      }
    }
    this.#isCaughtUp ||= startMs > this.#firstMs + GRACE_MS;
    for (const product of this.#isCaughtUp ? this.#products : []) {
      if (this.#hasNoRow(product))
        this.#printOnce(`${product.format.title}: no line so far contains a connection or a query`);
      if (product.blindness !== null)
        this.#printOnce(`${product.format.title}, so far: ${product.blindness}`);
    }
  }

  #findReplaced({ places }: SeenFiles): Map<string, number> {
    const newest = new Map<string, FileState>();
    for (const state of this.#files.files) {
      const other = newest.get(getSeriesKey(state));
      if ((state.span?.lastUs ?? 0) >= (other?.span?.lastUs ?? 0)) newest.set(getSeriesKey(state), state);
    }
    const missing = [...newest.values()].filter(({ id }) => !places.has(id));
    return new Map(
      missing.flatMap((file) => (file.span === null ? [] : [[getSeriesKey(file), file.span.lastUs]])),
    );
  }

  /** A new file of a series of which a part was not read: rows until its first one are missing. */
  #afterReplaced(state: FileState): FileState {
    const lostSinceUs = this.#replaced?.get(getSeriesKey(state));
    if (lostSinceUs === undefined) return state;
    this.#replaced?.delete(getSeriesKey(state));
    this.#printOnce(
      `${state.path}: the file before it was gone at the start; its rows after the last read one are missing, and their time is a gap`,
    );
    return { ...state, lostSinceUs };
  }

  #addUnknownFiles({ places, unknownFiles, unread }: SeenFiles): void {
    for (const input of unread) this.#reportForm(input);
    const found = unknownFiles.flatMap((place) => {
      const { sample } = place.input;
      const { format: formatName } = this.#options;
      const format =
        formatName === undefined ? recognize(sample, this.#definitions) : (formatNamed(formatName) ?? null);
      const misfit = format?.misfit?.(sample, this.#definitions) ?? null;
      if (misfit !== null) {
        this.#printOnce(
          `${place.input.name}:${misfit.line}: the named columns do not fit: ${misfit.reason}; it is not followed`,
        );
        return [];
      }
      if (format === null) {
        if (!isDefinition(sample) && !this.#reportForm(place.input))
          this.#printOnce(`${place.input.name}: no known log; it is not followed`);
        return [];
      }
      const products = formatName === undefined ? productsIn(sample, format) : [format];
      return products.map((product) => ({ place, products, product: this.#productFor(product) }));
    });
    const startOf = ({ product, place, products }: (typeof found)[number]): number =>
      product.stateOf(0, place.input, place.heads, products)?.firstUs ?? 0;
    if (this.#replaced?.size !== 0) found.sort((a, b) => startOf(a) - startOf(b));
    for (const { place, products, product } of found) {
      // The new file may have two names.
      const same = this.#files.match(place.heads).find((file) => file.product === product.format.id);
      const fresh = same ?? product.stateOf(this.#files.newId(), place.input, place.heads, products);
      const state = same === undefined && fresh !== null ? this.#afterReplaced(fresh) : fresh;
      if (state === null) {
        this.#printOnce(`${place.input.name}: one document, no rows; it is not followed (analyze reads it)`);
        continue;
      }
      if (same === undefined) this.#files.set(state);
      places.set(state.id, [...(places.get(state.id) ?? []), place]);
    }
  }

  /** A file that was short at the first scan may later contain lines of other products, so its beginning is searched again. */
  #addProducts({ places }: SeenFiles): void {
    for (const state of this.#files.files) {
      const [place] = places.get(state.id) ?? [];
      const first = formatNamed(state.products?.[0] ?? state.product);
      if (place === undefined || first?.owns === undefined || this.#options.format !== undefined) continue;
      const { input } = place;
      if (this.#looked.get(state.id) === input.sample.lines.length) continue;
      this.#looked.set(state.id, input.sample.lines.length);
      const products = productsIn(input.sample, first);
      if (products.length === (state.products?.length ?? 1)) continue;
      const all = { products: products.map(({ id }) => id) };
      this.#files.set({ ...state, ...all });
      this.#productFor(formatNamed(state.product) ?? first).forget(state.id);
      const heads = [state.head, state.firstRow];
      const matched = this.#files.match(heads).map(({ product }) => product);
      for (const format of products.filter(({ id }) => !matched.includes(id))) {
        const fileState = this.#productFor(format).stateOf(this.#files.newId(), input, heads, products);
        if (fileState === null) continue;
        this.#files.set(fileState);
        places.set(fileState.id, places.get(state.id) ?? []);
      }
    }
  }

  /** True for a log in an unsupported form, which is reported. */
  #reportForm(input: LogInput): boolean {
    const form = convertibleLog(input, (sample) => recognize(sample, this.#definitions));
    if (form !== null)
      this.#printOnce(`${input.name}: ${form.what}; it is not followed (to convert: ${form.next})`);
    return form !== null;
  }

  /** False if the file was renamed meanwhile. */
  async #read(id: number, place: FilePlace, nowMs: number, isOnlyPlace: boolean): Promise<boolean> {
    const { input } = place;
    for (;;) {
      const state = this.#files.get(id);
      if (state === undefined) return true;
      if (this.#files.isDone(id, input)) {
        this.#reportDamage(place, nowMs);
        return true;
      }
      const size = input.size ?? state.position;
      const hasChanged = size < state.position || !place.heads.some(({ sha1 }) => sha1 === state.head.sha1);
      if (input.compression === 'none' && hasChanged && input.name === state.path && isOnlyPlace) {
        this.#noteChange(state, place, Math.min(size, state.position));
        continue;
      }
      const untilBytes = readableBytes(state, place, nowMs);
      if (input.compression === 'none')
        this.#unreadBytes += Math.max(0, (input.size ?? 0) - Math.max(state.position, untilBytes));
      if (untilBytes === 0 || (input.compression === 'none' && untilBytes <= state.position)) return true;
      const product = this.#products.find(({ format }) => format.id === state.product);
      const part = await product?.read(state, input, untilBytes, nowMs);
      if (product === undefined || part === null || part === undefined) return false;
      if (part === 'changed') {
        this.#noteChange(state, place, state.position);
        continue;
      }
      this.#rows += (part.state.span?.rows ?? 0) - (state.span?.rows ?? 0);
      if (part.state.lines > state.lines) {
        this.#files.set(part.state);
        this.#journal.add({ ...product.takeStep(), files: [part.state] });
      }
      const { fault, error } = part;
      if (fault !== null)
        this.#printOnce(`${input.name}:${fault.line}: ${fault.reason}; ignored lines: ${fault.count}`);
      if (error !== null) this.#failed.set(input.name, errorReason(error));
      else this.#failed.delete(input.name);
      if (input.compression !== 'none') this.#files.setDone(id, input);
      else this.#reportDamage(place, nowMs);
      if (!part.isCut) return true;
      await setTimeout(0);
      if (this.#end.signal.aborted) return false;
    }
  }

  /** Goes on at a position of a file that has lost bytes that were read: rows before it may be new. */
  #noteChange(state: FileState, { input, heads }: FilePlace, position: number): void {
    const [head = state.head] = heads;
    this.#printOnce(
      `${input.name}: bytes that were read are gone; rows may be missing, and their time is a gap`,
    );
    const lostSinceUs = state.lostSinceUs ?? state.span?.lastUs;
    const changed = { ...state, head, position, tail: undefined, lostSinceUs };
    this.#files.set(changed);
    this.#journal.add({ product: state.product, files: [changed] });
  }

  /** A compressed file may be incomplete: it is read again after it has changed. */
  #reportDamage({ input, sizes }: FilePlace, nowMs: number): void {
    const reason = this.#failed.get(input.name);
    if (reason === undefined) return;
    if (input.compression === 'none' || nowMs - (sizes.at(-1)?.atMs ?? nowMs) > DAMAGED_MS)
      this.#printOnce(`${input.name}: ${reason}; the readable part counts`);
  }

  #emitInTime(): void {
    if (Date.now() < this.#nextMs) return;
    const startMs = performance.now();
    if (!this.#emit(false)) return;
    const { windowSeconds } = this.#options;
    const nowSeconds = Date.now() / 1000;
    const boundary =
      Math.floor((nowSeconds - SETTLE_SECONDS) / windowSeconds + 1) * windowSeconds + SETTLE_SECONDS;
    const restedMs = Date.now() + REST_FACTOR * (performance.now() - startMs);
    this.#nextMs = Math.max(boundary * 1000, restedMs);
  }

  /** Delivers windows that differ from those delivered before. Open windows are delivered only at the end. */
  #emit(isLast: boolean): boolean {
    const isLost = proveNothing(
      this.#products.map((product) => ({
        isWithoutRow: this.#hasNoRow(product),
        isBlind: product.blindness !== null,
      })),
    );
    const isAll = this.#hasOpen || isLast || isLost !== this.#wasLost;
    const changed = this.#products.filter(({ hasChanged }) => hasChanged || isAll);
    if (changed.length === 0 || !this.#isCaughtUp) return false;
    const nowSeconds = Date.now() / 1000;
    const revision = Math.max(this.#revision + 1, Math.floor(nowSeconds) - REVISIONS_FROM);
    const closed = changed.flatMap((product) => this.#windowsOf(product, revision, isLost));
    this.#wasLost = isLost;
    const ended = closed.filter(
      ({ startSeconds, lengthSeconds }) =>
        isLast || startSeconds + lengthSeconds + SETTLE_SECONDS <= nowSeconds,
    );
    this.#hasOpen = ended.length < closed.length;
    const windows = ended
      .filter((window) => this.#isNew(window))
      .sort((a, b) => a.startSeconds - b.startSeconds || (a.sensor < b.sensor ? -1 : 1));
    if (windows.length === 0) return true;
    this.#revision = revision;
    this.#journal.add({ revision });
    this.#options.onWindows(windows);
    return true;
  }

  #windowsOf(product: FollowedProduct, revision: number, isLost: boolean): UsageWindow[] {
    const { sensor } = this.#options;
    // The first product has the plain name of the sensor, so a single product does not change the name.
    const name = this.#products[0] === product ? sensor : `${sensor}.${product.format.id}`;
    return product.windows(name, revision, this.#filesOf(product), isLost);
  }

  #hasNoRow(product: FollowedProduct): boolean {
    return hasNoRow(this.#filesOf(product).map((counts) => ({ counts })));
  }

  #filesOf({ format }: FollowedProduct): FileState[] {
    return this.#files.files.filter(({ product }) => product === format.id);
  }

  #isNew(window: UsageWindow): boolean {
    const key = `${window.sensor} ${window.startSeconds}`;
    const content = createHash('sha1')
      .update(JSON.stringify({ ...window, revision: 0 }))
      .digest('base64');
    if (this.#given.get(key) === content) return false;
    this.#given.set(key, content);
    return true;
  }

  /** Makes old windows final, and shortens the journal. */
  async #tidy(): Promise<void> {
    for (const product of this.#products) {
      if (product.hasChanged) continue; // its windows are delivered first
      const finalUs = product.finalize();
      if (finalUs === null) continue;
      // Only deleted files are forgotten: an existing file would be read again.
      const gone = this.#filesOf(product).filter(
        ({ id, span }) => !this.#files.isThere(id) && (span?.lastUs ?? 0) < finalUs,
      );
      const forgotten = gone.slice(0, MAX_GONE_FILES).map(({ id }) => id);
      for (const id of forgotten) {
        this.#files.forget(id);
        product.forget(id);
      }
      this.#journal.add({ ...product.takeStep(), finalUs, forgotten });
      for (const key of this.#given.keys())
        if (Number(key.slice(key.lastIndexOf(' ') + 1)) * US < finalUs) this.#given.delete(key);
    }
    if (this.#journal.isLong) await this.#journal.rewrite(this.#steps());
  }

  *#steps(): Iterable<JournalStep> {
    yield { revision: this.#revision };
    for (const product of this.#products) yield* product.steps(this.#filesOf(product));
  }

  #printOnce(text: string): void {
    if (this.#said.has(text) || this.#said.size >= MAX_WARNINGS) return;
    this.#said.add(text);
    this.#options.print(text);
  }
}

const journalName = (sensor: string): string =>
  `follow-${sensor.replaceAll(/[^A-Za-z0-9._@-]/g, '_')}.journal`;

const getSeriesKey = ({ product, kind }: FileState): string => `${product} ${kind}`;

/** Same order as in `analyze`: names before bytes, then by the first row. */
const compareFiles = (a: FileState, b: FileState): number =>
  a.rank - b.rank || (a.firstUs ?? 0) - (b.firstUs ?? 0) || a.id - b.id;

/** Returns how many stored bytes may be read now: rows of connections wait for the rows of their names. */
function readableBytes({ rank }: FileState, { input, sizes }: FilePlace, nowMs: number): number {
  if (rank < BYTES_RANK) return input.size ?? 0;
  const earlier = sizes.filter(({ atMs }) => atMs <= nowMs - GRACE_MS).at(-1);
  return earlier?.bytes ?? 0;
}
