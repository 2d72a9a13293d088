// One open window: sums per host, row and DNS name, and the closed window made of them.

import type { ServiceRecord } from '../model/flow.ts';
import type { NameAsked, UsageWindow, WindowStats } from '../model/usage.ts';
import { compareText } from '../net/address.ts';
import { US } from '../time/units.ts';
import { MAX_OF_SENSOR_WINDOW } from '../window/ceilings.ts';
import { askedKey, rowKey, STATS_ZEROS, unionSharedMacs } from '../window/sums.ts';
import { emptyHost, finishHost, type HostBuilder } from './host-builder.ts';
import { HostRanks, type Rank } from './host-ranks.ts';
import { emptyQuestion, finishQuestion, type QuestionBuilder } from './question-builder.ts';
import { emptyRow, finishRow, type RowBuilder, type RowIdentity } from './row-builder.ts';
import { ServiceBuilder } from './service-builder.ts';

/** Limits of one window in addition to that of hosts; a hostile window takes about 100 MB. */
const MAX_ROWS = MAX_OF_SENSOR_WINDOW;
const MAX_ASKED = MAX_OF_SENSOR_WINDOW;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export class WindowBuilder {
  readonly startSeconds: number;
  readonly startUs: number;
  readonly stats: Mutable<WindowStats> & { overflow: Record<string, number> };
  readonly #hosts = new HostRanks();
  /** Made when they are needed, as is the next: a sparse capture of a megabyte has a hundred thousand windows. */
  #rows: Map<string, RowBuilder> | null = null;
  #asked: Map<string, QuestionBuilder> | null = null;
  /** Names that a host queried for others: it answered a query for the same name. */
  #forwarded: Set<string> | null = null;
  #services: ServiceBuilder | null = null;

  constructor(startSeconds: number) {
    this.startSeconds = startSeconds;
    this.startUs = startSeconds * US;
    this.stats = { ...STATS_ZEROS, malformed: {}, undecoded: 0, overflow: {} };
  }

  /** Null when there are too many hosts of its rank or above. `rank` is that of the fact to be added. */
  host(address: string, tsUs: number, rank: Rank): HostBuilder | null {
    const known = this.#hosts.find(address, rank);
    if (known !== null) return known;
    const room = this.#hosts.makeRoom(rank);
    if (room !== 'free') this.#leaveOut('hosts');
    if (room === 'none') return null;
    const builder = emptyHost(address, tsUs);
    this.#hosts.add(builder, rank);
    return builder;
  }

  row(identity: RowIdentity, tsUs: number): RowBuilder | null {
    this.#rows ??= new Map();
    const rows = this.#rows;
    const key = rowKey(identity);
    const known = rows.get(key);
    if (known !== undefined) return known;
    if (rows.size >= MAX_ROWS) return this.#leaveOut('rows');
    const builder = emptyRow(identity, tsUs);
    rows.set(key, builder);
    return builder;
  }

  asked(host: string, name: string, tsUs: number): QuestionBuilder | null {
    this.#asked ??= new Map();
    const questions = this.#asked;
    const key = askedKey({ host, name });
    const known = questions.get(key);
    if (known !== undefined) return known;
    if (questions.size >= MAX_ASKED) return this.#leaveOut('asked');
    const builder = emptyQuestion(host, name, tsUs);
    questions.set(key, builder);
    return builder;
  }

  /** `server` answers a query for the name: its own queries are those of its clients. */
  answered(server: string, name: string): void {
    this.#forwarded ??= new Set();
    if (this.#forwarded.size < MAX_ASKED) this.#forwarded.add(askedKey({ host: server, name }));
  }

  addService(service: ServiceRecord): void {
    this.#services ??= new ServiceBuilder();
    if (!this.#services.add(service)) this.#leaveOut('services');
  }

  #leaveOut(ceiling: string): null {
    this.stats.overflow[ceiling] = (this.stats.overflow[ceiling] ?? 0) + 1;
    return null;
  }

  finish(sensor: string, lengthSeconds: number, revision: number): UsageWindow {
    const hosts = this.#hosts
      .all()
      .map(finishHost)
      .sort((a, b) => compareText(a.host, b.host));
    return {
      sensor,
      startSeconds: this.startSeconds,
      revision,
      lengthSeconds,
      stats: {
        ...this.stats,
        malformed: countsOf(this.stats.malformed),
        overflow: countsOf(this.stats.overflow),
      },
      hosts,
      rows: this.#rows === null ? NONE : sorted(this.#rows).map(finishRow),
      asked: this.#asked === null ? NONE : this.#ownQuestions(this.#asked),
      ...unionSharedMacs([], hosts),
      ...this.#services?.finish(),
    };
  }

  #ownQuestions(questions: ReadonlyMap<string, QuestionBuilder>): NameAsked[] {
    return sorted(questions)
      .filter((asked) => this.#forwarded?.has(askedKey(asked)) !== true)
      .map(finishQuestion);
  }
}

/** One for all windows without: as above. */
const NONE: readonly never[] = [];
const NO_COUNTS: Readonly<Record<string, number>> = Object.freeze({});

const countsOf = (counts: Readonly<Record<string, number>> | undefined): Readonly<Record<string, number>> =>
  counts === undefined || Object.keys(counts).length === 0 ? NO_COUNTS : { ...counts };

function sorted<T>(map: ReadonlyMap<string, T>): T[] {
  return [...map].sort((a, b) => compareText(a[0], b[0])).map(([, value]) => value);
}
