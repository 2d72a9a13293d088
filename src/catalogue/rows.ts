// Gathers what one host did with one tool over all its stays, and writes it down as a row of the report.

import { compareText } from '../model/address.ts';
import type { TimestampUs } from '../model/flow.ts';
import { formatInstant } from '../model/instant.ts';
import type { EvidenceItem, ToolFingerprint, ToolName, ToolUse } from '../model/report.ts';
import type { HostTool, Role } from '../model/tool.ts';
import type { Zone } from '../model/zone.ts';
import type { Share } from './attribute.ts';
import { calibrationOf } from './calibration.ts';
import type { Catalogue } from './catalogue.ts';
import { endpointFor, exchangeRoleOf } from './channel-role.ts';
import type { Channel } from './channels.ts';
import { contextOf, seenTwice } from './context.ts';
import { classifyExchanges } from './exchanges.ts';
import {
  type Counted,
  type Figures,
  figuresOf,
  isCutByPackets,
  tellsTelemetry,
  unknownFigures,
  whyWithheld,
  withheldFigures,
} from './figures.ts';
import type { Candidate } from './ownership.ts';
import { GRADES, type Piece } from './piece.ts';
import type { Grade } from './rules.ts';
import type { ToolEntry } from './schema.ts';
import { daysOf, quartersOf } from './spans.ts';

/** How many community ids a piece of evidence lists. */
export const MAX_COMMUNITY_IDS = 8;

/** A channel in a row, with the confidence of the stay it belongs to. */
export interface Held {
  readonly channel: Channel;
  /** False when another row carries its bytes. */
  readonly counts: boolean;
  readonly grade: Grade;
  readonly role: Role;
}

/** What a row was built from so far: parts of it are kept by stores, and add up to the row. */
export interface Gathered {
  readonly tool: ToolEntry;
  /** Index into GRADES. */
  readonly grade: number;
  /** Infinite where nothing has a time. */
  readonly firstUs: TimestampUs;
  readonly lastUs: TimestampUs;
  readonly held: readonly Held[];
  readonly counted: readonly (Counted & { readonly role: Role })[];
  readonly pieces: readonly Piece[];
}

export class RowBuilder {
  readonly tool: ToolEntry;
  readonly #catalogue: Catalogue;
  readonly #held: Held[] = [];
  readonly #counted: (Counted & { readonly grade: Grade; readonly role: Role })[] = [];
  readonly #pieces: Piece[] = [];
  #best = -1;
  #firstUs: TimestampUs = Number.POSITIVE_INFINITY;
  #lastUs: TimestampUs = Number.NEGATIVE_INFINITY;

  constructor(tool: ToolEntry, catalogue: Catalogue) {
    this.tool = tool;
    this.#catalogue = catalogue;
  }

  addTool(candidate: Candidate, share: Share, candidates: readonly Candidate[]): void {
    this.#hold(share, candidate.grade);
    const pieces = [...candidate.pieces, ...contextOf(candidate, candidates)];
    this.#pieces.push(...pieces);
    for (const { asked } of candidate.pieces)
      for (const { firstUs, lastUs } of asked) this.#span(firstUs, lastUs);
  }

