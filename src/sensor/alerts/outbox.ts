// The outbox of live findings: written down before they are sent, tried again until they are taken, and still there
// after a restart. Receivers may see one twice (by its id), never not at all, unless the outbox overflows, which is counted.

import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { RetryPause } from '../retry-pause.ts';
import type { Alert, AlertSink } from './sinks.ts';

/** Alerts that wait at most; a receiver that is away for months must not fill the memory. 1.4 kB each: 92 MB. */
export const MAX_WAITING = 65_536;
/** Ids that are known at most, those of today and yesterday where both days were full: 16 MB. */
export const MAX_KNOWN = 131_072;
const LONGEST_PAUSE_MS = 300_000;
/** The journal is written anew when it holds this many lines and nothing waits. */
const COMPACT_LINES = 10_000;

export interface OutboxOptions {
  /** The journal: one JSON line per alert and one per delivery. */
  readonly file: string;
  readonly sinks: readonly AlertSink[];
  /** The clock: waits. Rejects or resolves early when the signal is aborted. */
  readonly pause: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly onTrouble: (sink: string, error: unknown, waiting: number) => void;
}

/** A line on its way to disk. */
interface Write {
  readonly line: string;
  resolve(): void;
  reject(error: unknown): void;
}

type Entry = { readonly alert: Alert } | { readonly sent: string; readonly sink: string };

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #known = new Set<string>();
  readonly #waiting = new Map<string, Alert[]>();
  readonly #stop = new AbortController();
  readonly #running: Promise<void>[] = [];
  readonly #wake = new Map<string, () => void>();
  #journal: FileHandle | null = null;
  #lines = 0;
  /** Lines that the next write takes, all of them at once: a disk takes as long for one. */
  #writes: Write[] = [];
  #writing: Promise<void> | null = null;
  dropped = 0;

  constructor(options: OutboxOptions) {
    this.#options = options;
    for (const sink of options.sinks) this.#waiting.set(sink.name, []);
  }

  /** Reads what an earlier run left, and begins to send. */
  async open(): Promise<void> {
    mkdirSync(dirname(this.#options.file), { recursive: true, mode: 0o700 });
    this.#restore();
    this.#journal = await open(this.#options.file, 'a', 0o600);
    for (const sink of this.#options.sinks) this.#running.push(this.#deliver(sink));
  }

  /** True when the id is new; an alert that was ever accepted is not sent again. */
  async add(alert: Alert): Promise<boolean> {
    if (this.#known.has(alert.id)) return false;
    this.#learn(alert.id);
    await this.#write({ alert });
    for (const [sink, list] of this.#waiting) {
      list.push(alert);
      if (list.length > MAX_WAITING) {
        list.shift();
        this.dropped++;
      }
      this.#wake.get(sink)?.();
    }
    return true;
  }

  /** The oldest ids are those of days that are over, which nobody raises again. */
  #learn(id: string): void {
    this.#known.add(id);
    if (this.#known.size <= MAX_KNOWN) return;
    const [oldest] = this.#known;
    if (oldest !== undefined) this.#known.delete(oldest);
  }

  get waiting(): number {
    return Math.max(0, ...[...this.#waiting.values()].map((list) => list.length));
  }

  /** Ends sending; what was not taken stays in the journal for the next run. */
  async close(): Promise<void> {
    this.#stop.abort();
    for (const wake of this.#wake.values()) wake();
    await Promise.allSettled(this.#running);
    await this.#writing;
    await this.#journal?.close();
    this.#journal = null;
  }

  #restore(): void {
    const { file } = this.#options;
    if (!existsSync(file)) return;
    const alerts = new Map<string, Alert>();
    const sent = new Set<string>();
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      const entry = parseEntry(line);
      if (entry === null) continue; // a line that a crash cut short was never acknowledged
      this.#lines++;
      if ('alert' in entry) alerts.set(entry.alert.id, entry.alert);
      else sent.add(`${entry.sink}\n${entry.sent}`);
    }
    for (const alert of alerts.values()) {
      this.#learn(alert.id);
      for (const [sink, list] of this.#waiting) if (!sent.has(`${sink}\n${alert.id}`)) list.push(alert);
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
        // Not waited for: what a crash takes of it is sent twice, and the receiver knows it by its id.
        this.#write({ sent: alert.id, sink: sink.name }).catch((error: unknown) =>
          this.#options.onTrouble(sink.name, error, list.length),
        );
        retry.reset();
      } catch (error) {
        this.#options.onTrouble(sink.name, error, list.length);
        await this.#options.pause(retry.milliseconds, signal);
        retry.lengthen();
      }
    }
  }

  #write(entry: Entry): Promise<void> {
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
        await this.#journal?.appendFile(writes.map(({ line }) => line).join(''));
        await this.#journal?.datasync();
        this.#lines += writes.length;
        if (this.#lines > COMPACT_LINES && this.waiting === 0) await this.#compact();
        for (const { resolve } of writes) resolve();
      } catch (error) {
        for (const { reject } of writes) reject(error);
      }
    }
  }

  /** Keeps the ids, so that nothing is said twice, and forgets the texts. */
  async #compact(): Promise<void> {
    const { file, sinks } = this.#options;
    const temporary = `${file}.partial`;
    rmSync(temporary, { force: true });
    const handle = await open(temporary, 'w', 0o600);
    const lines: string[] = [];
    for (const id of this.#known) {
      lines.push(JSON.stringify({ alert: { id, time: '', severity: 'info', line: '', text: '' } }));
      for (const sink of sinks) lines.push(JSON.stringify({ sent: id, sink: sink.name }));
    }
    await handle.writeFile(lines.length === 0 ? '' : `${lines.join('\n')}\n`);
    await handle.datasync();
    await handle.close();
    await this.#journal?.close();
    renameSync(temporary, file);
    this.#journal = await open(file, 'a', 0o600);
    this.#lines = 0;
  }
}

function parseEntry(line: string): Entry | null {
  if (line === '') return null;
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null) return null;
    if (
      'sent' in value &&
      'sink' in value &&
      typeof value.sent === 'string' &&
      typeof value.sink === 'string'
    ) {
      return { sent: value.sent, sink: value.sink };
    }
    return 'alert' in value && isAlert(value.alert) ? { alert: value.alert } : null;
  } catch {
    return null;
  }
}

function isAlert(value: unknown): value is Alert {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['id', 'time', 'severity', 'line', 'text'].every(
      (key) => typeof Object.entries(value).find(([k]) => k === key)?.[1] === 'string',
    )
  );
}
