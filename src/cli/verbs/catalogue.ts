// `wiretally catalogue list|show|page|test|status|learn|lint`: what is known of tools, and how that knowledge grows.

import type { Command } from 'commander';
import type { Catalogue, EndpointOf } from '../../catalogue/catalogue.ts';
import type { Found } from '../../catalogue/name-index.ts';
import type { Rule } from '../../catalogue/rules.ts';
import type { ToolEntry } from '../../catalogue/schema.ts';
import { loadCatalogue } from '../../files/catalogue-files.ts';
import { packageVersion } from '../../files/version.ts';
import { TOOL_KINDS } from '../../model/catalogue-words.ts';
import { WiretallyError } from '../../model/errors.ts';
import type { EmployeeInput } from '../../report/html/employee.ts';
import {
  ASCII_GLYPHS,
  type RenderOptions,
  tableWidthOf,
  UNICODE_GLYPHS,
} from '../../report/text/render-options.ts';
import { jsonText } from '../../text/json-text.ts';
import { plural } from '../../text/quantity.ts';
import { type Column, fitTable, painter, wrap } from '../../text/text-layout.ts';
import { visibleText } from '../../text/visible-text.ts';
import { requireKnownTool } from '../input/known-tool.ts';
import {
  type CatalogueOptions,
  type CommonOptions,
  catalogueOptions,
  commonOptions,
  day,
  jsonAlias,
  languageOption,
  OF_TOOLS,
  type PlainFormat,
  plainFormat,
} from '../input/options.ts';
import { policyOption } from '../input/policy-options.ts';
import { readProfile } from '../input/profile-file.ts';
import { addOptions, but, type OptionValues, oneOf, option } from '../options/declare.ts';
import { EXIT, type ExitCode } from '../output/exit-code.ts';
import { printWarning } from '../output/messages.ts';
import { writeLines, writeOut } from '../output/stdout.ts';
import { terminalOf } from '../output/terminal.ts';
import type { DefineVerb } from './define-verb.ts';
import { addLearnOptions, type LearnOptions } from './learn/learn-options.ts';

interface Options extends CommonOptions, CatalogueOptions {
  readonly format: PlainFormat;
}

const toolOption = option('--tool <id>', 'Input', 'This tool only', { isCommon: true, ...OF_TOOLS });

const listOptions = {
  kind: oneOf('--kind <kind>', 'Input', 'This kind only', TOOL_KINDS, { isCommon: true }),
};
type ListOptions = Options & OptionValues<typeof listOptions>;

const statusOptions = {
  tool: toolOption,
  date: option('--date <date>', 'Input', 'As of this day, YYYY-MM-DD (default: today, UTC)', { parse: day }),
};

export const defineCatalogue: DefineVerb = (command, done) => {
  const verb = (usage: string, summary: string): Command => {
    const sub = command.command(usage).description(summary);
    addOptions(sub, { ...plainFormat, ...catalogueOptions, ...jsonAlias, ...commonOptions });
    return sub;
  };
  const listing = verb('list', 'List tools, APIs, gateways and hubs');
  addOptions(listing, listOptions);
  listing.action(async (options: ListOptions) => done(await list(options)));
  verb('show <id>', 'Show one tool with sources').action(async (id: string, options: Options) =>
    done(await show(id, options)),
  );
  defineEmployeePage(command, done);
  verb('test <name>', 'List catalogue lines that match a server name').action(
    async (name: string, options: Options) => done(await test(name, options)),
  );
  const aging = verb('status', 'Show the age of facts, recorded and known versions, ended tools');
  addOptions(aging, statusOptions);
  aging.action(async (options: StatusOptions) => done(await status(options)));
  const learning = verb('learn <files...>', 'Draft an entry from recordings of one tool, as a diff to sign');
  addLearnOptions(learning);
  learning.action(async (files: string[], options: LearnOptions) => {
    const { learn } = await import('./learn/learn.ts');
    done(await learn(files, options));
  });
  verb('lint', 'Check the catalogue against its rules').action(async (options: Options) =>
    done(await lint(options)),
  );
};

async function list(options: ListOptions): Promise<ExitCode> {
  const catalogue = await loadCatalogue(options.catalogue);
  const tools = catalogue.tools.filter((tool) => options.kind === undefined || tool.kind === options.kind);
  const json = tools.map(({ id, name, vendor, kind, endpoints }) => ({
    id,
    name,
    vendor,
    kind,
    names: endpoints.length,
  }));
  await writeOut(
    options.format === 'json'
      ? `${jsonText(json, 2)}\n`
      : listText(catalogue.version, tools, terminalOf(options)),
  );
  return EXIT.done;
}

async function show(id: string, options: Options): Promise<ExitCode> {
  const catalogue = await loadCatalogue(options.catalogue);
  const tool = requireKnownTool(catalogue, id);
  await writeOut(
    options.format === 'json'
      ? `${jsonText(tool, 2)}\n`
      : showText(tool, catalogue.compiled(tool).rules, terminalOf(options)),
  );
  return EXIT.done;
}

