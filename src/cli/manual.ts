// Makes the man(7) pages at build time from the declarations behind `--help`: one for the program, one for each command.

import type { Command } from 'commander';
import { packageVersion } from '../files/package-version.ts';
import { findDeclaration } from './command.ts';
import { buildProgram } from './program.ts';

const EXIT_STATUS: readonly (readonly [code: string, says: string])[] = [
  ['0', 'Done.'],
  ['1', 'A violation of the policy was found, or a result of --fail-on.'],
  ['2', 'Wrong usage, or a policy, catalogue or hosts file with a fault.'],
  ['3', 'Failed, or no input was readable.'],
  [
    '4',
    'Done, but some input was unreadable, truncated or damaged, or nothing was observed; what was read is printed.',
  ],
  ['130', 'Interrupted; the part that was read is printed.'],
];

/** Returns the texts of the pages by file name. */
export async function buildManualPages(): Promise<ReadonlyMap<string, string>> {
  const program = await buildProgram('all');
  const pages = new Map([['wiretally.1', formatPage(program, [])]]);
  for (const verb of program.commands) {
    pages.set(`${getPageName(verb)}.1`, formatPage(verb, verb.commands));
    // "man wiretally fleet ship" opens the page of the command, which contains all subcommands.
    for (const sub of verb.commands)
      pages.set(`${getPageName(verb)}-${sub.name()}.1`, `.so man1/${getPageName(verb)}.1\n`);
  }
  return pages;
}

function formatPage(command: Command, subs: readonly Command[]): string {
  const isProgram = command.parent === null;
  const name = isProgram ? 'wiretally' : getPageName(command);
  const lines = [
    `.TH ${name.toUpperCase().replaceAll('-', '\\-')} 1 "" "wiretally ${packageVersion()}" "User Commands"`,
    '.SH NAME',
    `${escapeGroff(name)} \\- ${escapeGroff(command.description())}`,
    '.SH SYNOPSIS',
    ...(subs.length === 0 ? [formatSynopsis(command)] : subs.flatMap((sub) => [formatSynopsis(sub), '.br'])),
    ...(isProgram
      ? formatSection(
          'COMMANDS',
          command.commands.flatMap((verb) => item(getPageName(verb), verb.description())),
        )
      : []),
    ...(subs.length === 0 ? listDetails(command, '.SH') : subs.flatMap(formatSubcommand)),
    ...formatSection(
      'EXIT STATUS',
      EXIT_STATUS.flatMap(([code, says]) => item(code, says)),
    ),
    ...formatSection('SEE ALSO', listSeeAlso(command)),
  ];
  return `${lines.join('\n')}\n`;
}

function formatSubcommand(sub: Command): string[] {
  return [
    `.SH ${escapeGroff(sub.name().toUpperCase())}`,
    escapeGroff(sub.description()),
    ...listDetails(sub, '.SS'),
  ];
}

/** `heading`: .SH, or .SS for a subcommand. */
function listDetails(command: Command, heading: string): string[] {
  const help = command.createHelp();
  const args = help
    .visibleArguments(command)
    .flatMap((argument) => item(argument.name(), help.argumentDescription(argument)));
  const options = help
    .visibleOptions(command)
    .flatMap((option) => item(option.flags, help.optionDescription(option)));
  const examples = (findDeclaration(command)?.examples ?? []).flatMap(({ line, says }) => item(line, says));
  return [
    ...formatSection('ARGUMENTS', args, heading),
    ...formatSection('OPTIONS', options, heading),
    ...formatSection('EXAMPLES', examples, heading),
  ];
}

const formatSynopsis = (command: Command): string =>
  `.B ${escapeGroff(command.createHelp().commandUsage(command).replace(/\s+/g, ' '))}`;

const formatSection = (title: string, lines: readonly string[], heading = '.SH'): string[] =>
  lines.length === 0 ? [] : [`${heading} ${title}`, ...lines];

const item = (term: string, says: string): string[] => ['.TP', `.B ${escapeGroff(term)}`, escapeGroff(says)];

function listSeeAlso(command: Command): string[] {
  const program = command.parent ?? command;
  const names = ['wiretally', ...program.commands.map(getPageName)].filter(
    (name) => name !== (command.parent === null ? 'wiretally' : getPageName(command)),
  );
  return names.map((name, i) => `.BR ${escapeGroff(name)} (1)${i + 1 < names.length ? ',' : ''}`);
}

const getPageName = (verb: Command): string => `wiretally-${verb.name()}`;

/** Escapes a text so that groff finds no request in it: groff_man(7), groff(7) "Escapes". */
function escapeGroff(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('"', '\\(dq')
    .replaceAll('→', '\\(->')
    .replaceAll('…', '\\&...');
  return escaped.startsWith('.') ? `\\&${escaped}` : escaped;
}
