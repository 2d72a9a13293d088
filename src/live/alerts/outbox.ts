// Stores live findings before they are sent, retries until they are accepted, and survives a restart. Receivers may get a
// finding twice (with the same id) and never miss one, unless the outbox overflows, which is counted.

import { rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { moveInPlace } from '../../files/durable-file.ts';
import { RetryPause } from '../../time/retry-pause.ts';
import { type JournalEntry, noteState, readJournal } from './alert-journal.ts';
import { type Alert, type AlertSink, MessageRefused, RetryLater } from './sinks.ts';

/** Maximum number of waiting alerts: a receiver that is down for months must not fill the memory. 1.4 kB each: 92 MB. */
export const MAX_WAITING = 65_536;
/** Maximum number of known ids: those of today and yesterday if both days reach their limit: 16 MB. */
export const MAX_REMEMBERED = 131_072;
const LONGEST_PAUSE_MS = 300_000;
/** The journal is rewritten when it has this many lines and most of them are obsolete. */
const COMPACT_LINES = 10_000;
const USELESS_FACTOR = 4;

export interface OutboxOptions {
  /** Path of the journal. Its folder exists. */
  readonly file: string;
  /** Sends findings of earlier runs again if this run raises them again. */
  readonly replays?: true;
  readonly sinks: readonly AlertSink[];
  /** Waits. Rejects or resolves early when the signal is aborted. */
  readonly pause: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly onTrouble: (sink: string, error: unknown, waiting: number) => void;
}

interface Write {
  readonly line: string;
  resolve(): void;
  reject(error: unknown): void;
}

export class Outbox {
  readonly #options: OutboxOptions;
  /** Names of the receivers of each finding, by id, the oldest first. */
  readonly #known = new Map<string, readonly string[]>();
  /** Alerts of earlier runs that this one has not raised. */
  readonly #earlier = new Set<string>();
  readonly #waiting = new Map<string, Alert[]>();
  /** Alerts for sinks that an earlier run had and this run does not have. */
  readonly #absent = new Map<string, readonly Alert[]>();
  /** Final states of provisional findings that have none yet, by subject. */
  readonly #provisional = new Map<string, Alert>();
  readonly #sinkNames: readonly string[];
  readonly #stop = new AbortController();
  readonly #running: Promise<void>[] = [];
  readonly #wake = new Map<string, () => void>();
  #journal: FileHandle | null = null;
  #lines = 0;
  /** The journal may end inside a line. */
  #isTorn = false;
  /** Lines of the next write. They are written together, because a disk takes as long for one line as for many. */
  #writes: Write[] = [];
  #writing: Promise<void> | null = null;
  dropped = 0;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#sinkNames = options.sinks.map(({ name }) => name);
    for (const sink of options.sinks) this.#waiting.set(sink.name, []);
  }

  /** Reads the undelivered alerts of earlier runs, and begins to send. */
  async open(): Promise<void> {
    this.#restore();
    this.#journal = await open(this.#options.file, 'a', 0o600);
    for (const sink of this.#options.sinks) this.#running.push(this.#deliver(sink));
  }

  /** Returns true for a new id. A finding is sent to each sink once, unless findings are replayed. */
  async add(alert: Alert): Promise<boolean> {
    const existing = this.#known.get(alert.id);
    const isReplayed = this.#options.replays === true && this.#earlier.has(alert.id);
    this.#earlier.delete(alert.id);
    const isNew = existing === undefined || isReplayed;
    const sinks = isNew ? this.#sinkNames : this.#sinkNames.filter((name) => !existing.includes(name));
    if (!isNew && sinks.length === 0) return false;
    noteState(this.#provisional, alert);
    this.#learn(alert.id, isNew ? this.#sinkNames : [...existing, ...sinks]);
    await this.#write({ alert, sinks });
    for (const name of sinks) {
      const list = this.#waiting.get(name);
      if (list === undefined) continue;
      list.push(alert);
      if (list.length > MAX_WAITING) {
        list.shift();
        this.dropped++;
      }
      this.#wake.get(name)?.();
    }
    return isNew;
  }

  isKnown(id: string): boolean {
    return this.#known.has(id);
  }

  /** Sets the final state of provisional findings whose run ended without one: that of a stopped sensor. */
  async endProvisional(): Promise<Alert[]> {
    const ended = [...this.#provisional.values()];
    for (const alert of ended) await this.add(alert);
    return ended;
  }

  /** Drops the oldest ids first: they belong to past days, whose findings are not raised again. */
  #learn(id: string, sinks: readonly string[]): void {
    this.#known.set(id, sinks);
    if (this.#known.size <= MAX_REMEMBERED) return;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }

  get waiting(): number {
    return Math.max(0, ...[...this.#waiting.values()].map((list) => list.length));
  }

  /** Ends sending. Undelivered alerts stay in the journal for the next run. */
  async close(): Promise<void> {
    this.#stop.abort();
    for (const wake of this.#wake.values()) wake();
    await Promise.allSettled(this.#running);
    await this.#writing;
    await this.#journal?.close();
    this.#journal = null;
  }

  #restore(): void {
    const { known, waiting, provisional, lines, isTorn } = readJournal(this.#options.file);
    for (const [subject, alert] of provisional) this.#provisional.set(subject, alert);
    this.#lines = lines;
    this.#isTorn = isTorn;
    for (const [id, sinks] of known) {
      this.#learn(id, sinks);
      this.#earlier.add(id);
    }
    for (const [sink, alerts] of waiting) {
      const list = this.#waiting.get(sink);
      if (list === undefined) this.#absent.set(sink, [...alerts.values()].slice(-MAX_WAITING));
      else list.push(...[...alerts.values()].slice(-MAX_WAITING));
    }
  }

  async #deliver(sink: AlertSink): Promise<void> {
    const list = this.#waiting.get(sink.name) ?? [];
    const { signal } = this.#stop;
    const retry = new RetryPause(LONGEST_PAUSE_MS);
    while (!signal.aborted) {
      const alert = list[0];
      if (alert === undefined) {
        await new Promise<void>((resolve) => this.#wake.set(sink.name, resolve));
        continue;
      }
      try {
        await sink.send(alert);
        if (list[0] === alert) list.shift();
        // Not awaited: after a crash the alert is sent twice, and the receiver recognizes it by its id.
        this.#write({ sent: alert.id, sink: sink.name }).catch((error: unknown) =>
          this.#options.onTrouble(sink.name, error, list.length),
        );
        retry.reset();
      } catch (error) {
        this.#options.onTrouble(sink.name, error, list.length);
        if (error instanceof MessageRefused) delayRefused(list, alert);
        const requestedPauseMs = error instanceof RetryLater ? error.pauseMs : 0;
        await this.#options.pause(
          Math.min(LONGEST_PAUSE_MS, Math.max(requestedPauseMs, retry.milliseconds)),
          signal,
        );
        retry.lengthen();
      }
    }
  }

  #write(entry: JournalEntry): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#writes.push({ line: `${JSON.stringify(entry)}\n`, resolve, reject });
      this.#writing ??= this.#flush().finally(() => {
        this.#writing = null;
      });
    });
  }

  async #flush(): Promise<void> {
    while (this.#writes.length > 0) {
      const writes = this.#writes;
      this.#writes = [];
      try {
        // A full disk or a crash may leave a partial line, which would also damage the next line.
        await this.#journal?.appendFile(
          `${this.#isTorn ? '\n' : ''}${writes.map(({ line }) => line).join('')}`,
        );
        await this.#journal?.datasync();
        this.#isTorn = false;
        this.#lines += writes.length;
      } catch (error) {
        this.#isTorn = true;
        for (const { reject } of writes) reject(error);
        continue;
      }
      for (const { resolve } of writes) resolve();
      if (this.#lines > this.#linesAtMost()) await this.#compactOrReport();
    }
  }

  /** If the disk is full, the existing journal stays in place. */
  async #compactOrReport(): Promise<void> {
    try {
      await this.#compact();
    } catch (error) {
      this.#lines = 0;
      this.#options.onTrouble(this.#options.file, error, this.waiting);
    }
  }

  #linesAtMost(): number {
    const lists = [...this.#waiting.values(), ...this.#absent.values()];
    const used = lists.reduce((sum, list) => sum + list.length, this.#known.size + this.#provisional.size);
    return Math.max(COMPACT_LINES, USELESS_FACTOR * used);
  }

  /** Keeps all ids, so that no finding is sent twice, and the texts of waiting alerts. */
  async #compact(): Promise<void> {
    const { file } = this.#options;
    const temporary = `${file}.partial`;
    rmSync(temporary, { force: true });
    const handle = await open(temporary, 'w', 0o600);
    // Read after the wait above, because alerts that were just written now wait for their receivers.
    const entries: JournalEntry[] = [...this.#known].map(([known, sinks]) => ({ known, sinks }));
    for (const [sink, alerts] of [...this.#waiting, ...this.#absent])
      for (const { subject: _, atStop: __, ...alert } of alerts) entries.push({ alert, sinks: [sink] });
    for (const atStop of this.#provisional.values()) entries.push({ atStop });
    try {
      for (const lines of listLines(entries)) await handle.appendFile(lines);
    } finally {
      await handle.close();
    }
    await moveInPlace(temporary, file);
    const before = this.#journal;
    this.#journal = await open(file, 'a', 0o600);
    this.#lines = entries.length;
    this.#isTorn = false;
    await before?.close();
  }
}

/** A message that a receiver refuses must not delay the others. Messages of its subject keep their order. */
function delayRefused(list: Alert[], refused: Alert): void {
  const isOfSubject = (alert: Alert): boolean =>
    alert === refused || (refused.subject !== undefined && alert.subject === refused.subject);
  const held = list.filter(isOfSubject);
  const others = list.filter((alert) => !isOfSubject(alert));
  others.concat(held).forEach((alert, i) => {
    list[i] = alert;
  });
}

/** Maximum number of lines per write. */
const LINES_AT_ONCE = 1000;

function* listLines(entries: readonly JournalEntry[]): Generator<string> {
  for (let i = 0; i < entries.length; i += LINES_AT_ONCE)
    yield entries
      .slice(i, i + LINES_AT_ONCE)
      .map((entry) => `${JSON.stringify(entry)}\n`)
      .join('');
}