async function test(name: string, options: Options): Promise<ExitCode> {
  const catalogue = await loadCatalogue(options.catalogue);
  const found = catalogue.lookup(serverName(name));
  const json = found.map(({ pattern, value: { tool, endpoint } }) => ({
    tool: tool.id,
    pattern,
    role: endpoint.role,
    specificity: endpoint.specificity,
    confidence: endpoint.confidence,
    sources: endpoint.sources,
  }));
  await writeOut(
    options.format === 'json' ? `${jsonText(json, 2)}\n` : testText(name, found, terminalOf(options)),
  );
  const tool = found.length > 0 ? undefined : catalogue.toolWritten(name);
  if (tool !== undefined && options.quiet !== true)
    printWarning(`"${name}" is a tool, no server name: wiretally catalogue show ${tool.id}`);
  // So that a script can ask.
  return found.length === 0 ? EXIT.failed : EXIT.done;
}

/** As handshakes carry it. What people paste is an address of a page. */
function serverName(text: string): string {
  const name = text.toLowerCase().replace(/\.$/, '');
  if (/^[\w-]+(\.[\w-]+)*$/.test(name)) return name;
  const inAddress = /^(?:[a-z]+:\/\/)?([\w-]+(?:\.[\w-]+)+)(?:[:/?#]|$)/.exec(name)?.[1];
  throw new WiretallyError('USAGE', `"${text}" is no server name`, {
    next: `wiretally catalogue test ${inAddress ?? 'api.example.com'}`,
  });
}

interface StatusOptions extends Options {
  readonly tool?: string;
  readonly date?: string;
}

async function status(options: StatusOptions): Promise<ExitCode> {
  const [{ statusOf }, { statusText }, catalogue] = await Promise.all([
    import('../../catalogue/status.ts'),
    import('../output/catalogue-status.ts'),
    loadCatalogue(options.catalogue),
  ]);
  const tools = options.tool === undefined ? catalogue.tools : [requireKnownTool(catalogue, options.tool)];
  const today = options.date ?? new Date().toISOString().slice(0, 10);
  const found = statusOf(tools, today);
  await writeOut(
    options.format === 'json'
      ? `${jsonText(found, 2)}\n`
      : statusText(catalogue.version, found, terminalOf(options)),
  );
  return EXIT.done;
}

async function lint(options: Options): Promise<ExitCode> {
  const [{ builtInTexts, ownTexts }, { parseCatalogue }, { lintCatalogue }, place] = await Promise.all([
    import('../../files/catalogue-files.ts'),
    import('../../catalogue/parse.ts'),
    import('../../catalogue/lint.ts'),
    import('../../catalogue/entry-place.ts'),
  ]);
  const texts = builtInTexts();
  const added = options.catalogue.flatMap(ownTexts);
  const data = parseCatalogue(texts, added);
  const own = new Set(data.tools.slice(texts.tools.length).map(({ id }) => id));
  const problems = lintCatalogue(data, own);
  if (options.format === 'json') await writeOut(`${jsonText(problems, 2)}\n`);
  else if (problems.length === 0)
    await writeLines([`${plural(data.tools.length, 'entry', 'entries')}, no fault`]);
  else {
    const files = [...texts.tools, ...added];
    const byId = new Map(files.flatMap((text, i) => data.tools.slice(i, i + 1).map(({ id }) => [id, text])));
    await writeLines(place.problemLines(problems, byId));
  }
  return problems.length === 0 ? EXIT.done : EXIT.usage;
}

/** A third part says to what width the texts of a column may be cut. */
function columnsOf<T>(
  items: readonly T[],
  columns: readonly (readonly [string, (item: T) => string, number?])[],
): Column[] {
  return columns.map(([head, text, leastWidth]) => ({
    head,
    align: 'left',
    cells: items.map((item) => ({ text: visibleText(text(item)) })),
    ...(leastWidth === undefined ? {} : { leastWidth }),
  }));
}

const fitted = (table: readonly Column[], terminal: RenderOptions): string[] =>
  fitTable(
    table,
    painter(terminal.color),
    tableWidthOf(terminal),
    (terminal.unicode ? UNICODE_GLYPHS : ASCII_GLYPHS).ellipsis,
  );

const hasOwnName = (tool: ToolEntry): boolean =>
  tool.endpoints.some(({ specificity }) => specificity === 'tool');

/** Entries of the catalogue as text for a terminal. */
function listText(version: string, tools: readonly ToolEntry[], terminal: RenderOptions): string {
  const sorted = [...tools].sort((a, b) => (a.id < b.id ? -1 : 1));
  const table = columnsOf(sorted, [
    ['ID', (tool) => tool.id],
    ['NAME', (tool) => tool.name, 12],
    ['VENDOR', (tool) => tool.vendor, 8],
    ['KIND', (tool) => tool.kind],
    ['NAMES', (tool) => String(tool.endpoints.length)],
    ['OWN NAME', (tool) => (hasOwnName(tool) ? 'yes' : 'no')],
  ]);
  const lines = [
    ...fitted(table, terminal),
    '',
    ...wrap(
      `Catalogue ${version}, ${plural(tools.length, 'entry', 'entries')}. Without an own name a tool is never certain by its names alone.`,
      terminal.width,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function showText(tool: ToolEntry, rules: readonly Rule[], terminal: RenderOptions): string {
  const paint = painter(terminal.color);
  const endpoints = columnsOf(tool.endpoints, [
    ['NAME', (endpoint) => endpoint.host],
    ['ROLE', (endpoint) => endpoint.role],
    ['OWNER', (endpoint) => endpoint.specificity],
    ['CONFIDENCE', (endpoint) => endpoint.confidence],
    ['CHECKED', (endpoint) => endpoint.lastChecked ?? '-'],
    ['SOURCE', (endpoint) => endpoint.sources[0] ?? ''],
  ]);
  const networks = tool.networks ?? [];
  const lines = [
    `${paint('head', tool.name)} (${tool.id}): ${tool.kind} of ${tool.vendor}`,
    visibleText(tool.homepage),
    ...(tool.runtimes === undefined ? [] : [`built on ${tool.runtimes.join(', ')}`]),
    ...(tool.notes === undefined ? [] : wrap(visibleText(tool.notes), terminal.width)),
    '',
    ...fitted(endpoints, terminal),
    ...(networks.length === 0
      ? []
      : [
          '',
          paint('head', 'NETWORKS'),
          ...networks.map((each) => `  ${each.cidr ?? `AS${each.asn}`} (${visibleText(each.source)})`),
        ]),
    '',
    paint('head', 'RULES'),
    ...(rules.length === 0 ? ['  none: it appears in provider rows'] : rules.map(ruleLine)),
  ];
  return `${lines.join('\n')}\n`;
}

function ruleLine(rule: Rule): string {
  const names = 'names' in rule ? ` ${rule.names.flat().slice(0, 4).join(', ')}` : '';
  return `  ${rule.id}: ${rule.kind}${'gives' in rule ? ` gives ${rule.gives}` : ''};${names}`;
}

function testText(name: string, found: readonly Found<EndpointOf>[], terminal: RenderOptions): string {
  if (found.length === 0) return `${visibleText(name)}: no line of the catalogue matches.\n`;
  const table = columnsOf(found, [
    ['TOOL', ({ value }) => value.tool.id],
    ['LINE', ({ pattern }) => pattern],
    ['ROLE', ({ value }) => value.endpoint.role],
    ['OWNER', ({ value }) => value.endpoint.specificity],
    ['SOURCE', ({ value }) => value.endpoint.sources[0] ?? ''],
  ]);
  return `${fitted(table, terminal).join('\n')}\n`;
}

const pageOptions = {
  policy: but(policyOption, { description: 'Show the rules of this policy on the tool' }),
  language: languageOption,
  profile: option(
    '--profile <file.json>',
    'Input',
    'Show figures measured by "wiretally profile … --format json"',
  ),
  ...catalogueOptions,
  ...commonOptions,
};

type PageOptions = OptionValues<typeof pageOptions>;

/** `wiretally catalogue page ID`: the sheet that explains a tool to the people who use it. */
function defineEmployeePage(command: Command, done: (code: ExitCode) => void): void {
  const sub = command
    .command('page <id>')
    .description('Print a page for employees about the tool (HTML, one sheet)');
  addOptions(sub, pageOptions);
  sub.action(async (id: string, options: PageOptions) => {
    const { renderEmployeePage } = await import('../../report/html/employee.ts');
    const catalogue = await loadCatalogue(options.catalogue);
    const tool = requireKnownTool(catalogue, id);
    await writeOut(
      await renderEmployeePage(
        {
          tool,
          measured: measured(options),
          policy: await policyOn(tool, options, catalogue),
          wiretally: packageVersion(),
          catalogue: catalogue.version,
        },
        options.language,
      ),
    );
    done(EXIT.done);
  });
}

function measured(options: PageOptions): EmployeeInput['measured'] {
  if (options.profile === undefined) return null;
  const { modelPayloadUp, telemetry } = readProfile(options.profile, '--profile');
  return { modelPayloadUp, telemetryPayloadUp: telemetry.payloadUp, telemetryShare: telemetry.share };
}

async function policyOn(
  tool: ToolEntry,
  options: PageOptions,
  catalogue: Catalogue,
): Promise<EmployeeInput['policy']> {
  if (options.policy === undefined) return null;
  const [{ readPolicy }, { matchesTool }] = await Promise.all([
    import('../../query/inputs/policy-file.ts'),
    import('../../policy/match.ts'),
  ]);
  const { policy } = readPolicy(options.policy, catalogue);
  return { policy, rules: policy.rules.filter((rule) => matchesTool(rule.match, tool)) };
}
