// `wiretally diagnose SOURCE… [--host H] [--tool ID] [--name N] [--behind CAPTURE]`: why connections of AI tools fail.

import { PROXY_NAMES } from '../../diagnosis/diagnose.ts';
import { loadCatalogue } from '../../files/catalogue-files.ts';
import type { DiagnosisResult } from '../../model/diagnosis.ts';
import { canonicalAddress } from '../../net/address.ts';
import { addressNamesOf, diagnosisOf } from '../../query/diagnosis.ts';
import { sourceKind } from '../../query/inputs/source-kind.ts';
import { requireKnownRow } from '../../query/known-tool.ts';
import { renderDiagnosis } from '../../report/diagnosis/render.ts';
import { defineCommand, example } from '../command.ts';
import { list, option } from '../input/declare-option.ts';
import {
  catalogueOptions,
  commonOptions,
  formatOption,
  inputFiles,
  jsonAlias,
  OF_TOOLS,
  timezoneOption,
} from '../input/options.ts';
import { sensorsOptions } from '../input/policy-options.ts';
import { zoneFor } from '../input/zone-for.ts';
import { EXIT } from '../output/exit-code.ts';
import { printReadSummary } from '../output/read-summary.ts';
import { writeOut } from '../output/stdout.ts';
import { terminalOf } from '../output/terminal.ts';
import { readSource } from '../reading/read-source.ts';

const options = {
  host: option('--host <host>', 'Input', 'Address of the host (default: all)', {
    isCommon: true,
    stored: 'host',
  }),
  tool: option('--tool <id>', 'Input', 'Tool or provider, by id or name (default: all)', {
    isCommon: true,
    ...OF_TOOLS,
  }),
  name: option(
    '--name <name>',
    'Input',
    'Server name (default: all of the catalogue); any name, with captures',
    { isCommon: true },
  ),
  behind: list('--behind <file>', 'Input', 'Capture of the same time behind the firewall, NAT or proxy', {
    isCommon: true,
  }),
  timezone: timezoneOption("times (default: the system's; UTC in machine formats)"),
  format: formatOption('terminal', 'json', 'html'),
  ...jsonAlias,
  ...sensorsOptions,
  ...catalogueOptions,
  ...commonOptions,
};

/** Names that coding tools need and that are no evidence of AI use: followed in captures, never kept. */
const COMPANIONS = ['github.com', 'api.github.com', 'registry.npmjs.org', 'pypi.org'];

export const command = defineCommand({
  group: 'Analyze',
  summary: 'Diagnose why connections of AI tools fail: where, since when, what to do',
  arguments: [{ name: '<source...>', description: 'Captures, .usage files, a store, or an evidence bundle' }],
  options,
  examples: [
    example('diagnose office.pcap.gz', 'Every name that fails, and the sentence for the administrator'),
    example('diagnose history.duckdb --host 10.20.1.13 --tool claude-code', 'One host, from a store'),
  ],
  async run(files, written) {
    const inputs = inputFiles(files, {});
    const isBundle = sourceKind(inputs) === 'bundle';
    // Stated before captures are read for minutes; a bundle brings entries of its own.
    if (written.tool !== undefined && !isBundle)
      requireKnownRow(await loadCatalogue(written.catalogue), written.tool);
    const alsoNames = [
      ...COMPANIONS,
      ...PROXY_NAMES,
      ...(written.name === undefined ? [] : [written.name.toLowerCase()]),
    ];
    const source = await readSource(inputs, { ...written, alsoNames });
    const code = printReadSummary(source, written);
    if (code === EXIT.failed) {
      return code;
    }
    const behind =
      written.behind.length === 0
        ? null
        : await readSource(written.behind, { ...written, alsoNames, addressNames: addressNamesOf(source) });
    const behindCode = behind === null ? EXIT.done : printReadSummary(behind, written);
    if (behindCode !== EXIT.failed) {
      const question = {
        ...(written.host === undefined ? {} : { host: canonicalAddress(written.host) }),
        ...(written.tool === undefined ? {} : { tool: requireKnownRow(source.catalogue, written.tool).id }),
        ...(written.name === undefined ? {} : { name: written.name }),
      };
      const result: DiagnosisResult = diagnosisOf(source, question, behind);
      await writeOut(await renderDiagnosis(written.format, result, zoneFor(written), terminalOf(written)));
    }
    return code === EXIT.done ? behindCode : code;
  },
});
