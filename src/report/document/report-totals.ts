// Computes totals over all hosts: by tool, and of traffic that is not visible with its effect.

import type { HostReport, NotVisible, ToolTotals, ToolUse } from '../../model/report.ts';
import type { NotVisibleKind } from '../../model/window-words.ts';
import { BYTE_FIELDS, findBytes } from '../../model/withheld.ts';
import { compareText } from '../../net/address.ts';
import { addKnown, addRanges } from '../../text/quantity.ts';

const NO_BYTES = { bytesUp: null, bytesDown: null, payloadUp: null, payloadDown: null } as const;

type Summing = { -readonly [K in keyof ToolTotals]: ToolTotals[K] };

/** Rows that are only possible count as hosts but not in sums, because another row has their traffic. */
export function toolTotals(hosts: readonly HostReport[]): ToolTotals[] {
  const tools = new Map<string, Totalling>();
  for (const host of hosts) {
    for (const use of host.tools) {
      const sum = tools.get(use.tool) ?? new Totalling(use);
      tools.set(use.tool, sum);
      sum.add(use);
    }
  }
  return [...tools.values()]
    .map((sum) => sum.finish())
    .sort((a, b) => sumBytes(b) - sumBytes(a) || compareText(a.tool, b.tool));
}

const sumBytes = ({ bytesUp, bytesDown }: ToolTotals): number => (bytesUp ?? 0) + (bytesDown ?? 0);

class Totalling {
  readonly #sum: Summing;
  readonly #byConfidence = { certain: 0, likely: 0, possible: 0 };
  readonly #byDay = new Map<string, number>();

  constructor({ tool, name, vendor, kind }: ToolUse) {
    this.#sum = {
      tool,
      name,
      vendor,
      kind,
      hosts: 0,
      hostsByConfidence: this.#byConfidence,
      hostsByDay: [],
      flows: 0,
      ...NO_BYTES,
      activeMinutes: null,
      requests: null,
      telemetryPayloadUp: null,
      modelPayloadUp: null,
    };
  }

  add(use: ToolUse): void {
    this.#byConfidence[use.confidence]++;
    const isCounted = use.confidence !== 'possible';
    const sum = this.#sum;
    // Zero if a log counts the bytes of a row that is in no sum.
    for (const field of BYTE_FIELDS) {
      const bytes = findBytes(use, field);
      sum[field] = addKnown(sum[field], bytes === null || isCounted ? bytes : 0);
    }
    if (!isCounted) return;
    sum.hosts++;
    sum.flows += use.flows;
    sum.activeMinutes = addKnown(sum.activeMinutes, use.activeMinutes);
    sum.requests = addRanges(sum.requests, use.requests);
    sum.telemetryPayloadUp = addKnown(sum.telemetryPayloadUp, use.telemetry?.payloadUp ?? null);
    sum.modelPayloadUp = addKnown(sum.modelPayloadUp, use.modelPayloadUp);
    for (const { date, confidence } of use.days)
      if (confidence !== 'possible') this.#byDay.set(date, (this.#byDay.get(date) ?? 0) + 1);
  }

  finish(): ToolTotals {
    const hostsByDay = [...this.#byDay].sort(([a], [b]) => compareText(a, b));
    return { ...this.#sum, hostsByDay: hostsByDay.map(([date, hosts]) => ({ date, hosts })) };
  }
}

/** The effect of each blind spot on the statements of the report. */
const EFFECTS: Readonly<Record<NotVisibleKind, string>> = {
  ech: 'The server name was hidden. Use of a tool behind it is not seen.',
  tunnel: 'Nothing inside a tunnel is seen. A host that opened one may have used any tool.',
  dns: 'Names were asked of an encrypted resolver, so evidence from DNS is missing.',
  relay:
    'An AI runtime connected to a name that is not in the catalogue. The tool and the model behind it are not visible.',
  cloud: 'A cloud that serves many models was used. The tool cannot be named.',
  midFlow: 'The handshake was not captured (it came before, was cut short or lost), so the name is missing.',
  oneWay: 'Only one direction was seen. Handshakes and answers may be missing.',
  loss: 'Packets are missing. Counts are lower bounds, and estimates may be withheld.',
  conflict:
    'Packets of one flow contradict each other: two hellos, other bytes in one place, or a reset that did not end it. A forged packet may hide a name or add one.',
  media: 'Encrypted media of calls cannot be distinguished from other encrypted traffic.',
  dnsTunnel: 'DNS messages were larger than names need. They may carry other traffic.',
  unnamed: 'No server name of the connection was seen, and no DNS answer named the address.',
  unanswered: 'A ClientHello had no answer that could be read, so what followed is unknown.',
  unknown: 'The bytes belong to no known protocol. A tunnel or a relay may use it.',
  protocol: 'Packets without a TCP or UDP header were not read.',
  damaged: 'Headers were malformed or cut, or fragments were missing. The content is unknown.',
  ssh: 'Nothing inside an SSH connection is seen. It may forward other traffic.',
  tor: 'Tor hides every destination.',
  mail: 'A mail connection changed to encryption without a ClientHello that could be read.',
  wifiCalling: 'Wi-Fi calling is IPsec to a mobile network. Nothing inside it is seen.',
  unsized: 'A log does not have the bytes of these connections. Uploads to a relay would not show.',
};

/** `others`: traffic without a local end. */
export function sumNotVisible(
  hosts: readonly HostReport[],
  others: readonly NotVisible[] = [],
): NotVisible[] {
  const ofHosts = hosts.reduce((sum, host) => sum + host.bytes, 0);
  const allBytes = others.reduce((sum, { bytes }) => sum + bytes, ofHosts);
  const kinds = new Map<NotVisibleKind, NotVisible>();
  for (const spots of [others, ...hosts.map((host) => host.notVisible)]) {
    for (const spot of spots) {
      const sum = kinds.get(spot.kind);
      kinds.set(spot.kind, {
        kind: spot.kind,
        flows: (sum?.flows ?? 0) + spot.flows,
        bytes: (sum?.bytes ?? 0) + spot.bytes,
        share: 0,
        first: chooseEarlier(sum?.first ?? null, spot.first),
        last: chooseLater(sum?.last ?? null, spot.last),
        effect: EFFECTS[spot.kind],
      });
    }
  }
  return [...kinds.values()]
    .map((spot) => ({ ...spot, share: allBytes === 0 ? 0 : Math.min(1, spot.bytes / allBytes) }))
    .sort((a, b) => compareText(a.kind, b.kind));
}

// RFC 3339 texts of one form sort like their instants.
const chooseEarlier = (a: string | null, b: string | null): string | null =>
  a === null || (b !== null && b < a) ? b : a;
const chooseLater = (a: string | null, b: string | null): string | null =>
  a === null || (b !== null && b > a) ? b : a;
