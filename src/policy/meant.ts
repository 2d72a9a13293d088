// Which traffic of a host a rule means: that of tools it names, and what any other client asked of an API it names.

import type { Policy, Rule } from '../model/policy.ts';
import type { Confidence, EvidenceItem, ToolUse } from '../model/report.ts';
import type { HostTool } from '../model/tool.ts';
import { openZone } from '../time/zone.ts';
import { exposedPart } from './exposure.ts';
import { matchesProvider, matchesTool } from './match.ts';
import { joinPhases, type Phases, splitPhases } from './phases.ts';
import type { PolicySubject } from './subjects.ts';

export interface SeenUse {
  /** Of the row that findings are about. */
  readonly use: ToolUse;
  /** The traffic that the rule means. */
  readonly tool: Pick<HostTool, 'use' | 'evidenceIn' | 'sensorsIn'>;
  readonly phases: Phases;
  /** The degree of the row, where the rule means an API: that it was asked is surer than by which tool. */
  readonly atMost?: Confidence;
}

export function meantIn(policy: Policy, rule: Rule, subject: PolicySubject): SeenUse[] {
  const { match } = rule;
  const whole = (tool: HostTool): SeenUse => ({
    ...{ use: tool.use, tool },
    phases: splitPhases(policy, rule, subject, tool),
  });
  const { advisories } = match;
  if (advisories !== undefined)
    return subject.tools
      .flatMap((tool) => exposedPart(tool, advisories, openZone(policy.timezone)))
      .map(whole);
  return [
    ...subject.tools.flatMap((tool) =>
      matchesTool(match, { ...tool.use, id: tool.use.tool })
        ? [whole(tool)]
        : askedOfApis(policy, rule, subject, tool),
    ),
    ...subject.providers
      .filter(({ use }) => matchesProvider(match, { id: use.tool, kind: use.kind }))
      .map(whole),
  ];
}

/** What a tool that the rule does not name asked of APIs that it means. */
function askedOfApis(
  policy: Policy,
  rule: Rule,
  subject: PolicySubject,
  { use, apis = [] }: HostTool,
): SeenUse[] {
  const meant = apis.filter(({ api }) => matchesTool(rule.match, { ...api, id: api.tool }));
  if (meant.length === 0) return [];
  const evidenceIn = (quarters: ReadonlySet<number>): EvidenceItem[] =>
    meant.flatMap(({ part }) => part.evidenceIn?.(quarters) ?? part.use.evidence);
  const sensorsIn = (quarters: ReadonlySet<number>): string[] => [
    ...new Set(meant.flatMap(({ part }) => part.sensorsIn?.(quarters) ?? [])),
  ];
  const phases = meant.map(({ api, part: { quarters } }) =>
    splitPhases(policy, rule, subject, { use, api, quarters }),
  );
  return [{ use, tool: { use, evidenceIn, sensorsIn }, phases: joinPhases(phases), atMost: use.confidence }];
}
