// Analyzes captures in a page: makes the report document of the command line from streams of bytes. Nothing leaves the page.

import type { Catalogue } from '../catalogue/catalogue.ts';
import { catalogueFacts } from '../catalogue/policy-facts.ts';
import { usageError, WiretallyError } from '../model/errors.ts';
import { omitUndefined } from '../model/omit-undefined.ts';
import type { ReportDocument } from '../model/report.ts';
import { loadPolicy } from '../policy/parse-policy.ts';
import { networksExcludedBy } from '../policy/scope.ts';
import { evaluateBy } from '../query/evaluator.ts';
import { listIncompleteInputs } from '../query/incomplete.ts';
import { countLeftOut } from '../query/inputs/left-out.ts';
import type { PolicyOnDisk, PolicyView } from '../query/inputs/policy-file.ts';
import { type AskedQuestion, buildDocument, type Evaluated } from '../query/reported.ts';
import type { SourceRead } from '../query/source.ts';
import { buildAnalysis, buildDecoderOptions, DEFAULT_WINDOW_SECONDS } from '../reading/captures/analysis.ts';
import { aggregatorFor, recordsInto } from '../reading/collector/records-into.ts';
import { type CommandRequest, formatCommand } from '../report/text/command-text.ts';
import { shellWord } from '../text/shell-word.ts';
import type { BrowserCore } from './core.ts';
import { type BrowserReadOptions, type CaptureBytes, type LeftOut, readCaptures } from './read-streams.ts';

export interface BrowserAnalyzeOptions extends BrowserReadOptions {
  /** Time zone of the days (default: that of the policy, else UTC). */
  readonly timezone?: string;
  /** Local networks in addition to private and unique-local ranges: CIDR texts. */
  readonly localNets?: readonly string[];
  /** Policy to evaluate, as with `--policy` (default: none). */
  readonly policy?: PolicyText;
}

/** A policy, in YAML or JSON. */
export interface PolicyText {
  /** Name in errors and in the command of the report. */
  readonly name: string;
  readonly text: string;
}

export interface BrowserAnalysis {
  readonly report: ReportDocument;
  /** One error for each capture that was not read completely. */
  readonly errors: readonly WiretallyError[];
  /** Notes for the reader of the report. */
  readonly notes: readonly string[];
  /** True if the signal stopped the reading: the report covers the part read so far. */
  readonly interrupted: boolean;
}

export interface Engine {
  readonly core: BrowserCore;
  readonly catalogue: Catalogue;
}

/**
 * Analyzes captures as one capture. Throws POLICY_INVALID with every fault of the policy, and the error of the first
 * capture if none could be read.
 */
export async function analyzeWith(
  engine: Engine,
  captures: readonly CaptureBytes[],
  options: BrowserAnalyzeOptions,
): Promise<BrowserAnalysis> {
  const steering = buildSteering(engine, options);
  const source = await readWith(engine, captures, options, steering);
  const { errors, notes, interrupted } = source;
  return { report: makeReport(source, captures, options, steering), errors, notes, interrupted };
}

export interface Steering {
  readonly timezone: string;
  readonly policy: PolicyOnDisk | null;
  /** Networks that are not recorded. */
  readonly exclude: readonly string[];
}

/** Error for a policy with pseudonyms, whose key the page would have to store. */
const withoutKey = (file: string): WiretallyError =>
  usageError(
    `${file}: the policy asks for pseudonyms, and a browser has no key for them`,
    `wiretally analyze CAPTURE --policy ${shellWord(file)} --pseudonymize KEYFILE`,
  );

/** Throws POLICY_INVALID, and USAGE if the policy requires a feature that pages lack. */
export function buildSteering({ core, catalogue }: Engine, options: BrowserAnalyzeOptions): Steering {
  const { policy: written, timezone } = options;
  if (written === undefined) return { timezone: timezone ?? 'UTC', policy: null, exclude: [] };
  const { name: file, text } = written;
  const policy = loadPolicy(text, file, catalogueFacts(catalogue));
  if (policy.privacy.hosts === 'pseudonym') throw withoutKey(file);
  return {
    timezone: timezone ?? policy.timezone,
    policy: { file, text, sha256: core.sha256(new TextEncoder().encode(text)), policy },
    exclude: networksExcludedBy(policy),
  };
}

