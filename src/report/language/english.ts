// The messages in English.

import type { ReportDocument } from '../../model/report.ts';
import {
  damageSentences,
  lossSentence,
  notVisibleSentence,
  unrecordedSentence,
} from '../text/blind-spots.ts';
import { ENGLISH_WORDS } from '../text/english-words.ts';
import type { ReaderZone } from '../text/instant.ts';
import type { Verdict, VerdictText } from '../text/verdict.ts';

const MAX_DAMAGE = 3;

export const ENGLISH = {
  ...ENGLISH_WORDS,
  verdict: (verdict: Verdict, _: ReportDocument, __: ReaderZone): VerdictText => verdict,
  summary: {
    ...ENGLISH_WORDS.summary,
    /** Sentences, the first about what was not visible. */
    limitsOf(document: ReportDocument): readonly string[] {
      const loss = lossSentence(document);
      const unrecorded = unrecordedSentence(document);
      return [
        `Not visible: ${notVisibleSentence(document)}.`,
        ...(unrecorded === null ? [] : [`There are ${unrecorded}.`]),
        ...(loss === null ? [] : [`Lost: ${loss}.`]),
        ...damageSentences(document)
          .slice(0, MAX_DAMAGE)
          .map((sentence) => `${sentence}.`),
        '“Not seen” does not mean “not used”. Networks that do not pass the sensor are not in this summary.',
        'A finding is evidence about a machine, not about a person.',
      ];
    },
  },
};

/** What every language says. */
export type Messages = typeof ENGLISH;
