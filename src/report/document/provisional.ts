// Marks findings of a running sensor that are too recent to be certain, because a few minutes of a script may look like
// a tool.

import type { Finding, ReportDocument } from '../../model/report.ts';
import { PROVISIONAL_SECONDS } from '../../model/sensor.ts';
import { formatInstant } from '../../time/instant.ts';
import { US } from '../../time/units.ts';
import { unixSeconds } from '../text/instant-text.ts';

/**
 * Returns the end of the provisional time of a finding that is new at the end of a window, in Unix seconds. Null if its
 * first sign is older, because then the day had enough time to explain it.
 */
export function provisionalUntil({ first }: Pick<Finding, 'first'>, endSeconds: number): number | null {
  return endSeconds - unixSeconds(first) < PROVISIONAL_SECONDS ? endSeconds + PROVISIONAL_SECONDS : null;
}

/** Records the time since when each finding of a running sensor is known, in the clock of its windows. */
export class ProvisionalFindings {
  #until = new Map<string, number | null>();

  /**
   * Must be called with each document about all windows, and the end of its last window. Removes findings that no
   * longer exist.
   */
  follow({ findings = [] }: ReportDocument, endSeconds: number): void {
    const before = this.#until;
    this.#until = new Map(
      findings.map((finding) => {
        const key = getKey(finding);
        const existing = before.get(key);
        return [key, existing === undefined ? provisionalUntil(finding, endSeconds) : existing];
      }),
    );
  }

  /** Marks the provisional findings of a document, which may cover a part of the time. */
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

/** A finding with another result is raised again. */
const getKey = ({ rule, host, tool, result }: Finding): string => `${rule}\n${host}\n${tool}\n${result}`;
