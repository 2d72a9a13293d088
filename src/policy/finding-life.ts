// Derives the state of a finding from the changes in a log, and reopens a closed one.

import { FINDING_RESULTS, type FindingState } from '../model/findings.ts';
import type { Finding, FindingLife, FindingLogFacts, ReportDocument } from '../model/report.ts';
import { openZone, type Zone } from '../time/zone.ts';

/** Maximum length of names and reasons of a change, in characters. */
export const MAX_NAME_LENGTH = 128;
export const MAX_WHY_LENGTH = 500;

/** One change by a person. */
export interface FindingChange {
  /** RFC 3339. */
  readonly time: string;
  readonly finding: string;
  readonly state: FindingState;
  readonly who: string;
  readonly why: string;
  /** Present with the state `assigned` only. */
  readonly assignee?: string;
}

/** The state of each finding in a log, independent of its traffic. */
export type FindingLives = ReadonlyMap<string, FindingLife>;

const NEW: FindingLife = { state: 'new', changes: 0, last: null, assignee: null };

/** `changes` must be in the order of the log. */
export function buildLives(changes: Iterable<FindingChange>): FindingLives {
  const lives = new Map<string, FindingLife>();
  for (const { finding, state, time, who, why, assignee } of changes) {
    const before = lives.get(finding) ?? NEW;
    lives.set(finding, {
      state,
      changes: before.changes + 1,
      last: { time, who, why },
      assignee: assignee ?? before.assignee,
    });
  }
  return lives;
}

/** Sets a finding to new again if it was closed and then observed on a later day. */
export function buildLife(
  lives: FindingLives,
  { id, last }: Pick<Finding, 'id' | 'last'>,
  zone: Zone,
): FindingLife {
  const life = lives.get(id) ?? NEW;
  if (life.state !== 'closed' || life.last === null) return life;
  const findDay = (instant: string): string => zone.dayOf(Math.floor(Date.parse(instant) / 1000));
  return findDay(last) > findDay(life.last.time)
    ? { ...life, state: 'new', closedBefore: life.last.time }
    : life;
}

/** Adds the state of each finding to the document. Verdicts, totals and the number of findings are unchanged. */
export function withLives(
  document: ReportDocument,
  lives: FindingLives,
  findingLog: FindingLogFacts,
): ReportDocument {
  const { findings } = document;
  if (findings === undefined) return document;
  const zone = openZone(document.period.timezone);
  return {
    ...document,
    findings: findings.map((finding) => ({ ...finding, life: buildLife(lives, finding, zone) })),
    findingLog,
  };
}

const REVISION = /^\d{1,9}$/;
const MAX_ID_LENGTH = 512;

interface FindingParts {
  readonly rule: string;
  readonly host: string;
  readonly tool: string;
}

/** Parses RULE/REVISION/HOST/TOOL/RESULT. A rule may contain a slash. Returns null for any other text. */
export function parseFindingId(text: string): FindingParts | null {
  const [result, tool = '', host = '', rev = '', ...rule] = text.split('/').reverse();
  const parts = [tool, host, rule.reverse().join('/')];
  const isId =
    text.length <= MAX_ID_LENGTH &&
    FINDING_RESULTS.some((name) => name === result) &&
    REVISION.test(rev) &&
    parts.every((part) => part !== '');
  return isId ? { rule: parts[2] ?? '', host, tool } : null;
}

export const isFindingId = (text: string): boolean => parseFindingId(text) !== null;
