// Commands that documents show. Blocks of `sh` run; blocks of `console` run and show what their commands print. A comment
// before a block says otherwise: `<!-- not run: why -->`, or `<!-- lines: 1-9, 12-14; 2 -->`, which lines of the output of
// each command are shown, with … for what lies between.

import { spawnSync } from 'node:child_process';

const BLOCK = /(?:<!-- (not run|lines): (.+) -->\n)?```(\w*)\n([\s\S]*?)^```$/gm;

interface Block {
  readonly language: string;
  readonly text: string;
  /** Why it does not run. */
  readonly notRun: string | null;
  /** Of each command, in order. */
  readonly lines: readonly string[];
}

export interface Place {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

function blockOf(match: RegExpMatchArray): Block {
  const [, note, says = '', language = '', text = ''] = match;
  return {
    language,
    text,
    notRun: note === 'not run' ? says : null,
    lines: note === 'lines' ? says.split(';') : [],
  };
}

export function blocksOf(document: string): Block[] {
  return [...document.matchAll(BLOCK)].map(blockOf);
}

/** Runs it as somebody does who pastes it: 1 says that a rule was broken, 3 that something was not found. */
function shell(script: string, { cwd, env }: Place): string {
  const guard = "trap 'code=$?; [ $code = 1 ] || exit $code' ERR\n";
  const isHere = script.startsWith('npm ');
  const { status, stdout } = spawnSync('bash', ['-o', 'pipefail', '-c', `exec 2>&1\n${guard}${script}`], {
    // npm works where package.json is, and knows no command of the name.
    cwd: isHere ? process.cwd() : cwd,
    env: isHere ? { ...env, PATH: process.env.PATH, npm_config_loglevel: 'silent' } : env,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    timeout: 120_000,
  });
  if (status !== 0 && status !== 1) throw new Error(`ended with ${status}: ${script}\n${stdout}`);
  return stdout;
}

/** The lines that are shown; a word for those that are not. */
function pick(output: string, ranges: string | undefined): string {
  const lines = output.replace(/\n+$/, '').split('\n');
  if (ranges === undefined || ranges.trim() === '') return lines.join('\n');
  const shown: string[] = [];
  let next = 0;
  for (const range of ranges.split(',')) {
    const [from = '', to = from] = range.trim().split('-');
    if (Number(from) - 1 > next) shown.push('…');
    next = to === '' ? lines.length : Number(to);
    shown.push(...lines.slice(Number(from) - 1, next));
  }
  if (next < lines.length) shown.push('…');
  return shown.join('\n');
}

/** A block of `console` with what its commands print now. */
function renew({ text, lines }: Block, place: Place): string {
  const commands = text.match(/^\$ (?:.*\\\n)*.*$/gm) ?? [];
  const told = commands.map((command, i) => {
    const shown = pick(shell(command.slice(2), place), lines[i]);
    return shown === '' ? `${command}\n` : `${command}\n${shown}\n`;
  });
  return told.join(lines.length === 0 && commands.length > 1 && text.includes('\n\n$ ') ? '\n' : '');
}

/** The document with the output of its commands as it is now. Throws where a command fails. */
export function renewed(document: string, place: Place): string {
  return document.replaceAll(BLOCK, (whole, ...groups) => {
    const block = blockOf([whole, ...(groups.slice(0, 4) as string[])]);
    if (block.notRun !== null) return whole;
    if (block.language === 'sh') shell(block.text, place);
    if (block.language === 'sql') shell(`wiretally store sql -- history.duckdb ${quoted(block.text)}`, place);
    return block.language === 'console' ? whole.replace(block.text, () => renew(block, place)) : whole;
  });
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
