// Makes reports for programs that use the library: from files, stores, or windows in memory. Times are text or Unix
// seconds.

import type { Catalogue } from '../catalogue/catalogue.ts';
import type { BreakdownBy } from '../model/breakdowns.ts';
import { usageError, type WiretallyError } from '../model/errors.ts';
import { FINDING_RESULTS, FINDING_STATES } from '../model/findings.ts';
import { omitUndefined } from '../model/omit-undefined.ts';
import type { Advisory, CaptureSummary, ReportDocument, ReportStats } from '../model/report.ts';
import type { InterfaceDown } from '../model/sensor.ts';
import type { UsageWindow } from '../model/usage.ts';
import type { HostsFile } from '../policy/hosts-file.ts';
import type { Register } from '../policy/register-file.ts';
import { narrowingOptions } from '../report/document/narrow.ts';
import { buildRecords, statsOfWindows } from '../report/document/window-totals.ts';
import { formatCommand } from '../report/text/command-text.ts';
import { didYouMean } from '../text/near-word.ts';
import { secondsOfDateTime } from '../time/datetime.ts';
import { findSpan } from '../window/merge-windows.ts';
import type { SensorNetworks } from '../window/sensor-networks.ts';
import { ask as askSource } from './ask.ts';
import { evaluateBy } from './evaluator.ts';
import { listIncompleteInputs } from './incomplete.ts';
import type { PolicyOnDisk, PolicyView } from './inputs/policy-file.ts';
import { acceptedNames, excludedNetworks } from './policy-view.ts';
import type { Question } from './question.ts';
import { firstUsesIn, openSource, type Source, type SourceOptions, sourceFromWindows } from './source.ts';
import type { View } from './view.ts';
import { answerFromWindows } from './windows-answer.ts';

/** A date, a date and time in the zone of the report, an RFC 3339 instant, or Unix seconds. */
export type Time = string | number;

/** Absent fields do not restrict the question. */
export interface LibraryQuestion extends View {
  readonly since?: Time;
  readonly until?: Time;
  /** The span to compare with. Without an end it ends where the reported span begins. */
  readonly againstSince?: Time;
  readonly againstUntil?: Time;
  readonly by?: BreakdownBy;
  /** Reports the findings that would remain if every server name were hidden. */
  readonly withoutNames?: boolean;
  /** Groups by network, MAC or name: see readHostsFile. */
  readonly hostsFile?: HostsFile;
  /** Approved tools: see readRegister. */
  readonly register?: Register;
  /** Lists hosts that started a version affected by an advisory: see readAdvisories. */
  readonly advisories?: readonly Advisory[];
  /** Returns the pseudonym shown instead of a host: see readPseudonyms. A policy may require it. */
  readonly pseudonymOf?: (host: string) => string;
  /**
   * Command line that the document repeats. Default: the command that asks the same question. It omits hosts file,
   * register, advisories and pseudonyms, which are values of the program.
   */
  readonly command?: string;
  /** Time of creation. Without it the same input gives the same bytes. */
  readonly generated?: Date;
}

/** The result of `analyze`, or windows of a store with the catalogue and the policy that evaluate them. */
export interface ReportSubject {
  /** Merged, as stores and `analyze` give them. */
  readonly windows: readonly UsageWindow[];
  readonly catalogue: Catalogue;
  /** `errors` of the analysis, or `damage` of the store that was read: windows do not record unreadable inputs. */
  readonly errors: readonly WiretallyError[];
  readonly policy?: PolicyOnDisk | null;
  readonly files?: readonly string[];
  readonly captures?: readonly CaptureSummary[];
  readonly stats?: ReportStats;
  readonly recordsFrom?: string | null;
  readonly recordsUntil?: string | null;
  readonly interrupted?: boolean;
  /** Limits the hosts that each sensor may report: see readSensorsFile. */
  readonly networks?: SensorNetworks | null;
  /** Interfaces of a live sensor that are down now. */
  readonly down?: readonly InterfaceDown[];
}

export interface LibraryReportOptions extends LibraryQuestion {
  /** Zone of the days. Default: the policy's, else UTC. */
  readonly timezone?: string;
}

/** Makes the report of the command line from windows in memory, with findings if a policy is given. */
export function makeReport(subject: ReportSubject, options: LibraryReportOptions = {}): ReportDocument {
  const { windows, catalogue, policy = null, files = [], captures = [], errors, networks = null } = subject;
  // Programs without types could omit `errors`; an unreadable input would then go unreported.
  if (!Array.isArray(errors))
    throw usageError(
      'makeReport needs the errors of the reading',
      'pass the result of analyze(), or the damage of store.read() as errors',
    );
  const timezone = options.timezone ?? policy?.policy.timezone ?? 'UTC';
  const question = buildQuestion(options, { policy, files, timezone, givenTimezone: options.timezone });
  const by = { catalogue, networks };
  const read = sourceFromWindows(windows, by, timezone, {
    captures,
    stats: subject.stats ?? statsOfWindows(windows),
    ...buildRecords(findSpan(windows)),
    ...(subject.recordsFrom == null ? {} : { recordsFrom: subject.recordsFrom }),
    ...(subject.recordsUntil == null ? {} : { recordsUntil: subject.recordsUntil }),
    interrupted: subject.interrupted ?? false,
    incomplete: listIncompleteInputs(errors, captures, files),
    ...omitUndefined({ down: subject.down }),
    ...(question.span?.sinceSeconds === undefined ? {} : { firstUses: firstUsesIn(windows, by) }),
  });
  const evaluate = question.policy == null ? null : evaluateBy(question.policy);
  return answerFromWindows(read, { ...question, timezone, isReread: true }, evaluate);
}

