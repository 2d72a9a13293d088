// Selects the part of a document that an address requests, in the requested order.

import { buildHealth, type HealthAnswer, type HealthView, isSelected } from '../diagnosis/health.ts';
import type { DiagnosisResult } from '../model/diagnosis.ts';
import { FINDING_RESULTS, FINDING_STATES } from '../model/findings.ts';
import type { Health } from '../model/health.ts';
import type { Comparison, HostReport, ReportAttempt, ReportDocument } from '../model/report.ts';
import { listWords } from '../query/known-host.ts';
import { applyView, compareViews, type View } from '../query/view.ts';
import { isHost } from '../report/document/narrow.ts';
import { nearestWord } from '../text/near-word.ts';
import type { Question } from './address-question.ts';
import { sortDocument } from './order.ts';
import { PageError } from './page-error.ts';

function buildView({ host, group, tool, q }: Question): View {
  const list = (word: string): string[] => (word === '' ? [] : [word]);
  return { hosts: list(host), groups: list(group), tools: list(tool), text: q };
}

/** Selects the matching hosts, tools and groups, and their findings. */
export function selectPart(document: ReportDocument, question: Question): ReportDocument {
  const { result, rule, state, sort } = question;
  return sortDocument(applyView(document, { ...buildView(question), result, rule, state }), sort);
}

/** Compares both documents, restricted to the requested hosts and tools. */
export function comparePart(
  before: ReportDocument,
  after: ReportDocument,
  question: Question,
): Comparison | null {
  return compareViews(before, after, buildView(question));
}

/**
 * Checks the filters against closed lists and the data. Hosts without use in the span are known from all data. Throws PageError
 * 400 with the near match.
 */
export function requireKnownWords(
  { host, group, result, rule, state }: Question,
  documents: readonly Pick<ReportDocument, 'hosts' | 'findings' | 'policy'>[],
): void {
  const hosts = documents.flatMap((document) => document.hosts);
  const groups = new Set(hosts.flatMap((host) => host.groups));
  const require = (what: string, word: string, isKnown: boolean, words: Iterable<string>): void => {
    if (word !== '' && !isKnown) throw unknownWord(400, `no ${what} "${word}" is in the data`, word, words);
  };
  const requireOneOf = (name: string, word: string, words: readonly string[]): void => {
    if (word !== '' && !words.includes(word))
      throw unknownWord(400, `${name} has no word "${word}"`, word, words, `use one of ${words.join(', ')}`);
  };
  require('host', host, hosts.some((candidate) => isHost(candidate, host)), listWords(hosts));
  require('group', group, groups.has(group), groups);
  const rules = new Set(documents.flatMap(listRules));
  require('rule', rule, rules.has(rule), rules);
  requireOneOf('result', result, FINDING_RESULTS);
  requireOneOf('state', state, FINDING_STATES);
}

/** Lists the rules of the policy, and those that findings name. */
export const listRules = ({ policy, findings = [] }: Pick<ReportDocument, 'findings' | 'policy'>): string[] =>
  [...new Set([...(policy?.rules ?? []).map(({ id }) => id), ...findings.map(({ rule }) => rule)])].sort();

export function unknownWord(
  status: 400 | 404,
  what: string,
  word: string,
  words: Iterable<string>,
  next?: string,
): PageError {
  const near = nearestWord(word, words);
  return new PageError(status, what, near === null ? next : `did you mean ${near}?`);
}

/** Finds the name of a host in documents by address, name or MAC. A host without use is known only by its connections. */
export const getHostName = ({ hosts }: ReportDocument, word: string): string =>
  hosts.find((host) => isHost(host, word))?.host ?? word;

/** Facts about connections that a page shows. */
export interface HealthShown {
  readonly health: Health;
  readonly attempts: readonly ReportAttempt[];
  /** Requested host; null without one. */
  readonly host: string | null;
  readonly diagnosis: DiagnosisResult | null;
}

/** Selects the requested health. One host is always shown; only sums over few hosts are omitted. */
export function healthPart(
  facts: HealthAnswer,
  { hosts }: ReportDocument,
  { group, tool, q }: Question,
  host: string | null,
  leastHosts: number,
): { readonly health: Health; readonly attempts: readonly ReportAttempt[] } {
  const ofGroup = new Set(hosts.filter(({ groups }) => groups.includes(group)).map((host) => host.host));
  const view: HealthView = {
    isWantedHost: (name) => (host === null || name === host) && (group === '' || ofGroup.has(name)),
    tool: tool === '' ? null : tool,
    text: q.toLowerCase(),
    leastHosts: host === null ? leastHosts : 1,
  };
  const isWanted = isSelected(facts.known, view);
  return { health: buildHealth(facts, facts.known, view), attempts: facts.attempts.filter(isWanted) };
}

/** True if the requested tool uses the name. */
export const buildToolTest =
  ({ toolsOf }: HealthAnswer['known'], tool: string) =>
  ({ name }: { readonly name: string }): boolean =>
    tool === '' || toolsOf(name).includes(tool);

/** Selects one host with all its facts. Throws PageError 404. */
export function hostPart(document: ReportDocument, word: string): ReportDocument & { host: HostReport } {
  const host = document.hosts.find((candidate) => isHost(candidate, word));
  if (host === undefined)
    throw unknownWord(
      404,
      'no such host was seen in this span',
      word,
      listWords(document.hosts),
      'select a longer one',
    );
  return { ...applyView(document, { hosts: [host.host] }), host };
}

/** Selects one tool or provider on all hosts. Throws PageError 404. */
export function toolPart(document: ReportDocument, id: string): ReportDocument {
  const part = applyView(document, { tools: [id] });
  const hosts = part.hosts.filter(({ tools, providers }) => tools.length + providers.length > 0);
  if (hosts.length === 0)
    throw new PageError(404, 'no such tool was seen in this span', 'select a longer one');
  return { ...part, hosts };
}
