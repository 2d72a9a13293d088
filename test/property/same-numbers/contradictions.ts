// Two offices, their reports under generated policies, and everything in which two outputs of a report differ.

import { attribute } from '../../../src/attribution/attribute.ts';
import { catalogueFacts } from '../../../src/catalogue/policy-facts.ts';
import { SEVERITIES } from '../../../src/model/findings.ts';
import type { ReportDocument, RuleSummary } from '../../../src/model/report.ts';
import type { HostAttribution } from '../../../src/model/tool.ts';
import type { UsageWindow } from '../../../src/model/usage.ts';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';
import { applyPolicy } from '../../../src/query/apply-policy.ts';
import { applyView } from '../../../src/query/view.ts';
import { analyze } from '../../../src/reading/captures/analyze-captures.ts';
import { buildReport } from '../../../src/report/document/document.ts';
import { buildRecords, statsOfWindows } from '../../../src/report/document/window-totals.ts';
import { renderReport } from '../../../src/report/render.ts';
import { formatDay } from '../../../src/report/text/english-words.ts';
import { PLAIN } from '../../../src/report/text/render-options.ts';
import { OUTCOME_WORDS } from '../../../src/report/text/words.ts';
import { openZone } from '../../../src/time/zone.ts';
import { readQuestion } from '../../../src/web/address-question.ts';
import { overview } from '../../../src/web/pages/views.ts';
import { listCoverage } from '../../../src/window/coverage.ts';
import { findSpan, mergeWindows } from '../../../src/window/merge-windows.ts';
import { catalogue, recorded, recordings } from '../judged-recordings.ts';
import { type Case, makeCase, type Office } from './cases.ts';
import { compareRules } from './first-rule.ts';
import { compareFormats, comparePages, compareScreen, countsOf, type Same } from './further.ts';
import {
  type BlockTold,
  expectedCounts,
  expectedDays,
  markdownFindings,
  markdownVerdicts,
  type PageTold,
  pageTold,
  stripViolations,
  terminalFindings,
  terminalVerdicts,
  toldInWords,
} from './outputs.ts';

const DAY_SECONDS = 86_400;
const NO_QUESTION = readQuestion(new URLSearchParams());
const facts = catalogueFacts(catalogue);

/** Days of the windows, with their observations. */
function officeOf(name: string, windows: readonly UsageWindow[]): Office {
  const zone = openZone('UTC');
  const attributions = attribute(windows, catalogue, { zone });
  const seen = attributions.flatMap(({ tools, providers }) =>
    [...tools, ...providers].map(({ use }) => use.tool),
  );
  const known = new Set(catalogue.tools.map(({ id }) => id));
  return {
    name,
    windows,
    hosts: [...new Set(windows.flatMap(({ hosts }) => hosts.map(({ host }) => host)))].sort(),
    tools: [...new Set([...seen, 'windsurf', 'cursor', 'amp'])].filter((tool) => known.has(tool)).sort(),
    days: [...new Set(windows.map(({ startSeconds }) => zone.dayOf(startSeconds)))].sort(),
  };
}

/** The same traffic of another host, later. */
function moved(windows: readonly UsageWindow[], host: string, seconds: number): UsageWindow[] {
  const us = seconds * 1e6;
  const move = <T extends { readonly firstUs: number; readonly lastUs: number }>(one: T): T => ({
    ...one,
    host,
    firstUs: one.firstUs + us,
    lastUs: one.lastUs + us,
  });
  return windows.map(({ hosts, heard, ...window }) => {
    // The others are routers and servers of the lab.
    const [totals] = [...hosts].sort((a, b) => b.bytesUp + b.bytesDown - a.bytesUp - a.bytesDown);
    return {
      ...window,
      sensor: 'composed',
      ...(heard === undefined ? {} : { heard: heard.map((time) => time + us) }),
      startSeconds: window.startSeconds + seconds,
      hosts:
        totals === undefined
          ? []
          : [{ ...move(totals), mac: null, macFrom: null, names: [], macs: [], claims: [] }],
      queriedNames: window.queriedNames.map(move),
      rows: window.rows.map((row) => ({
        ...move(row),
        helloTimesUs: row.helloTimesUs.map((time) => time + us),
      })),
    };
  });
}

