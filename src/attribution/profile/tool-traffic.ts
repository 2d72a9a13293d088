// Lists all traffic of one tool on many hosts, with classified exchanges: the input of a profile.

import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { Grade } from '../../catalogue/rules.ts';
import type { ToolEntry } from '../../catalogue/schema.ts';
import type { UsageWindow } from '../../model/usage.ts';
import { findEndpoint, getExchangeRole } from '../estimates/channel-role.ts';
import type { Classified } from '../estimates/classified.ts';
import { classifyExchanges } from '../estimates/exchanges.ts';
import { buildOwnership } from '../evidence/ownership.ts';
import { listCandidates } from '../sums/tools-in-period.ts';
import type { Channel } from '../traffic/channel.ts';
import { listActivityPeriods } from '../traffic/channels.ts';

export interface ToolPeriod {
  readonly host: string;
  readonly grade: Grade;
  readonly channels: readonly Channel[];
  /** In order of time. */
  readonly exchanges: readonly Classified[];
}

/** Lists activity periods in which the tool was likely or certain; without any, those in which it was possible. */
export function listTraffic(
  windows: readonly UsageWindow[],
  catalogue: Catalogue,
  toolId: string,
): ToolPeriod[] {
  const periods: ToolPeriod[] = [];
  for (const [host, list] of listActivityPeriods(windows, catalogue)) {
    for (const period of list) {
      const candidates = listCandidates(period, catalogue);
      const candidate = candidates.find(({ compiled }) => compiled.tool.id === toolId);
      if (candidate === undefined) continue;
      const { owners, settled } = buildOwnership(period, candidates, catalogue);
      const speaking = new Set(candidate.items.flatMap((item) => item.channels));
      const isTheirs = (channel: Channel): boolean =>
        owners.get(channel)?.includes(candidate) ?? (candidate.grade === 'possible' && speaking.has(channel));
      const channels = period.channels.filter(isTheirs);
      periods.push({
        host,
        grade: candidate.grade,
        channels,
        exchanges: listExchanges(candidate.compiled.tool, channels, catalogue).filter(
          ({ at }) => (settled.get(at.exchange) ?? candidate) === candidate,
        ),
      });
    }
  }
  const strong = periods.filter(({ grade }) => grade !== 'possible');
  return strong.length > 0 ? strong : periods;
}

/** In order of time. */
export function listExchanges(
  tool: ToolEntry,
  channels: readonly Channel[],
  catalogue: Catalogue,
): Classified[] {
  const findRole = (channel: Channel) => getExchangeRole(findEndpoint(tool, channel, catalogue).role);
  const classified = classifyExchanges(channels, tool.exchange, findRole);
  return classified.sort((a, b) => a.at.startUs - b.at.startUs);
}
