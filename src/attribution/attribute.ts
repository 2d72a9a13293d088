// Attributes merged windows to tools: which host used which tool, with what evidence, and how much.

import type { Catalogue } from '../catalogue/catalogue.ts';
import type { ToolEntry } from '../catalogue/schema.ts';
import type { EvidenceItem } from '../model/report.ts';
import type {
  ApiPart,
  BuildSign,
  HostAttribution,
  HostTool,
  SelectRow,
  SignDay,
  UsageQuarter,
} from '../model/tool.ts';
import type { UsageWindow } from '../model/usage.ts';
import type { TimestampUs } from '../time/units.ts';
import type { Zone } from '../time/zone.ts';
import type { SensorNetworks } from '../window/sensor-networks.ts';
import { reasonToWithhold } from './estimates/shortfall.ts';
import {
  type ApiSums,
  type ApiTraffic,
  type AttributedPeriod,
  attributedPeriods,
  type SumSelectedRows,
} from './sums/attribute-periods.ts';
import { listEvidenceItems, listEvidenceSensors, type PeriodEvidence } from './sums/evidence-items.ts';
import { compareStrength, type FinishedUse, finishUse, listNamedSensors } from './sums/finish-use.ts';
import { addPeriods } from './sums/span-sums.ts';
import { type PeriodInQuarters, usageQuarters } from './sums/usage-quarters.ts';
import { buildHostSensors, type HostSensors } from './traffic/host-sensors.ts';

export interface AttributeOptions {
  /** Time zone of the days in `days`. */
  readonly zone: Zone;
  /** Returns the first time of a tool on the host in earlier windows of a store. */
  readonly firstSeenEver?: (host: string, tool: string) => TimestampUs | null;
  /** A sensors file lists these networks: each sensor may report hosts of its own networks only. */
  readonly networks?: SensorNetworks | null;
  /** Sensors of the whole report, if the windows are a part of it. */
  readonly sensors?: HostSensors;
}

/** Windows must be merged: each (sensor, start) at most once. */
export function attribute(
  windows: readonly UsageWindow[],
  catalogue: Catalogue,
  options: AttributeOptions,
): HostAttribution[] {
  return [...attributeHosts(windows, catalogue, options)];
}

/** Attributes host by host in order of address, so that the results of a large network need not be in memory at once. */
export function* attributeHosts(
  windows: readonly UsageWindow[],
  catalogue: Catalogue,
  options: AttributeOptions,
): Iterable<HostAttribution> {
  const sensors = options.sensors ?? buildHostSensors(windows, options.networks ?? null);
  const context = { catalogue, zone: options.zone };
  for (const [host, periods] of attributedPeriods(windows, catalogue, { sensors })) {
    const attribution = attributeHost(host, periods, context, options);
    if (attribution.tools.length + attribution.providers.length > 0) yield attribution;
  }
}

interface AttributionContext {
  readonly catalogue: Catalogue;
  readonly zone: Zone;
}

/** One tool on one host: its sums, and their evidence by period. */
interface Row {
  readonly tool: ToolEntry;
  readonly isProvider: boolean;
  readonly periods: RowPeriod[];
}

/** Sums of one period. A period of an API or of selected rows has neither `apis` nor `part`. */
interface RowPeriod extends ApiSums {
  readonly apis?: ApiTraffic;
  readonly part?: SumSelectedRows;
}

function attributeHost(
  host: string,
  periods: readonly AttributedPeriod[],
  context: AttributionContext,
  { firstSeenEver }: AttributeOptions,
): HostAttribution {
  const tools: HostTool[] = [];
  const providers: HostTool[] = [];
  for (const row of listRows(periods, context.catalogue)) {
    const finished = finishRow(row, firstSeenEver?.(host, row.tool.id) ?? null, context);
    (row.isProvider ? providers : tools).push(finished);
  }
  return { host, tools: tools.sort(compareStrength), providers: providers.sort(compareStrength) };
}

function listRows(periods: readonly AttributedPeriod[], catalogue: Catalogue): Iterable<Row> {
  const rows = new Map<string, Row>();
  for (const { sums, evidence, apis, parts } of periods) {
    for (const [i, periodSums] of sums.entries()) {
      const tool = catalogue.tool(periodSums.tool);
      const [items, traffic, part] = [evidence[i], apis[i], parts[i]];
      if (tool === undefined || items === undefined || traffic === undefined || part === undefined) continue;
      addPeriod(rows, tool, periodSums.isProvider, {
        sums: periodSums,
        evidence: items,
        apis: traffic,
        part,
      });
    }
  }
  return rows.values();
}

/** Adds a period. Creates lists as literals, because most have one period and V8 reserves 17 entries at the first push. */
function addPeriod(rows: Map<string, Row>, tool: ToolEntry, isProvider: boolean, period: RowPeriod): void {
  const key = `${isProvider} ${tool.id}`;
  const row = rows.get(key);
  if (row === undefined) rows.set(key, { tool, isProvider, periods: [period] });
  else row.periods.push(period);
}

