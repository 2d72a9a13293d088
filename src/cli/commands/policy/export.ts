// `wiretally policy export POLICY --format F`: writes rules for other devices, or with --for-tool the names that a tool needs.

import { join } from 'node:path';
import { buildAllowList } from '../../../attribution/profile/allow-list.ts';
import { findProfile } from '../../../attribution/profile/tool-profile.ts';
import { loadCatalogue } from '../../../files/catalogue-files.ts';
import { replaceFile } from '../../../files/durable-file.ts';
import { makeFolder } from '../../../files/make-folder.ts';
import { optionError, usageError, WiretallyError } from '../../../model/errors.ts';
import { ALLOW_FORMATS, exportAllowed, INCLUDES } from '../../../policy/export/allow.ts';
import { EXPORT_FORMATS } from '../../../policy/export/export-formats.ts';
import { type ExportFile, planBlocks } from '../../../policy/export/plan.ts';
import { exportContext, readPolicy, sha1 } from '../../../query/inputs/policy-file.ts';
import { requireKnownTool } from '../../../query/known-tool.ts';
import { didYouMean } from '../../../text/near-word.ts';
import { plural } from '../../../text/quantity.ts';
import { defineCommand, example } from '../../command.ts';
import { flag, list, type OptionValues, option } from '../../input/declare-option.ts';
import { catalogueOptions, listFilledInputs, REPLACES_A_FILE, TOOL_VALUES } from '../../input/options.ts';
import { EXIT, type ExitCode } from '../../output/exit-code.ts';
import { requireSafeFolder } from '../../output/output-guard.ts';
import { printReadSummary } from '../../output/read-summary.ts';
import { writeOut } from '../../output/stdout.ts';
import { readSource } from '../../reading/read-source.ts';

const options = {
  ...catalogueOptions,
  format: option('--format <name>', 'Output', `Output format: ${Object.keys(EXPORT_FORMATS).join(', ')}`, {
    isMandatory: true,
    suggest: () => Promise.resolve(Object.keys(EXPORT_FORMATS)),
  }),
  forTool: option(
    '--for-tool <id>',
    'Input',
    'Allow the names that this tool needs, instead of a policy',
    TOOL_VALUES,
  ),
  include: list(
    '--include <need>',
    'Input',
    `With --for-tool: additionally allow: ${INCLUDES.slice(1).join(', ')}`,
    {
      suggest: () => Promise.resolve(INCLUDES.slice(1)),
    },
  ),
  alertOnly: flag('--alert-only', 'Output', 'Suricata: alert only, block nothing'),
  out: option('--out <dir>', 'Output', 'Write one file per rule to this folder', {
    isCommon: true,
    notInConfig: REPLACES_A_FILE,
  }),
};

export const command = defineCommand({
  summary: 'Write rules for other devices',
  usage: '<policy> --format <name> [options] | --for-tool <id> --format <name> [source...]',
  arguments: [
    { name: '[file...]', description: 'Policy; with --for-tool, sources with gateways and evidence' },
  ],
  options,
  permissions: { writes: ['out'] },
  examples: [
    example('policy export ban.yaml --format suricata', 'Write rules for an IDS'),
    example('policy export ban.yaml --format rpz --out rules/', 'Write zones for a resolver'),
    example(
      'policy export --for-tool claude-code --format squid',
      'Write the names that a tool needs, for a proxy',
    ),
  ],
  async run(files, options) {
    if (options.forTool !== undefined) return await exportForTool(files, options.forTool, options);
    const [file, ...more] = files;
    if (file === undefined || more.length > 0)
      throw usageError('policy export needs one policy', 'pass a policy file, or --for-tool TOOL');
    if (options.include.length > 0) throw optionError('--include', 'it needs --for-tool');
    const format = Object.hasOwn(EXPORT_FORMATS, options.format) ? EXPORT_FORMATS[options.format] : undefined;
    if (format === undefined) {
      throw usageError(
        `--format must be one of ${Object.keys(EXPORT_FORMATS).join(', ')}, not "${options.format}"`,
        DEVICES,
      );
    }
    const alertOnly = options.alertOnly === true;
    if (alertOnly && format.canOnlyAlert !== true) {
      throw optionError(
        '--alert-only',
        `${options.format} has no alerts: use --alert-only with suricata only`,
      );
    }
    const catalogue = await loadCatalogue(options.catalogue);
    const context = { ...exportContext(readPolicy(file, catalogue), catalogue), alertOnly };
    const written = format.write(context);
    if (written.length === 0) throw emptyExportError(file, options.format, planBlocks(context).length > 0);
    const documents = written.filter(({ isNotes }) => isNotes !== true).length;
    requireFolder(options.format, options.out, documents);
    await writeFiles(written, options.out, [file, ...options.catalogue]);
    return EXIT.done;
  },
});

