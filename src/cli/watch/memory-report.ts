// Makes reports from the windows in the memory of a sensor: at the end of a run, and for its pages.

import type { HealthAnswer } from '../../diagnosis/health.ts';
import type { DiagnosisResult } from '../../model/diagnosis.ts';
import { omitUndefined } from '../../model/omit-undefined.ts';
import type { HostReport, ReportDocument } from '../../model/report.ts';
import type { InterfaceDown } from '../../model/sensor.ts';
import type { UsageWindow } from '../../model/usage.ts';
import { evaluateBy } from '../../query/evaluator.ts';
import { diagnosisOfWindows, healthOfWindows, type OutcomeWindow } from '../../query/health.ts';
import type { AskedQuestion } from '../../query/reported.ts';
import { sourceFromWindows } from '../../query/source.ts';
import { answerFromWindows } from '../../query/windows-answer.ts';
import { formatCommand } from '../../report/text/command-text.ts';
import { chooseZone } from '../input/time-options.ts';
import type { WatchConfig } from './watch-config.ts';
import type { WatchOptions } from './watch-options.ts';

type PseudonymOf = ((host: string) => string) | null;

/** A half-open span, and the interfaces that are down. */
interface MemoryPart {
  readonly since?: number;
  readonly until?: number;
  readonly down?: readonly InterfaceDown[];
  /** Called with the real hosts. */
  readonly onHosts?: (hosts: readonly HostReport[]) => void;
}

/** Makes a document from windows in memory, by policy, hosts file and pseudonyms, optionally about a part of them. */
export function buildMemoryDocument(...question: MemoryQuestion): ReportDocument {
  const { source, askedQuestion, evaluate } = buildMemoryQuestion(...question);
  return answerFromWindows(source, askedQuestion, evaluate);
}

/** Computes the health of connections in these windows; `minutes`: as in healthOfWindows. */
export function buildMemoryHealth(
  minutes: readonly OutcomeWindow[] | null,
  ...question: MemoryQuestion
): HealthAnswer {
  const { source, askedQuestion, evaluate } = buildMemoryQuestion(...question);
  return healthOfWindows(source, askedQuestion, evaluate, minutes);
}

/** Makes the diagnoses of a host from these windows. */
export function buildMemoryDiagnosis(host: string, ...question: MemoryQuestion): DiagnosisResult {
  const { source, askedQuestion, evaluate } = buildMemoryQuestion(...question);
  return diagnosisOfWindows(source, askedQuestion, evaluate, host);
}

type MemoryQuestion = [
  windows: readonly UsageWindow[],
  config: WatchConfig,
  pseudonymOf: PseudonymOf,
  options: WatchOptions,
  part: MemoryPart,
];

function buildMemoryQuestion(...[windows, config, pseudonymOf, options, part]: MemoryQuestion) {
  const { since, until, down, onHosts } = part;
  const { onDisk, hosts, advisories } = config;
  const timezone = chooseZone(options, onDisk?.policy.timezone);
  const { interface: interfaces, follow, policy, advisories: named, signedConfig } = options;
  const by =
    config.signedConfig === null
      ? { '--policy': policy, '--advisories': named }
      : { '--signed-config': signedConfig };
  const hasView = onDisk !== null || hosts !== null || pseudonymOf !== null || advisories.length > 0;
  const view = hasView ? { onDisk, hosts, advisories, pseudonymOf } : null;
  const source = sourceFromWindows(windows, config, timezone, down === undefined ? {} : { down });
  const askedQuestion: AskedQuestion = {
    ...formatCommand('watch', [], { '--interface': interfaces, '--follow': follow, ...by }),
    timezone,
    span: { sinceSeconds: since, untilSeconds: until },
    policy: view,
    generated: options.stamp === true ? new Date() : null,
    isReread: true,
    ...omitUndefined({ onHosts }),
  };
  return { source, askedQuestion, evaluate: view === null ? null : evaluateBy(view) };
}
