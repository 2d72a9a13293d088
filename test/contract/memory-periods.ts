// The simplest source of period sums: windows in memory, with the sums of all of them or with none.

import { listOutcomes } from '../../src/attribution/attempts.ts';
import { type FirstUse, listFirstUses } from '../../src/attribution/first-use.ts';
import { attributePeriods } from '../../src/attribution/sums/attribute-periods.ts';
import { finishUse } from '../../src/attribution/sums/finish-use.ts';
import type { PeriodSums, SummedPeriod } from '../../src/attribution/sums/period-sums.ts';
import { addPeriods, type SpanLists } from '../../src/attribution/sums/span-sums.ts';
import { usageQuarters } from '../../src/attribution/sums/usage-quarters.ts';
import {
  buildHostSensors,
  type HostQuartersBySensor,
  type HostSensorFacts,
  HostSensors,
} from '../../src/attribution/traffic/host-sensors.ts';
import type { Catalogue } from '../../src/catalogue/catalogue.ts';
import type { BreakdownBy } from '../../src/model/breakdowns.ts';
import type { StepCells } from '../../src/model/health.ts';
import type { OutcomeCell, ServedWindow, UsageWindow } from '../../src/model/usage.ts';
import { listSteps } from '../../src/query/health.ts';
import { type Accounts, buildAccounts } from '../../src/report/document/accounts.ts';
import { buildEchFacts, type EchFacts } from '../../src/report/document/ech-rows.ts';
import type { PartSums } from '../../src/report/document/finish-breakdown.ts';
import { collectHosts, type HostFacts } from '../../src/report/document/host-facts.ts';
import { listParts, notVisibleShares } from '../../src/report/document/part-sums.ts';
import { statsOfWindows } from '../../src/report/document/window-totals.ts';
import type { Attributor } from '../../src/store/attributor.ts';
import type {
  Choice,
  CountedRow,
  PeriodSource,
  SpanFacts,
  UseKey,
  UseSums,
} from '../../src/store/period-source.ts';
import type { HostSpan, Span } from '../../src/store/span.ts';
import { type SensorSpan, sensorSpans, type WindowSpan, type WindowsRead } from '../../src/store/store.ts';
import type { Step } from '../../src/time/steps.ts';
import { openZone, type Zone } from '../../src/time/zone.ts';
import { listCoverage } from '../../src/window/coverage.ts';
import { listReportedHosts, type ReportedHost } from '../../src/window/sensor-networks.ts';

const keyOf = ({ host, tool, isProvider }: UseKey): string => `${isProvider} ${tool} ${host}`;

/** The home sensor of a host depends on the span. */
const asKept = (windows: readonly UsageWindow[]): HostSensors =>
  new HostSensors({ ...buildHostSensors(windows).facts, totals: new Map() });

export class MemoryPeriods implements PeriodSource {
  readonly path = 'memory';
  readonly #windows: readonly UsageWindow[];
  readonly #catalogue: Catalogue;
  readonly #applyPrivacy: string | null;
  readonly #kept: readonly SummedPeriod[];
  #chosen: SummedPeriod[] = [];
  #zone: Zone = openZone('UTC');

  /** `keeps`: false where sums are computed per query. */
  constructor(windows: readonly UsageWindow[], { catalogue, key }: Attributor, keeps: boolean) {
    this.#windows = windows;
    this.#catalogue = catalogue;
    this.#applyPrivacy = keeps ? key : null;
    this.#kept = keeps ? attributePeriods(windows, catalogue, { sensors: asKept(windows) }) : [];
  }

  async span(): Promise<WindowSpan | null> {
    if (this.#windows.length === 0) return null;
    const starts = this.#windows.map(({ startSeconds }) => startSeconds);
    const ends = this.#windows.map(({ startSeconds, lengthSeconds }) => startSeconds + lengthSeconds);
    return { firstSeconds: Math.min(...starts), lastSeconds: Math.max(...ends) };
  }

  async sensors(span: Span): Promise<SensorSpan[]> {
    return sensorSpans(this.#within(span));
  }

  async holds(span: Span): Promise<boolean> {
    return this.#within(span).length > 0;
  }

  async attributorKey(): Promise<string | null> {
    return this.#applyPrivacy;
  }

  async pending(): Promise<Span[]> {
    return [];
  }

  async damage(): Promise<string[]> {
    return [];
  }

  async usageRows(span: Span): Promise<number> {
    return this.#within(span).reduce((sum, { rows }) => sum + rows.length, 0);
  }

  async usage(span: Span, isWanted: (host: string, startSeconds: number) => boolean): Promise<WindowsRead> {
    const windows = this.#within(span).map((window) => {
      const wants = ({ host }: { readonly host: string }): boolean => isWanted(host, window.startSeconds);
      return { ...window, rows: window.rows.filter(wants), queriedNames: window.queriedNames.filter(wants) };
    });
    return { windows, damage: [] };
  }

