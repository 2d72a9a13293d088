// The policy of a case: a ban of one tool.
import type { BanTruth } from '../case.ts';
import type { Machine } from '../scene.ts';

export interface BanTerms {
  readonly tool: string;
  /** Scope of the rule in YAML; default: all machines of the scene. */
  readonly scope?: string;
  readonly groups?: string;
  /** Scope of the exception in YAML. */
  readonly exempt?: string;
}

const EVERYBODY = '{ cidr: [10.20.0.0/16, "fd00:20::/32"] }';

export function banText({ tool, scope = EVERYBODY, groups, exempt }: BanTerms): string {
  const lines = [
    'version: 1',
    'name: composed',
    'timezone: UTC',
    'evidence:',
    '  use: { confidence: likely, roles: [inference, mcp], minRequests: 0 }',
    ...(groups === undefined ? [] : ['groups:', `  ${groups}`]),
    'rules:',
    '  - id: BAN',
    `    title: ${tool} is banned`,
    `    match: { tools: [${tool}] }`,
    `    scope: ${scope}`,
    '    action: deny',
    '    effective: 2026-07-01T00:00:00Z',
    '    severity: high',
    '    evidence: use',
  ];
  if (exempt !== undefined)
    lines.push(
      'exceptions:',
      `  - { id: EX, rule: BAN, scope: ${exempt}, until: 2026-12-31T00:00:00Z, reason: research }`,
    );
  return `${lines.join('\n')}\n`;
}

/** `users` break the ban. `free`: a violation is neither required nor wrong. */
export function banned(
  terms: BanTerms,
  users: readonly Machine[],
  mayBeKept = users.length === 0,
  free: readonly Machine[] = [],
): BanTruth {
  const of = (machines: readonly Machine[]): string[][] => machines.map(({ text, text6 }) => [text, text6]);
  return { text: banText(terms), users: of(users), free: of(free), mayBeKept };
}
