// Questions to a history, answered from kept judgements in SQL: the same answers as judging its windows, without them.

import { attribute } from '../catalogue/attribute.ts';
import type { FirstUse } from '../catalogue/first-use.ts';
import { WiretallyError } from '../model/errors.ts';
import type { Breakdown, BreakdownBy } from '../model/report.ts';
import type { HostAttribution } from '../model/tool.ts';
import { openZone, type Zone } from '../model/zone.ts';
import type { HostFacts } from '../report/host-facts.ts';
import { type DuckdbFile, damaged } from './duckdb-file.ts';
import { readSpan, readUsage, type Span } from './duckdb-windows.ts';
import { type CountedRow, readBreakdown } from './history-breakdown.ts';
import type { Listed } from './history-details.ts';
import { readFacts, readHosts, type SpanFacts } from './history-facts.ts';
import { chooseStays, chosenRows } from './history-span.ts';
import { attributionsOf, type FirstSeen, type HistoryRow, readSums } from './history-uses.ts';
import { isJudgedBy, type Judge, unjudgedRanges } from './judgements.ts';
import type { WindowSpan } from './store.ts';
import { zoneSql } from './zone-sql.ts';

/** What a span holds. */
export interface HistoryPart extends SpanFacts {
  /** Without quarter hours: those stay in the store, and `breakdown` adds them up. */
  readonly attributions: readonly HostAttribution[];
  readonly hosts: ReadonlyMap<string, HostFacts>;
  readonly damage: readonly WiretallyError[];
}

export interface HistoryQuestion {
  readonly span: Span;
  readonly zone: Zone;
  /** When a host was first seen with a tool over the whole history; null where that is not known. */
  readonly firstSeen: FirstSeen;
  /** All, where it is not told. */
  readonly listed?: Listed;
}

/** A store that is open for reading. One question at a time: each uses the same temporary tables. */
export class History {
  readonly #path: string;
  readonly #file: DuckdbFile;
  readonly #judge: Judge;
  #span: Promise<WindowSpan | null> | null = null;

  constructor(path: string, file: DuckdbFile, judge: Judge) {
    this.#path = path;
    this.#file = file;
    this.#judge = judge;
  }

  /** Start of the first window and end of the last; null in an empty store. */
  async span(): Promise<WindowSpan | null> {
    this.#span ??= readSpan(this.#file.connection);
    return await this.#span;
  }

  /** False: every question judges windows anew, because another catalogue or program judged them, or nobody did. */
  async isJudged(): Promise<boolean> {
    return await isJudgedBy(this.#file.connection, this.#judge);
  }

  /** No further than windows reach: bounds that nobody gave are far away. */
  async #within({ from, to }: Span): Promise<Span> {
    const whole = await this.span();
    if (whole === null) return { from: 0, to: 0 };
    const first = Math.max(from, whole.firstSeconds);
    return { from: first, to: Math.max(first, Math.min(to, whole.lastSeconds)) };
  }

  async part(question: HistoryQuestion): Promise<HistoryPart> {
    return await this.#guarded(async () => {
      const { connection } = this.#file;
      const { zone } = question;
      const span = await this.#within(question.span);
      const columns = zoneSql(zone, span.from, span.to);
      const { rows, damage } = await this.#sums({ ...question, span });
      return {
        ...(await readFacts(connection, span, zone, columns)),
        attributions: await attributionsOf(connection, rows, columns, question.listed),
        hosts: await readHosts(connection, span, columns),
        damage: [...(await this.#damage(span)), ...damage],
      };
    });
  }

