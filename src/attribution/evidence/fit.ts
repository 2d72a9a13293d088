// How well the runtime of a hello fits a tool, and what a rule is worth after that.

import type { JudgedTool } from '../../catalogue/catalogue.ts';
import type { Grade } from '../../catalogue/rules.ts';
import type { Channel } from '../traffic/channels.ts';
import type { Manner } from './piece.ts';

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

/** The grade that is left when the runtime does not fit, the program did nothing of its own, or the name is only guessed. */
export function gradeFor(
  gives: Grade,
  judged: JudgedTool,
  channel: Channel,
  fit: Fit,
  manner: Manner | undefined,
): Grade | null {
  let grade: Grade | null = gives;
  if (fit === 'browser')
    return channel.runtime?.isDoubtful === true && gives === 'certain' ? 'possible' : null;
  if (fit === 'otherProgram') grade = gives === 'certain' ? 'possible' : null;
  else if (fit === 'unknown') grade = LOWERED[gives];
  if (grade === null || grade === 'possible') return grade;
  if (channel.nameFrom === 'network' || channel.nameFrom === 'dns') return 'possible';
  if (manner === undefined || manner === 'call')
    return isVisitToChat(judged, channel) ? 'likely' : 'possible';
  return grade === 'certain' && canBeCertain(judged, channel, manner) ? 'certain' : 'likely';
}

/** Who opens the page of a chat in a browser uses it: there is no program to tell from a monitor. */
function isVisitToChat({ tool }: JudgedTool, { runtime }: Channel): boolean {
  return tool.kind === 'chat' && runtime?.isBrowser === true;
}

/** Its name is well known to be its own, what it is built on was recorded, and what it did was seen. */
function canBeCertain(judged: JudgedTool, { name }: Channel, manner: Manner): boolean {
  if (manner === 'varied' || manner === 'beside' || manner === 'unseen') return false;
  if (judged.tool.runtimes === undefined && judged.tool.userAgents === undefined) return false;
  return judged.names.find(name)[0]?.value.confidence !== 'low';
}
