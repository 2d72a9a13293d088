// Answers a question from a source: the result is a report document.

import type { HealthAnswer } from '../diagnosis/health.ts';
import type { DiagnosisResult } from '../model/diagnosis.ts';
import type { ReportDocument } from '../model/report.ts';
import type { History } from '../store/history.ts';
import type { Span } from '../store/span.ts';
import { openZone } from '../time/zone.ts';
import { diagnosisOfSteps, diagnosisOfWindows, healthOfSteps, healthOfWindows } from './health.ts';
import type { PolicyView } from './inputs/policy-file.ts';
import { type Question, withSpan } from './question.ts';
import { type AskedQuestion, type Evaluate, type Evaluated, evaluateWithoutPolicy } from './reported.ts';
import type { Source, SourceRead, StoreSource } from './source.ts';
import { cutToSpan } from './source-part.ts';
import { answerFromWindows, compareParts, filterDocument, spanToRead } from './windows-answer.ts';

/**
 * Throws what the reading met where nothing could be read, USAGE for hosts, groups and tools that are nowhere, and for a policy
 * that asks for pseudonyms where none are given.
 */
export async function ask(source: Source, question: Question): Promise<ReportDocument> {
  const askedQuestion = { ...question, timezone: source.timezone };
  const answer = needsWindows(question) ? null : await answerOfSums(source, askedQuestion);
  if (answer !== null) return answer;
  const evaluate = await makeEvaluator(question.policy);
  return answerFromWindows(await readFor(source, question), askedQuestion, evaluate);
}

/**
 * The same document without names, fingerprints, evidence and builds of rows (UNREAD), from the sums of a store. Null where
 * that takes as long as the whole document: findings follow from windows, and advisories from builds. Throws as `ask`.
 */
export async function askSummary(source: Source, question: Question): Promise<ReportDocument | null> {
  if (needsWindows(question) || (question.policy?.advisories ?? []).length > 0) return null;
  return await answerOfSums(source, { ...question, timezone: source.timezone, isSummary: true });
}

/** A policy evaluates quarter hours, which period sums no longer contain, and names are hidden in windows. */
const needsWindows = ({ policy, withoutNames }: Question): boolean =>
  !isByAdvisoriesAlone(policy) || withoutNames === true;

/** Period sums contain the signs of builds, but not their platforms. */
function isByAdvisoriesAlone(view: PolicyView | null | undefined): boolean {
  if (view === undefined || view === null) return true;
  const { onDisk, hosts, register, pseudonymOf, memberships, advisories = [] } = view;
  const hasOtherParts = [onDisk, hosts, register ?? null, pseudonymOf, memberships ?? null].some(
    (part) => part !== null,
  );
  return !hasOtherParts && advisories.every(({ platforms }) => platforms.length === 0);
}

/** The windows of the span for an evidence bundle. Nothing in it comes from earlier time. */
export async function evaluate(source: Source, question: Question): Promise<Evaluated> {
  const askedQuestion = { ...question, timezone: source.timezone };
  const { sinceSeconds, untilSeconds } = question.span ?? {};
  const by = (await makeEvaluator(question.policy)) ?? evaluateWithoutPolicy;
  const read = { ...(await readFor(source, question)), firstUses: [] };
  return by(cutToSpan(read, sinceSeconds, untilSeconds, source.timezone), askedQuestion);
}

/** Health of the connections in the span. Throws as `ask`. */
export async function askHealth(source: Source, question: Question): Promise<HealthAnswer> {
  const answer = await answerFromHistory(source, question, (history, store) =>
    askHealthOfHistory(history, store, source, question),
  );
  if (answer !== null) return answer;
  const askedQuestion = { ...question, timezone: source.timezone };
  return healthOfWindows(
    await readFor(source, question),
    askedQuestion,
    await makeEvaluator(question.policy),
  );
}

/** Diagnoses of a host, by the name that documents show it by. Throws as `ask`. */
export async function askDiagnosis(
  source: Source,
  question: Question,
  host: string,
): Promise<DiagnosisResult> {
  const answer = await answerFromHistory(source, question, async (history, store) => {
    const windows = await history.windowsOf(spanIn(question), host);
    return diagnosisOfSteps(await askHealthOfHistory(history, store, source, question), windows, host);
  });
  if (answer !== null) return answer;
  const askedQuestion = { ...question, timezone: source.timezone };
  const evaluate = await makeEvaluator(question.policy);
  return diagnosisOfWindows(await readFor(source, question), askedQuestion, evaluate, host);
}

const spanIn = ({ span = {} }: Question): Span => ({
  from: span.sinceSeconds ?? 0,
  to: span.untilSeconds ?? Number.MAX_SAFE_INTEGER,
});

const askHealthOfHistory = async (
  history: History,
  { catalogue }: StoreSource,
  { timezone }: Source,
  question: Question,
): Promise<HealthAnswer> =>
  healthOfSteps(await history.outcomeSteps(spanIn(question), openZone(timezone)), catalogue);

/** Null for a source without period sums, and for a question by a policy, which evaluates windows. */
async function answerFromHistory<T>(
  { store }: Source,
  question: Question,
  evaluate: (history: History, store: StoreSource) => Promise<T>,
): Promise<T | null> {
  if (store === null || (question.policy ?? null) !== null) return null;
  const { readHistory } = await import('./history-answer.ts');
  const history = await readHistory(store, question);
  if (history === null) return null;
  try {
    return await evaluate(history, store);
  } finally {
    await history.close();
  }
}

async function answerOfSums(
  { store, onRead }: Source,
  askedQuestion: AskedQuestion,
): Promise<ReportDocument | null> {
  if (store === null) return null;
  const { askHistory } = await import('./history-answer.ts');
  const answer = await askHistory(store, askedQuestion);
  if (answer === null) return null;
  const { against = null } = askedQuestion;
  let document: ReportDocument;
  try {
    onRead?.(answer.outcome);
    document = await answer.show(filterDocument(answer.document, askedQuestion, store.catalogue));
  } finally {
    await answer.close();
  }
  if (against === null) return document;
  const before = await askHistory(store, {
    ...withSpan(askedQuestion, against),
    timezone: askedQuestion.timezone,
  });
  await before?.close();
  return before === null ? document : compareParts(document, before.document, answer.document, askedQuestion);
}

async function readFor(source: Source, question: Question): Promise<SourceRead> {
  const read = await source.read((lastSeconds) => spanToRead(question, lastSeconds));
  source.onRead?.(read);
  const [error] = read.errors;
  if (error !== undefined && read.inputsRead === 0 && !read.interrupted) throw error;
  return read;
}

/** Imported on demand: most captures are read without a policy. */
async function makeEvaluator(view: PolicyView | null | undefined): Promise<Evaluate | null> {
  if (view === undefined || view === null) return null;
  return (await import('./evaluator.ts')).evaluateBy(view);
}
