// `wiretally policy test POLICY --against SOURCE`: what the exports of a policy would have done to recorded traffic.

import { attribute } from '../../../attribution/attribute.ts';
import type { Catalogue } from '../../../catalogue/catalogue.ts';
import { type AgainstRule, type Attempt, PASS_WORDS, testAgainst } from '../../../policy/export/against.ts';
import { EXPORT_FORMATS, type Reach } from '../../../policy/export/formats.ts';
import { planBlocks } from '../../../policy/export/plan.ts';
import { subjectsFor } from '../../../query/apply-policy.ts';
import { exportContext, type PolicyOnDisk } from '../../../query/inputs/policy-file.ts';
import { excludedNetworks } from '../../../query/policy-view.ts';
import { jsonText } from '../../../text/json-text.ts';
import { plural } from '../../../text/quantity.ts';
import { visibleText } from '../../../text/visible-text.ts';
import { openZone } from '../../../time/zone.ts';
import { readSource } from '../../input/read-source.ts';
import { EXIT, type ExitCode } from '../../output/exit-code.ts';
import { printReadSummary } from '../../output/read-summary.ts';
import { writeLines, writeOut } from '../../output/stdout.ts';

export interface Against {
  readonly onDisk: PolicyOnDisk;
  readonly catalogue: Catalogue;
  readonly sources: readonly string[];
  readonly folders: readonly string[];
  readonly isJson: boolean;
}

export async function testPolicyAgainst(asked: Against): Promise<ExitCode> {
  const { onDisk, catalogue, sources, folders } = asked;
  const exclude = excludedNetworks(onDisk);
  const source = await readSource(sources, { catalogue: folders, exclude, quiet: asked.isJson });
  const code = printReadSummary(source, {});
  if (code === EXIT.failed) return code;
  const zone = openZone(onDisk.policy.timezone);
  const attributions = attribute(source.windows, source.catalogue, { zone, networks: source.networks });
  const rules = testAgainst(
    onDisk.policy,
    planBlocks(exportContext(onDisk, catalogue)),
    REACHES,
    subjectsFor(source, attributions, null),
    source.windows,
  );
  if (asked.isJson)
    await writeOut(`${jsonText({ policy: onDisk.policy.name, sha256: onDisk.sha256, rules }, 2)}\n`);
  else await writeLines(rules.flatMap(linesOf));
  return code;
}

const REACHES: Readonly<Record<string, Reach>> = Object.fromEntries(
  Object.entries(EXPORT_FORMATS).flatMap(([format, { reach }]) => (reach === null ? [] : [[format, reach]])),
);

const WIDTH = 12;

function linesOf({ rule, title, formats, attempts }: AgainstRule): string[] {
  const head = `${rule}: ${visibleText(title)}`;
  if (attempts.length === 0) return [head, '  no recorded traffic of its tools', ''];
  return [
    head,
    ...formats.flatMap(({ format, matched, passed, entries }) => [
      `  ${format.padEnd(WIDTH)} ${plural(matched, 'flow')} matched, ${passed} passed`,
      ...entries.map(({ entry, flows }) => `    matched  ${visibleText(entry)} (${plural(flows, 'flow')})`),
      ...passedLines(format, attempts),
    ]),
    '',
  ];
}

function passedLines(format: string, attempts: readonly Attempt[]): string[] {
  return attempts.flatMap(({ name, transport, proxy, hosts, flows, formats }) => {
    const reason = formats[format]?.reason ?? null;
    if (reason === null) return [];
    const way = proxy === null ? transport : `${transport} through a proxy`;
    return [
      `    passed   ${visibleText(name)} (${way}, ${plural(flows, 'flow')} of ${plural(hosts, 'host')}): ${PASS_WORDS[reason]}`,
    ];
  });
}
