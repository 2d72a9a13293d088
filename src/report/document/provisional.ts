// Findings of a running sensor that are too fresh to be sure of: a few minutes of a script may look like a tool.

import type { Finding, ReportDocument } from '../../model/report.ts';
import { PROVISIONAL_SECONDS } from '../../model/sensor.ts';
import { formatInstant } from '../../time/instant.ts';
import { US } from '../../time/units.ts';
import { unixSeconds } from '../text/instant-text.ts';

/**
 * When a finding that is new at the end of a window stops being provisional, in Unix seconds; null where its first sign is
 * older than that already: then the rest of the day had time to explain it.
 */
export function provisionalUntil({ first }: Pick<Finding, 'first'>, endSeconds: number): number | null {
  return endSeconds - unixSeconds(first) < PROVISIONAL_SECONDS ? endSeconds + PROVISIONAL_SECONDS : null;
}

/** Since when each finding of a running sensor is known, by the clock of its windows. */
export class ProvisionalFindings {
  #until = new Map<string, number | null>();

  /** To be called with each document about all that is kept, and the end of its last window. Forgets what is found no more. */
  follow({ findings = [] }: ReportDocument, endSeconds: number): void {
    const before = this.#until;
    this.#until = new Map(
      findings.map((finding) => {
        const key = getKey(finding);
        const known = before.get(key);
        return [key, known === undefined ? provisionalUntil(finding, endSeconds) : known];
      }),
    );
  }

  /** The document with its provisional findings marked, also one about a part of the time. */
  marked(document: ReportDocument, endSeconds: number): ReportDocument {
    const { findings } = document;
    if (findings === undefined) return document;
    return {
      ...document,
      findings: findings.map((finding) => {
        const until = this.#until.get(getKey(finding)) ?? 0;
        return until > endSeconds ? { ...finding, provisionalUntil: formatInstant(until * US) } : finding;
      }),
    };
  }
}

/** Raised again when its result changes. */
const getKey = ({ rule, host, tool, result }: Finding): string => `${rule}\n${host}\n${tool}\n${result}`;
