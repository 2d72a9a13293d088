// What the names of many tools, met in one manner by one program, say: a monitor, a crawler or a resolver, not many tools.

import type { CompiledTool } from '../../catalogue/rules.ts';
import type { Manner } from '../traffic/channel.ts';
import type { GatheredItem } from './item.ts';

/** One tool with what was found for it in one period. */
export interface Found {
  readonly tool: CompiledTool;
  readonly items: readonly GatheredItem[];
}

/** From so many tools' names, asked for and none visited, a resolver, a scanner or a block list speaks. */
const MANY_ASKED = 2;
/** One program is not so many tools: from this many on, what each of them shows is that of a crawler. */
const MANY: Readonly<Partial<Record<Manner, number>>> = { call: 3, varied: 2, modest: 4 };

/** The evidence of each tool, lowered where many tools show the same, and saying so. */
export function withManyTools(found: readonly Found[]): Found[] {
  const asked = found.filter(({ items }) => items.some(isOnlyAsked)).length;
  const programs = toolsByProgram(found);
  return found.map(({ tool, items }) => ({
    tool,
    items: items.map((item) => {
      if (asked >= MANY_ASKED && isOnlyAsked(item))
        return lowered(item, 'as of several tools: perhaps for others');
      const enough = item.manner === undefined ? undefined : MANY[item.manner];
      if (enough === undefined) return item;
      const many = keysOf(item).reduce((most, key) => Math.max(most, programs.get(key)?.size ?? 0), 0);
      if (many < enough) return item;
      return lowered(item, `names of ${many} tools in the same manner: a monitor or a crawler`);
    }),
  }));
}

function isOnlyAsked({ ruleKind, grade }: GatheredItem): boolean {
  return ruleKind === 'dns' && grade !== null;
}

function lowered(item: GatheredItem, why: string): GatheredItem {
  const grade = item.grade === null ? null : 'possible';
  return { ...item, grade, detail: `${item.detail}, ${why}` };
}

/** A program, as far as its hello tells, with the manner in which it met a name. */
function keysOf({ channels, manner }: GatheredItem): string[] {
  if (manner === undefined) return [];
  return [...new Set(channels.map(({ runtime }) => `${manner} ${runtime?.fingerprintClass ?? ''}`))];
}

function toolsByProgram(found: readonly Found[]): Map<string, Set<CompiledTool>> {
  const programs = new Map<string, Set<CompiledTool>>();
  for (const { tool, items } of found) {
    for (const key of items.flatMap(keysOf)) {
      const tools = programs.get(key);
      if (tools === undefined) programs.set(key, new Set([tool]));
      else tools.add(tool);
    }
  }
  return programs;
}
