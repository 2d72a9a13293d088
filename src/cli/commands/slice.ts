// `wiretally slice CAPTURE… --finding ID --policy P --write OUT.pcapng`: writes the packets of a finding, or of a tool on a
// host.

import { type FileHandle, open } from 'node:fs/promises';
import { extname } from 'node:path';
import { loadCatalogue } from '../../files/catalogue-files.ts';
import { replaceWith } from '../../files/durable-file.ts';
import { optionError, usageError } from '../../model/errors.ts';
import { omitUndefined } from '../../model/omit-undefined.ts';
import { canonicalAddress } from '../../net/address.ts';
import { ask } from '../../query/ask.ts';
import { isSelected, type SliceQuestion, selectFlows } from '../../query/flow-selection.ts';
import { listCaptures } from '../../query/inputs/log-files.ts';
import { sourceKind } from '../../query/inputs/source-kind.ts';
import { requireKnownRow } from '../../query/known-tool.ts';
import { excludedNetworks, readOptionalView } from '../../query/policy-view.ts';
import { workersFor } from '../../query/workers.ts';
import { readFlows } from '../../reading/captures/analyze-captures.ts';
import { type Sliced, type SlicedFlow, sliceCaptures } from '../../reading/captures/slice-captures.ts';
import { formatBytes, plural } from '../../text/quantity.ts';
import { shellWord } from '../../text/shell-word.ts';
import { defineCommand, example } from '../command.ts';
import { flag, type OptionValues, option } from '../input/declare-option.ts';
import {
  catalogueOptions,
  commonOptions,
  listFilledInputs,
  REPLACES_A_FILE,
  readingOptions,
  TOOL_VALUES,
} from '../input/options.ts';
import { hostsOption, policyOption } from '../input/policy-options.ts';
import { EXIT, type ExitCode } from '../output/exit-code.ts';
import { interruptible } from '../output/interrupt.ts';
import { requireSafeAnswer } from '../output/output-guard.ts';
import { printWarning } from '../output/print-errors.ts';
import { runWithReadSummary } from '../reading/print-report.ts';
import { openInputs } from '../reading/read-source.ts';

const options = {
  ...readingOptions,
  finding: option('--finding <id>', 'Input', 'Finding of the policy, by its id in analyze --format json', {
    isCommon: true,
  }),
  host: option('--host <host>', 'Input', 'Host by address, name or MAC, with --tool', {
    isCommon: true,
    stored: 'host',
  }),
  tool: option('--tool <id>', 'Input', 'Tool or provider, by id or name, with --host', {
    isCommon: true,
    ...TOOL_VALUES,
  }),
  policy: policyOption,
  hosts: hostsOption,
  write: option('--write <out.pcapng>', 'Output', 'Write the packets to this file', {
    isMandatory: true,
    notInConfig: REPLACES_A_FILE,
  }),
  payload: flag('--payload', 'Output', 'Include all payload (default: headers and handshakes only)', {
    isCommon: true,
  }),
  ...catalogueOptions,
  ...commonOptions,
};

type Options = OptionValues<typeof options>;

export const command = defineCommand({
  group: 'Analyze',
  summary: 'Write the packets of a finding, or of a tool on a host, to a capture file',
  arguments: [
    {
      name: '[file...]',
      description: 'Captures (pcap or pcapng; plain, gzip or zstd), or folders of them',
    },
  ],
  options,
  permissions: { writes: ['write'] },
  examples: [
    example(
      'slice office.pcap.gz --host 10.20.1.13 --tool claude-code --write dev-03.pcapng',
      'Write headers and handshakes of one tool on one host',
    ),
    example(
      'slice office.pcap.gz --policy policy.yaml --finding AI-0710/2/10.20.1.13/claude-code/violation --write finding.pcapng',
      'Write the packets of one finding',
    ),
  ],
  async run(files, options) {
    const inputs = listFilledInputs(files, options);
    const question = await readQuestion(options);
    requireCaptures(inputs);
    requirePcapng(options.write);
    requireSafeAnswer('--write', options.write, ['.pcapng'], inputs);
    return await slice(inputs, question, options);
  },
});