/** The result of a reading, for any number of reports. */
export type PageSource = SourceRead & LeftOut;

export async function readWith(
  { core, catalogue }: Engine,
  captures: readonly CaptureBytes[],
  { localNets, ...reading }: BrowserAnalyzeOptions,
  { timezone, exclude }: Steering,
): Promise<PageSource> {
  const attributeOptions = {
    ...omitUndefined({ localNets }),
    timezone,
    exclude,
    lookup: catalogue,
    watchlist: catalogue.watchlist(),
  };
  const windowSeconds = DEFAULT_WINDOW_SECONDS;
  const aggregator = aggregatorFor(attributeOptions, windowSeconds, core);
  const decoderOptions = { ...buildDecoderOptions(attributeOptions, windowSeconds), exclude };
  const summary = await readCaptures(core, captures, reading, decoderOptions, recordsInto(aggregator));
  const { errors, interrupted, notes, ...read } = buildAnalysis(
    summary,
    aggregator,
    attributeOptions,
    core.sha1,
  );
  const [error] = errors;
  if (read.captures.length === 0 && !interrupted) {
    if (error !== undefined) throw error;
    if (captures.length > 0) throw emptyFolderError(notes);
  }
  const files = captures.map(({ name }) => name);
  return {
    ...read,
    leftOutNames: summary.leftOutNames,
    catalogue,
    networks: null,
    errors,
    notes,
    interrupted,
    inputsRead: read.captures.length,
    incomplete: listIncompleteInputs(errors, read.captures, files),
    ...omitUndefined({ leftOut: countLeftOut(summary.leftOutNames) }),
    firstUses: [],
  };
}

/** All files of a folder were left out. */
const emptyFolderError = (notes: readonly string[]): WiretallyError =>
  new WiretallyError('INPUT_UNREADABLE', notes.join('; '), {
    next: 'choose a folder with captures (pcap or pcapng, plain, gzip or zstd)',
  });

export function makeReport(
  source: PageSource,
  captures: readonly CaptureBytes[],
  options: BrowserAnalyzeOptions,
  steering: Steering,
): ReportDocument {
  const { policy } = steering;
  if (policy !== null) return buildEvaluation(source, captures, options, steering, policy).document;
  return buildDocument(source, buildQuestion(source, captures, options, steering));
}

/** Evaluates the policy, and returns the content of an evidence bundle. */
export function buildEvaluation(
  source: PageSource,
  captures: readonly CaptureBytes[],
  options: BrowserAnalyzeOptions,
  steering: Steering,
  policy: PolicyOnDisk,
): Evaluated {
  return evaluateBy(buildView(policy))(source, buildQuestion(source, captures, options, steering));
}

/** Returns the captures of the report and of its evidence. */
export function reportedCaptures(
  { leftOutNames }: LeftOut,
  captures: readonly CaptureBytes[],
): readonly CaptureBytes[] {
  const names = new Set(leftOutNames);
  return captures.filter(({ name }) => !names.has(name));
}

export const buildView = (policy: PolicyOnDisk): PolicyView => ({
  onDisk: policy,
  hosts: null,
  pseudonymOf: null,
});

const buildQuestion = (
  source: PageSource,
  captures: readonly CaptureBytes[],
  options: BrowserAnalyzeOptions,
  { timezone }: Steering,
): AskedQuestion => ({ ...commandFor(reportedCaptures(source, captures), options), timezone });

const commandFor = (
  captures: readonly CaptureBytes[],
  { timezone, localNets, policy }: BrowserAnalyzeOptions,
): CommandRequest =>
  formatCommand(
    'analyze',
    captures.map(({ name }) => name),
    { '--local-net': localNets, '--policy': policy?.name, '--timezone': timezone },
  );
