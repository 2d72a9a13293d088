// Passes rows that only sums include to the native core, almost all rows of an office's day, so that no objects are
// created for them. All other rows have their reader. Both use the same sums and tables, so that a log has the same
// windows with and without the core. native-bindings/src/logs/summed_rows.h selects the rows.

import { loadAddon, type NativeSummedRows } from '../../native/addon.ts';
import { fnv1a } from '../../text/fnv1a.ts';
import type { RowTimes } from './gaps.ts';
import type { HostSums } from './host-sums.ts';
import type { FilterLists } from './log-filter.ts';
import {
  CELLS,
  type LineForm,
  type NameState,
  type RowState,
  type RowSums,
  type SummedFormat,
} from './summed-form.ts';
import { hashAddress, LATEST_US, parseLoggedAddress, transportCache, wordCache } from './values.ts';

/** Numbers of the kinds in the core. */
const ROW_KINDS = { flow: 1, name: 2, question: 3, gateway: 4 } as const;

const ADDRESS = { isAddress: 1, isLocal: 2, isVendors: 4 } as const;
const TRANSPORT = { tcp: 1, udp: 2 } as const;
const KIND = { address: 1, transport: 2, service: 3, kind: 4 } as const;
const NEED = {
  nothing: 0,
  client: 1,
  server: 2,
  service: 3,
  transport: 4,
  name: 5,
  kind: 6,
  window: 7,
  room: 8,
  rowClass: 9,
  time: 10,
  start: 11,
} as const;
const GATEWAY = { joined: 1, twice: 2, mayWait: 4 } as const;
/** Numbers that a call of the core returns. */
const [END, COUNT, CONNECTIONS, PARTS, NEEDED, NEED_START, NEED_END, WINDOW, TAKEN] = [
  0, 1, 2, 4, 6, 7, 8, 9, 10,
];
/** Maximum texts of a row that are looked up. The reader reads rows with more. */
const MAX_ANSWERS = 64;
/** Size of the buffers for records of hidden rows and of sums. */
const BATCH_BYTES = 65_536;
/** Maximum waiting rows that are returned at once because they cannot be summed. */
const LEFT_AT_ONCE = 256;
/** Maximum lines that are skipped after lines that could not be summed. */
const MAX_PAUSE = 64;

/** The collector of the rows. */
export interface SummedContext {
  readonly sums: HostSums;
  readonly totals: Float64Array;
  readonly windowUs: number;
  readonly answered: Int32Array;
  /** Null: the core asks for each address and name. */
  readonly lists: FilterLists | null;
  isLocal(address: string): boolean;
  isVendors(address: string): boolean;
  /** Returns false if no further window may be opened. */
  openWindow(window: number): boolean;
  /** Adds records of totals, which the next call may overwrite. */
  addTotals(batch: Uint8Array, length: number): void;
  wroteRows(rows: number, connections: RowTimes, parts: RowTimes): void;
}

export class SummedRows implements RowSums {
  readonly #native: NativeSummedRows;
  readonly #format: SummedFormat;
  readonly #context: SummedContext;
  readonly #taken = new Float64Array(TAKEN);
  readonly #hidden = new Uint8Array(BATCH_BYTES);
  readonly #words = wordCache();
  readonly #transports = transportCache();
  /** Remaining lines to skip, and their number after the next line that cannot be summed. */
  #pause = 0;
  #nextPause = 0;
  /** The form of lines that the core has. */
  #lines: LineForm | null = null;
  end = 0;
  lines = 0;

