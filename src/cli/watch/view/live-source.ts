// Makes documents for pages from the windows of a running sensor, at most of the last day: the report that `watch` would print.

import { constants, setPriority } from 'node:os';
import type { HealthAnswer } from '../../../diagnosis/health.ts';
import type { DiagnosisResult } from '../../../model/diagnosis.ts';
import type { FirstHello, InterfaceDown, SensorHealth } from '../../../model/sensor.ts';
import type { UsageWindow } from '../../../model/usage.ts';
import { readPseudonyms } from '../../../query/inputs/pseudonyms.ts';
import { windowsOfHellos } from '../../../reading/collector/hellos-window.ts';
import { LocalNetworks } from '../../../reading/collector/local-networks.ts';
import { withOpenRequests } from '../../../report/document/open-requests.ts';
import { ProvisionalFindings } from '../../../report/document/provisional.ts';
import { MAX_MINUTES } from '../../../time/steps.ts';
import { MINUTE_SECONDS, QUARTER_SECONDS, US } from '../../../time/units.ts';
import type { RequestedSpan } from '../../../web/address-question.ts';
import type { PageSource } from '../../../web/documents.ts';
import { type Identity, RememberedHosts } from '../../../web/identity/identities.ts';
import type { EarlyHellos } from '../../../web/live/live-rates.ts';
import { addGaps } from '../../../window/capture-gaps.ts';
import { QUARTERS_IN_MEMORY, WindowBuffer } from '../../../window/window-buffer.ts';
import { chooseZone } from '../../input/time-options.ts';
import { printError } from '../../output/print-errors.ts';
import { buildMemoryDiagnosis, buildMemoryDocument, buildMemoryHealth } from '../memory-report.ts';
import { readWatchConfig, type WatchConfig } from '../watch-config.ts';
import type { WatchOptions } from '../watch-options.ts';
import type { RefreshScheduler } from './refresh-scheduler.ts';

export class LiveSource implements PageSource {
  readonly timezone: string;
  readonly #options: WatchOptions;
  readonly #pseudonymOf: ((host: string) => string) | null;
  readonly #known = new RememberedHosts();
  readonly #provisional = new ProvisionalFindings();
  readonly #memory = new WindowBuffer(QUARTERS_IN_MEMORY);
  readonly #minutes = new MinuteOutcomes();
  /** Changes with each start, so that older pages are outdated. */
  readonly #start = Date.now();
  #config: WatchConfig;
  #changes = 0;
  #endSeconds = 0;
  /** End of the previous window. The last window contains requests that were silent for long enough at this time. */
  #settledSeconds = 0;
  #down: readonly InterfaceDown[] = [];
  /** Hellos that no closed window contains; null once the first whole window has closed. */
  #hellos: FirstHello[] | null = [];
  #isCut = false;
  #early: { readonly changes: number; readonly shown: EarlyHellos } | null = null;

  constructor(options: WatchOptions, config: WatchConfig, pseudonymOf: ((host: string) => string) | null) {
    this.#options = options;
    this.#config = config;
    this.#pseudonymOf = pseudonymOf;
    this.timezone = chooseZone({ ...options, format: 'terminal' }, config.onDisk?.policy.timezone);
  }

  get config(): WatchConfig {
    return this.#config;
  }