/** Recordings of different tools on ten hosts and as many days, some of them repeated. */
export async function composedOffice(): Promise<Office> {
  const wanted = recordings.filter(({ tool, expect: { tools } }) => tool !== null && tools?.length === 1);
  const chosen = wanted.filter((_, i) => i % Math.ceil(wanted.length / 16) === 0);
  const start = Date.parse('2025-12-28T09:00:00Z') / 1000;
  const lists = await Promise.all(
    chosen.map(async (recording, i) => {
      const windows = await recorded(recording);
      const from = windows[0]?.startSeconds ?? 0;
      return [0, 3, 5].slice(0, 1 + (i % 3)).flatMap((day) => {
        const at = start + ((i + day) % 10) * DAY_SECONDS + (i % 4) * 3600;
        return moved(windows, `10.60.0.${1 + (i % 10)}`, Math.ceil((at - from) / 900) * 900);
      });
    }),
  );
  return officeOf('composed', mergeWindows(...lists));
}

export async function demoOffice(): Promise<Office> {
  const demo = await analyze(['captures/demo.pcap.gz'], {
    lookup: catalogue,
    watchlist: catalogue.watchlist(),
  });
  return officeOf('demo', mergeWindows(demo.windows));
}

const attributed = new Map<
  string,
  { windows: readonly UsageWindow[]; attributions: readonly HostAttribution[] }
>();

/** Attributions of a span, computed once: gaps do not affect them. */
function part({ name, windows }: Office, { sinceSeconds = 0, untilSeconds = 1e12 }: Case, timezone: string) {
  const key = [name, sinceSeconds, untilSeconds, timezone].join();
  const known = attributed.get(key);
  if (known !== undefined) return known;
  const inside = windows.filter(
    ({ startSeconds }) => startSeconds >= sinceSeconds && startSeconds < untilSeconds,
  );
  const made = { windows: inside, attributions: attribute(inside, catalogue, { zone: openZone(timezone) }) };
  attributed.set(key, made);
  return made;
}

/** A gap belongs to the window in which it begins. */
function withGap(windows: readonly UsageWindow[], { gap }: Case): readonly UsageWindow[] {
  if (gap === null) return windows;
  const at = windows.findLastIndex(({ startSeconds }) => startSeconds <= gap.fromSeconds);
  const gaps = [{ fromUs: gap.fromSeconds * 1e6, toUs: gap.toSeconds * 1e6, reason: gap.reason }];
  return windows.map((window, i) => (i === Math.max(0, at) ? { ...window, gaps } : window));
}

/** A report, and what it was made of. */
interface Made {
  readonly document: ReportDocument;
  readonly windows: readonly UsageWindow[];
  readonly attributions: readonly HostAttribution[];
}

/** The document of `wiretally analyze`; null for an invalid policy. */
function documentOf(office: Office, one: Case): Made | null {
  const { policy } = parsePolicy(one.policy, facts);
  if (policy === null) return null;
  const timezone = one.timezone ?? policy.timezone;
  const { windows: inside, attributions } = part(office, one, timezone);
  const windows = withGap(inside, one);
  const { sinceSeconds, untilSeconds } = one;
  const document = buildReport({
    attributions,
    windows,
    captures: [],
    stats: statsOfWindows(windows),
    coverage: listCoverage(windows, openZone(timezone)),
    ...buildRecords(findSpan(windows)),
    wiretally: '0.1.0',
    catalogue: catalogue.version,
    command: 'analyze office.usage',
    timezone,
    generated: null,
    ...(sinceSeconds === undefined ? {} : { sinceSeconds }),
    ...(untilSeconds === undefined ? {} : { untilSeconds }),
  });
  const onDisk = { file: 'p.yaml', text: one.policy, sha256: '0'.repeat(64), policy };
  const reading = {
    catalogue,
    windows,
    interrupted: false,
    incomplete: [],
    requestedSpan: { sinceSeconds, untilSeconds },
  };
  const audited = applyPolicy(document, reading, attributions, { onDisk, hosts: null, pseudonymOf: null });
  return {
    ...{ windows, attributions },
    document: applyView(audited, { hosts: one.hosts, tools: one.tools }),
  };
}