const emptyExportError = (file: string, format: string, isBlocking: boolean): WiretallyError =>
  isBlocking
    ? usageError(
        `${file}: ${format} blocks networks of vendors, and the vendors of the denied tools own none`,
        'use a format that blocks names, such as suricata or rpz',
      )
    : usageError(
        `${file}: the policy blocks no tool, so there is nothing to export`,
        'add "default: deny" to block every tool without a rule, or pass --for-tool TOOL for the names that a tool needs',
      );

/** Throws USAGE for files that one stream cannot hold. */
function requireFolder(name: string, out: string | undefined, files: number): void {
  const inFolder = EXPORT_FORMATS[name]?.inFolder;
  if (out !== undefined || inFolder === undefined || (inFolder === 'documents' && files < 2)) return;
  const why =
    inFolder === 'lists'
      ? 'writes several lists, which cannot share one stream'
      : `writes ${files} documents, one per rule, but a stream contains one document`;
  throw optionError('--format', `${name} ${why}`, 'add --out DIR');
}

/** `uses`: files that must not be replaced. */
async function writeFiles(
  files: readonly ExportFile[],
  out: string | undefined,
  uses: readonly string[],
): Promise<void> {
  if (out !== undefined) {
    const names = files.map(({ name }) => name);
    requireSafeFolder('--out', out, names, uses);
  }
  for (const written of files) {
    if (out === undefined && written.isNotes === true) process.stderr.write(written.text);
    else if (out === undefined) await writeOut(written.text);
    else await saveFile(out, written.name, written.text);
  }
  if (out !== undefined)
    process.stderr.write(`wiretally: ${plural(files.length, 'file')} written to ${out}\n`);
}

/** Formats whose names are not those of the devices. */
const DEVICES = 'rpz is for resolvers (BIND, Unbound, PowerDNS), nftables for firewalls of Linux';

/** Throws USAGE. */
async function exportForTool(
  sources: readonly string[],
  text: string,
  { format: name, include, out, catalogue: folders, alertOnly }: OptionValues<typeof options>,
): Promise<ExitCode> {
  const formats = Object.keys(ALLOW_FORMATS);
  const format = Object.hasOwn(ALLOW_FORMATS, name) ? ALLOW_FORMATS[name] : undefined;
  if (format === undefined)
    throw optionError(
      '--format',
      Object.hasOwn(EXPORT_FORMATS, name)
        ? `${name} has no allow list of names`
        : `"${name}" is not a format of an allow list`,
      `use one of ${formats.join(', ')}; ${DEVICES}`,
    );
  if (alertOnly === true) throw optionError('--alert-only', 'an allow list has no alerts');
  requireFolder(name, out, 1);
  const needs = INCLUDES.filter((need) => need === 'needed' || include.includes(need));
  const unknown = include.find((need) => !INCLUDES.some((word) => word === need));
  if (unknown !== undefined)
    throw optionError('--include', `"${unknown}" is not a kind of names${didYouMean(unknown, INCLUDES)}`);
  const catalogue = await loadCatalogue(folders);
  const { id } = requireKnownTool(catalogue, text, '');
  const entry = catalogue.tool(id);
  const source =
    sources.length === 0 ? null : await readSource(listFilledInputs(sources, {}), { catalogue: folders });
  const code = source === null ? EXIT.done : printReadSummary(source, {});
  if (code === EXIT.failed) return code;
  const windows = source?.windows ?? [];
  const profile = findProfile(windows, catalogue, id);
  const { names } =
    entry === undefined ? { names: [] } : buildAllowList(windows, catalogue, entry, profile, null, null);
  const allowRequest = {
    tool: id,
    name: entry?.name ?? id,
    names,
    include: needs,
    catalogueVersion: catalogue.version,
  };
  await writeFiles(exportAllowed({ ...allowRequest, sha1 }, format), out, [...sources, ...folders]);
  return code;
}

async function saveFile(folder: string, name: string, text: string): Promise<void> {
  try {
    makeFolder(folder);
  } catch (cause) {
    throw new WiretallyError('STORE_WRITE', `${folder}: cannot be created`, { cause });
  }
  await replaceFile(join(folder, name), Buffer.from(text));
}
