// Options are declared once: what is parsed, shown, completed and repeated in a report comes from one declaration.
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { commandName } from '../../../src/cli/command.ts';
import { complete } from '../../../src/cli/completion/completion-server.ts';
import { listCommands } from '../../../src/cli/config/settings.ts';
import { addOptions, buildCommand, findFacts, option } from '../../../src/cli/input/declare-option.ts';
import { catalogueOptions, readingOptions, windowOptions } from '../../../src/cli/input/options.ts';
import { policyOptions } from '../../../src/cli/input/policy-options.ts';
import { buildProgram } from '../../../src/cli/program.ts';
import { displayWidth } from '../../../src/text/text-layout.ts';

const program = await buildProgram('all');
const commands = listCommands(program);
const optionsNamed = (long: string) =>
  commands.flatMap((command) => command.options.filter((made) => made.long === long));

describe('--fail-on', () => {
  it('accepts the results and the verdict that it documents', () => {
    const parse = optionsNamed('--fail-on')[0]?.parseArg;
    expect(parse?.('suspected, inconclusive', undefined)).toEqual(new Set(['suspected', 'inconclusive']));
    expect(() => parse?.('cannotSay', undefined)).toThrow('--fail-on takes violation,');
    expect(() => parse?.('constructor', undefined)).toThrow('--fail-on takes violation,');
  });
});

describe('every help text', () => {
  it('fits a terminal of 80 columns', () => {
    const families = program.commands.filter(({ commands: parts }) => parts.length > 0);
    const wide = [program, ...families, ...commands].flatMap((command) => {
      let help = '';
      command.configureOutput({ writeOut: (text) => (help += text), getOutHelpWidth: () => 80 });
      command.outputHelp();
      return help.split('\n').filter((line) => displayWidth(line) > 80);
    });
    expect(wide).toEqual([]);
  });
});

describe('every option', () => {
  it('is declared with a group and a description in the imperative or as a noun phrase', () => {
    const undeclared = commands.flatMap((command) =>
      command.options
        .filter((made) => findFacts(made) === undefined && !made.hidden)
        .map(({ flags }) => `${commandName(command)} ${flags}`),
    );
    expect(undeclared).toEqual([]);
    const lower = commands.flatMap((command) =>
      command.options.map(({ description }) => description).filter((text) => !/^[A-Z]/.test(text)),
    );
    expect(lower).toEqual([]);
  });

  it('has one maximum wherever it is: --flow-table', () => {
    const parse = optionsNamed('--flow-table').map(({ parseArg }) => parseArg);
    expect(parse.length).toBeGreaterThan(2);
    for (const parseArg of parse) {
      expect(parseArg?.('134217728', undefined)).toBe(134_217_728);
      expect(() => parseArg?.('134217729', undefined)).toThrow('--flow-table must be a whole number');
    }
  });
});

describe('help', () => {
  const helpOf = async (name: string, isWhole: boolean): Promise<string> => {
    const whole = await buildProgram([name], undefined, undefined, isWhole);
    const command = whole.commands.find((each) => each.name() === name);
    return command?.helpInformation() ?? '';
  };

  it('shows defaults as a user types them', async () => {
    const help = await helpOf('serve', true);
    expect(help.replace(/\s+/g, ' ')).toContain('(default: 127.0.0.1:7577)');
    for (const command of commands) {
      expect(command.helpInformation()).not.toMatch(/default: [{["]/);
    }
  });

  it('lists the common options by group, and all of them with --all', async () => {
    const [common, all] = [await helpOf('watch', false), await helpOf('watch', true)];
    expect(common).toMatch(
      /Input:[\s\S]*--interface[\s\S]*Policy:[\s\S]*--policy[\s\S]*Output:[\s\S]*--format[\s\S]*General:/,
    );
    expect(common).not.toContain('--hardware-time');
    expect(all).toContain('--hardware-time');
    expect(common.split('\n').length).toBeLessThan(30);
  });
});

describe('the command of a report', () => {
  const parsed = (...words: string[]): Command => {
    const command = new Command('analyze').argument('[file...]');
    addOptions(command, { ...readingOptions, ...windowOptions, ...policyOptions, ...catalogueOptions });
    return command.parse(words, { from: 'user' });
  };

  it('repeats every option that can change the result, and no other', () => {
    const command = parsed('x.usage', '--advisories', 'a b.yaml', '--workers', '3', '--window', '300');
    expect(buildCommand(command, command.args).command).toBe(
      "analyze x.usage --window 300 --advisories 'a b.yaml'",
    );
  });

  it('names inputs as they were typed for the next commands, and the files in a folder for itself', () => {
    const { command, request } = buildCommand(parsed('folder', '--window', '300'), ['folder/a', 'folder/b']);
    expect([command, request.inputs]).toEqual(['analyze folder/a folder/b --window 300', ['folder']]);
  });

  it('leaves out what is the default', () => {
    const command = new Command('watch');
    const window = option<number>('--window <seconds>', 'Decoding', 'Aggregation window', {
      parse: Number,
      byDefault: 60,
      changesResult: true,
    });
    addOptions(command, { window });
    command.parse(['--window', '60'], { from: 'user' });
    expect(buildCommand(command, []).command).toBe('watch');
  });
});

describe('completion', () => {
  it.each([
    ['fleet', 'ship'],
    ['help', 'fleet'],
    ['help fleet', 'ship'],
    ['config show', 'fleet'],
    ['config show fleet', 'ship'],
  ])('after "%s" offers "%s"', async (words, name) => {
    const line = ['wiretally', ...words.split(' '), ''];
    const offered = await complete(line, { SHELL: 'bash', COMP_CWORD: String(line.length - 1) });
    expect(offered).toContain(name);
    expect(offered).not.toContain(words.split(' ').at(-1));
  });

  it.each([
    ['config show', ['terminal', 'json']],
    ['store sql x.duckdb', ['terminal', 'json', 'csv', 'parquet']],
    ['explain x.usage', ['terminal', 'json']],
    ['policy export p.yaml', ['suricata']],
  ])('offers the formats of "%s"', async (words, formats) => {
    const line = ['wiretally', ...words.split(' '), '--format', ''];
    const offered = await complete(line, { SHELL: 'bash', COMP_CWORD: String(line.length - 1) });
    expect(offered).toEqual(expect.arrayContaining(formats));
    if (words !== 'policy export p.yaml') expect(offered).toHaveLength(formats.length);
  });
});

/** Phrases of a dialect, and what is written instead (words.md). */
const DIALECT =
  /\b(told|tells?|says?|said|nobody|somebody|whoever|whom|beside|anew|mend|held against|hold against|give up|hand-?outs?|stranger|judges?|what is kept|who may look|room|goes|stands? (?:for|in|behind)|how they are|what it means|gone)\b/gi;

it('uses plain field English in help and README: at most 10 phrases of the dialect', async () => {
  const helps = [program, ...commands].map((command) => {
    let text = '';
    command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
    return text;
  });
  const text = [...helps, readFileSync('README.md', 'utf8')].join('\n');
  const hits = [...text.matchAll(DIALECT)].map(([word], i, all) => {
    const at = all[i]?.index ?? 0;
    return `${word}: ${text.slice(Math.max(0, at - 40), at + 40).replace(/\s+/g, ' ')}`;
  });
  expect(hits.length, hits.join('\n')).toBeLessThanOrEqual(10);
});
