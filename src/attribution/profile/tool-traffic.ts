// All traffic of one tool over many hosts, with its exchanges told apart: what a profile is made from.

import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { Grade } from '../../catalogue/rules.ts';
import type { ToolEntry } from '../../catalogue/schema.ts';
import type { UsageWindow } from '../../model/usage.ts';
import { exchangeRoleOf } from '../estimates/channel-role.ts';
import { type Classified, classifyExchanges } from '../estimates/exchanges.ts';
import { type Candidate, ownershipOf } from '../evidence/ownership.ts';
import { candidatesOf } from '../sums/tools-in-period.ts';
import { activityPeriodsOf, type Channel } from '../traffic/channels.ts';

/** One stay of one host with the tool. */
export interface ToolStay {
  readonly host: string;
  readonly grade: Grade;
  readonly channels: readonly Channel[];
  /** In order of time. */
  readonly exchanges: readonly Classified[];
}

/** Stays in which the tool was likely or certain; where it nowhere was, those in which it was possible. */
export function trafficOf(windows: readonly UsageWindow[], catalogue: Catalogue, toolId: string): ToolStay[] {
  const stays: ToolStay[] = [];
  for (const [host, list] of activityPeriodsOf(windows, catalogue)) {
    for (const stay of list) {
      const candidates = candidatesOf(stay, catalogue);
      const candidate = candidates.find(({ judged }) => judged.tool.id === toolId);
      if (candidate === undefined) continue;
      const { owners } = ownershipOf(stay, candidates, catalogue);
      const channels = stay.channels.filter((channel) => isTheirs(candidate, channel, owners.get(channel)));
      stays.push({
        host,
        grade: candidate.grade,
        channels,
        exchanges: exchangesOf(candidate.judged.tool, channels, catalogue),
      });
    }
  }
  const strong = stays.filter(({ grade }) => grade !== 'possible');
  return strong.length > 0 ? strong : stays;
}

function isTheirs(candidate: Candidate, channel: Channel, owners: readonly Candidate[] | undefined): boolean {
  if (owners !== undefined) return owners.includes(candidate);
  return candidate.grade === 'possible' && candidate.pieces.some((piece) => piece.channels.includes(channel));
}

/** In order of time. */
export function exchangesOf(
  tool: ToolEntry,
  channels: readonly Channel[],
  catalogue: Catalogue,
): Classified[] {
  const roleOf = (channel: Channel) => exchangeRoleOf(tool, channel, catalogue);
  const classified = classifyExchanges(channels, tool.exchange, roleOf);
  return classified.sort((a, b) => a.at.startUs - b.at.startUs);
}
