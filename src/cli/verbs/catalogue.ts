// `wiretally catalogue list|show|page|test|status|learn|lint`: what is known of tools, and how that knowledge grows.

import type { Command } from 'commander';
import { loadCatalogue } from '../../files/catalogue-files.ts';
import { WiretallyError } from '../../model/errors.ts';
import { TOOL_KINDS } from '../../model/words.ts';
import { plural } from '../../report/text/quantity.ts';
import { jsonText } from '../../text/json-text.ts';
import { requireKnownTool } from '../input/known-tool.ts';
import {
  addCatalogueOption,
  addCommonOptions,
  addJsonAlias,
  type CatalogueOptions,
  type CommonOptions,
  day,
  OF_TOOLS,
  type PlainFormat,
  plainFormat,
} from '../input/options.ts';
import { addOptions, type OptionValues, oneOf, option } from '../options/declare.ts';
import { listText, showText, testText } from '../output/catalogue-text.ts';
import { EXIT, type ExitCode } from '../output/exit-code.ts';
import { printWarning } from '../output/messages.ts';
import { writeLines, writeOut } from '../output/stdout.ts';
import { terminalOf } from '../output/terminal.ts';
import type { DefineVerb } from './define-verb.ts';
import { defineEmployeePage } from './employee-page.ts';
import { addLearnOptions, type LearnOptions } from './learn/learn-options.ts';

interface Options extends CommonOptions, CatalogueOptions {
  readonly format: PlainFormat;
}

const toolOption = option('--tool <id>', {
  group: 'Input',
  description: 'This tool only',
  isCommon: true,
  ...OF_TOOLS,
});

const listOptions = {
  kind: oneOf('--kind <kind>', TOOL_KINDS, { group: 'Input', description: 'This kind only', isCommon: true }),
};
type ListOptions = Options & OptionValues<typeof listOptions>;

const statusOptions = {
  tool: toolOption,
  date: option('--date <date>', {
    group: 'Input',
    description: 'As of this day, YYYY-MM-DD (default: today, UTC)',
    parse: day,
  }),
};

export const defineCatalogue: DefineVerb = (command, done) => {
  const verb = (usage: string, summary: string): Command => {
    const sub = command.command(usage).description(summary);
    addOptions(sub, plainFormat);
    addCatalogueOption(sub);
    addJsonAlias(sub);
    addCommonOptions(sub);
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