  add(windows: readonly UsageWindow[]): void {
    this.#memory.add(windows);
    this.#minutes.add(windows);
    const last = windows.at(-1);
    if (last !== undefined) {
      this.#endSeconds = last.startSeconds + last.lengthSeconds;
      this.#settledSeconds = last.startSeconds;
      const isWhole = windows.some(({ startSeconds }) => startSeconds * 1000 >= this.#start);
      const endUs = this.#endSeconds * US;
      this.#hellos = isWhole ? null : (this.#hellos?.filter(({ tsUs }) => tsUs >= endUs) ?? null);
    }
    this.#changes++;
  }

  addHellos(hellos: readonly FirstHello[], isCut: boolean): void {
    if (this.#hellos === null) return;
    this.#hellos.push(...hellos);
    this.#isCut = isCut;
    this.#changes++;
  }

  /**
   * Makes a report from the hellos, by the policy, hosts file and pseudonyms of the other pages; null after the first whole
   * window has closed.
   */
  earlyHellos(): EarlyHellos | null {
    if (this.#hellos === null || this.#options.follow.length > 0) return null;
    if (this.#early?.changes === this.#changes) return this.#early.shown;
    const windows = windowsOfHellos(this.#hellos, {
      lookup: this.#config.catalogue,
      local: new LocalNetworks(this.#options.localNet),
      windowSeconds: this.#options.window,
      sensor: 'early',
    });
    const options = { ...this.#options, stamp: true, format: 'terminal' as const };
    const document = buildMemoryDocument(windows, this.#config, this.#pseudonymOf, options, {});
    this.#early = { changes: this.#changes, shown: { document, isCut: this.#isCut } };
    return this.#early.shown;
  }

  /** Returns true if the interfaces that are down have changed, so that pages are outdated. */
  setHealth({ status: { down = [] } }: SensorHealth): boolean {
    const findName = (interfaceDown: InterfaceDown): string =>
      `${interfaceDown.interface} ${interfaceDown.sinceSeconds}`;
    if (this.#down.map(findName).join() === down.map(findName).join()) return false;
    this.#down = down;
    this.#changes++;
    return true;
  }

  setConfig(config: WatchConfig): void {
    this.#config = config;
    this.#changes++;
  }

  version(): string {
    return `${this.#start}/${this.#changes}`;
  }

  async document(requestedSpan: RequestedSpan) {
    const span = wholeQuarters(requestedSpan);
    const options = { ...this.#options, stamp: true, format: 'terminal' as const };
    const nameOf = this.#pseudonymOf;
    const down = this.#down;
    const remembers = nameOf !== null && options.investigator.length > 0;
    const document = buildMemoryDocument(this.#windows(), this.#config, nameOf, options, {
      ...span,
      ...(down.length === 0 ? {} : { down }),
      ...(remembers ? { onHosts: (hosts) => this.#known.remember(hosts, nameOf) } : {}),
    });
    const shown = withOpenRequests(document, this.#settledSeconds);
    if (span.since === undefined && span.until === undefined)
      this.#provisional.follow(shown, this.#endSeconds);
    return this.#provisional.marked(shown, this.#endSeconds);
  }

  async health(requestedSpan: RequestedSpan): Promise<HealthAnswer> {
    const span = wholeQuarters(requestedSpan);
    const windows = this.#memory.all();
    const { since = windows[0]?.startSeconds ?? 0, until = Number.POSITIVE_INFINITY } = span;
    const minutes = this.#minutes.within(since, until);
    return buildMemoryHealth(minutes, windows, this.#config, this.#pseudonymOf, this.#options, span);
  }

  async diagnosis(requestedSpan: RequestedSpan, host: string): Promise<DiagnosisResult> {
    const [span, windows] = [wholeQuarters(requestedSpan), this.#memory.all()];
    return buildMemoryDiagnosis(host, windows, this.#config, this.#pseudonymOf, this.#options, span);
  }

  /** Returns the windows with the part of an open outage that no window contains yet. */
  #windows(): readonly UsageWindow[] {
    const windows = this.#memory.all();
    if (windows.length === 0 || this.#down.length === 0) return windows;
    const toUs = Date.now() * 1000;
    return addGaps(
      windows,
      this.#down.map(({ sinceSeconds }) => ({ fromUs: sinceSeconds * US, toUs, reason: 'interfaceDown' })),
    );
  }

  identity(pseudonym: string): Identity | null {
    return this.#known.findIdentity(pseudonym);
  }
}

/** A view that shows the windows of a sensor. */
export interface OpenView {
  readonly options: WatchOptions;
  readonly source: LiveSource;
  readonly scheduler: RefreshScheduler;
}

/** Opens the source of the documents, and gives packet threads priority over this process. */
export async function openLiveSource(
  options: WatchOptions,
): Promise<{ readonly source: LiveSource; readonly pseudonymOf: ((host: string) => string) | null }> {
  setPriority(constants.priority.PRIORITY_LOW);
  const pseudonymOf = options.pseudonymize === undefined ? null : readPseudonyms(options.pseudonymize);
  const source = new LiveSource(options, await readWatchConfig(options, null), pseudonymOf);
  return { source, pseudonymOf };
}

/** Reloads the whole configuration or none of it. The sensor does the same and reports the reload. */
export async function reload({ options, source, scheduler }: OpenView): Promise<void> {
  try {
    source.setConfig(await readWatchConfig(options, source.config));
    scheduler.schedule();
  } catch (error) {
    printError(error, 'lines');
  }
}

/** Extends the span to quarter hours, because windows are summed by quarter hours. */
const wholeQuarters = ({ since, until }: RequestedSpan): RequestedSpan => ({
  ...(since === undefined ? {} : { since: Math.floor(since / QUARTER_SECONDS) * QUARTER_SECONDS }),
  ...(until === undefined ? {} : { until: Math.ceil(until / QUARTER_SECONDS) * QUARTER_SECONDS }),
});

/** Maximum number of cells in all windows: about 15 MB. */
const MAX_CELLS = 50_000;

type OutcomeWindow = Pick<UsageWindow, 'startSeconds' | 'lengthSeconds' | 'outcomes'>;

/** MinuteOutcomes: outcomes of connections in the last MAX_MINUTES, by closed window, in bounded memory. */
export class MinuteOutcomes {
  #windows: OutcomeWindow[] = [];
  #cells = 0;
  /** All windows since this time are kept. */
  #wholeFromSeconds = Number.NEGATIVE_INFINITY;

  add(windows: readonly UsageWindow[]): void {
    for (const { startSeconds, lengthSeconds, outcomes, revision } of windows) {
      // Windows of logs come in any order and may be revised, so they are skipped.
      if (revision > 0 || outcomes === undefined) continue;
      this.#windows.push({ startSeconds, lengthSeconds, outcomes });
      this.#cells += outcomes.length;
      this.#forget(startSeconds + lengthSeconds - MAX_MINUTES * MINUTE_SECONDS);
    }
  }

  #forget(beforeSeconds: number): void {
    for (;;) {
      const [oldest] = this.#windows;
      if (oldest === undefined) return;
      if (oldest.startSeconds >= beforeSeconds && this.#cells <= MAX_CELLS) return;
      this.#windows.shift();
      this.#cells -= oldest.outcomes?.length ?? 0;
      this.#wholeFromSeconds = oldest.startSeconds + oldest.lengthSeconds;
    }
  }

  /** Returns the windows that begin in the span; null if a part of the span is no longer kept. */
  within(fromSeconds: number, toSeconds: number): readonly OutcomeWindow[] | null {
    if (fromSeconds < this.#wholeFromSeconds) return null;
    return this.#windows.filter(
      ({ startSeconds }) => startSeconds >= fromSeconds && startSeconds < toSeconds,
    );
  }
}
