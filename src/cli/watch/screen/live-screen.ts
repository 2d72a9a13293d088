// LiveScreen: draws the state of the sensor in the selected view.

import type { Health } from '../../../model/health.ts';
import type { ReportDocument } from '../../../model/report.ts';
import type { SensorHealth } from '../../../model/sensor.ts';
import type { UsageWindow } from '../../../model/usage.ts';
import { Activity } from '../../../report/screen/activity.ts';
import { applyKey, FIRST_FOCUS, type Key, type ScreenRows } from '../../../report/screen/focus.ts';
import type { Brush } from '../../../report/screen/line.ts';
import { drawFrame, type Size } from '../../../report/screen/screen-frame.ts';
import { NO_RATES, ratesAfter, type ScreenState, type StatusAt } from '../../../report/screen/state.ts';
import { openZone, type Zone } from '../../../time/zone.ts';

const MAX_MESSAGES = 20;
/** Time during which a finding is marked as new. */
const NEW_MS = 15 * 60_000;

export class LiveScreen {
  readonly #zone: Zone;
  readonly #brush: Brush;
  readonly #activity = new Activity();
  /** Time at which each finding appeared; those of the first report are not new. */
  readonly #since = new Map<string, number>();
  #lastStatus: StatusAt | null = null;
  #state: Omit<ScreenState, 'isNew' | 'clock'>;
  #focus = FIRST_FOCUS;
  #shown: ScreenRows = { rows: [], room: 1, lines: 0 };

  constructor(timezone: string, brush: Brush) {
    this.#zone = openZone(timezone);
    this.#brush = brush;
    this.#state = {
      document: null,
      early: null,
      connections: null,
      activity: this.#activity,
      health: null,
      rates: NO_RATES,
      messages: [],
      trouble: null,
    };
  }

  /** Takes closed windows; `nameOf` returns the names of hosts in the report. */
  add(windows: readonly UsageWindow[], nameOf: ((host: string) => string) | null): void {
    this.#activity.add(windows, nameOf ?? undefined);
  }

  setDocument(document: ReportDocument, nowMs: number): void {
    const isFirst = this.#state.document === null;
    const ids = new Set((document.findings ?? []).map(({ id }) => id));
    for (const id of this.#since.keys()) if (!ids.has(id)) this.#since.delete(id);
    for (const id of ids)
      if (!this.#since.has(id)) this.#since.set(id, isFirst ? Number.NEGATIVE_INFINITY : nowMs);
    this.#state = { ...this.#state, document, trouble: null };
  }

  /** Sets the connections before the first report. */
  setEarly(early: ReportDocument | null): void {
    this.#state = { ...this.#state, early };
  }

  /** True if the view shows the connections of `setConnections`. */
  get showsConnections(): boolean {
    return this.#focus.view === 'connections';
  }

  setConnections(connections: Health): void {
    this.#state = { ...this.#state, connections };
  }

  setTrouble(trouble: string): void {
    this.#state = { ...this.#state, trouble };
  }

  setHealth(health: SensorHealth, atMs: number): void {
    const now = { health, atMs };
    this.#state = { ...this.#state, health, rates: ratesAfter(this.#state.rates, this.#lastStatus, now) };
    this.#lastStatus = now;
  }

  print(text: string): void {
    this.#state = { ...this.#state, messages: [...this.#state.messages, text].slice(-MAX_MESSAGES) };
  }

  /** Handles a key. Returns true if the user ends the screen. */
  press(key: Key): boolean {
    const next = applyKey(this.#focus, key, this.#shown);
    if (next === 'end') return true;
    this.#focus = next;
    return false;
  }

  draw(size: Size, nowMs: number): readonly string[] {
    const isNew = new Set([...this.#since].filter(([, ms]) => nowMs - ms < NEW_MS).map(([id]) => id));
    const seconds = Math.floor(nowMs / 1000);
    const clock = new Date((seconds + this.#zone.offsetAt(seconds)) * 1000).toISOString().slice(11, 19);
    const { lines, shown } = drawFrame({ ...this.#state, isNew, clock }, this.#focus, size, this.#brush);
    this.#shown = shown;
    return lines;
  }
}
