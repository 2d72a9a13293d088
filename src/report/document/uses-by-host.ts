// Stores the use of each host for the rows of a report. In a large network most hosts are compressed and read again
// when they are rendered. A format renders one host after the other, and all of them in memory would be gigabytes.

import { RELAY_ID } from '../../model/catalogue-words.ts';
import type { Confidence } from '../../model/confidence.ts';
import type { HostReport, ToolUse } from '../../model/report.ts';
import { packSentence, unpackSentence } from '../../model/sentences.ts';
import type { HostAttribution } from '../../model/tool.ts';
import { compareText } from '../../net/address.ts';

/** Rows are sorted by bytes, largest first. */
export interface HostUses {
  readonly tools: readonly ToolUse[];
  readonly providers: readonly ToolUse[];
}

/** Traffic of a host with a suspected relay. */
export type Relayed = Pick<ToolUse, 'flows' | 'bytesUp' | 'bytesDown' | 'firstSeen' | 'lastSeen'>;

/** Compresses a text and restores it. */
export interface Packing {
  readonly pack: (text: string) => Uint8Array;
  readonly unpack: (bytes: Uint8Array) => string;
}

/** Maximum hosts in memory without compression: 60 MB, and the number in 1 MB of windows. */
const MAX_PLAIN_HOSTS = 25_000;
/** Number of hosts that are compressed together. Their texts repeat, and they are read one after the other. */
const HOSTS_A_BLOCK = 64;

/** The empty list that hosts without entries share, because a large network has many. */
const NONE: readonly never[] = [];
const NO_USES: HostUses = { tools: NONE, providers: NONE };

export class UsesByHost {
  readonly #numbers = new Map<string, number>();
  readonly #relayed = new Map<string, Relayed>();
  readonly #plain: HostUses[] = [];
  readonly #packed: Uint8Array[] = [];
  readonly #packing: Packing | null;
  readonly #maxPlain: number;
  #filling: HostUses[] = [];
  #open: { readonly block: number; readonly uses: readonly HostUses[] } | null = null;

  /**
   * Hosts should be added in the order in which they will be read. Without a packing all stay in memory. All facts
   * about a use must be added before it is packed, because a format reads each host several times.
   */
  constructor(
    attributions: Iterable<HostAttribution>,
    packing: Packing | null,
    maxPlain: number = MAX_PLAIN_HOSTS,
    complete: (host: HostAttribution, use: ToolUse, isProvider: boolean) => ToolUse = (_, use) => use,
  ) {
    this.#packing = packing;
    this.#maxPlain = packing === null ? Number.POSITIVE_INFINITY : maxPlain;
    for (const host of attributions)
      this.#add(host.host, {
        tools: sortUses(host.tools, (use) => complete(host, use, false)),
        providers: sortUses(host.providers, (use) => complete(host, use, true)),
      });
  }

  hosts(): Iterable<string> {
    return this.#numbers.keys();
  }

  /** Returns a function that reads the use of a host, null without any. Each call may return a new copy. */
  of(host: string): (() => HostUses) | null {
    const number = this.#numbers.get(host);
    return number === undefined ? null : () => this.#read(number);
  }

  /** Returns null if no relay is suspected. */
  relayedOf(host: string): Relayed | null {
    return this.#relayed.get(host) ?? null;
  }

  #add(host: string, uses: HostUses): void {
    this.#numbers.set(host, this.#numbers.size);
    const relay = uses.providers.find(({ tool }) => tool === RELAY_ID);
    if (relay !== undefined) {
      const { flows, bytesUp, bytesDown, firstSeen, lastSeen } = relay;
      this.#relayed.set(host, { flows, bytesUp, bytesDown, firstSeen, lastSeen });
    }
    if (this.#plain.length < this.#maxPlain) {
      this.#plain.push(uses);
      return;
    }
    this.#filling.push(uses);
    if (this.#packing === null || this.#filling.length < HOSTS_A_BLOCK) return;
    this.#packed.push(
      this.#packing.pack(JSON.stringify(this.#filling.map((host) => changeItems(host, packSentence)))),
    );
    this.#filling = [];
  }

  #read(number: number): HostUses {
    const behind = number - this.#plain.length;
    const block = Math.floor(behind / HOSTS_A_BLOCK);
    const uses = behind < 0 ? this.#plain[number] : this.#block(block)[behind % HOSTS_A_BLOCK];
    return uses ?? NO_USES;
  }

  #block(block: number): readonly HostUses[] {
    if (this.#open?.block === block) return this.#open.uses;
    const bytes = this.#packed[block];
    if (bytes === undefined || this.#packing === null) return this.#filling;
    // The bytes were written by #add.
    const packed = JSON.parse(this.#packing.unpack(bytes)) as readonly HostUses[];
    const uses = packed.map((host) => changeItems(host, unpackSentence));
    this.#open = { block, uses };
    return uses;
  }
}

/** Changes everything that may have a sentence. */
function changeItems(host: HostUses, change: <Item extends object>(item: Item) => Item): HostUses {
  const changeUse = (use: ToolUse): ToolUse => ({
    ...change(use),
    withheld: use.withheld.map(change),
    evidence: use.evidence.map(change),
  });
  return { tools: host.tools.map(changeUse), providers: host.providers.map(changeUse) };
}

const CONFIDENCE_ORDER: Readonly<Record<Confidence, number>> = { certain: 0, likely: 1, possible: 2 };

function sortUses(tools: HostAttribution['tools'], complete: (use: ToolUse) => ToolUse): readonly ToolUse[] {
  if (tools.length === 0) return NONE;
  return tools
    .map((tool) => complete(tool.use))
    .sort(
      (a, b) =>
        b.bytesUp + b.bytesDown - (a.bytesUp + a.bytesDown) ||
        CONFIDENCE_ORDER[a.confidence] - CONFIDENCE_ORDER[b.confidence] ||
        compareText(a.tool, b.tool),
    );
}

/** Keeps the position of `tools` and `providers`, because formats print fields in this order. */
export function withUses(about: HostReport, tools: () => Uses, providers: () => Uses): HostReport {
  const given = { enumerable: true, configurable: true };
  Object.defineProperty(about, 'tools', { ...given, get: tools });
  Object.defineProperty(about, 'providers', { ...given, get: providers });
  return about;
}

type Uses = readonly ToolUse[];

/** Replaces fields and rows of a host. Packed rows stay packed until they are read. */
export function withRows(
  host: HostReport,
  fields: Partial<Omit<HostReport, keyof HostUses>>,
  change: (uses: Uses) => Uses,
): HostReport {
  const about: HostReport = Object.create(Object.prototype, Object.getOwnPropertyDescriptors(host));
  return withUses(
    Object.assign(about, fields),
    () => change(host.tools),
    () => change(host.providers),
  );
}
