// From merged windows to tools: which host used which tool, with what evidence, and what it did.

import type { Catalogue } from '../catalogue/catalogue.ts';
import type { ToolEntry } from '../catalogue/schema.ts';
import type { EvidenceItem } from '../model/report.ts';
import type {
  ApiPart,
  BuildSign,
  HostAttribution,
  HostTool,
  IsMeantRow,
  SignDay,
  UsageQuarter,
} from '../model/tool.ts';
import type { UsageWindow } from '../model/usage.ts';
import type { TimestampUs } from '../time/units.ts';
import type { Zone } from '../time/zone.ts';
import type { SensorNetworks } from '../window/sensor-networks.ts';
import {
  type ApiSums,
  type ApiSumsOf,
  type AttributedPeriod,
  attributedPeriods,
  type PartSumsOf,
} from './sums/attribute-periods.ts';
import { evidenceIn, type PeriodEvidence, sensorsIn } from './sums/evidence-items.ts';
import { byStrength, type FinishedUse, finishUse, sensorsNamed } from './sums/finish-use.ts';
import type { PeriodSums } from './sums/period-sums.ts';
import { addPeriods } from './sums/span-sums.ts';
import { usageQuarters } from './sums/usage-quarters.ts';
import { buildHostSensors, type HostSensors } from './traffic/host-sensors.ts';

export interface AttributeOptions {
  /** Zone of the days in `days`. */
  readonly zone: Zone;
  /** When a store knows earlier windows: the first time a tool was ever seen on the host. */
  readonly firstSeenEver?: (host: string, tool: string) => TimestampUs | null;
  /** A sensors file lists these networks: each sensor may report hosts of its own networks only. */
  readonly networks?: SensorNetworks | null;
  /** Windows that are a part of the report need the sensors of the whole report. */
  readonly sensors?: HostSensors;
}

/** Windows must be merged: each (sensor, start) at most once. Pure: the same windows give the same answer. */
export function attribute(
  windows: readonly UsageWindow[],
  catalogue: Catalogue,
  options: AttributeOptions,
): HostAttribution[] {
  return [...attributeInTurn(windows, catalogue, options)];
}

/** The same host by host, by address: those of a large network need not be in memory at once. */
export function* attributeInTurn(
  windows: readonly UsageWindow[],
  catalogue: Catalogue,
  options: AttributeOptions,
): Iterable<HostAttribution> {
  const sensors = options.sensors ?? buildHostSensors(windows, options.networks ?? null);
  for (const [host, periods] of attributedPeriods(windows, catalogue, { sensors })) {
    const attribution = attributeHost(host, periods, catalogue, options);
    if (attribution.tools.length + attribution.providers.length > 0) yield attribution;
  }
}

/** One tool on one host: its sums, and what they rest on, period by period. */
interface Row {
  readonly tool: ToolEntry;
  readonly isProvider: boolean;
  readonly periods: RowPeriod[];
}

interface RowPeriod extends ApiSums {
  readonly apis: ApiSumsOf;
  readonly part: PartSumsOf;
}

function attributeHost(
  host: string,
  periods: readonly AttributedPeriod[],
  catalogue: Catalogue,
  options: AttributeOptions,
): HostAttribution {
  const rows = listRows(periods, catalogue);
  const apisOf = (row: Row): ApiPart[] => apisIn(row, catalogue, options.zone);
  const finish = (isProvider: boolean): HostTool[] =>
    rows
      .filter((row) => row.isProvider === isProvider)
      .map((row) =>
        finishRow(row, options.firstSeenEver?.(host, row.tool.id) ?? null, options.zone, () => apisOf(row)),
      )
      .sort(byStrength);
  return { host, tools: finish(false), providers: finish(true) };
}

function listRows(periods: readonly AttributedPeriod[], catalogue: Catalogue): Row[] {
  const rows = new Map<string, Row>();
  for (const { sums, evidence, apis, parts } of periods) {
    for (const [i, one] of sums.entries()) {
      const tool = catalogue.tool(one.tool);
      const [rests, asked, part] = [evidence[i], apis[i], parts[i]];
      if (tool === undefined || rests === undefined || asked === undefined || part === undefined) continue;
      addPeriod(rows, tool, one.isProvider, { sums: one, evidence: rests, apis: asked, part });
    }
  }
  return [...rows.values()];
}

