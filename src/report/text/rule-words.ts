// What a rule bans, in words: the one tool by its name, several by their number.

import type { PolicyHeader } from '../../model/report.ts';
import { DEFAULT_RULE } from '../../model/words.ts';
import { visibleText } from '../../text/visible-text.ts';

type PolicyRule = PolicyHeader['rules'][number];

/** "Claude Code", "one of 3 banned tools", "a tool that no rule allows"; `rowName` where only a row knows the name. */
export function bannedTool({ id, tools = [], toolNames = [] }: PolicyRule, rowName: string | null): string {
  if (id === DEFAULT_RULE) return 'a tool that no rule allows';
  if (tools.length > 1) return `one of ${tools.length} banned tools`;
  return visibleText(toolNames[0] ?? rowName ?? 'what it bans');
}

/** The same as the subject of "… seen on any of 31 hosts": "Claude Code was not", "None of 3 banned tools was". */
export function noBannedTool({ id, tools = [], toolNames = [] }: PolicyRule, rowName: string | null): string {
  if (id === DEFAULT_RULE) return 'No tool outside the allow list was';
  if (tools.length > 1) return `None of ${tools.length} banned tools was`;
  const name = toolNames[0] ?? rowName;
  return name === null ? 'Nothing that it bans was' : `${visibleText(name)} was not`;
}