  constructor(format: SummedFormat, context: SummedContext) {
    this.#format = format;
    this.#context = context;
    const { sums, totals, windowUs, answered, lists } = context;
    const { fields, forms, maxId, names, early, named, open, gateway } = format;
    const { NativeSummedRows } = loadAddon();
    this.#native = new NativeSummedRows(sums.columns, totals, this.#taken, windowUs, this.#hidden);
    const numbers = forms.flatMap(({ row, cells }) => [
      ROW_KINDS[row],
      ...CELLS.map((cell) => cells[cell] ?? -1),
    ]);
    const tables = { answered, open: open.bits, unlisted: names.unlisted, ...early.tables };
    this.#native.open(fields.plain, Int16Array.from(numbers), maxId, tables, fields.isRanked);
    if (lists !== null) this.#native.setLists(lists.local, lists.vendors, lists.listed);
    if (gateway !== undefined) {
      const { isJoined, isTwice, classFields, requested } = gateway;
      const flags =
        (isJoined ? GATEWAY.joined : 0) |
        (isTwice ? GATEWAY.twice : 0) |
        (gateway.early === null ? 0 : GATEWAY.mayWait);
      this.#native.setGateway(flags, Int16Array.from(classFields));
      requested.sessions.share((hashes, count) => this.#native.setNamed(hashes, count));
      requested.share((columns) => this.#native.setRequests(columns));
      if (gateway.early !== null) {
        this.#native.setSessions(gateway.early.places);
        gateway.early.share(this.#native);
      }
    }
    early.share?.({
      has: (key) => this.#native.isWaiting(key),
      take: (key) => this.#native.takeWaiting(key),
    });
    named?.share((hashes, count) => this.#native.setNamed(hashes, count));
    const batch = new Uint8Array(BATCH_BYTES);
    sums.write = (from) => {
      const length = this.#native.writeSums(from, batch);
      if (length > 0) context.addTotals(batch, length);
      return length > 0;
    };
    sums.onForget = () => {
      gateway?.requested.keepClients();
      this.#native.forget();
    };
  }

  take(bytes: Buffer, start: number, state: RowState, lines: LineForm): void {
    this.end = start;
    this.lines = 0;
    if (this.#pause > 0) {
      this.#pause--;
      return;
    }
    for (let answers = 0; answers < MAX_ANSWERS; answers++) {
      this.#scan(bytes, this.end, state, lines);
      const taken = this.#taken;
      const count = taken[COUNT] ?? 0;
      if (count > 0) {
        answers = 0;
        this.lines += count;
        this.end = taken[END] ?? start;
        this.#context.wroteRows(count, this.#timesAt(CONNECTIONS), this.#timesAt(PARTS));
      }
      if (!this.#answer(bytes, taken[NEEDED] ?? 0)) break;
    }
    this.#nextPause = this.lines > 0 ? 0 : Math.min(2 * this.#nextPause + 1, MAX_PAUSE);
    this.#pause = this.#nextPause;
  }

  #timesAt(place: number): RowTimes {
    return { firstUs: this.#taken[place] ?? 0, lastUs: this.#taken[place + 1] ?? 0 };
  }

  hostOf(number: number): string {
    return this.#context.sums.hostOf(number);
  }

  emitHidden(): void {
    const length = this.#native.takeHidden();
    if (length > 0) this.#context.addTotals(this.#hidden, length);
  }

  *sumWaiting(findState: () => NameState): Iterable<string> {
    const { counts } = this.#format.early.tables;
    while ((counts[1] ?? 0) > 0) {
      yield* this.#native.sumWaiting(nameFlags(findState()), LEFT_AT_ONCE);
      this.emitHidden();
    }
  }

  sumSessions(): void {
    while (!this.#native.sumSessions()) {
      this.emitHidden();
      this.#context.sums.emitAll();
    }
  }

  #scan(bytes: Buffer, start: number, state: RowState, lines: LineForm): void {
    const { form, separator } = state;
    const flags = nameFlags(state) | (state.mayWait ? 2 : 0) | (state.readsKind ? 4 : 0);
    const between = separator?.length === 1 ? separator.charCodeAt(0) & 0xff : 0;
    const native = this.#native;
    if (lines.kind === 'json') native.takeJson(bytes, start, form, flags, between);
    else if (lines.kind === 'header') native.takeHeader(bytes, start, form, flags, between);
    else if (lines.kind === 'pairs')
      native.takePairs(bytes, start, form, flags, between, lines.separator, lines.mark);
    else if (lines.kind === 'cells') {
      const { separator: byte, columns, unset, empty } = lines;
      native.takeCells(bytes, start, form, flags, between, byte, columns, unset, empty);
    } else {
      if (lines !== this.#lines) native.setColumns(lines.forms);
      this.#lines = lines;
      native.takeColumns(bytes, start, form, flags, between, lines.separator, lines.hasMore);
    }
  }

  /** Answers a question of the core about the next row; false if its reader must read it. */
  #answer(bytes: Buffer, need: number): boolean {
    const [start, end] = [this.#taken[NEED_START] ?? 0, this.#taken[NEED_END] ?? 0];
    const { names, words, gateway } = this.#format;
    switch (need) {
      case NEED.client:
      case NEED.server:
        this.#learnAddress(bytes, start, end, need === NEED.client);
        return true;
      case NEED.service: {
        const flags = words?.serviceFlags(this.#words.get(bytes, start, end)) ?? 0;
        this.#native.learn(KIND.service, bytes, start, end, flags, -1, 0, 0);
        return true;
      }
      case NEED.transport: {
        const transport = this.#transports.get(bytes, start, end);
        const flags = transport === null ? 0 : TRANSPORT[transport];
        this.#native.learn(KIND.transport, bytes, start, end, flags, -1, 0, 0);
        return true;
      }
      case NEED.kind: {
        const form = words?.formOf(this.#words.get(bytes, start, end)) ?? 0;
        this.#native.learn(KIND.kind, bytes, start, end, form, -1, 0, 0);
        return true;
      }
      case NEED.name:
        return names.get(bytes, start, end) === null;
      case NEED.window: {
        const window = this.#taken[WINDOW] ?? 0;
        if (!this.#context.openWindow(window)) return false;
        this.#native.openWindow(window);
        return true;
      }
      case NEED.room:
        this.emitHidden();
        return true;
      case NEED.rowClass: {
        const flags = gateway?.classOf(bytes, start, end) ?? 0;
        this.#native.learnClass(flags);
        return flags !== 0;
      }
      case NEED.time:
      case NEED.start: {
        const us = gateway?.timeOf(bytes, start, end, need === NEED.start) ?? Number.NaN;
        this.#native.learnTime(us > 0 && us < LATEST_US ? us : 0);
        return us > 0;
      }
      default:
        return false;
    }
  }

  #learnAddress(bytes: Buffer, start: number, end: number, isClient: boolean): void {
    const address = parseLoggedAddress(bytes.toString('latin1', start, end));
    if (address === null) {
      this.#native.learn(KIND.address, bytes, start, end, 0, 0, 0, 0);
      return;
    }
    const { sums } = this.#context;
    const host = isClient ? sums.findNumber(address) : -1;
    const flags =
      ADDRESS.isAddress |
      (this.#context.isLocal(address) ? ADDRESS.isLocal : 0) |
      (this.#context.isVendors(address) ? ADDRESS.isVendors : 0);
    this.#native.learn(KIND.address, bytes, start, end, flags, host, hashAddress(address), fnv1a(address));
  }
}

const nameFlags = ({ hasNames, lacksNames, hasRequests, lacksRequests }: NameState): number =>
  (hasNames ? 1 : 0) |
  (lacksNames ? 8 : 0) |
  (hasRequests === true ? 16 : 0) |
  (lacksRequests === true ? 32 : 0);
