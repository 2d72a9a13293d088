// wiretally policy: begin a policy, check it, run its own tests, ask why a rule fires, write rules for other devices.

import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Catalogue } from '../../../catalogue/catalogue.ts';
import { catalogueFacts } from '../../../catalogue/facts.ts';
import { loadCatalogue } from '../../../files/catalogue-files.ts';
import { replaceFile } from '../../../files/durable-file.ts';
import { PROVIDER_KINDS } from '../../../model/catalogue-words.ts';
import { WiretallyError } from '../../../model/errors.ts';
import { SERVICE_PRODUCTS } from '../../../model/services.ts';
import { canonicalAddress, parseAddress, parseNetwork } from '../../../net/address.ts';
import { parseDateTime } from '../../../policy/datetime.ts';
import { dayAfter, draftPolicy } from '../../../policy/draft.ts';
import { explainPolicy, type Question } from '../../../policy/explain.ts';
import { EXPORT_FORMATS } from '../../../policy/export/formats.ts';
import { formatProblem, parsePolicy } from '../../../policy/policy.ts';
import { runPolicyTests } from '../../../policy/policy-tests.ts';
import { policyJsonSchema } from '../../../policy/schema.ts';
import { exportContext, readPolicy, readTextFile } from '../../../query/inputs/policy-file.ts';
import { isPseudonym } from '../../../text/pseudonym.ts';
import { plural } from '../../../text/quantity.ts';
import { openZone } from '../../../time/zone.ts';
import { requireKnownTool } from '../../input/known-tool.ts';
import {
  type CatalogueOptions,
  catalogueOptions,
  network,
  OF_TOOLS,
  plainFormat,
  REPLACES_A_FILE,
  timezoneOption,
} from '../../input/options.ts';
import { addOptions, flag, list, type OptionValues, option } from '../../options/declare.ts';
import { EXIT, type ExitCode } from '../../output/exit-code.ts';
import { printWarning } from '../../output/messages.ts';
import { requireSafeFolder } from '../../output/output-guard.ts';
import { writeLines, writeOut } from '../../output/stdout.ts';

type Done = (code: ExitCode) => void;

const explainOptions = {
  host: option('--host <host>', 'Input', 'Address of the host', { isMandatory: true }),
  tool: option('--tool <id>', 'Input', 'Tool of the catalogue', { isCommon: true, ...OF_TOOLS }),
  service: option('--service <product>', 'Input', 'AI service that the host runs, instead of --tool', {
    suggest: () => Promise.resolve([...SERVICE_PRODUCTS.keys()]),
  }),
  exposed: flag('--exposed', 'Input', 'With --service: hosts of other networks reach it'),
  at: option('--at <time>', 'Input', 'Date or time, in the time zone of the policy', { isMandatory: true }),
  mac: option('--mac <mac>', 'Input', 'MAC address of the host'),
  name: option('--name <name>', 'Input', 'Host name'),
  vlan: option('--vlan <id>', 'Input', 'VLAN of the host'),
};
type ExplainOptions = CatalogueOptions & OptionValues<typeof explainOptions>;

const testOptions = {
  against: list(
    '--against <source>',
    'Input',
    'Captures, logs, .usage files or a store: say what each export would have matched',
    { isCommon: true },
  ),
  ...plainFormat,
};
type TestOptions = CatalogueOptions & OptionValues<typeof testOptions>;

const exportOptions = {
  format: option('--format <name>', 'Output', `Output format: ${Object.keys(EXPORT_FORMATS).join(', ')}`, {
    isMandatory: true,
    suggest: () => Promise.resolve(Object.keys(EXPORT_FORMATS)),
  }),
  alertOnly: flag('--alert-only', 'Output', 'Suricata: alert only, block nothing'),
  out: option('--out <dir>', 'Output', 'Write one file per rule to this folder', {
    isCommon: true,
    notInConfig: REPLACES_A_FILE,
  }),
};
type ExportOptions = CatalogueOptions & OptionValues<typeof exportOptions>;

export function definePolicy(command: Command, done: Done): void {
  const verb = (words: string, summary: string): Command => {
    const sub = command.command(words).description(summary);
    addOptions(sub, catalogueOptions);
    return sub;
  };
  definePolicyInit(command, done);
  verb('check <policy>', 'Check a policy; list rules that can never match').action(
    async (file: string, options: CatalogueOptions) => done(await check(file, options)),
  );
  const testing = verb('test <policy>', 'Run the tests of a policy, or its exports against recorded traffic');
  addOptions(testing, testOptions);
  testing.action(async (file: string, options: TestOptions) => done(await test(file, options)));
  const explaining = verb('explain <policy>', 'Explain why a rule applies or not');
  addOptions(explaining, explainOptions);
  explaining.action(async (file: string, options: ExplainOptions) => done(await explain(file, options)));
  const exporting = verb('export <policy>', 'Write rules for other devices');
  addOptions(exporting, exportOptions);
  exporting.action(async (file: string, options: ExportOptions) => done(await exportRules(file, options)));
  command
    .command('schema')
    .description('Print the JSON Schema of a policy file')
    .action(async () => {
      await writeOut(`${JSON.stringify(policyJsonSchema(), null, 2)}\n`);
      done(EXIT.done);
    });
}

