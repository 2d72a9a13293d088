// Computes the health of connections, and the diagnoses of a host. Windows are evaluated in the same way as for reports.

import { buildAttempts, buildNameKnowledge, listOutcomes } from '../attribution/attempts.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { diagnose } from '../diagnosis/diagnose.ts';
import type { HealthAnswer, HealthFacts, HealthKnowledge } from '../diagnosis/health.ts';
import type { DiagnosisResult } from '../model/diagnosis.ts';
import { addTo } from '../model/grouped-by.ts';
import type { StepCells } from '../model/health.ts';
import type { OutcomeCell, UsageWindow } from '../model/usage.ts';
import { withoutPrivate } from '../net/private-networks.ts';
import { unixSeconds } from '../report/text/instant-text.ts';
import { formatStep, type Step, stepStart } from '../time/steps.ts';
import { openZone, type Zone } from '../time/zone.ts';
import { sumOutcomes } from '../window/host-parts.ts';
import { shownHost } from './policy-view.ts';
import type { AskedQuestion, Evaluate } from './reported.ts';
import type { SourceRead } from './source.ts';
import { cutToSpan } from './source-part.ts';

export const healthKnowledge = (catalogue: Catalogue): HealthKnowledge => ({
  ...buildNameKnowledge(catalogue),
  titleOf: (tool) => catalogue.toolName(tool),
});

export function listSteps(
  windows: readonly Pick<UsageWindow, 'startSeconds' | 'outcomes'>[],
  step: Step,
  zone: Zone,
): StepCells[] {
  const steps = new Map<number, (readonly OutcomeCell[])[]>();
  for (const { startSeconds, outcomes } of windows) {
    if (outcomes === undefined) continue;
    const start = stepStart(startSeconds, step, zone);
    addTo(steps, start, outcomes);
  }
  return [...steps]
    .sort((a, b) => a[0] - b[0])
    .map(([startSeconds, lists]) => ({ startSeconds, cells: sumOutcomes(lists) }));
}

/** The span is counted only where records exist. */
function computeLength({ recordsFrom, recordsUntil }: SourceRead, { span = {} }: AskedQuestion): number {
  if (recordsFrom === null || recordsUntil === null) return 0;
  const from = Math.max(span.sinceSeconds ?? 0, unixSeconds(recordsFrom));
  return Math.min(span.untilSeconds ?? Number.POSITIVE_INFINITY, unixSeconds(recordsUntil)) - from;
}

const listCells = (steps: readonly StepCells[]): OutcomeCell[] =>
  sumOutcomes(steps.map(({ cells }) => cells));

/** Answers from sums that the store computes itself, if no policy affects the answer. */
export const healthOfSteps = (
  facts: Pick<HealthFacts, 'step' | 'steps'>,
  catalogue: Catalogue,
): HealthAnswer => ({
  ...facts,
  attempts: buildAttempts(listCells(facts.steps), catalogue).attempts ?? [],
  known: healthKnowledge(catalogue),
  leastHosts: 1,
});

/** Outcomes of a window. Windows of one quarter hour have the same start. */
export type OutcomeWindow = Pick<UsageWindow, 'startSeconds' | 'lengthSeconds' | 'outcomes'>;

/**
 * From windows; `evaluate`: by a policy and what goes with it, null without any. `minutes`: outcomes of the same time by
 * shorter windows than those of the source; null where those are the shortest.
 */
export function healthOfWindows(
  source: SourceRead,
  askedQuestion: AskedQuestion,
  evaluate: Evaluate | null,
  minutes: readonly OutcomeWindow[] | null = null,
): HealthAnswer {
  const { windows, shown, leastHosts } = readShownWindows(source, askedQuestion, evaluate);
  const finest = minutes === null ? windows : selectShown(minutes, windows);
  const windowSeconds = Math.max(0, ...finest.map((window) => window.lengthSeconds));
  const step = formatStep(computeLength(source, askedQuestion), windowSeconds);
  const steps = listSteps(step === 'minute' ? finest : windows, step, openZone(askedQuestion.timezone));
  const { attempts = [] } = buildAttempts(listOutcomes(windows), source.catalogue);
  return {
    step,
    steps: steps.map(({ startSeconds, cells }) => ({
      startSeconds,
      cells: cells.map((cell) => ({ ...cell, host: shown(cell.host) })),
    })),
    attempts: attempts.map((attempt) => ({ ...attempt, host: shown(attempt.host) })),
    known: healthKnowledge(source.catalogue),
    leastHosts,
  };
}

