// The outputs beside report and overview: further live pages, the screen of a running sensor, the sheet, and the formats
// that programs read. Each is read from its text.
import type { ReportDocument } from '../../../src/model/report.ts';
import { renderFindingsCsv } from '../../../src/report/format/findings-csv.ts';
import { renderReport } from '../../../src/report/render.ts';
import { Activity } from '../../../src/report/screen/activity.ts';
import { findingLines, verdictHead } from '../../../src/report/screen/head.ts';
import { NO_RATES, type ScreenState } from '../../../src/report/screen/state.ts';
import { isBreach } from '../../../src/report/text/policy-outcome.ts';
import { type Question, readQuestion } from '../../../src/web/address-question.ts';
import * as views from '../../../src/web/pages/views.ts';
import { type Counts, expectedCounts, stripViolations, toldInWords } from './outputs.ts';

/** Puts what an output says against what it must be. */
export type Same = (what: string, told: unknown, expected: unknown) => void;

const ask = (words: Record<string, string>): Question => readQuestion(new URLSearchParams(words));
const countOf = (page: string): number =>
  Number(/<h2 id="fh"[^>]*>[^<]*<span class="cnt">(\d+)</.exec(page)?.[1] ?? 0);

/** Hosts by the name of the tool, in the table of tools. */
function toolsTold(page: string): [string, number][] {
  const section = /<section id="tools"[\s\S]*?<\/section>/.exec(page)?.[0] ?? '';
  return [...section.matchAll(/<th scope="row" data-v="([^"]*)">[\s\S]*?data-l="Hosts" data-v="(\d+)"/g)].map(
    ([, name = '', hosts]): [string, number] => [name, Number(hosts)],
  );
}

/** By the rows of hosts alone: where a tool is only possible it is in no sum. */
function toolsExpected({ hosts }: ReportDocument): [string, number][] {
  const users = new Map<string, Set<string>>();
  for (const { host, tools } of hosts)
    for (const { name, confidence } of tools)
      if (confidence !== 'possible') users.set(name, (users.get(name) ?? new Set()).add(host));
  return [...users].map(([name, set]): [string, number] => [name, set.size]).sort();
}

export function comparePages(
  document: ReportDocument,
  said: ReportDocument,
  { file, columns }: { readonly file: string; readonly columns: number | null },
  same: Same,
): void {
  const { findings = [] } = said;
  const pageOf = (view: (document: ReportDocument, question: Question) => { body: { markup: string } }) =>
    view(document, ask({})).body.markup;
  const expected = toolsExpected(said);
  for (const [name, page] of [
    ['the file', file],
    ['the overview', pageOf(views.overview)],
    ['the page of tools', pageOf(views.tools)],
  ] as const)
    same(`tools in ${name}`, toolsTold(page).sort(), expected);
  same('the page of findings', countOf(pageOf(views.findings)), findings.length);
  if (columns !== null)
    same('the page of hosts', stripViolations(pageOf(views.hosts), columns), stripViolations(file, columns));
  const [first] = findings;
  if (first === undefined) return;
  for (const [words, fits] of [
    [{ tool: first.tool }, (each: typeof first) => each.tool === first.tool],
    [{ host: first.host }, (each: typeof first) => each.host === first.host],
    [{ result: first.result }, (each: typeof first) => each.result === first.result],
  ] as const)
    same(
      `findings of ${JSON.stringify(words)}`,
      countOf(views.findings(document, ask(words)).body.markup),
      findings.filter(fits).length,
    );
}

export function compareScreen(
  document: ReportDocument,
  counts: ReadonlyMap<string, Counts>,
  same: Same,
): void {
  const state: ScreenState = {
    ...{
      document,
      early: null,
      connections: null,
      activity: new Activity(),
      health: null,
      rates: NO_RATES,
      messages: [],
    },
    ...{ isNew: new Set<string>(), clock: '', trouble: null },
  };
  const grave = (document.findings ?? []).filter(
    ({ result }) => result === 'violation' || result === 'suspected',
  );
  same('findings on the screen', findingLines(state, 100_000).length, grave.length);
  const head = verdictHead(state, 10_000, 1000)
    .map((line) => line.map(({ text }) => text).join(''))
    .join(' ');
  const blocks = head
    .split(/(?=\b(?:VIOLATED|COMPLIANT|INCONCLUSIVE) )/)
    .filter((text) => / rev \d+\)/.test(text));
  const shown = blocks.map((block) => /\((\S+) rev /.exec(block)?.[1] ?? '');
  const violated = [...counts].filter(([, { violation }]) => violation > 0).map(([rule]) => rule);
  if (violated.length > 0) same('violated rules on the screen', [...shown].sort(), violated.sort());
  else same('the verdict on the screen', shown.length, Math.min(1, counts.size));
  for (const [i, rule] of shown.entries())
    same(`the screen of ${rule}`, toldInWords(blocks[i] ?? ''), counts.get(rule));
}

export async function compareFormats(
  document: ReportDocument,
  said: ReportDocument,
  same: Same,
): Promise<void> {
  const { findings = [] } = said;
  const [sheet, junit, sarif, eve] = await Promise.all([
    renderReport(document, 'summary'),
    renderReport(document, 'junit'),
    renderReport(document, 'sarif'),
    renderReport(document, 'eve'),
  ]);
  const breakers = new Set(findings.filter(isBreach).map(({ host }) => host));
  same(
    'violators on the sheet',
    Number(/(\d+) hosts? with a violation/.exec(sheet)?.[1] ?? 0),
    breakers.size,
  );
  const violations = findings.filter(({ result }) => result === 'violation').length;
  same('failures of JUnit', Number(/ failures="(\d+)"/.exec(junit)?.[1]), violations);
  const runs = (JSON.parse(sarif) as { runs: { results: { kind: string }[] }[] }).runs;
  const results = runs.flatMap((run) => run.results);
  same('results of SARIF', results.length, findings.length);
  same('failures of SARIF', results.filter(({ kind }) => kind === 'fail').length, violations);
  same(
    'alerts of EVE',
    eve.split('\n').filter((line) => line.includes('"event_type":"alert"')).length,
    findings.length,
  );
  same('lines of CSV', [...renderFindingsCsv(document)].length - 1, findings.length);
}

/** By rule, what the findings say. */
export const countsOf = (said: ReportDocument, rules: readonly string[]): Map<string, Counts> =>
  new Map(
    (said.summary?.rules ?? [])
      .filter(({ rule }) => rules.includes(rule))
      .map((summary) => [summary.rule, expectedCounts(said, summary)]),
  );