async function open(options: CatalogueOptions) {
  return loadCatalogue(options.catalogue ?? []);
}

async function check(file: string, options: CatalogueOptions): Promise<ExitCode> {
  const parsed = parsePolicy(readTextFile(file), catalogueFacts(await open(options)));
  const lines = [
    ...parsed.errors.map((problem) => `error: ${formatProblem(file, problem)}`),
    ...parsed.warnings.map((problem) => `warning: ${formatProblem(file, problem)}`),
  ];
  if (parsed.policy !== null) {
    const { rules, exceptions, tests } = parsed.policy;
    lines.push(
      `${file}: ${plural(rules.length, 'rule')}, ${plural(exceptions.length, 'exception')}, ${plural(tests.length, 'test')}: valid`,
    );
  }
  await writeLines(lines);
  return parsed.policy === null ? EXIT.usage : EXIT.done;
}

async function test(file: string, options: TestOptions): Promise<ExitCode> {
  const catalogue = await open(options);
  const onDisk = readPolicy(file, catalogue);
  const { policy } = onDisk;
  const { against, format } = options;
  const isJson = format === 'json';
  if (against.length > 0) {
    const { testPolicyAgainst } = await import('./against.ts');
    const folders = options.catalogue ?? [];
    return await testPolicyAgainst({ onDisk, catalogue, sources: against, folders, isJson });
  }
  const results = runPolicyTests(policy, catalogueFacts(catalogue));
  const lines = results.map((result) =>
    result.passed
      ? `ok   ${file}:${result.line}: ${result.expected}`
      : `FAIL ${file}:${result.line}: expected ${result.expected}, the policy says ${result.actual}`,
  );
  const failed = results.filter((result) => !result.passed).length;
  if (isJson) {
    await writeOut(`${JSON.stringify({ policy: policy.name, tests: results }, null, 2)}\n`);
    return failed === 0 ? EXIT.done : EXIT.violation;
  }
  const sum = `${results.length - failed} passed, ${failed} failed`;
  await writeLines([...lines, sum]);
  return failed === 0 ? EXIT.done : EXIT.violation;
}

/** A word that is no address would match no network, and the answer would be about no host. */
function requireHost({ host, name, mac }: ExplainOptions): void {
  if (parseAddress(host) !== null || isPseudonym(host) || name !== undefined || mac !== undefined) return;
  throw new WiretallyError('USAGE', `"${host}" is no address`, {
    where: 'option --host',
    next: `give the address, with --name ${host} if that is the name`,
  });
}

function subjectOf({ tool, service, exposed }: ExplainOptions, catalogue: Catalogue): Question['tool'] {
  if ((tool === undefined) === (service === undefined))
    throw new WiretallyError('USAGE', 'give --tool or --service');
  if (service === undefined) return requireKnownTool(catalogue, tool ?? '');
  const serviceClass = SERVICE_PRODUCTS.get(service);
  if (serviceClass === undefined)
    throw new WiretallyError('USAGE', `"${service}" is no AI service that is known`, {
      where: 'option --service',
      next: `use one of ${[...SERVICE_PRODUCTS.keys()].join(', ')}`,
    });
  return { product: service, class: serviceClass, isExposed: exposed === true };
}

async function explain(file: string, options: ExplainOptions): Promise<ExitCode> {
  requireHost(options);
  const catalogue = await open(options);
  const { policy } = readPolicy(file, catalogue);
  const tool = subjectOf(options, catalogue);
  const at = parseDateTime(options.at, openZone(policy.timezone), 'any');
  if (typeof at === 'string') throw new WiretallyError('USAGE', at, { where: 'option --at' });
  const lines = explainPolicy(policy, {
    host: {
      host: canonicalAddress(options.host),
      mac: options.mac?.toLowerCase() ?? null,
      vlans: options.vlan === undefined ? [] : [Number(options.vlan)],
      names: options.name === undefined ? [] : [options.name.toLowerCase()],
      groups: [],
    },
    tool,
    at,
  });
  await writeLines(lines);
  return EXIT.done;
}

async function exportRules(file: string, options: ExportOptions): Promise<ExitCode> {
  const format = Object.hasOwn(EXPORT_FORMATS, options.format) ? EXPORT_FORMATS[options.format] : undefined;
  if (format === undefined) {
    throw new WiretallyError(
      'USAGE',
      `--format must be one of ${Object.keys(EXPORT_FORMATS).join(', ')}, not "${options.format}"`,
    );
  }
  const alertOnly = options.alertOnly === true;
  if (alertOnly && format.canOnlyAlert !== true) {
    throw new WiretallyError('USAGE', `--alert-only is for suricata: ${options.format} has no alerts`, {
      where: 'option --alert-only',
    });
  }
  if (format.needsFolder === true && options.out === undefined) {
    throw new WiretallyError('USAGE', `${options.format} has several lists, which one stream would mix`, {
      where: 'option --format',
      next: 'add --out DIR',
    });
  }
  const catalogue = await open(options);
  const files = format.write({ ...exportContext(readPolicy(file, catalogue), catalogue), alertOnly });
  if (files.length === 0)
    process.stderr.write('wiretally: the policy has no denying rule that this format can carry\n');
  if (options.out !== undefined) {
    requireSafeFolder(
      '--out',
      options.out,
      files.map(({ name }) => name),
      [file, ...(options.catalogue ?? [])],
    );
  }
  for (const written of files) {
    if (options.out === undefined && written.isNotes === true) process.stderr.write(written.text);
    else if (options.out === undefined) await writeOut(written.text);
    else await saveFile(options.out, written.name, written.text);
  }
  return EXIT.done;
}