export interface LibrarySourceOptions
  extends Omit<SourceOptions, 'catalogue' | 'loadedCatalogue' | 'supervise' | 'timezone'> {
  /** Catalogue to use; default: the built-in one. A bundle contains its own. */
  readonly catalogue?: Catalogue;
  /** The policy evaluates each question. Networks of its groups with `exclude: true` are never recorded. */
  readonly policy?: PolicyOnDisk;
  /** Zone of the days. Default: the policy's, else UTC. */
  readonly timezone?: string;
  /** Aborts reading captures; the data read so far becomes the source. */
  readonly signal?: AbortSignal;
}

export interface LibrarySource extends Source {
  readonly files: readonly string[];
  readonly policy: PolicyOnDisk | null;
  readonly givenTimezone: string | undefined;
}

/**
 * Captures ("-" is standard input), .usage files, a store or an evidence bundle. They are read when the first question is
 * asked. Throws USAGE where kinds are mixed.
 */
export async function openLibrarySource(
  files: readonly string[],
  options: LibrarySourceOptions = {},
): Promise<LibrarySource> {
  const { catalogue, policy = null, timezone, signal, exclude = [], ...reading } = options;
  const source = await openSource(files, {
    ...reading,
    ...omitUndefined({ loadedCatalogue: catalogue }),
    timezone: timezone ?? policy?.policy.timezone ?? 'UTC',
    exclude: [...exclude, ...excludedNetworks(policy)],
    lookedUp: acceptedNames(policy),
    ...(signal === undefined ? {} : { supervise: (read) => read({ signal }) }),
  });
  return { ...source, files, policy, givenTimezone: timezone };
}

export async function askLibrarySource(
  source: LibrarySource,
  question: LibraryQuestion = {},
): Promise<ReportDocument> {
  return await askSource(source, buildQuestion(question, source));
}

interface QuestionSource {
  readonly policy: PolicyOnDisk | null;
  readonly files: readonly string[];
  readonly timezone: string;
  readonly givenTimezone: string | undefined;
}

function buildQuestion(question: LibraryQuestion, about: QuestionSource): Question {
  const { policy: onDisk, files, timezone } = about;
  const { since, until, againstSince, againstUntil, hostsFile, register, advisories, pseudonymOf, ...rest } =
    question;
  requireWord('result', question.result, FINDING_RESULTS);
  requireWord('state', question.state, FINDING_STATES);
  const seconds = (name: string, time: Time | undefined): number | undefined =>
    time === undefined ? undefined : parseSeconds(name, time, timezone);
  const span = { sinceSeconds: seconds('since', since), untilSeconds: seconds('until', until) };
  const from = seconds('againstSince', againstSince);
  const to = seconds('againstUntil', againstUntil) ?? span.sinceSeconds;
  if (since !== undefined && until !== undefined && (span.sinceSeconds ?? 0) >= (span.untilSeconds ?? 0))
    throw usageError('since must be before until');
  const isCompared = from !== undefined || againstUntil !== undefined;
  if (isCompared && (from === undefined || to === undefined || since === undefined))
    throw usageError('a comparison needs two spans: pass since and againstSince');
  if (from !== undefined && to !== undefined && (from >= to || to > (span.sinceSeconds ?? 0)))
    throw usageError('againstSince must be before againstUntil, and againstUntil not after since');
  const view: PolicyView = {
    onDisk,
    hosts: hostsFile ?? null,
    advisories: advisories ?? [],
    ...omitUndefined({ register }),
    pseudonymOf: pseudonymOf ?? null,
  };
  const hasView =
    onDisk !== null || [hostsFile, register, pseudonymOf, advisories?.[0]].some((part) => part !== undefined);
  return {
    ...rest,
    span,
    against: from === undefined || to === undefined ? null : { from, to },
    hasTrend: from === undefined,
    policy: hasView ? view : null,
    ...(question.command === undefined
      ? formatCommand('analyze', files, {
          '--since': since,
          '--until': until,
          ...narrowingOptions(question),
          '--by': question.by,
          '--without-names': question.withoutNames,
          '--against-since': againstSince,
          '--against-until': againstUntil,
          '--policy': onDisk?.file,
          '--timezone': about.givenTimezone,
        })
      : { command: question.command }),
  };
}

function requireWord(name: string, word: string | undefined, words: readonly string[]): void {
  if (word === undefined || word === '' || words.includes(word)) return;
  throw usageError(`unknown ${name} "${word}"${didYouMean(word, words)}`, `use one of ${words.join(', ')}`);
}

function parseSeconds(name: string, time: Time, timezone: string): number {
  const seconds = typeof time === 'number' ? time : secondsOfDateTime(time, timezone, name);
  if (seconds !== null && Number.isFinite(seconds)) return seconds;
  throw usageError(`${name} must be a date, a time or Unix seconds, not "${time}"`);
}
