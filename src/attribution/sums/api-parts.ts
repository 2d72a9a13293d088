// What of a named tool went to each API, gateway or the like: rules about an API mean every client of it.

import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { ToolEntry } from '../../catalogue/schema.ts';
import { GRADES } from '../evidence/item.ts';
import type { Channel } from '../traffic/channel.ts';
import { holding, providerFor, providerRow, type ToolInPeriod } from './tool-in-period.ts';

const LIKELY = GRADES.indexOf('likely');

/**
 * One part for each API that a certain or likely tool asked. The traffic of a possible tool is in the rows of the APIs
 * itself. Requests are told apart as the tool's own sums tell them.
 */
export function apiPartsOf(
  { tool, grade, held, isOwn }: Pick<ToolInPeriod, 'tool' | 'grade' | 'held' | 'isOwn'>,
  catalogue: Catalogue,
): ToolInPeriod[] {
  if (grade < LIKELY) return [];
  const apis = new Map<ToolEntry, Channel[]>();
  for (const { channel, counts } of held) {
    const api = counts ? providerFor(channel, NONE, catalogue) : undefined;
    if (api !== undefined) apis.set(api, [...(apis.get(api) ?? []), channel]);
  }
  if (apis.size === 0) return [];
  const channelsWhere = (isMeant: (one: ToolInPeriod['held'][number]) => boolean): Channel[] =>
    held.filter(isMeant).map(({ channel }) => channel);
  const share = {
    sure: channelsWhere(({ isSure }) => isSure),
    shared: channelsWhere(({ isSure, counts }) => !isSure && counts),
    elsewhere: channelsWhere(({ isSure, counts }) => !isSure && !counts),
    isOwn,
  };
  const { counted } = holding(tool, share, catalogue);
  return [...apis].map(([api, channels]) => {
    const row = providerRow(api, channels, [], catalogue);
    const own = new Set(channels);
    const items = row.items.map((item) =>
      item.rule === 'provider-name'
        ? { ...item, detail: `${namesIn(channels)}: ${api.name} is named` }
        : item,
    );
    return { ...row, items, counted: counted.filter(({ one }) => own.has(one.channel)) };
  });
}

const NONE: ReadonlySet<Channel> = new Set();

const namesIn = (channels: readonly Channel[]): string =>
  [...new Set(channels.map(({ name }) => name))].join(', ');
