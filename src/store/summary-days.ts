// Makes the days of uses in a summary. Their amounts are unread, so that most uses have the same days, which they share.

import { finishDay } from '../attribution/sums/finish-use.ts';
import type { DaySums } from '../attribution/sums/span-sums.ts';
import type { ToolDay } from '../model/report.ts';
import { compareText } from '../net/address.ts';

export class SummaryDays {
  readonly #known = new Map<DaySums, ToolDay>();
  readonly #unknown = new Map<DaySums, ToolDay>();

  /** Lists days as finishUse does. Sums that uses share become one day. */
  list(days: readonly DaySums[], areMinutesKnown: boolean): ToolDay[] {
    const made = areMinutesKnown ? this.#known : this.#unknown;
    return days
      .map((day) => {
        const entry = made.get(day) ?? finishDay(day, areMinutesKnown);
        made.set(day, entry);
        return entry;
      })
      .sort((a, b) => compareText(a.date, b.date));
  }
}
