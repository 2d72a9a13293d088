// What the names of many tools, met in one manner by one program, say: a monitor, a crawler or a resolver, not many tools.

import type { JudgedTool } from '../../catalogue/catalogue.ts';
import type { Manner, Piece } from './piece.ts';

/** One tool with what was found for it in one period. */
export interface Found {
  readonly tool: JudgedTool;
  readonly pieces: readonly Piece[];
}

/** From so many tools' names, asked for and none visited, a resolver, a scanner or a block list speaks. */
const MANY_ASKED = 2;
/** One program is not so many tools: from this many on, what each of them shows is that of a crawler. */
const MANY: Readonly<Partial<Record<Manner, number>>> = { call: 3, beside: 2, varied: 2, modest: 4 };

/** The pieces of each tool, lowered where many tools show the same, and saying so. */
export function withManyTools(found: readonly Found[]): Found[] {
  const asked = found.filter(({ pieces }) => pieces.some(isOnlyAsked)).length;
  const programs = toolsByProgram(found);
  return found.map(({ tool, pieces }) => ({
    tool,
    pieces: pieces.map((piece) => {
      if (asked >= MANY_ASKED && isOnlyAsked(piece))
        return lowered(piece, 'as of several tools: perhaps for others');
      const many = Math.max(0, ...keysOf(piece).map((key) => programs.get(key)?.size ?? 0));
      const enough = piece.manner === undefined ? undefined : MANY[piece.manner];
      if (enough === undefined || many < enough) return piece;
      return lowered(piece, `names of ${many} tools in the same manner: a monitor or a crawler`);
    }),
  }));
}

function isOnlyAsked({ ruleKind, grade }: Piece): boolean {
  return ruleKind === 'dns' && grade !== null;
}

function lowered(piece: Piece, why: string): Piece {
  const grade = piece.grade === null ? null : 'possible';
  return { ...piece, grade, detail: `${piece.detail}, ${why}` };
}

/** A program, as far as its hello tells, with the manner in which it met a name. */
function keysOf({ channels, manner }: Piece): string[] {
  if (manner === undefined) return [];
  return [...new Set(channels.map(({ runtime }) => `${manner} ${runtime?.formClass ?? ''}`))];
}

function toolsByProgram(found: readonly Found[]): Map<string, Set<JudgedTool>> {
  const programs = new Map<string, Set<JudgedTool>>();
  for (const { tool, pieces } of found) {
    for (const key of pieces.flatMap(keysOf)) {
      const tools = programs.get(key);
      if (tools === undefined) programs.set(key, new Set([tool]));
      else tools.add(tool);
    }
  }
  return programs;
}
