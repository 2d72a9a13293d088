// Gathers what one host did with one tool over all its stays, and writes it down as a row of the report.

import { compareText } from '../model/address.ts';
import type { TimestampUs } from '../model/flow.ts';
import { formatInstant } from '../model/instant.ts';
import type { ToolFingerprint, ToolName, ToolUse } from '../model/report.ts';
import type { HostTool, Role } from '../model/tool.ts';
import type { Zone } from '../model/zone.ts';
import type { Share } from './attribute.ts';
import { calibrationOf } from './calibration.ts';
import type { Catalogue } from './catalogue.ts';
import { endpointFor, exchangeRoleOf } from './channel-role.ts';
import type { Channel } from './channels.ts';
import { contextOf, seenInParts, seenTwice } from './context.ts';
import { daysOf } from './days.ts';
import { evidenceIn, evidenceItems, type StayEvidence } from './evidence-items.ts';
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
  withoutSureZero,
} from './figures.ts';
import { hiddenRequests } from './hidden.ts';
import type { Candidate } from './ownership.ts';
import { GRADES, type Piece } from './piece.ts';
import { quartersOf } from './quarters.ts';
import type { Grade } from './rules.ts';
import type { ToolEntry } from './schema.ts';

/** A channel in a row, with the confidence of the stay it belongs to. */
export interface Held {
  readonly channel: Channel;
  /** False when another row carries its bytes. */
  readonly counts: boolean;
  readonly grade: Grade;
  readonly role: Role;
}

/** An exchange of a channel in a row. */
export interface HeldExchange extends Counted {
  /** As of its channel. */
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
  readonly counted: readonly HeldExchange[];
  readonly pieces: readonly Piece[];
}

export class RowBuilder {
  readonly tool: ToolEntry;
  readonly #catalogue: Catalogue;
  readonly #held: Held[] = [];
  readonly #counted: HeldExchange[] = [];
  readonly #stays: StayEvidence[] = [];
  #isProvider = false;
  #best = -1;
  #firstUs: TimestampUs = Number.POSITIVE_INFINITY;
  #lastUs: TimestampUs = Number.NEGATIVE_INFINITY;

  constructor(tool: ToolEntry, catalogue: Catalogue) {
    this.tool = tool;
    this.#catalogue = catalogue;
  }

  addTool(candidate: Candidate, share: Share, candidates: readonly Candidate[]): void {
    this.#hold(share, candidate.grade, [...candidate.pieces, ...contextOf(candidate, candidates)]);
    for (const { asked } of candidate.pieces)
      for (const { firstUs, lastUs } of asked) this.#span(firstUs, lastUs);
  }

  /** `pieces`: what else the channels say of the program that opened them. */
  addProvider(channels: readonly Channel[], pieces: readonly Piece[]): void {
    this.#isProvider = true;
    const named = channels.some(({ nameFrom }) => nameFrom !== 'network' && nameFrom !== 'dns');
    const names = [...new Set(channels.map(({ name }) => name))].join(', ');
    const piece: Piece = {
      rule: 'provider-name',
      ruleKind: 'context',
      kind: named ? 'name' : 'network',
      grade: 'possible',
      speaksFor: true,
      detail: `${names}: the provider is named, the tool is not`,
      channels,
      asked: [],
      isWeakened: false,
    };
    const isSure = named && this.tool.id !== 'relay';
    this.#hold({ sure: channels, shared: [], elsewhere: [] }, isSure ? 'certain' : 'possible', [
      piece,
      ...pieces,
    ]);
  }

  #span(firstUs: TimestampUs, lastUs: TimestampUs): void {
    this.#firstUs = Math.min(this.#firstUs, firstUs);
    this.#lastUs = Math.max(this.#lastUs, lastUs);
  }

  #hold({ sure, shared, elsewhere }: Share, grade: Grade, pieces: readonly Piece[]): void {
    this.#best = Math.max(this.#best, GRADES.indexOf(grade));
    const roles = new Map<Channel, Role>();
    const all = [...sure, ...shared, ...elsewhere];
    for (const channel of all) {
      const role = endpointFor(this.tool, channel, this.#catalogue).role;
      roles.set(channel, role);
      this.#held.push({ channel, counts: !elsewhere.includes(channel), grade, role });
      this.#span(channel.firstUs, channel.lastUs);
    }
    this.#stays.push({ channels: all, pieces: [...pieces, ...seenTwice(all), ...seenInParts(all)] });
    const facts = this.tool.exchange;
    const roleOf = (channel: Channel) => exchangeRoleOf(this.tool, channel, this.#catalogue);
    for (const one of [...classifyExchanges(all, facts, roleOf), ...hiddenRequests(all, roleOf)]) {
      const { channel } = one;
      const role = roles.get(channel) ?? 'web';
      const counts = !elsewhere.includes(channel);
      this.#counted.push({ one, isSure: sure.includes(channel), counts, grade, role });
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
      pieces: this.#stays.flatMap(({ pieces }) => pieces),
    };
  }

  /** Only what is as strong as a tool's row counts in it: weaker stays are in the provider's row, which counts all. */
  #counts(grade: Grade): boolean {
    return grade !== 'possible' || this.#best <= 0 || this.#isProvider;
  }

  /** `zone` is that of the days. */
  build(firstSeenEverUs: TimestampUs | null, zone: Zone): HostTool {
    const held = this.#held.filter(({ grade }) => this.#counts(grade));
    const counted = this.#counted.filter(({ grade }) => this.#counts(grade));
    const told = this.#figures(held, counted);
    const figures = withoutSureZero(told, this.tool);
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
      evidence: evidenceItems(this.#stays.flatMap(({ pieces }) => pieces)),
    };
    const known = { requests: told.requests !== null, telemetry: told.telemetry !== null };
    return {
      use,
      quarters: quartersOf(this.#held, this.#counted, (grade) => this.#counts(grade), known),
      evidenceIn: (quarters) => evidenceIn(this.#stays, quarters),
    };
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
