// Compares answers with the ground truth. Unit: a tool on a host on a day (in recordings: in the capture).
import type { CaptureTruth } from '../../captures/truth.ts';
import { groupBy } from '../../src/model/grouped-by.ts';
import type { Answer } from './answer.ts';

export interface Score {
  /** Uses in the truth. */
  readonly uses: number;
  /** Uses that an answer names (certain or likely). */
  readonly named: number;
  /** Uses that are only answered as possible. */
  readonly possible: number;
  /** Answers (certain or likely) about a tool that did not run there on that day. */
  readonly wrong: number;
  /** Answers (possible) about such a tool. */
  readonly wrongPossible: number;
  readonly requests: RequestScore;
  /** Uses that no answer names, and wrong answers: `CAPTURE HOST TOOL DAY`. */
  readonly missed: readonly string[];
  readonly accused: readonly string[];
}

export interface RequestScore {
  /** Hosts and tools of a capture whose requests the lab server logged. */
  readonly known: number;
  readonly answered: number;
  /** Answers that contain the true number; of these, those that are one number. */
  readonly right: number;
  readonly exact: number;
}

/** One tool on one host on one day (null: any time of the capture). */
interface Use {
  readonly hosts: readonly string[];
  readonly tool: string;
  readonly day: string | null;
}

/** A time may differ from that of the packets by rounding. */
const TOLERANCE_MS = 1000;

export function score(truths: readonly CaptureTruth[], answers: readonly Answer[], source: string): Score {
  const byCapture = groupBy(answers, ({ capture }) => capture);
  const known = new Set(truths.map(({ capture }) => capture));
  for (const capture of byCapture.keys()) {
    if (!known.has(capture)) {
      throw new Error(`${source}: ${capture} is not in truth.jsonl. Pass a path below captures/.`);
    }
  }
  return truths.map((truth) => scoreCapture(truth, byCapture.get(truth.capture) ?? [])).reduce(add);
}

function scoreCapture(truth: CaptureTruth, answers: readonly Answer[]): Score {
  const dayOf = dayFormat(truth.timezone);
  const uses = usesOf(truth);
  const named = new Set<Use>();
  const hinted = new Set<Use>();
  const wrong = new Map<string, boolean>();
  for (const answer of answers) {
    const isSure = answer.confidence !== 'possible';
    const day = /T/u.test(answer.time) ? dayOf(new Date(answer.time)) : answer.time;
    const found = isWithin(truth, answer.time, day, dayOf)
      ? uses.find(
          (use) =>
            use.tool === answer.tool &&
            use.hosts.includes(answer.host) &&
            (use.day === null || use.day === day),
        )
      : undefined;
    if (found !== undefined) (isSure ? named : hinted).add(found);
    else {
      const key = [truth.capture, answer.host, answer.tool, day].join(' ');
      wrong.set(key, isSure || wrong.get(key) === true);
    }
  }
  const accused = [...wrong].flatMap(([key, isSure]) => (isSure ? [key] : []));
  return {
    uses: uses.length,
    named: named.size,
    possible: uses.filter((use) => hinted.has(use) && !named.has(use)).length,
    wrong: accused.length,
    wrongPossible: wrong.size - accused.length,
    requests: scoreRequests(truth, answers),
    missed: uses
      .filter((use) => !named.has(use))
      .map(({ hosts, tool, day }) => [truth.capture, hosts[0], tool, day ?? ''].join(' ').trimEnd()),
    accused,
  };
}

function usesOf(truth: CaptureTruth): Use[] {
  const uses = new Map<string, Use>();
  for (const { addresses, uses: ofHost } of truth.hosts) {
    for (const { tool, date } of ofHost) {
      uses.set(`${addresses[0]} ${tool} ${date}`, { hosts: addresses, tool, day: date });
    }
  }
  return [...uses.values()];
}

/** A day must touch the capture, a time must lie in it. */
function isWithin(
  { since, until }: CaptureTruth,
  time: string,
  day: string,
  dayOf: (time: Date) => string,
): boolean {
  const [first, last] = [new Date(since), new Date(until)];
  if (!/T/u.test(time)) return day >= dayOf(first) && day <= dayOf(last);
  const at = Date.parse(time);
  return at >= first.getTime() - TOLERANCE_MS && at <= last.getTime() + TOLERANCE_MS;
}

function dayFormat(timezone: string): (time: Date) => string {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone: timezone });
  return (time) => format.format(time);
}

function scoreRequests(truth: CaptureTruth, answers: readonly Answer[]): RequestScore {
  const sums = truth.hosts.flatMap(({ addresses, uses }) =>
    [...groupBy(uses, ({ tool }) => tool)].flatMap(([tool, ofTool]) => {
      const parts = ofTool.map(({ requests }) => requests);
      const known = parts.filter((part) => part !== null);
      return known.length < parts.length
        ? []
        : [{ addresses, tool, requests: known.reduce((a, b) => a + b, 0) }];
    }),
  );
  const ranges = sums.map(({ addresses, tool, requests }) => {
    const perHost = addresses.flatMap((host) =>
      answers
        .filter((one) => one.host === host && one.tool === tool && one.requests !== undefined)
        .slice(0, 1)
        .map((one) => rangeOf(one.requests ?? 0)),
    );
    if (perHost.length === 0) return null;
    const min = perHost.reduce((sum, range) => sum + range.min, 0);
    const max = perHost.reduce((sum, range) => sum + range.max, 0);
    return { isRight: min <= requests && requests <= max, isExact: min === max };
  });
  const answered = ranges.filter((range) => range !== null);
  const right = answered.filter(({ isRight }) => isRight);
  return {
    known: sums.length,
    answered: answered.length,
    right: right.length,
    exact: right.filter(({ isExact }) => isExact).length,
  };
}

function rangeOf(requests: NonNullable<Answer['requests']>): { min: number; max: number } {
  return typeof requests === 'number' ? { min: requests, max: requests } : requests;
}

function add(a: Score, b: Score): Score {
  return {
    uses: a.uses + b.uses,
    named: a.named + b.named,
    possible: a.possible + b.possible,
    wrong: a.wrong + b.wrong,
    wrongPossible: a.wrongPossible + b.wrongPossible,
    requests: {
      known: a.requests.known + b.requests.known,
      answered: a.requests.answered + b.requests.answered,
      right: a.requests.right + b.requests.right,
      exact: a.requests.exact + b.requests.exact,
    },
    missed: [...a.missed, ...b.missed],
    accused: [...a.accused, ...b.accused],
  };
}
