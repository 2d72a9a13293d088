// Prints the hosts and tools of a window as lines, for a watch without a screen.

import { attribute } from '../attribution/attribute.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { groupBy } from '../model/grouped-by.ts';
import type { HostAttribution } from '../model/tool.ts';
import type { UsageWindow } from '../model/usage.ts';
import { sortHosts } from '../net/address.ts';
import { withOpenUse } from '../report/document/open-requests.ts';
import { clockTime, secondTime } from '../report/text/instant-text.ts';
import { requestsText, sentAndReceived } from '../report/text/use-bytes.ts';
import { plural } from '../text/quantity.ts';
import { formatInstant } from '../time/instant.ts';
import { MINUTE_SECONDS, US } from '../time/units.ts';
import { openZone, type Zone } from '../time/zone.ts';
import { limitRows, listShares, type ShareSize } from '../window/split-by-host.ts';
import { WorkPacer } from './work-pacer.ts';

/** Maximum number of lines per window, so that the log stays readable. Pages, screen and stores have all hosts. */
const MAX_LINES = 20;

/**
 * Limits of one share, and of all shares. Each share delays the reading of packets, and a window may have many more hosts
 * than lines.
 */
const AT_ONCE: ShareSize = { hosts: 256, entries: 2048 };
const MAX_SHARES = 16;
const MAX_ROWS_OF_HOST = 2048;

/** Maximum number of windows that wait for their lines: a clock jump closes many at once. */
const MAX_WAITING = 16;

/** Prints lines such as "window 14:45: 10.20.2.31 Qwen Code certain, 3+ requests, 1.2 MB sent, 44 kB received", from one window each. */
export class WindowLines {
  readonly #nameOf: ((host: string) => string) | null;
  readonly #say: (text: string) => void;
  readonly #breath = new WorkPacer();
  readonly #waiting: (() => Promise<void>)[] = [];
  #work: Promise<void> | null = null;

  constructor(nameOf: ((host: string) => string) | null, print: (text: string) => void) {
    this.#nameOf = nameOf;
    this.#say = print;
  }

  /**
   * Queues closed windows; their lines are printed between the processing of records. Windows of the same time are listed
   * together, because several sensors may have recorded the same traffic.
   */
  add(windows: readonly UsageWindow[], catalogue: Catalogue, timezone: string): void {
    const zone = openZone(timezone);
    for (const [startSeconds, together] of groupBy(windows, (window) => window.startSeconds))
      this.#waiting.push(() => this.#printWindow(startSeconds, together, catalogue, zone));
    const late = this.#waiting.splice(0, Math.max(0, this.#waiting.length - MAX_WAITING)).length;
    if (late > 0) this.#say(`${plural(late, 'window')} not listed here: too many at once`);
    this.#work ??= this.#printWaiting().finally(() => {
      this.#work = null;
    });
  }

  /** Resolves when all lines are printed. No packets are received any more, so there are no pauses. */
  async end(): Promise<void> {
    this.#breath.isHurried = true;
    await this.#work;
  }

  async #printWaiting(): Promise<void> {
    this.#breath.begin();
    await this.#breath.take();
    for (let print = this.#waiting.shift(); print !== undefined; print = this.#waiting.shift()) await print();
  }

  async #printWindow(
    startSeconds: number,
    together: readonly UsageWindow[],
    catalogue: Catalogue,
    zone: Zone,
  ): Promise<void> {
    const lengthSeconds = Math.max(...together.map((window) => window.lengthSeconds));
    const endSeconds = startSeconds + lengthSeconds;
    const begin = formatInstant(startSeconds * US);
    // Windows shorter than a minute need seconds: several begin in the same minute.
    const clock = lengthSeconds < MINUTE_SECONDS ? secondTime(begin, zone).slice(11) : clockTime(begin, zone);
    const start = `window ${clock}:`;
    const users = sortHosts(listUsers(together));
    const { windows } = limitRows(together, MAX_ROWS_OF_HOST);
    let [lines, shares, hostsLeft] = [0, 0, users.length];
    for (const share of listShares(windows, users, AT_ONCE)) {
      if (++shares > MAX_SHARES) break;
      for (const { host, tools } of attribute(share, catalogue, { zone })) {
        const queried = listQueried(share, host);
        for (const { use } of tools) {
          if (++lines > MAX_LINES) continue;
          const amounts = formatAmounts(use, endSeconds, countToolsOfNames(use.tool, queried, catalogue));
          this.#say(`${start} ${this.#nameOf?.(host) ?? host} ${use.name} ${use.confidence}, ${amounts}`);
        }
      }
      hostsLeft -= listUsers(share).length;
      await this.#breath.take();
    }
    if (lines > MAX_LINES) this.#say(`${start} and ${plural(lines - MAX_LINES, 'more tool')} on hosts`);
    if (hostsLeft > 0) this.#say(`${start} and ${plural(hostsLeft, 'more host')}, too many for this log`);
  }
}

/** `sharers`: number of tools that use the queried name. */
function formatAmounts(
  use: HostAttribution['tools'][number]['use'],
  endSeconds: number,
  sharers: number,
): string {
  const { requests } = withOpenUse(use, endSeconds);
  const text = requests === null ? [] : [requestsText(requests)];
  // Packets of a request that ended here may be in the previous window, and a queried name has none.
  const isQuiet = use.flows + use.bytesUp + use.bytesDown === 0;
  if (!isQuiet) text.push(sentAndReceived(use));
  else if (requests !== null) text.push('bytes in an earlier window');
  else text.push(sharers > 1 ? `a name was asked for that ${sharers} tools use` : 'its name was asked for');
  return text.join(', ');
}

const listQueried = (windows: readonly UsageWindow[], host: string): string[] =>
  windows.flatMap(({ queriedNames }) =>
    queriedNames.flatMap((queried) => (queried.host === host ? [queried.name] : [])),
  );

/** Returns how many tools use the least shared of the names that the tool uses; 0 without such a name. */
function countToolsOfNames(tool: string, names: readonly string[], catalogue: Catalogue): number {
  const counts = names
    .map((name) => new Set(catalogue.candidates(name).map((candidate) => candidate.tool.id)))
    .flatMap((tools) => (tools.has(tool) ? [tools.size] : []));
  return counts.length === 0 ? 0 : Math.min(...counts);
}

const listUsers = (windows: readonly UsageWindow[]): string[] => [
  ...new Set(windows.flatMap(({ rows, queriedNames }) => [...rows, ...queriedNames].map(({ host }) => host))),
];