/** Lists of one period are the most, and V8 keeps room for 17 where the first is pushed. */
function addPeriod(rows: Map<string, Row>, tool: ToolEntry, isProvider: boolean, period: RowPeriod): void {
  const key = `${isProvider} ${tool.id}`;
  const row = rows.get(key);
  if (row === undefined) rows.set(key, { tool, isProvider, periods: [period] });
  else row.periods.push(period);
}

/** A part of a row is asked for no parts of its own. */
const NO_PARTS = { apis: () => [], part: () => null };

function apisIn({ periods }: Row, catalogue: Catalogue, zone: Zone): ApiPart[] {
  const rows = new Map<string, Row>();
  for (const asked of periods.flatMap(({ apis }) => apis())) {
    const api = catalogue.tool(asked.sums.tool);
    if (api !== undefined) addPeriod(rows, api, true, { ...asked, ...NO_PARTS });
  }
  return [...rows.values()].map((row) => {
    const part = finishRow(row, null, zone, () => []);
    return { api: part.use, part };
  });
}

/** The same row of the rows of windows that are meant alone; null without any. */
function partIn({ tool, isProvider, periods }: Row, isMeant: IsMeantRow, zone: Zone): HostTool | null {
  const found = periods.flatMap(({ part }): RowPeriod[] => {
    const sums = part(isMeant);
    return sums === null ? [] : [{ ...sums, ...NO_PARTS }];
  });
  return found.length === 0 ? null : finishRow({ tool, isProvider, periods: found }, null, zone, () => []);
}

function finishRow(
  row: Row,
  firstSeenEverUs: TimestampUs | null,
  zone: Zone,
  apis: () => readonly ApiPart[],
): HostTool {
  const { tool } = row;
  const periods = row.periods.map((period) => period.sums);
  const evidence = row.periods.map((period) => period.evidence);
  const { sums, lists } = addPeriods(periods, zone);
  const finished = finishUse(tool, sums, lists, firstSeenEverUs, zone);
  const partOf: PartOf = (isMeant) => partIn(row, isMeant, zone);
  return new FinishedTool(finished, periods, sums.grade, evidence, apis, partOf, lists.signs);
}

type PartOf = (isMeant: IsMeantRow) => HostTool | null;

/** Keeps what quarter hours and days are made from: they are asked for by policies and breakdowns alone. */
class FinishedTool implements HostTool {
  readonly use: HostTool['use'];
  readonly #known: FinishedUse['known'];
  readonly #periods: readonly PeriodSums[];
  readonly #grade: number;
  readonly #evidence: readonly PeriodEvidence[];
  readonly signs?: readonly BuildSign[];
  readonly signDays?: readonly SignDay[];
  readonly #apisOf: () => readonly ApiPart[];
  readonly #partOf: PartOf;
  #quarters: readonly UsageQuarter[] | null = null;
  #apis: readonly ApiPart[] | null = null;

  constructor(
    { use, known, signDays }: FinishedUse,
    periods: readonly PeriodSums[],
    grade: number,
    evidence: readonly PeriodEvidence[],
    apis: () => readonly ApiPart[],
    partOf: PartOf,
    signs: readonly BuildSign[],
  ) {
    this.use = use;
    this.#known = known;
    this.#periods = periods;
    this.#grade = grade;
    this.#evidence = evidence;
    this.#apisOf = apis;
    this.#partOf = partOf;
    if (signDays === undefined) return;
    this.signs = signs.toSorted((a, b) => a.atUs - b.atUs);
    this.signDays = signDays;
  }

  get quarters(): readonly UsageQuarter[] {
    this.#quarters ??= usageQuarters(this.#periods, this.#grade, this.#known);
    return this.#quarters;
  }

  get apis(): readonly ApiPart[] {
    this.#apis ??= this.#apisOf();
    return this.#apis;
  }

  partOf(isMeant: IsMeantRow): HostTool | null {
    return this.#partOf(isMeant);
  }

  evidenceIn(quarters: ReadonlySet<number>): readonly EvidenceItem[] {
    return evidenceIn(this.#evidence, quarters);
  }

  sensorsIn(quarters: ReadonlySet<number>): readonly string[] {
    return sensorsNamed(sensorsIn(this.#evidence, quarters)).sensors ?? [];
  }
}
