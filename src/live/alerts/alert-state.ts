// Opens the journals of a sensor's findings: one for each policy, so that none is sent under a policy that never raised it,
// and none is suppressed because another run has raised it.

import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { requireFolder } from '../../files/durable-file.ts';
import { tryLock } from '../../files/process-lock.ts';
import { errorAt } from '../../model/errors.ts';
import { DAY_SECONDS } from '../../time/units.ts';
import { listUndelivered, readJournal } from './alert-journal.ts';
import type { Alert } from './sinks.ts';

const SUFFIX = '.ndjson';
/** Runs of one sensor and policy that listen at the same time, each with a journal of its own. */
const MAX_RUNS = 16;
/** A finding is raised once a day, so ids of past days are no longer needed. */
const STALE_MS = 2 * DAY_SECONDS * 1000;
const SLUG_LENGTH = 40;

export interface HeldJournal {
  readonly file: string;
  release(): void;
}

/** A journal that no run has open. */
export interface EarlierJournal {
  readonly file: string;
  readonly undelivered: readonly Alert[];
  remove(): void;
}

export class AlertState {
  readonly folder: string;
  readonly #prefix: string;

  /** `sensor`: the name of the sensor; without one, the interfaces or logs that it reads. */
  constructor(
    folder: string,
    sensor: { readonly name: string } | { readonly interfaces: readonly string[] },
  ) {
    this.folder = folder;
    const [kind, text] =
      'name' in sensor ? ['sensor', sensor.name] : ['interfaces', [...sensor.interfaces].sort().join('+')];
    const slug = text.replaceAll(/[^A-Za-z0-9.+-]/g, '_').slice(0, SLUG_LENGTH);
    this.#prefix = `alerts-${slug}-${digest(`${kind}\n${text}`).slice(0, 8)}-`;
  }

  /** Opens and locks the journal of a policy. Throws STORE_WRITE, STORE_BUSY. */
  hold(policySha256: string): HeldJournal {
    requireFolder(this.folder, 0o700);
    const name = `${this.#prefix}${digest(policySha256).slice(0, 12)}`;
    for (let run = 1; run <= MAX_RUNS; run++) {
      const journal = `${name}${run === 1 ? '' : `.${run}`}${SUFFIX}`;
      const release = tryLock(this.folder, journal);
      if (release === null) continue;
      const file = join(this.folder, journal);
      const existing = lstatSync(file, { throwIfNoEntry: false });
      if (existing === undefined || existing.isFile()) return { file, release };
      release();
      throw errorAt('STORE_WRITE', file, 'is not a regular file', {
        next: 'remove it, or set another folder with --state',
      });
    }
    throw errorAt('STORE_BUSY', this.folder, `${MAX_RUNS} runs of this sensor keep findings here`, {
      next: 'stop one of them, or set another name with --sensor',
    });
  }

  /**
   * Journals of this sensor that no run has open: of other policies, and of parallel runs. Those of days
   * that are over, of which all was delivered, are removed.
   */
  listLeftJournals(nowMs: number): EarlierJournal[] {
    return this.#names().flatMap((name) => {
      const release = tryLock(this.folder, name);
      if (release === null) return [];
      try {
        return this.#describeLeftJournal(join(this.folder, name), nowMs);
      } finally {
        release();
      }
    });
  }

  #describeLeftJournal(file: string, nowMs: number): EarlierJournal[] {
    const existing = lstatSync(file, { throwIfNoEntry: false });
    if (existing?.isFile() !== true) return [];
    const alerts = listUndelivered(readJournal(file));
    const remove = (): void => rmSync(file, { force: true });
    if (alerts.length > 0) return [{ file, undelivered: alerts, remove }];
    if (nowMs - existing.mtimeMs > STALE_MS) remove();
    return [];
  }

  #names(): string[] {
    return readdirSync(this.folder)
      .filter((name) => name.startsWith(this.#prefix) && name.endsWith(SUFFIX))
      .sort();
  }
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