/** Throws USAGE unless one finding, or one host and tool are given. */
async function readQuestion({ finding, host, tool, policy, catalogue }: Options): Promise<SliceQuestion> {
  if (finding !== undefined && host === undefined && tool === undefined) {
    if (policy !== undefined) return { finding };
    throw usageError('--finding needs the policy that made it', 'add --policy FILE');
  }
  if (finding === undefined && host !== undefined && tool !== undefined)
    return { host: canonicalAddress(host), tool: requireKnownRow(await loadCatalogue(catalogue), tool).id };
  throw usageError('pass --finding ID, or --host HOST and --tool ID', 'wiretally slice --help');
}

/** Requires files, because captures are read three times: for the report, the flows and the packets. */
function requireCaptures(inputs: readonly string[]): void {
  if (inputs.includes('-'))
    throw usageError(
      'stdin cannot be read, because captures are read more than once',
      'save stdin to a file first',
    );
  if (sourceKind(inputs) !== 'captures')
    throw usageError(
      `${inputs[0]}: only captures contain packets`,
      'pass the captures that the store was made from',
    );
}

/** Requires the suffix .pcapng, because users would trust the suffix of another format. */
function requirePcapng(path: string): void {
  const ending = extname(path);
  if (ending === '' || ending === '.pcapng') return;
  throw optionError(
    '--write',
    `slice writes pcapng, not ${ending.slice(1)}`,
    `--write ${shellWord(`${path.slice(0, -ending.length)}.pcapng`)}`,
  );
}

async function slice(
  inputs: readonly string[],
  question: SliceQuestion,
  options: Options,
): Promise<ExitCode> {
  const view = await readOptionalView(options);
  const onDisk = view?.onDisk ?? null;
  const exclude = [...options.exclude, ...excludedNetworks(onDisk)];
  const answer = await runWithReadSummary(options, async (onRead) => {
    const timezone = onDisk?.policy.timezone ?? 'UTC';
    const source = await openInputs(inputs, { ...options, timezone, exclude, onRead });
    const document = await ask(source, { command: 'slice', policy: view });
    return selectFlows(document, question);
  });
  if (answer === null) return EXIT.failed;
  if (answer.code === EXIT.interrupted) return answer.code;
  const flows: SlicedFlow[] = [];
  const { captures: files } = await listCaptures(inputs);
  if (files.length === 0)
    throw usageError('the inputs are logs, which contain no packets', 'pass captures of the same time');
  const { captures, interrupted } = await interruptible((signal) =>
    readFlows(
      files,
      {
        signal,
        exclude,
        workers: workersFor(files, options.workers),
        ...omitUndefined({ filter: options.filter, flowTable: options.flowTable }),
      },
      ({ flow }) => {
        if (isSelected(answer.result, flow)) flows.push(flow);
      },
    ),
  );
  if (interrupted) return EXIT.interrupted;
  if (flows.length === 0)
    throw usageError(
      'no matching flow in these captures',
      'the host only queried its names, or its connections are in other captures',
    );
  const read = captures.map(({ file }) => file);
  const sliced = await writeSlice(read, flows, options);
  return sliced.interrupted ? EXIT.interrupted : answer.code;
}

async function writeSlice(
  captures: readonly string[],
  flows: readonly SlicedFlow[],
  { write, payload, quiet }: Options,
): Promise<Sliced> {
  const hasPayload = payload === true;
  const results: Sliced[] = [];
  await replaceWith(write, async (draft) => {
    const file = await open(draft, 'r+');
    try {
      results.push(
        await interruptible((signal) =>
          sliceCaptures(captures, flows, { hasPayload, signal }, (blocks) => append(file, blocks)),
        ),
      );
    } finally {
      await file.close();
    }
  });
  const [done] = results;
  if (done === undefined) throw new Error('nothing was written');
  if (quiet !== true) printSliced(done, write, flows.length);
  return done;
}

function printSliced(
  { packets, cutBytes, fragments, interrupted }: Sliced,
  path: string,
  flows: number,
): void {
  const cut = cutBytes === 0 ? '' : `; ${formatBytes(cutBytes)} of payload removed`;
  printWarning(`${path}: ${plural(packets, 'packet')} of ${plural(flows, 'flow')}${cut}`);
  if (fragments > 0)
    printWarning(`${plural(fragments, 'IP fragment')} in the captures not written: their flow is unknown`);
  if (interrupted) printWarning('interrupted: the file has the packets up to here');
}

async function append(file: FileHandle, blocks: readonly Uint8Array[]): Promise<void> {
  await file.appendFile(Buffer.concat(blocks));
}
