// Selects the traffic of a host that a rule matches: traffic of its tools, and requests of any other client to its
// APIs.

import { PROGRAM_KINDS } from '../model/catalogue-words.ts';
import type { Policy, Rule } from '../model/policy.ts';
import type { EvidenceItem } from '../model/report.ts';
import { evidenceDuring, type HostTool, withQuarters } from '../model/tool.ts';
import { type ExposedTime, selectExposedPart } from './advisory-exposure.ts';
import type { SeenUse } from './finding.ts';
import { matchesProvider, matchesTool } from './match.ts';
import { joinPhases, splitPhases } from './phases.ts';
import type { PolicySubject } from './subjects.ts';

export function matchTraffic(
  policy: Policy,
  rule: Rule,
  subject: PolicySubject,
  exposedTime: ExposedTime = 'affected',
): SeenUse[] {
  const { match } = rule;
  const takeWhole = (tool: HostTool): SeenUse => ({
    use: tool.use,
    tool,
    whole: tool,
    phases: splitPhases(policy, rule, subject, tool),
  });
  const { advisories } = match;
  if (advisories !== undefined)
    return subject.tools
      .flatMap((tool) => selectExposedPart(tool, advisories, policy.timezone, exposedTime))
      .map(takeWhole);
  return [
    ...subject.tools.flatMap((tool) =>
      matchesTool(match, { ...tool.use, id: tool.use.tool })
        ? [takeWhole(tool)]
        : matchApiRequests(policy, rule, subject, tool),
    ),
    ...subject.providers
      .filter(({ use }) => matchesProvider(match, { id: use.tool, kind: use.kind }))
      .map((row) => takeWhole(PROGRAM_KINDS.has(row.use.kind) ? onlyPossible(row) : row)),
  ];
}

/** Lowers the confidence to *possible*: the API was certainly called, but perhaps by another program. */
function onlyPossible(row: HostTool): HostTool {
  const possible = withQuarters(
    row,
    row.quarters.map((quarter) => ({ ...quarter, confidence: 'possible' })),
  );
  if (row.selectPart === undefined) return possible;
  return {
    ...possible,
    selectPart(isSelected) {
      const part = row.selectPart?.(isSelected) ?? null;
      return part === null ? null : onlyPossible(part);
    },
  };
}

/** Selects requests of other tools to APIs that the rule matches. */
function matchApiRequests(policy: Policy, rule: Rule, subject: PolicySubject, whole: HostTool): SeenUse[] {
  const { use, apis = [] } = whole;
  const matched = apis
    .filter(({ api }) => matchesTool(rule.match, { ...api, id: api.tool }))
    .map(({ api, part }) => ({ api, part: PROGRAM_KINDS.has(api.kind) ? onlyPossible(part) : part }));
  const [first] = matched;
  if (first === undefined) return [];
  const evidenceIn = (quarters: ReadonlySet<number>): EvidenceItem[] =>
    matched.flatMap(({ part }) => evidenceDuring(part, quarters));
  const sensorsIn = (quarters: ReadonlySet<number>): string[] => [
    ...new Set(matched.flatMap(({ part }) => part.sensorsIn?.(quarters) ?? [])),
  ];
  const phases = matched.map(({ api, part: { quarters } }) =>
    splitPhases(policy, rule, subject, { use, api, quarters }),
  );
  return [
    {
      use,
      tool: { use, evidenceIn, sensorsIn },
      whole,
      api: first.api,
      names: new Set(matched.flatMap(({ part }) => part.use.names.map(({ name }) => name))),
      phases: joinPhases(phases),
      ceiling: use.confidence,
    },
  ];
}
