// Makes diagnoses from windows: why connections to a name fail.

import { buildNameKnowledge, listOutcomes } from '../attribution/attempts.ts';
import type { AdditionalNames } from '../catalogue/names-to-record.ts';
import { compareTimes } from '../diagnosis/changes.ts';
import { diagnose, PROXY_NAMES } from '../diagnosis/diagnose.ts';
import type { NameKnowledge } from '../diagnosis/facts.ts';
import { addressNames, type CapturePoint, withSecondPoint } from '../diagnosis/two-point-capture.ts';
import type { DiagnosisResult } from '../model/diagnosis.ts';
import { optionError } from '../model/errors.ts';
import { DOH_NAMES, LOCAL_NAMES } from '../model/window-words.ts';
import { sortHosts } from '../net/address.ts';
import type { KnownHost } from '../report/document/narrow.ts';
import { didYouMean } from '../text/near-word.ts';
import { requireKnownHost } from './known-host.ts';
import type { SourceRead } from './source.ts';

/** Names that coding tools need and that are no evidence of AI use: followed in captures, never kept. */
const COMPANIONS = ['github.com', 'api.github.com', 'registry.npmjs.org', 'pypi.org'];

/** Names that are recorded from captures in addition to those of the catalogue. `name` is the value of `--name`. */
export const namesToDiagnose = (name?: string): AdditionalNames => ({
  alsoNames: [
    ...[COMPANIONS, PROXY_NAMES, LOCAL_NAMES, DOH_NAMES].flat(),
    ...(name === undefined ? [] : [name.toLowerCase()]),
  ],
  withSearchDomains: true,
});

export interface DiagnosisQuestion {
  /** Address, name or MAC. */
  readonly host?: string;
  readonly tool?: string;
  readonly name?: string;
}

/**
 * `behind`: what was read of a second capture point, on the other side of a firewall, NAT or proxy. Throws USAGE for a host and
 * a name that are nowhere in the input.
 */
export function buildDiagnosis(
  source: SourceRead,
  question: DiagnosisQuestion,
  behind: SourceRead | null = null,
): DiagnosisResult {
  const knowledge = buildNameKnowledge(source.catalogue);
  const isAsked = findQuestion(source, question, knowledge);
  const { name } = question;
  const first = capturePoint(source, knowledge);
  if (name !== undefined) requireName(first, name.toLowerCase());
  const { diagnoses, checked, halfSeen } =
    behind === null ? first.result : withSecondPoint(first, capturePoint(behind, knowledge), knowledge);
  return {
    diagnoses: diagnoses.filter(isAsked),
    checked: checked.filter(isAsked),
    halfSeen: halfSeen.filter(isAsked),
  };
}

/** Throws USAGE for an unknown host. */
function findQuestion(
  source: SourceRead,
  { host, tool, name }: DiagnosisQuestion,
  knowledge: NameKnowledge,
): (row: { readonly host: string; readonly name: string }) => boolean {
  const hosts = host === undefined ? null : findHosts(source, host);
  return (row) =>
    (hosts === null || hosts.has(row.host)) &&
    (name === undefined || row.name === name.toLowerCase()) &&
    (tool === undefined || knowledge.toolsOf(row.name).includes(tool));
}

/** Start of the first record, in Unix seconds; 0 without one. */
export const firstStart = ({ windows }: Pick<SourceRead, 'windows'>): number =>
  windows.reduce((first, { startSeconds }) => Math.min(first, startSeconds), windows[0]?.startSeconds ?? 0);

/** Diagnoses the later of two sources, with the changes since the earlier one. Throws as `diagnosisOf`. */
export function compareDiagnoses(
  sourceRead: SourceRead,
  other: SourceRead,
  question: DiagnosisQuestion,
): DiagnosisResult {
  const isEarlier = sourceRead.windows.length === 0 || firstStart(other) <= firstStart(sourceRead);
  const [before, after] = isEarlier ? [other, sourceRead] : [sourceRead, other];
  const result = buildDiagnosis(after, question);
  const rows = [...result.diagnoses, ...result.checked, ...result.halfSeen];
  const named = new Set(rows.map(({ host, name }) => `${host} ${name}`));
  const knowledge = buildNameKnowledge(before.catalogue);
  const [first, second] = [capturePoint(before, knowledge), capturePoint(after, knowledge)];
  const isAsked = ({ host, name }: { readonly host: string; readonly name: string }): boolean =>
    named.has(`${host} ${name}`);
  const later = { cells: second.cells.filter(isAsked), result };
  return { ...result, comparison: compareTimes(first, later, findQuestion(after, question, knowledge)) };
}

function findHosts({ windows }: SourceRead, word: string): ReadonlySet<string> {
  const knownHosts = new Map<string, KnownHost>();
  for (const window of windows)
    for (const { host, mac, names } of window.hosts)
      knownHosts.set(host, {
        host,
        mac: mac ?? knownHosts.get(host)?.mac ?? null,
        name: names[0] ?? knownHosts.get(host)?.name ?? null,
      });
  const sorted = sortHosts([...knownHosts.keys()]).flatMap((host) => knownHosts.get(host) ?? []);
  return new Set(requireKnownHost(sorted, word).map(({ host }) => host));
}

function requireName({ cells, windows }: CapturePoint, word: string): void {
  const names = new Set(cells.map(({ name }) => name));
  for (const { rows, queriedNames } of windows) {
    for (const { name } of rows) names.add(name);
    for (const { name } of queriedNames) names.add(name);
  }
  if (names.has(word)) return;
  throw optionError(
    '--name',
    `no connection to "${word}" is in the input${didYouMean(word, names)}`,
    'run the command without --name to list the names of the input',
  );
}

function capturePoint({ windows }: SourceRead, knowledge: NameKnowledge): CapturePoint {
  const cells = listOutcomes(windows);
  return { cells, windows, result: diagnose(cells, windows, knowledge) };
}

/** Lists the names of servers that a source recorded, for reading a second capture point. */
export const listAddressNames = ({ windows }: SourceRead): string[] => addressNames(listOutcomes(windows));
