// What a draft was tested on and what it could not learn, as lines for people.

import type { LeftOut } from '../../../attribution/learning/select-rules.ts';
import { isNamed, type Tested } from '../../../attribution/learning/test-draft.ts';
import { plural } from '../../../report/text/quantity.ts';

/** Lines of one kind. */
const MAX_LINES = 12;

export interface LearningTests {
  /** The recordings that were given. */
  readonly given: readonly Tested[];
  /** The same, each with what the others teach. */
  readonly leftOneOut: readonly Tested[];
  /** More recordings of the tool, which the draft was not made from. */
  readonly more: readonly Tested[];
  readonly others: { readonly recordings: number; readonly named: number; readonly possible: number };
}

export function testLines({ given, leftOneOut, more, others }: LearningTests): string[] {
  const [only] = given;
  const rest = leftOneOut.length === 2 ? 'the other one' : `the other ${given.length - 1}`;
  return [
    `tested on ${given.length === 1 ? 'its recording' : `its ${plural(given.length, 'recording')}`}: ${countsOf(given)}`,
    ...(leftOneOut.length === 0
      ? []
      : [`each of ${leftOneOut.length} tested with a draft from ${rest}: ${countsOf(leftOneOut)}`]),
    ...(given.length === 1 && only !== undefined
      ? [
          'one recording does not show which names and calls come again: record a second session and pass both',
        ]
      : []),
    ...(more.length === 0
      ? []
      : [
          `tested on ${plural(more.length, 'recording')} of it that the draft was not made from: ${countsOf(more)}`,
        ]),
    others.recordings === 0
      ? 'not tested on other programs: pass a folder of captures in which the tool did not run, with --against DIR'
      : `tested on ${plural(others.recordings, 'recording')} of other programs: named in ${others.named}, possible in ${others.possible}`,
  ];
}

/** Recordings of one tool should name no other. */
export function alreadyLine(
  [tool, named]: readonly [{ readonly id: string; readonly name: string }, number],
  recordings: number,
): string {
  return `the catalogue names ${tool.name} in ${named} of ${plural(recordings, 'recording')}: if it is the same program, pass --tool ${tool.id}; if it ran too, record the tool alone`;
}

/** What is possible is counted apart: other programs do the same. */
function countsOf(tested: readonly Tested[]): string {
  const named = tested.filter(({ confidence }) => isNamed(confidence)).length;
  const possible = tested.filter(({ confidence }) => confidence === 'possible').length;
  return `certain or likely in ${named}, possible in ${possible}, not seen in ${tested.length - named - possible}`;
}

/** `why`: of a recording in which the tool is not named. */
export function unlearnedLines(
  tested: readonly Tested[],
  leftOut: readonly LeftOut[],
  why: (one: Tested) => string,
): string[] {
  const missed = tested.filter(({ confidence }) => !isNamed(confidence));
  const accusing = leftOut.flatMap(({ what, recording }) =>
    recording === null ? [] : [`left out: ${what}: would name the tool in ${recording}`],
  );
  return [
    ...limited(
      missed.map((one) => `not learned: ${one.recording.name}: ${one.confidence ?? 'not seen'}: ${why(one)}`),
    ),
    ...limited(accusing),
  ];
}

function limited(lines: readonly string[]): string[] {
  if (lines.length <= MAX_LINES) return [...lines];
  return [...lines.slice(0, MAX_LINES), `and ${lines.length - MAX_LINES} more of this kind`];
}