async function saveFile(folder: string, name: string, text: string): Promise<void> {
  try {
    if (!existsSync(folder)) mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw new WiretallyError('STORE_WRITE', `${folder}: cannot be made`, { cause });
  }
  await replaceFile(join(folder, name), Buffer.from(text));
}

const initOptions = {
  ban: list('--ban <tool>', 'Policy', 'Banned tool', { isCommon: true, ...OF_TOOLS }),
  allow: list('--allow <tool>', 'Policy', 'Allowed tool; every other tool is banned', {
    isCommon: true,
    ...OF_TOOLS,
  }),
  from: option('--from <day>', 'Policy', 'First day of the rule, e.g. 2026-07-10', { isMandatory: true }),
  grace: option('--grace <days>', 'Policy', 'Grace period after it: 3d, or the first day without grace', {
    isCommon: true,
  }),
  exempt: list('--exempt <cidr>', 'Policy', 'Exempt network', { parse: network('--exempt'), isCommon: true }),
  timezone: timezoneOption('the days (default: UTC)'),
  ...catalogueOptions,
};
type InitOptions = CatalogueOptions & OptionValues<typeof initOptions>;

/** `wiretally policy init`: a first policy out of a decision, printed. */
function definePolicyInit(command: Command, done: (code: ExitCode) => void): void {
  const init = command
    .command('init')
    .description('Print a first policy: tools banned from a day on, or the only allowed tools');
  addOptions(init, initOptions);
  init.action(async (options: InitOptions) => done(await initPolicy(options)));
}

async function initPolicy(options: InitOptions): Promise<ExitCode> {
  const catalogue = await loadCatalogue(options.catalogue);
  if (options.ban.length + options.allow.length === 0)
    throw new WiretallyError('USAGE', 'no tool is given', {
      next: 'write for example --ban claude-code, or --allow qwen-code for a list of what is allowed',
    });
  const ban = toolIds(catalogue, '--ban', options.ban);
  const allow = toolIds(catalogue, '--allow', options.allow);
  const both = ban.find((id) => allow.includes(id));
  if (both !== undefined)
    throw new WiretallyError('USAGE', `${both} is both banned and allowed`, {
      next: 'name it under one of --ban and --allow',
    });
  const zone = options.timezone ?? 'UTC';
  const from = requireDay('--from', options.from, zone);
  const graceUntil = graceEnd(options.grace, from, zone);
  const facts = catalogueFacts(catalogue);
  const text = draftPolicy(
    {
      ban,
      allow,
      from,
      ...(graceUntil === undefined ? {} : { graceUntil }),
      exempt: options.exempt.flatMap((written) => parseNetwork(written) ?? []),
      timezone: zone,
    },
    facts,
  );
  for (const { message } of parsePolicy(text, facts).warnings) printWarning(message);
  await writeOut(text);
  return EXIT.done;
}

/** Each once. Throws USAGE for what is no tool. */
function toolIds(catalogue: Catalogue, option: string, written: readonly string[]): string[] {
  const ids = written.map((text) => {
    const { id, kind } = requireKnownTool(catalogue, text);
    if (!PROVIDER_KINDS.includes(kind)) return id;
    throw new WiretallyError('USAGE', `${id} is no tool but what many programs use (${kind})`, {
      where: `option ${option}`,
      next: 'a rule about a tool may name it under "related", to suspect by it',
    });
  });
  return [...new Set(ids)];
}

function requireDay(option: string, day: string, zone: string): string {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(day)
    ? parseDateTime(day, openZone(zone), 'quarter')
    : `"${day}" is no day like 2026-07-10`;
  if (typeof at === 'string') throw new WiretallyError('USAGE', at, { where: `option ${option}` });
  return day;
}

/** The first day on which use is a violation. */
function graceEnd(grace: string | undefined, from: string, zone: string): string | undefined {
  if (grace === undefined) return undefined;
  const days = /^([1-9]\d{0,3})d$/.exec(grace)?.[1];
  const until = days === undefined ? requireDay('--grace', grace, zone) : dayAfter(from, Number(days));
  if (until > from) return until;
  throw new WiretallyError(
    'USAGE',
    `the grace period would end on ${until}, before the policy takes effect`,
    {
      where: 'option --grace',
      next: 'write for example --grace 3d',
    },
  );
}
