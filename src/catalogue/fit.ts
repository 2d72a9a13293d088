// How well the runtime of a hello fits a tool, and what a rule is worth after that.

import type { JudgedTool } from './catalogue.ts';
import type { Channel } from './channels.ts';
import type { Grade } from './rules.ts';

/** How well a hello fits what a tool is built on. */
export type Fit = 'yes' | 'unknown' | 'otherProgram' | 'browser';

/** Built on a browser's engine: an editor's own hello cannot be told from a browser's; an extension has choices. */
const BROWSER_BUILT: Readonly<Record<string, Fit>> = { ide: 'yes', 'ide-extension': 'unknown' };

export function fitOf(judged: JudgedTool, channel: Channel, wanted?: readonly string[]): Fit {
  const { runtime, userAgent } = channel;
  if (userAgent !== null && judged.tool.userAgents?.some(({ token }) => userAgent.startsWith(token)))
    return 'yes';
  if (runtime === null || runtime.id === 'unknown') return 'unknown';
  const known = wanted ?? judged.tool.runtimes;
  if (known !== undefined) {
    if (known.includes(runtime.id)) return 'yes';
    return runtime.isBrowser ? 'browser' : 'otherProgram';
  }
  if (runtime.isBrowser) return BROWSER_BUILT[judged.tool.kind] ?? 'browser';
  return runtime.isHandTool ? 'otherProgram' : 'yes';
}

const LOWERED: Readonly<Record<Grade, Grade>> = {
  certain: 'likely',
  likely: 'possible',
  possible: 'possible',
};

/** The grade that is left when the runtime does not fit, or the name is only guessed from an address. */
export function gradeFor(gives: Grade, fit: Fit, channel: Channel): Grade | null {
  let grade: Grade | null = gives;
  if (fit === 'browser') return null;
  if (fit === 'otherProgram') grade = gives === 'certain' ? 'possible' : null;
  else if (fit === 'unknown') grade = LOWERED[gives];
  if (grade !== null && channel.nameFrom === 'network') return 'possible';
  if (grade === 'certain' && channel.nameFrom === 'dns') return 'likely';
  return grade;
}
