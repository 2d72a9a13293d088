// Totals over all hosts: per tool, and of what could not be seen with what that means for the reading.

import type { HostReport, NotVisible, ToolTotals, ToolUse } from '../../model/report.ts';
import type { NotVisibleKind } from '../../model/usage.ts';
import { compareText } from '../../net/address.ts';
import { addKnown, addRanges } from '../text/quantity.ts';

interface Summing {
  readonly example: ToolUse;
  readonly byConfidence: { certain: number; likely: number; possible: number };
  readonly byDay: Map<string, number>;
  readonly sure: ToolUse[];
}

/** Rows that are only possible are counted as hosts, and left out of every sum: their traffic stands elsewhere. */
export function toolTotals(hosts: readonly HostReport[]): ToolTotals[] {
  const tools = new Map<string, Summing>();
  for (const host of hosts) {
    for (const use of host.tools) {
      let sum = tools.get(use.tool);
      if (sum === undefined) {
        sum = {
          example: use,
          byConfidence: { certain: 0, likely: 0, possible: 0 },
          byDay: new Map(),
          sure: [],
        };
        tools.set(use.tool, sum);
      }
      sum.byConfidence[use.confidence]++;
      if (use.confidence === 'possible') continue;
      sum.sure.push(use);
      for (const day of use.days) {
        if (day.confidence !== 'possible') sum.byDay.set(day.date, (sum.byDay.get(day.date) ?? 0) + 1);
      }
    }
  }
  return [...tools.values()]
    .map(finishTool)
    .sort((a, b) => b.bytesUp + b.bytesDown - (a.bytesUp + a.bytesDown) || compareText(a.tool, b.tool));
}

function finishTool({ example, byConfidence, byDay, sure }: Summing): ToolTotals {
  const total = (field: 'flows' | 'bytesUp' | 'bytesDown' | 'payloadUp' | 'payloadDown'): number =>
    sure.reduce((sum, use) => sum + use[field], 0);
  return {
    tool: example.tool,
    name: example.name,
    vendor: example.vendor,
    kind: example.kind,
    hosts: sure.length,
    hostsByConfidence: byConfidence,
    hostsByDay: [...byDay].sort(([a], [b]) => compareText(a, b)).map(([date, hosts]) => ({ date, hosts })),
    flows: total('flows'),
    bytesUp: total('bytesUp'),
    bytesDown: total('bytesDown'),
    payloadUp: total('payloadUp'),
    payloadDown: total('payloadDown'),
    activeMinutes: sure.reduce<number | null>((sum, use) => addKnown(sum, use.activeMinutes), null),
    requests: sure.reduce<ToolTotals['requests']>((sum, use) => addRanges(sum, use.requests), null),
    telemetryPayloadUp: sure.reduce<number | null>(
      (sum, use) => addKnown(sum, use.telemetry?.payloadUp ?? null),
      null,
    ),
    modelPayloadUp: sure.reduce<number | null>((sum, use) => addKnown(sum, use.modelPayloadUp), null),
  };
}

/** What each blind spot does to what the report says. */
const EFFECTS: Readonly<Record<NotVisibleKind, string>> = {
  ech: 'The server name was hidden. Use of a tool behind it is not seen.',
  tunnel: 'Nothing inside a tunnel is seen. A host that opened one may have used any tool.',
  dns: 'Names were asked of an encrypted resolver, so evidence from DNS is missing.',
  relay:
    'An AI runtime talked to a name that is not in the catalogue. Which tool and model stand behind it is not seen.',
  cloud: 'A cloud that serves many models was used. The tool cannot be named.',
  midFlow: 'The handshake was not captured (it came before, was cut short or lost), so the name is missing.',
  oneWay: 'Only one direction was seen. Handshakes and answers may be missing.',
  loss: 'Packets are missing. Counts are lower bounds, and estimates may be withheld.',
};

export function notVisibleTotals(hosts: readonly HostReport[]): NotVisible[] {
  const allBytes = hosts.reduce((sum, host) => sum + host.bytes, 0);
  const kinds = new Map<NotVisibleKind, NotVisible>();
  for (const host of hosts) {
    for (const spot of host.notVisible) {
      const sum = kinds.get(spot.kind);
      kinds.set(spot.kind, {
        kind: spot.kind,
        flows: (sum?.flows ?? 0) + spot.flows,
        bytes: (sum?.bytes ?? 0) + spot.bytes,
        share: 0,
        first: earlier(sum?.first ?? null, spot.first),
        last: later(sum?.last ?? null, spot.last),
        effect: EFFECTS[spot.kind],
      });
    }
  }
  return [...kinds.values()]
    .map((spot) => ({ ...spot, share: allBytes === 0 ? 0 : Math.min(1, spot.bytes / allBytes) }))
    .sort((a, b) => compareText(a.kind, b.kind));
}

// RFC 3339 texts of one form sort like the instants that they name.
const earlier = (a: string | null, b: string | null): string | null =>
  a === null || (b !== null && b < a) ? b : a;
const later = (a: string | null, b: string | null): string | null =>
  a === null || (b !== null && b > a) ? b : a;
