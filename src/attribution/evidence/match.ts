// What a rule is worth after the runtime of a hello and what the program did.

import type { CompiledTool, Grade, RuntimeMatch } from '../../catalogue/rules.ts';
import type { Channel, Manner } from '../traffic/channel.ts';

const LOWERED: Readonly<Record<Grade, Grade>> = {
  certain: 'likely',
  likely: 'possible',
  possible: 'possible',
};

/** The grade that is left when the runtime does not fit, the program did nothing of its own, or the name is only guessed. */
export function gradeFor(
  gives: Grade,
  compiled: CompiledTool,
  channel: Channel,
  match: RuntimeMatch,
  manner: Manner | undefined,
): Grade | null {
  let grade: Grade | null = gives;
  if (match === 'browser')
    return channel.runtime?.isDoubtful === true && gives === 'certain' ? 'possible' : null;
  if (match === 'otherProgram') grade = gives === 'certain' ? 'possible' : null;
  // A log without fingerprints says nothing of the runtime, for or against.
  else if (match === 'unknown' && channel.isLogged && channel.fingerprint === null)
    grade = gives === 'certain' ? 'likely' : LOWERED[gives];
  else if (match === 'unknown') grade = LOWERED[gives];
  if (grade === null || grade === 'possible') return grade;
  if (channel.nameFrom === 'network' || channel.nameFrom === 'dns') return 'possible';
  if (manner === undefined || manner === 'call')
    return isVisitToChat(compiled, channel) ? 'likely' : 'possible';
  return grade === 'certain' && canBeCertain(compiled, channel, manner) ? 'certain' : 'likely';
}

/** Who opens the page of a chat in a browser uses it: there is no program to tell from a monitor. */
function isVisitToChat({ tool }: CompiledTool, { runtime }: Channel): boolean {
  return tool.kind === 'chat' && runtime?.isBrowser === true;
}

/** Its name is well known to be its own, what it is built on was recorded, and what it did was seen. */
function canBeCertain(compiled: CompiledTool, { name }: Channel, manner: Manner): boolean {
  if (manner === 'varied' || manner === 'unseen') return false;
  if (compiled.tool.runtimes === undefined && compiled.tool.userAgents === undefined) return false;
  return compiled.names.find(name)[0]?.value.confidence !== 'low';
}
