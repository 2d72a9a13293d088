// `wiretally policy test POLICY`: runs the tests of a policy, or shows the effect of its exports on recorded traffic.

import { attribute } from '../../../attribution/attribute.ts';
import type { Catalogue } from '../../../catalogue/catalogue.ts';
import { catalogueFacts } from '../../../catalogue/policy-facts.ts';
import { loadCatalogue } from '../../../files/catalogue-files.ts';
import { type AgainstRule, type Attempt, PASS_WORDS, testAgainst } from '../../../policy/export/against.ts';
import { EXPORT_FORMATS, type Reach } from '../../../policy/export/export-formats.ts';
import { planBlocks } from '../../../policy/export/plan.ts';
import { runPolicyTests } from '../../../policy/policy-tests.ts';
import { listSubjects } from '../../../query/apply-policy.ts';
import { exportContext, type PolicyOnDisk, readPolicy } from '../../../query/inputs/policy-file.ts';
import { excludedNetworks } from '../../../query/policy-view.ts';
import { plural } from '../../../text/quantity.ts';
import { visibleText } from '../../../text/visible-text.ts';
import { openZone } from '../../../time/zone.ts';
import { defineCommand, example } from '../../command.ts';
import { list, type OptionValues } from '../../input/declare-option.ts';
import { catalogueOptions, plainFormat } from '../../input/options.ts';
import { EXIT, type ExitCode } from '../../output/exit-code.ts';
import { printReadSummary } from '../../output/read-summary.ts';
import { writeJson, writeOut } from '../../output/stdout.ts';
import { writeWrapped } from '../../output/write-wrapped.ts';
import { readSource } from '../../reading/read-source.ts';

const options = {
  ...catalogueOptions,
  against: list(
    '--against <source>',
    'Input',
    'Captures, logs or a store: report what each export would have matched',
    { isCommon: true },
  ),
  ...plainFormat,
};

export const command = defineCommand({
  summary: 'Run the tests of a policy, or its exports against recorded traffic',
  arguments: [{ name: '<policy>', description: 'Policy file' }],
  options,
  examples: [
    example('policy test ban.yaml', 'Run the tests of a policy'),
    example('policy test policy.yaml', 'Print each test with its line number'),
    example('policy test ban.yaml --against office.pcap.gz', 'Report what each export would have matched'),
  ],
  async run([file = ''], options) {
    const catalogue = await loadCatalogue(options.catalogue);
    const onDisk = readPolicy(file, catalogue);
    if (options.against.length > 0) return await testOnTraffic(onDisk, catalogue, options);
    const results = runPolicyTests(onDisk.policy, catalogueFacts(catalogue));
    const failed = results.filter((result) => !result.passed).length;
    if (options.format === 'json')
      await writeOut(`${JSON.stringify({ policy: onDisk.policy.name, tests: results }, null, 2)}\n`);
    else {
      const lines = results.map((result) =>
        result.passed
          ? `ok   ${file}:${result.line}: ${result.expected}`
          : `FAIL ${file}:${result.line}: expected ${result.expected}, got ${result.actual}`,
      );
      await writeWrapped([...lines, `${results.length - failed} passed, ${failed} failed`]);
    }
    return failed === 0 ? EXIT.done : EXIT.violation;
  },
});

/** Shows the effect of the exports of a policy on recorded traffic. */
async function testOnTraffic(
  onDisk: PolicyOnDisk,
  catalogue: Catalogue,
  { against, catalogue: folders, format }: OptionValues<typeof options>,
): Promise<ExitCode> {
  const isJson = format === 'json';
  const exclude = excludedNetworks(onDisk);
  const source = await readSource(against, { catalogue: folders, exclude, quiet: isJson });
  const code = printReadSummary(source, {});
  if (code === EXIT.failed) return code;
  const zone = openZone(onDisk.policy.timezone);
  const attributions = attribute(source.windows, source.catalogue, { zone, networks: source.networks });
  const rules = testAgainst(
    onDisk.policy,
    planBlocks(exportContext(onDisk, catalogue)),
    REACHES,
    listSubjects(source, attributions, null),
    source.windows,
  );
  if (isJson) await writeJson({ policy: onDisk.policy.name, sha256: onDisk.sha256, rules });
  else await writeWrapped(rules.flatMap(listLines));
  return code;
}

const REACHES: Readonly<Record<string, Reach>> = Object.fromEntries(
  Object.entries(EXPORT_FORMATS).flatMap(([format, { reach }]) => (reach === null ? [] : [[format, reach]])),
);

const WIDTH = 12;

function listLines({ rule, title, formats, attempts }: AgainstRule): string[] {
  const head = `${rule}: ${visibleText(title)}`;
  if (attempts.length === 0) return [head, '  no recorded traffic of its tools', ''];
  return [
    head,
    ...formats.flatMap(({ format, matched, passed, entries }) => [
      `  ${format.padEnd(WIDTH)} ${plural(matched, 'flow')} matched, ${passed} passed`,
      ...entries.map(({ entry, flows }) => `    matched  ${visibleText(entry)} (${plural(flows, 'flow')})`),
      ...formatPassed(format, attempts),
    ]),
    '',
  ];
}

function formatPassed(format: string, attempts: readonly Attempt[]): string[] {
  return attempts.flatMap(({ name, transport, proxy, hosts, flows, formats }) => {
    const reason = formats[format]?.reason ?? null;
    if (reason === null) return [];
    const way = proxy === null ? transport : `${transport} through a proxy`;
    return [
      `    passed   ${visibleText(name)} (${way}, ${plural(flows, 'flow')} of ${plural(hosts, 'host')}): ${PASS_WORDS[reason]}`,
    ];
  });
}
