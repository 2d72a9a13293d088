// HeldRecords: records of a product that may still change windows. Windows are made from all of them, as if all files had
// just been read, because the row of a connection is written at its end and changes earlier windows.

import type { DnsRecord, HostObservationRecord, HostTotalsRecord } from '../../model/flow.ts';
import type { Mutable } from '../../model/immutable.ts';
import type { LogCollector } from '../../reading/logs/collect.ts';
import { addRows, newSpan, type WrittenSpan } from '../../reading/logs/gaps.ts';
import { JoinTable } from '../../reading/logs/join-table.ts';
import type { LogFilter } from '../../reading/logs/log-filter.ts';
import type { LoggedFlow, LogReader, LogRecords, RowKind } from '../../reading/logs/records.ts';
import { addTotals, type TotalsSum } from '../../reading/logs/totals.ts';
import { FewBytes } from '../../reading/logs/unseen.ts';
import { type TimestampUs, US } from '../../time/units.ts';

/** Records before a window matter to it: DNS answers name later connections, and concurrent connections are compared. */
const CONTEXT_US = 3 * 3600 * US;

export type Loss = readonly [firstUs: TimestampUs, lastUs: TimestampUs, count: number];

/** Records since the last batch. */
export interface RecordBatch {
  readonly flows: readonly LoggedFlow[];
  readonly totals: readonly HostTotalsRecord[];
  readonly dns: readonly DnsRecord[];
  readonly observations: readonly HostObservationRecord[];
  readonly losses: readonly Loss[];
}

type Lists<T> = { [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] };

const emptyBatch = (): Lists<Mutable<RecordBatch>> => ({
  flows: [],
  totals: [],
  dns: [],
  observations: [],
  losses: [],
});

interface Open {
  readonly flows: LoggedFlow[];
  readonly totals: Parameters<LogRecords['totals']>[];
}

export class HeldRecords implements LogRecords {
  readonly #filter: LogFilter;
  /** Bytes of small connections of unknown protocols, by pair of hosts. */
  readonly pairs = new JoinTable<number>();
  readonly #few = new FewBytes(this.pairs);
  readonly #windowUs: number;
  #held = emptyBatch();
  /** The records of `#held`, by host, window and kind, because each kind has the times of its own connections. */
  #totals = new Map<string, TotalsSum>();
  #batch = emptyBatch();
  #batchTotals = new Map<string, TotalsSum>();
  /** Rows that wait for later rows, while a collector reads them. */
  #open: Open | null = null;
  /** Windows before this time are final. */
  #finalUs = Number.NEGATIVE_INFINITY;
  /** Span of the file that is being read. */
  span: WrittenSpan = newSpan();
  /** Number of rows that arrived after their windows became final. */
  late = 0;
  #isSampled = false;
  hasChanged = false;

  constructor(filter: LogFilter, windowSeconds: number) {
    this.#filter = filter;
    this.#windowUs = windowSeconds * US;
  }

  isListed(name: string): boolean {
    return this.#filter.isListed(name);
  }

  findAgent(text: string): string | null {
    return this.#filter.findAgent(text);
  }

  hasListedServer(client: string, server: string, firstUs: TimestampUs): boolean {
    return this.#filter.hasListedServer(client, server, firstUs);
  }

  wrote(us: TimestampUs, kind: RowKind = 'connections'): void {
    addRows(this.span, { firstUs: us, lastUs: us }, 1, kind);
    this.hasChanged = true;
  }