/** Keeps only hosts that the source shows: a policy may withhold others. */
function selectShown(minutes: readonly OutcomeWindow[], windows: readonly UsageWindow[]): OutcomeWindow[] {
  const shown = new Set(windows.flatMap(({ outcomes = [] }) => outcomes.map(({ host }) => host)));
  return minutes.map((window) => ({
    ...window,
    outcomes: window.outcomes?.filter(({ host }) => shown.has(host)) ?? [],
  }));
}

interface ShownWindows {
  readonly windows: readonly UsageWindow[];
  readonly shown: (host: string) => string;
  readonly leastHosts: number;
}

/** Reads the windows of the span, without the hosts that a policy withholds. */
function readShownWindows(
  source: SourceRead,
  askedQuestion: AskedQuestion,
  evaluate: Evaluate | null,
): ShownWindows {
  const { span = {}, policy = null, timezone } = askedQuestion;
  const part = cutToSpan(source, span.sinceSeconds, span.untilSeconds, timezone);
  const { windows } = evaluate === null ? part : evaluate(part, askedQuestion).source;
  return {
    windows,
    shown: policy === null ? (host) => host : (host) => shownHost(policy, host),
    leastHosts: policy?.onDisk?.policy.privacy.minGroup ?? 1,
  };
}

/** Contains the diagnoses of a host, under its displayed name. */
export function diagnosisOfWindows(
  source: SourceRead,
  askedQuestion: AskedQuestion,
  evaluate: Evaluate | null,
  host: string,
): DiagnosisResult {
  const { windows, shown } = readShownWindows(source, askedQuestion, evaluate);
  const isOfHost = (row: { readonly host: string }): boolean => shown(row.host) === host;
  const ofHost = windows.map((window) => ({ ...window, rows: window.rows.filter(isOfHost) }));
  const cells = listOutcomes(windows).filter(isOfHost);
  const { diagnoses, checked, halfSeen } = diagnose(
    cells,
    ofHost,
    buildNameKnowledge(source.catalogue),
    shown,
  );
  const hasPseudonyms = (askedQuestion.policy?.pseudonymOf ?? null) !== null;
  const hideNames = (words: string): string => (hasPseudonyms ? withoutPrivate(words) : words);
  return {
    diagnoses: diagnoses.map((diagnosis) => ({
      ...diagnosis,
      name: hideNames(diagnosis.name),
      evidence: diagnosis.evidence.map(hideNames),
      against: diagnosis.against.map(hideNames),
      summary: hideNames(diagnosis.summary),
      advice: hideNames(diagnosis.advice),
      alternatives: diagnosis.alternatives.map(hideNames),
      servers: diagnosis.servers.map(hideNames),
      devices: diagnosis.devices.map(hideNames),
      sequences: diagnosis.sequences.map((sequence) => ({
        ...sequence,
        steps: sequence.steps.map((step) => ({ ...step, text: hideNames(step.text) })),
      })),
    })),
    checked: checked.map((row) => ({ ...row, host })),
    halfSeen: halfSeen.map((row) => ({ ...row, host })),
  };
}

/** Answers from sums that the store computes itself, and from the windows of the host. */
export const diagnosisOfSteps = (
  { steps, known }: HealthAnswer,
  windows: readonly UsageWindow[],
  host: string,
): DiagnosisResult =>
  diagnose(
    listCells(steps).filter((cell) => cell.host === host),
    windows,
    known,
  );