function finishRow(row: Row, firstSeenEverUs: TimestampUs | null, context: AttributionContext): HostTool {
  const { sums, lists } = addPeriods(
    row.periods.map((period) => period.sums),
    context.zone,
  );
  const finished = finishUse(row, sums, lists, firstSeenEverUs, context.zone);
  return new FinishedTool(finished, sums.grade, row, context, lists.signs);
}

/**
 * The facts of a period that policies and breakdowns need. Other facts are dropped, because all hosts of a network are in
 * memory at once.
 */
interface StoredPeriod extends PeriodInQuarters {
  readonly evidence: PeriodEvidence;
  readonly apis: ApiTraffic | undefined;
  readonly part: SumSelectedRows | undefined;
}

/** A finished row that can compute quarter hours, parts, and evidence of some quarter hours. */
class FinishedTool implements HostTool {
  readonly use: HostTool['use'];
  readonly signs?: readonly BuildSign[];
  readonly signDays?: readonly SignDay[];
  readonly #tool: ToolEntry;
  readonly #isProvider: boolean;
  readonly #known: FinishedUse['measured'];
  readonly #grade: number;
  readonly #context: AttributionContext;
  readonly #periods: readonly StoredPeriod[];
  #quarters: readonly UsageQuarter[] | null = null;
  #apis: readonly ApiPart[] | null = null;

  constructor(
    { use, measured, signDays }: FinishedUse,
    grade: number,
    { tool, isProvider, periods }: Row,
    context: AttributionContext,
    signs: readonly BuildSign[],
  ) {
    this.use = use;
    this.#tool = tool;
    this.#isProvider = isProvider;
    this.#known = measured;
    this.#grade = grade;
    this.#context = context;
    this.#periods = periods.map(({ sums, evidence, apis, part }) => ({
      grade: sums.grade,
      isProvider,
      isDoubted: sums.isDoubted,
      isEstimated: tool.kind !== 'chat' && reasonToWithhold(sums.shortfall) === null,
      quarters: sums.quarters,
      evidence,
      apis,
      part,
    }));
    if (signDays === undefined) return;
    this.signs = signs.toSorted((a, b) => a.atUs - b.atUs);
    this.signDays = signDays;
  }

  get quarters(): readonly UsageQuarter[] {
    this.#quarters ??= usageQuarters(this.#periods, this.#grade, this.#known);
    return this.#quarters;
  }

  get apis(): readonly ApiPart[] {
    this.#apis ??= listApis(
      this.#periods.flatMap(({ apis }) => apis ?? []),
      this.#context,
    );
    return this.#apis;
  }

  /** Returns the tool's use in the selected rows of windows only; null if no row is selected. */
  selectPart(isSelected: SelectRow): HostTool | null {
    const periods = this.#periods.flatMap(({ part }) => part?.(isSelected) ?? []);
    if (periods.length === 0) return null;
    return finishRow({ tool: this.#tool, isProvider: this.#isProvider, periods }, null, this.#context);
  }

  evidenceIn(quarters: ReadonlySet<number>, rules?: ReadonlySet<string>): readonly EvidenceItem[] {
    return listEvidenceItems(this.#evidence(), quarters, rules);
  }

  sensorsIn(quarters: ReadonlySet<number>): readonly string[] {
    return listNamedSensors(listEvidenceSensors(this.#evidence(), quarters)).sensors ?? [];
  }

  #evidence(): PeriodEvidence[] {
    return this.#periods.map(({ evidence }) => evidence);
  }
}

const NO_APIS: readonly ApiPart[] = [];

/** Computes the sums of each API on request, because a rule is about few APIs. */
function listApis(periods: readonly ApiTraffic[], context: AttributionContext): readonly ApiPart[] {
  if (periods.length === 0) return NO_APIS;
  const apis = new Map<string, ToolEntry>();
  for (const { names } of periods) for (const api of names()) apis.set(api.id, api);
  let parts: ReadonlyMap<string, HostTool> | null = null;
  return [...apis.values()].map((api) => ({
    api: { tool: api.id, vendor: api.vendor, kind: api.kind },
    get part(): HostTool {
      parts ??= finishApis(periods, context);
      // Every listed API has sums.
      return parts.get(api.id) as HostTool;
    },
  }));
}

function finishApis(periods: readonly ApiTraffic[], context: AttributionContext): Map<string, HostTool> {
  const rows = new Map<string, Row>();
  for (const { sums } of periods) {
    for (const apiSums of sums()) {
      const api = context.catalogue.tool(apiSums.sums.tool);
      if (api !== undefined) addPeriod(rows, api, true, apiSums);
    }
  }
  return new Map([...rows.values()].map((row) => [row.tool.id, finishRow(row, null, context)]));
}