/** All differences between two outputs. */
async function contradictionsOf({ document, windows, attributions }: Made, one: Case): Promise<string[]> {
  const { about } = one;
  const found: string[] = [];
  const same = (what: string, reported: unknown, expected: unknown): void => {
    if (JSON.stringify(reported) !== JSON.stringify(expected))
      found.push(`${about}: ${what} says ${JSON.stringify(reported)}, findings ${JSON.stringify(expected)}`);
  };
  const [terminal, markdown, page, json, csv] = await Promise.all([
    renderReport(document, 'terminal', { ...PLAIN, width: 200, hasWholeTables: true }),
    renderReport(document, 'md'),
    renderReport(document, 'html'),
    renderReport(document, 'json'),
    renderReport(document, 'csv'),
  ]);
  const said: ReportDocument = JSON.parse(json);
  const { findings = [] } = said;
  const denied = new Map((said.policy?.rules ?? []).map((rule) => [rule.id, rule.action === 'deny']));
  const rules = (said.summary?.rules ?? []).filter(({ rule }) => denied.get(rule));
  const words = [terminalVerdicts(terminal), markdownVerdicts(markdown)];
  for (const [i, list] of words.entries()) same(`verdicts of output ${i}`, list.length, rules.length);
  for (const summary of rules) {
    const counts = expectedCounts(said, summary);
    const { after, suspected, grace, exempt, notSeenSince } = summary;
    const { aside, ...others } = counts;
    same(`JSON of ${summary.rule}`, [after, suspected, grace, exempt, notSeenSince], Object.values(others));
    same(`verdict of ${summary.rule}`, summary.verdict === 'violated', counts.violation > 0);
    for (const list of words) {
      const own = list.find((text) => text.includes(`(${summary.rule} rev `)) ?? '';
      same(`words of ${summary.rule}`, toldInWords(own), counts);
    }
    if (after > summary.hostsSeen) found.push(`${about}: ${after} of ${summary.hostsSeen} hosts`);
    same(`aside of ${summary.rule}`, aside, counts.aside);
  }
  const byResult = (list: Iterable<string>): Record<string, number> => {
    const sums: Record<string, number> = {};
    for (const each of list) sums[each] = (sums[each] ?? 0) + 1;
    return Object.fromEntries(Object.entries(sums).sort());
  };
  const results = byResult(findings.map(({ result }) => result));
  const heading = (line: string): string =>
    /^[A-Za-z ]+?(?=, since| by | \()/.exec(line)?.[0]?.toLowerCase() ?? line;
  const wordOf = new Map(Object.entries(OUTCOME_WORDS).map(([kind, word]) => [word, kind]));
  const inTerminal = [...terminalFindings(terminal)].flatMap(([line, count]) =>
    Array.from({ length: count }, () => wordOf.get(heading(line)) ?? line),
  );
  same('findings of the terminal', byResult(inTerminal), results);
  const inMarkdown = [...markdownFindings(markdown)].flatMap(([word, count]) =>
    Array.from({ length: count }, () => wordOf.get(word.replace(/ by .*/, '')) ?? word),
  );
  same('findings of Markdown', byResult(inMarkdown), results);
  for (const { id, host: address, tool, requests, activeMinutes } of findings) {
    const host = said.hosts.find((each) => each.host === address);
    const row = [...(host?.tools ?? []), ...(host?.providers ?? [])].find((use) => use.tool === tool);
    if (row?.requests === null) same(`requests of ${id}`, [requests, activeMinutes], [null, null]);
  }
  const listed = Number(/<h2 id="fh"[^>]*>[^<]*<span class="cnt">(\d+)</.exec(page)?.[1] ?? -1);
  same('findings of the page', listed, findings.length);
  const live = overview(document, NO_QUESTION).body.markup;
  const [inFile, served] = [pageTold(page), pageTold(live)];
  const plain = ({ blocks, others }: PageTold) => ({
    others,
    blocks: blocks.map((block) => ({ ...block, chart: [...(block.chart ?? [])] })),
  });
  same('the live page', plain(served), plain(inFile));
  const columns = inFile.blocks[0]?.chart?.size ?? null;
  comparePages(document, said, { file: page, columns }, same);
  const all = countsOf(
    said,
    rules.map(({ rule }) => rule),
  );
  compareScreen(document, all, same);
  await compareFormats(document, said, same);
  if (rules.length === 0) {
    same('headline without a rule', /in scope/.test(inFile.blocks[0]?.headline ?? ''), false);
    return found;
  }
  const severities = new Map((said.policy?.rules ?? []).map(({ id, severity }) => [id, severity]));
  const violated = rules.filter(({ verdict }) => verdict === 'violated').map(({ rule }) => rule);
  const lead = inFile.blocks.map(({ rule }) => rule);
  if (violated.length > 0) {
    same('blocks of violated rules', [...lead].sort(), [...violated].sort());
    const graver = lead.map((rule) => SEVERITIES.indexOf(severities.get(rule) ?? 'info'));
    same(
      'order of the blocks',
      graver,
      [...graver].sort((x, y) => y - x),
    );
  } else same('one block', lead.length, 1);
  for (const block of inFile.blocks) {
    const summary = rules.find(({ rule }) => rule === block.rule);
    if (summary === undefined) found.push(`${about}: no rule has the block of ${block.rule}`);
    else compareBlock(said, block, summary, same);
  }
  for (const text of inFile.others) {
    const rule = rules.find((each) => text.includes(`(${each.rule} rev `));
    if (rule !== undefined)
      same(`further verdict ${rule.rule}`, toldInWords(text), expectedCounts(said, rule));
  }
  const chart = inFile.blocks[0]?.chart ?? null;
  if (chart !== null) {
    const strip = stripViolations(page, chart.size);
    const violators = [...chart.keys()].map(
      (day) =>
        new Set(
          findings
            .filter(
              ({ result, days: seen = [] }) =>
                result === 'violation' && seen.some((each) => formatDay(each) === day),
            )
            .map(({ host }) => host),
        ).size,
    );
    same('violations in the strip', strip, violators);
  }
  compareRules({ said, page, windows, attributions, one, csv }, same);
  return found;
}

/** What one block of the page says of its rule. */
function compareBlock(said: ReportDocument, block: BlockTold, lead: RuleSummary, same: Same): void {
  const { headline, chart } = block;
  const counts = expectedCounts(said, lead);
  same(`headline of ${lead.rule}`, toldInWords(headline).violation, counts.violation);
  if (/ (?:was|were) (?:not )?seen on any/.test(headline))
    same(
      'a headline of nothing',
      [counts.violation, counts.suspected, counts.exempt, counts.aside],
      [0, 0, 0, 0],
    );
  same(`tallies of ${lead.rule}`, block.tallies, counts);
  same(`icons of ${lead.rule}`, block.icons, [
    counts.violation,
    counts.suspected,
    counts.grace + counts.aside,
    counts.exempt,
    counts.notSince,
  ]);
  if (chart === null) return;
  const days = expectedDays(said, lead.rule);
  const effective = said.policy?.rules.find(({ id }) => id === lead.rule)?.graceUntil;
  for (const [day, { violation, suspected }] of days) {
    const bar = chart.get(formatDay(day));
    if (bar === undefined) continue;
    same(`suspected in the chart on ${day}`, bar.suspected, suspected);
    const isWhole = effective === null || effective === undefined || `${day}T00` > effective;
    if (isWhole && bar.count < violation) same(`chart on ${day}`, bar.count, violation);
  }
  const drawn = [...chart.values()].reduce((sum, { suspected }) => sum + suspected, 0);
  const inPeriod = [...days].filter(([day]) => chart.has(formatDay(day)));
  same(
    'suspicions in the chart',
    drawn,
    inPeriod.reduce((sum, [, { suspected }]) => sum + suspected, 0),
  );
}

/** Of the cases with these numbers; `made`: how many had a valid policy. */
export async function contradictionsIn(
  offices: readonly Office[],
  { from, until }: { readonly from: number; readonly until: number },
): Promise<{ readonly made: number; readonly found: readonly string[] }> {
  let made = 0;
  const found: string[] = [];
  for (let seed = from; seed < until; seed++) {
    const office = offices[seed % offices.length];
    if (office === undefined) throw new Error('there is no office');
    const one = makeCase(office, seed);
    const report = documentOf(office, one);
    if (report === null) continue;
    made++;
    found.push(...(await contradictionsOf(report, one)));
  }
  return { made, found };
}