  addProvider(channels: readonly Channel[]): void {
    const named = channels.some(({ nameFrom }) => nameFrom !== 'network' && nameFrom !== 'dns');
    this.#hold(
      { sure: channels, shared: [], elsewhere: [] },
      this.tool.id === 'relay' ? 'possible' : named ? 'certain' : 'possible',
    );
    const names = [...new Set(channels.map(({ name }) => name))].join(', ');
    this.#pieces.push({
      rule: 'provider-name',
      ruleKind: 'context',
      kind: named ? 'name' : 'network',
      grade: 'possible',
      speaksFor: true,
      detail: `${names}: the provider is named, the tool is not`,
      channels,
      asked: [],
      isWeakened: false,
    });
  }

  #span(firstUs: TimestampUs, lastUs: TimestampUs): void {
    this.#firstUs = Math.min(this.#firstUs, firstUs);
    this.#lastUs = Math.max(this.#lastUs, lastUs);
  }

  #hold({ sure, shared, elsewhere }: Share, grade: Grade): void {
    this.#best = Math.max(this.#best, GRADES.indexOf(grade));
    const roles = new Map<Channel, Role>();
    const all = [...sure, ...shared, ...elsewhere];
    for (const channel of all) {
      const role = endpointFor(this.tool, channel, this.#catalogue).role;
      roles.set(channel, role);
      this.#held.push({ channel, counts: !elsewhere.includes(channel), grade, role });
      this.#span(channel.firstUs, channel.lastUs);
    }
    this.#pieces.push(...seenTwice(all));
    const facts = this.tool.exchange;
    for (const one of classifyExchanges(all, facts, (channel) =>
      exchangeRoleOf(this.tool, channel, this.#catalogue),
    )) {
      const role = roles.get(one.channel) ?? 'web';
      this.#counted.push({ one, isSure: sure.includes(one.channel), grade, role });
    }
  }

  gathered(): Gathered {
    return {
      tool: this.tool,
      grade: this.#best,
      firstUs: this.#firstUs,
      lastUs: this.#lastUs,
      held: this.#held,
      counted: this.#counted,
      pieces: this.#pieces,
    };
  }

  /** Only what is as strong as the row counts in it: weaker stays are in the provider's row. */
  #counts(grade: Grade): boolean {
    return grade !== 'possible' || this.#best <= 0;
  }

  /** `zone` is that of the days. */
  build(firstSeenEverUs: TimestampUs | null, zone: Zone): HostTool {
    const held = this.#held.filter(({ grade }) => this.#counts(grade));
    const counted = this.#counted.filter(({ grade }) => this.#counts(grade));
    const figures = this.#figures(held, counted);
    const firstSeen = formatInstant(this.#firstUs);
    const carried = held.filter(({ counts }) => counts);
    const use: ToolUse = {
      tool: this.tool.id,
      name: this.tool.name,
      vendor: this.tool.vendor,
      kind: this.tool.kind,
      confidence: GRADES[this.#best] ?? 'possible',
      firstSeen,
      lastSeen: formatInstant(this.#lastUs),
      firstSeenEver:
        firstSeenEverUs === null ? firstSeen : formatInstant(Math.min(firstSeenEverUs, this.#firstUs)),
      flows: sumRows(carried, (row) => row.flows),
      bytesUp: sumRows(carried, (row) => row.bytesUp),
      bytesDown: sumRows(carried, (row) => row.bytesDown),
      payloadUp: sumRows(carried, (row) => row.payloadUp),
      payloadDown: sumRows(carried, (row) => row.payloadDown),
      ...figures,
      ...(figures.requests === null
        ? {}
        : { calibration: calibrationOf(this.tool, isCutByPackets(counted)) }),
      days: daysOf(carried, counted, figures.activeMinutes !== null, zone),
      names: this.namesOf(carried),
      fingerprints: fingerprintsOf(carried),
      evidence: evidenceItems(this.#pieces),
    };
    const quarters = quartersOf(
      this.#held,
      this.#counted,
      figures.requests !== null,
      figures.telemetry !== null,
    );
    return { use, quarters };
  }

  #figures(held: readonly Held[], counted: readonly Counted[]): Figures {
    if (this.tool.kind === 'chat') return unknownFigures();
    const estimated = held.filter(
      ({ role }) => role === 'inference' || role === 'relay' || role === 'telemetry',
    );
    const reason = whyWithheld(estimated.map(({ channel }) => channel));
    if (reason !== null) return withheldFigures(reason);
    return figuresOf(counted, tellsTelemetry(this.tool, this.#best));
  }

  /** Names that the held channels went to, sorted. */
  namesOf(held: readonly Held[]): ToolName[] {
    const names = new Map<string, ToolName>();
    for (const { channel, role } of held) {
      const old = names.get(channel.name);
      names.set(channel.name, {
        name: channel.name,
        role,
        specificity: endpointFor(this.tool, channel, this.#catalogue).specificity,
        flows: (old?.flows ?? 0) + channel.flows,
        bytesUp: (old?.bytesUp ?? 0) + sumSlices(channel, 'bytesUp'),
        bytesDown: (old?.bytesDown ?? 0) + sumSlices(channel, 'bytesDown'),
        payloadUp: (old?.payloadUp ?? 0) + sumSlices(channel, 'payloadUp'),
        payloadDown: (old?.payloadDown ?? 0) + sumSlices(channel, 'payloadDown'),
      });
    }
    return [...names.values()].sort((a, b) => compareText(a.name, b.name));
  }
}

type RowOf = Channel['slices'][number]['row'];

function sumRows(held: readonly Held[], field: (row: RowOf) => number): number {
  return held.reduce((sum, { channel }) => channel.slices.reduce((s, { row }) => s + field(row), sum), 0);
}

function sumSlices(channel: Channel, field: 'bytesUp' | 'bytesDown' | 'payloadUp' | 'payloadDown'): number {
  return channel.slices.reduce((sum, { row }) => sum + row[field], 0);
}

export function fingerprintsOf(held: readonly Held[]): ToolFingerprint[] {
  const prints = new Map<string, ToolFingerprint>();
  for (const { channel } of held) {
    const { form, runtime } = channel;
    if (form === null) continue;
    const key = `${form.ja4} ${form.ja3} ${form.alpn.join(',')}`;
    prints.set(key, {
      ja4: form.ja4,
      ja3: form.ja3,
      alpn: form.alpn,
      runtime: runtime?.label ?? null,
      flows: (prints.get(key)?.flows ?? 0) + channel.flows,
    });
  }
  return [...prints.entries()].sort((a, b) => compareText(a[0], b[0])).map(([, print]) => print);
}

/** Pieces of all stays, the same said once. */
export function evidenceItems(pieces: readonly Piece[]): EvidenceItem[] {
  const items = new Map<string, EvidenceItem & { firstUs: number; lastUs: number }>();
  for (const { rule, kind, speaksFor, detail, channels, asked } of pieces) {
    const spans = [...channels, ...asked];
    const firstUs = Math.min(...spans.map((span) => span.firstUs));
    const lastUs = Math.max(...spans.map((span) => span.lastUs));
    if (spans.length === 0) continue;
    const key = `${speaksFor ? 0 : 1} ${kind} ${rule} ${detail}`;
    const old = items.get(key);
    const first = Math.min(firstUs, old?.firstUs ?? firstUs);
    const last = Math.max(lastUs, old?.lastUs ?? lastUs);
    const ids = new Set([
      ...(old?.communityIds ?? []),
      ...channels.flatMap(({ communityIds }) => communityIds),
    ]);
    items.set(key, {
      kind,
      rule,
      detail,
      for: speaksFor,
      first: formatInstant(first),
      last: formatInstant(last),
      flows: (old?.flows ?? 0) + channels.reduce((sum, channel) => sum + channel.flows, 0),
      communityIds: [...ids].sort(compareText).slice(0, MAX_COMMUNITY_IDS),
      firstUs: first,
      lastUs: last,
    });
  }
  return [...items.entries()]
    .sort((a, b) => compareText(a[0], b[0]))
    .map(([, { firstUs: _first, lastUs: _last, ...item }]) => item);
}