  /** What could not be read when it was to be judged. */
  async #damage({ from, to }: Span): Promise<WiretallyError[]> {
    const reader = await this.#file.connection.runAndReadAll(
      `SELECT message FROM damaged_windows WHERE start_seconds >= ${from} AND start_seconds < ${to}
       AND ${await this.isJudged()} ORDER BY start_seconds`,
    );
    return reader
      .getRows()
      .map(([message]) => new WiretallyError('STORE_DAMAGED', String(message), { where: this.#path }));
  }

  /** Of the span that `part` was asked for last. */
  async breakdown(
    by: BreakdownBy,
    question: HistoryQuestion,
    rows: readonly CountedRow[],
  ): Promise<Breakdown> {
    return await this.#guarded(async () => {
      const span = await this.#within(question.span);
      const zone = zoneSql(question.zone, span.from, span.to);
      return await readBreakdown(this.#file.connection, { by, rows, span, zone });
    });
  }

  /** Rows with their sums alone, for a trend. Null where no window begins in the span. */
  async sums(question: HistoryQuestion): Promise<HostAttribution[] | null> {
    return await this.#guarded(async () => {
      const span = await this.#within(question.span);
      const { from, to } = span;
      const reader = await this.#file.connection.runAndReadAll(
        `SELECT 1 FROM windows WHERE start_seconds >= ${from} AND start_seconds < ${to} LIMIT 1`,
      );
      if (reader.getRows().length === 0) return null;
      const { rows } = await this.#sums({ ...question, span });
      return await attributionsOf(this.#file.connection, rows, null);
    });
  }

  /** Over the whole history. */
  async firstUses(): Promise<FirstUse[]> {
    return await this.#guarded(async () => {
      const { connection } = this.#file;
      const isWhole = (await this.isJudged()) && (await unjudgedRanges(connection)).length === 0;
      if (!isWhole)
        await this.#choose(await this.#within({ from: 0, to: Number.MAX_SAFE_INTEGER }), openZone('UTC'));
      const reader = await connection.runAndReadAll(
        `SELECT host, tool, min(first_us)::DOUBLE, min(first_us) FILTER (grade > 0 OR is_provider)::DOUBLE
         FROM ${isWhole ? 'uses' : chosenRows('uses')} WHERE first_us IS NOT NULL GROUP BY host, tool`,
      );
      return reader.getRows().map(([host, tool, firstUs, countedUs]) => ({
        host: String(host),
        tool: String(tool),
        firstUs: Number(firstUs),
        countedUs: countedUs === null ? null : Number(countedUs),
      }));
    });
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #choose(span: Span, zone: Zone): Promise<WiretallyError[]> {
    const columns = zoneSql(zone, span.from, span.to);
    return await chooseStays(this.#path, this.#file.connection, this.#judge, span, columns);
  }

  async #sums(question: HistoryQuestion): Promise<{ rows: HistoryRow[]; damage: WiretallyError[] }> {
    const damage = await this.#choose(question.span, question.zone);
    const rows = await readSums(this.#file.connection, this.#judge.catalogue, question.firstSeen);
    return { rows: await this.#untangled(rows, question), damage };
  }

  /** Rare: a host that rested at no time of a day, with a request under way when its stay was cut. */
  async #untangled(rows: HistoryRow[], { span, zone }: HistoryQuestion): Promise<HistoryRow[]> {
    const hosts = new Set(rows.filter(({ isTangled }) => isTangled).map(({ host }) => host));
    if (hosts.size === 0) return rows;
    const { windows } = await readUsage(this.#path, this.#file.connection, span);
    const isWanted = ({ host }: { host: string }): boolean => hosts.has(host);
    const theirs = windows.map((window) => ({
      ...window,
      rows: window.rows.filter(isWanted),
      asked: window.asked.filter(isWanted),
    }));
    const judged = attribute(theirs, this.#judge.catalogue, { zone });
    return rows.map((row) => {
      if (!row.isTangled) return row;
      const attribution = judged.find(({ host }) => host === row.host);
      const list = row.isProvider ? attribution?.providers : attribution?.tools;
      const use = list?.find((tool) => tool.use.tool === row.sums.tool.id)?.use;
      const { prompts, sessions } = use ?? row.sums;
      return {
        ...row,
        sums: { ...row.sums, prompts: prompts ?? row.sums.prompts, sessions: sessions ?? row.sums.sessions },
      };
    });
  }

  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      // A fault of the program is none of the file.
      if (error instanceof TypeError || error instanceof ReferenceError) throw error;
      throw damaged(this.#path, error);
    }
  }
}