  async hostTotals(span: Span): Promise<Pick<HostSensorFacts, 'times' | 'totals'>> {
    return buildHostSensors(this.#within(span)).facts;
  }

  async reportedHosts(span: Span): Promise<readonly ReportedHost[]> {
    return [...listReportedHosts(this.#within(span))];
  }

  async services(span: Span): Promise<readonly ServedWindow[]> {
    return this.#within(span);
  }

  async ech(span: Span, zone: Zone): Promise<EchFacts> {
    return buildEchFacts(this.#within(span), zone);
  }

  async outcomes(span: Span): Promise<readonly OutcomeCell[]> {
    return listOutcomes(this.#within(span));
  }

  async outcomeSteps(span: Span, step: Step, zone: Zone): Promise<readonly StepCells[]> {
    return listSteps(this.#within(span), step, zone);
  }

  async hostQuarters(span: Span): Promise<HostQuartersBySensor> {
    return buildHostSensors(this.#within(span)).facts.quarters;
  }

  async choose({ span: { from, to }, quarters, foreignSensors }: Choice, zone: Zone): Promise<HostSpan[]> {
    this.#zone = zone;
    const blocks = new Map<string, SummedPeriod[]>();
    for (const period of this.#kept) {
      const key = `${period.blockSeconds} ${period.host}`;
      blocks.set(key, [...(blocks.get(key) ?? []), period]);
    }
    const isWhole = (block: readonly SummedPeriod[]): boolean =>
      block.every(
        ({ host, firstSeconds, lastSeconds, sensors }) =>
          firstSeconds >= quarters.from &&
          lastSeconds < quarters.to &&
          !foreignSensors.some((one) => one.host === host && sensors.includes(one.sensor)),
      );
    this.#chosen = [...blocks.values()].filter(isWhole).flat();
    return [...blocks.values()]
      .filter((block) => !isWhole(block))
      .map((block) => ({
        host: block[0]?.host ?? '',
        from: Math.max(from, Math.min(...block.map(({ firstSeconds }) => firstSeconds))),
        to: Math.min(to, Math.max(...block.map(({ lastSeconds }) => lastSeconds)) + 1),
      }))
      .filter((cut) => cut.from < cut.to);
  }

  async chooseNone(_: Span, zone: Zone): Promise<void> {
    this.#zone = zone;
    this.#chosen = [];
  }

  async add(periods: readonly SummedPeriod[]): Promise<void> {
    this.#chosen.push(...periods);
  }

  async sums(): Promise<UseSums[]> {
    return [...this.#uses().values()].map(({ key, periods }) => ({
      ...key,
      sums: addPeriods(periods, this.#zone).sums,
    }));
  }

  async lists(_: Zone, isSummary: boolean): Promise<(use: UseKey) => SpanLists> {
    const uses = this.#uses();
    return (use) => {
      const { lists } = addPeriods(uses.get(keyOf(use))?.periods ?? [], this.#zone);
      const named = lists.names.some(({ name }) => name.startsWith('['))
        ? lists
        : { names: [], evidence: [] };
      const { names, evidence } = named;
      return isSummary ? { ...lists, names, evidence, fingerprints: [], signs: [], updates: [] } : lists;
    };
  }

  async parts(by: BreakdownBy, rows: readonly CountedRow[]): Promise<Omit<PartSums, 'notVisibleShare'>[]> {
    const uses = this.#uses();
    const counted = rows.flatMap((row) => {
      const periods = uses.get(keyOf(row))?.periods ?? [];
      const tool = this.#catalogue.tool(row.tool);
      if (tool === undefined) return [];
      const { sums, lists } = addPeriods(periods, this.#zone);
      const { measured: known } = finishUse(
        { tool, isProvider: row.isProvider },
        sums,
        lists,
        null,
        this.#zone,
      );
      const inQuarters = periods.map((period) => ({ ...period, isEstimated: true }));
      return [{ ...row, quarters: usageQuarters(inQuarters, sums.grade, known) }];
    });
    return listParts(by, counted, this.#zone);
  }

  async firstUses(of: 'kept' | 'chosen'): Promise<FirstUse[]> {
    return listFirstUses(of === 'kept' ? this.#kept : this.#chosen);
  }

  async hosts(span: Span, zone: Zone): Promise<Map<string, HostFacts>> {
    return collectHosts(this.#within(span), zone);
  }

  async accounts(span: Span): Promise<Accounts> {
    return buildAccounts(this.#within(span));
  }

  async facts(span: Span, zone: Zone): Promise<SpanFacts> {
    const windows = this.#within(span);
    const starts = windows.map(({ startSeconds }) => startSeconds);
    const ends = windows.map(({ startSeconds, lengthSeconds }) => startSeconds + lengthSeconds);
    return {
      windows: windows.length,
      span: windows.length === 0 ? null : { since: Math.min(...starts), until: Math.max(...ends) },
      sensors: [...new Set(windows.map(({ sensor }) => sensor))].sort(),
      stats: statsOfWindows(windows),
      coverage: listCoverage(windows, zone, {
        around: this.#windows,
        requestedSpan: { sinceSeconds: span.from, untilSeconds: span.to },
      }),
    };
  }

  async notVisible(by: BreakdownBy, span: Span, zone: Zone): Promise<Map<string, number>> {
    return notVisibleShares(by, this.#within(span), zone);
  }

  async close(): Promise<void> {}

  #within({ from, to }: Span): UsageWindow[] {
    return this.#windows.filter(({ startSeconds }) => startSeconds >= from && startSeconds < to);
  }

  #uses(): Map<string, { key: UseKey; periods: PeriodSums[] }> {
    const uses = new Map<string, { key: UseKey; periods: PeriodSums[] }>();
    for (const { host, sums } of [...this.#chosen].sort((a, b) => a.firstUs - b.firstUs)) {
      for (const one of sums) {
        const key = { host, tool: one.tool, isProvider: one.isProvider };
        const use = uses.get(keyOf(key)) ?? { key, periods: [] };
        uses.set(keyOf(key), use);
        use.periods.push(one);
      }
    }
    return uses;
  }
}