  flow(flow: LoggedFlow): void {
    const hidden = this.#filter.hiddenTotals(flow);
    if (hidden !== null) {
      this.totals(hidden, flow.server);
      return;
    }
    if (this.#open !== null) {
      this.#open.flows.push(flow);
      return;
    }
    if (this.#filter.leavesOut(flow.client) || this.#filter.leavesOut(flow.server)) return;
    if (this.#isLate(flow.lastUs)) return;
    // The part of a flow that lies in final windows counts in those that are not final.
    const loggedFlow = flow.firstUs >= this.#finalUs ? flow : { ...flow, firstUs: this.#finalUs };
    this.#batch.flows.push(loggedFlow);
    this.#held.flows.push(loggedFlow);
    this.hasChanged = true;
  }

  totals(totals: HostTotalsRecord, server: string | null): void {
    if (this.#open !== null) {
      this.#open.totals.push([totals, server]);
      return;
    }
    const counted = this.#filter.counted(totals, server);
    if (counted === null || this.#isLate(totals.lastUs)) return;
    this.#addTotals({ ...this.#few.sum(counted), firstUs: Math.max(totals.firstUs, this.#finalUs) });
  }

  dns(record: DnsRecord): void {
    if (this.#filter.leavesOut(record.client) || !this.#filter.isAboutTools(record)) return;
    if (this.#isLate(record.tsUs)) return;
    this.#filter.learn(record);
    this.#batch.dns.push(record);
    this.#held.dns.push(record);
    this.hasChanged = true;
  }

  observation(observation: HostObservationRecord): void {
    if (observation.address !== null && this.#filter.leavesOut(observation.address)) return;
    if (this.#isLate(observation.tsUs)) return;
    this.#batch.observations.push(observation);
    this.#held.observations.push(observation);
    this.hasChanged = true;
  }

  sampled(): void {
    this.#isSampled = true;
  }

  /** Sensors store no users. */
  user(): void {}

  lost(...loss: Loss): void {
    this.#batch.losses.push(loss);
    this.#held.losses.push(loss);
    this.hasChanged = true;
  }

  /** Adds a batch of an earlier run. */
  restore(batch: RecordBatch): void {
    for (const record of batch.dns) this.#filter.learn(record);
    for (const totals of batch.totals) merge(this.#totals, this.#held.totals, this.#keyOf(totals), totals);
    append(this.#held.flows, batch.flows);
    append(this.#held.dns, batch.dns);
    append(this.#held.observations, batch.observations);
    append(this.#held.losses, batch.losses);
    this.hasChanged = true;
  }

  takeBatch(): RecordBatch {
    const batch = this.#batch;
    this.#batch = emptyBatch();
    this.#batchTotals = new Map();
    return batch;
  }

  /** All held records as one batch. */
  get all(): RecordBatch {
    return this.#held;
  }

  /** Gives all records to a collector, with the rows in `reader` of connections whose end is not logged yet. */
  addTo(collector: LogCollector, reader: LogReader): void {
    for (const totals of this.#held.totals) collector.totals(totals, null);
    for (const record of this.#held.dns) collector.dns(record);
    for (const observation of this.#held.observations) collector.observation(observation);
    for (const loss of this.#held.losses) collector.lost(...loss);
    for (const flow of this.#held.flows) collector.flow(flow);
    if (this.#isSampled) collector.sampled();
    this.#open = { flows: [], totals: [] };
    reader.finish();
    for (const flow of this.#open.flows) if (flow.lastUs >= this.#finalUs - CONTEXT_US) collector.flow(flow);
    // Rows that still wait are summed again next time.
    const few = new FewBytes(this.#open.totals.length === 0 ? undefined : new Map(this.pairs));
    for (const [totals, server] of this.#open.totals) {
      const counted = this.#filter.counted(totals, server);
      if (counted === null || totals.lastUs < this.#finalUs) continue;
      collector.totals({ ...few.sum(counted), firstUs: Math.max(totals.firstUs, this.#finalUs) }, null);
    }
    this.#open = null;
  }

  /** Windows before `us` are final: records that no other window needs are forgotten. */
  finalize(us: TimestampUs): void {
    if (us <= this.#finalUs) return;
    this.#finalUs = us;
    const fromUs = us - CONTEXT_US;
    const { flows, totals, dns, observations, losses } = this.#held;
    this.#held = {
      flows: flows.filter(({ lastUs }) => lastUs >= fromUs),
      totals: totals.filter(({ firstUs }) => firstUs >= fromUs),
      dns: dns.filter(({ tsUs }) => tsUs >= fromUs),
      observations: observations.filter(({ tsUs }) => tsUs >= fromUs),
      losses: losses.filter(([, lastUs]) => lastUs >= fromUs),
    };
    this.#totals = new Map(this.#held.totals.map((total) => [this.#keyOf(total), total]));
  }

  get finalUs(): TimestampUs {
    return this.#finalUs;
  }

  #isLate(lastUs: TimestampUs): boolean {
    if (lastUs >= this.#finalUs) return false;
    this.late++;
    return true;
  }

  #addTotals(totals: HostTotalsRecord): void {
    const key = this.#keyOf(totals);
    merge(this.#totals, this.#held.totals, key, totals);
    merge(this.#batchTotals, this.#batch.totals, key, totals);
    this.hasChanged = true;
  }

  #keyOf({ host, mac, vlans, firstUs, notVisible: [part], peer = '' }: HostTotalsRecord): string {
    const window = Math.floor(firstUs / this.#windowUs);
    return `${window} ${host} ${mac ?? ''} ${vlans.join()} ${part === undefined ? '' : `${part.kind} ${part.hint} ${peer}`}`;
  }
}

function append<T>(to: T[], from: readonly T[]): void {
  for (const item of from) to.push(item);
}

/** Adds to the totals of the same host and window; each is one element of `list`. */
function merge(
  sums: Map<string, TotalsSum>,
  list: HostTotalsRecord[],
  key: string,
  more: HostTotalsRecord,
): void {
  const sum = sums.get(key);
  if (sum === undefined) {
    const total: TotalsSum = { ...more };
    sums.set(key, total);
    list.push(total);
    return;
  }
  addTotals(sum, more);
}
