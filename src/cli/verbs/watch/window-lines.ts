// Hosts and tools of a window as lines, for a watch that nobody sees a screen of.

import { attribute } from '../../../attribution/attribute.ts';
import type { Catalogue } from '../../../catalogue/catalogue.ts';
import type { UsageWindow } from '../../../model/usage.ts';
import { clockTime } from '../../../report/text/instant.ts';
import { formatBytes, plural } from '../../../report/text/quantity.ts';
import { formatInstant } from '../../../time/instant.ts';
import { US } from '../../../time/units.ts';
import { openZone } from '../../../time/zone.ts';

/** A log of each minute stays readable; pages, screen and stores have all. */
const MOST_LINES = 20;

/** "window 14:45: 10.20.2.31 Qwen Code certain, 1.2 MB sent, 44 kB received". What one window shows by itself. */
export function windowLines(
  windows: readonly UsageWindow[],
  catalogue: Catalogue,
  timezone: string,
  nameOf: ((host: string) => string) | null,
): string[] {
  const zone = openZone(timezone);
  return windows.flatMap((window) => {
    const start = `window ${clockTime(formatInstant(window.startSeconds * US), zone)}:`;
    const lines = attribute([window], catalogue, { zone }).flatMap(({ host, tools }) =>
      tools.map(({ use }) => {
        const amounts = `${formatBytes(use.bytesUp)} sent, ${formatBytes(use.bytesDown)} received`;
        return `${start} ${nameOf?.(host) ?? host} ${use.name} ${use.confidence}, ${amounts}`;
      }),
    );
    const more = lines.length - MOST_LINES;
    return more > 0
      ? [...lines.slice(0, MOST_LINES), `${start} and ${plural(more, 'more tool')} on hosts`]
      : lines;
  });
}
