// Traffic pattern of an agent, independent of its program: unless the server keeps the conversation, each step sends
// all of it again, so requests grow; answers arrive in small pieces; and a tool result follows the answer immediately.

import type { TimestampUs } from '../time/units.ts';

/** Sizes and times of one exchange, in the fields that records and windows share. */
export interface ExchangeShape {
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly recordsDown: number;
  readonly uploadMs: number;
  readonly waitMs: number;
  readonly answerMs: number;
}

/** A large request with an answer that was streamed. */
export interface StreamedCall {
  readonly startUs: TimestampUs;
  readonly endUs: TimestampUs;
  readonly bytesUp: number;
}

export interface AgentLoop {
  /** Messages over a connection that keeps the conversation; absent: requests that hold all of it. */
  readonly messages?: number;
  /** Sizes of the first and the last request of the longest run that grows, in bytes. */
  readonly fromBytes: number;
  readonly toBytes: number;
  /** Requests with a predecessor, and how many of them followed its answer within FOLLOWS_US. */
  readonly steps: number;
  readonly following: number;
}

/** The smallest first request of a recorded agent has 6 kB; cookies and forms seldom have more than 4 kB. */
const MIN_UP_BYTES = 4000;
/** Side calls for titles have 2.6 to 4.2 kB. */
const MIN_SIDE_BYTES = 1500;
/** A streamed answer: so many records at least … */
const MIN_RECORDS_DOWN = 6;
/** … with more in them than acknowledgements (22 bytes each over HTTP/2; telemetry gets up to 8) … */
const MIN_DOWN_BYTES = 1000;
/** … in pieces of some words (70 to 620 bytes in the recordings), where files and query results fill their records … */
const MAX_MEAN_RECORD_BYTES = 1500;
/** … over some time: a complete answer arrives within a round trip or two … */
const MIN_ANSWER_MS = 200;
/** … unless a whole conversation went up and few words per piece came down: a gateway buffered the answer. */
const MIN_UP_FOR_ONE_GO = 20_000;
const MAX_MEAN_IN_ONE_GO = 400;

/** A step adds this much to a conversation that the server keeps: 2 to 14 kB in the recordings … */
const MIN_MESSAGE_BYTES = 1000;
/** … behind a first message with the instructions and the tools of the agent: 49 to 71 kB. */
const MIN_CONVERSATION_BYTES = 20_000;

/** Requests of a run: two would be any retry that is a little longer. */
const MIN_RUN = 3;
/** A step adds the answer and the tool result: 10 kB at most in the recordings, a long file in practice. */
const MAX_STEP_BYTES = 48_000;
/** A short first prompt grows most: 6 to 16 kB in the recordings. */
const MAX_STEP_RATIO = 3;
/** Delay of a program after an answer. People need longer to read it and to write. */
export const FOLLOWS_US = 20_000_000;
/** Maximum predecessors of a request; more parallel ones are not a single agent. */
const MAX_LOOKBACK = 64;

/** A request as large as a call, with any answer. */
export function mayBeCall({ bytesUp }: Pick<ExchangeShape, 'bytesUp'>): boolean {
  return bytesUp >= MIN_UP_BYTES;
}

/** A request as large as a side call, such as the one for a title: next to calls to the same name it may be one. */
export function mayBeSideCall({ bytesUp }: Pick<ExchangeShape, 'bytesUp'>): boolean {
  return bytesUp >= MIN_SIDE_BYTES;
}

export function findStreamedCall(startUs: TimestampUs, shape: ExchangeShape): StreamedCall | null {
  return shape.bytesUp < MIN_UP_BYTES ? null : streamedAnswerTo(startUs, shape);
}

/** One message over a connection that keeps the conversation, such as a WebSocket. */
export interface Message extends StreamedCall {
  readonly isStreamed: boolean;
}

/** Null for what is no message of a conversation: upgrades, pings, settings. */
export function findMessage(startUs: TimestampUs, shape: ExchangeShape): Message | null {
  const { bytesUp } = shape;
  if (bytesUp < MIN_MESSAGE_BYTES) return null;
  const call = streamedAnswerTo(startUs, shape);
  return call === null
    ? { startUs, endUs: startUs, bytesUp, isStreamed: false }
    : { ...call, isStreamed: true };
}

function streamedAnswerTo(startUs: TimestampUs, shape: ExchangeShape): StreamedCall | null {
  const { bytesUp, bytesDown, recordsDown, uploadMs, waitMs, answerMs } = shape;
  if (recordsDown < MIN_RECORDS_DOWN) return null;
  const isInOneGo = answerMs < MIN_ANSWER_MS;
  if (isInOneGo && (bytesUp < MIN_UP_FOR_ONE_GO || bytesDown > MAX_MEAN_IN_ONE_GO * recordsDown)) return null;
  if (bytesDown < MIN_DOWN_BYTES || bytesDown > MAX_MEAN_RECORD_BYTES * recordsDown) return null;
  return { startUs, endUs: startUs + (uploadMs + waitMs + answerMs) * 1000, bytesUp };
}

/** A run of calls up to one of them: length, and size of the first. */
interface Run {
  readonly length: number;
  readonly fromBytes: number;
}

/**
 * Null without three growing calls, each within FOLLOWS_US of the previous answer. Other calls may lie between: more calls
 * never remove a loop, so their order of arrival does not matter.
 */
export function findAgentLoop(unsorted: readonly StreamedCall[]): AgentLoop | null {
  if (unsorted.length < MIN_RUN) return null;
  const calls = [...unsorted].sort((a, b) => a.startUs - b.startUs || a.bytesUp - b.bytesUp);
  const runs: Run[] = [];
  let [steps, following] = [0, 0];
  let best: (Run & { readonly toBytes: number }) | null = null;
  for (const [i, call] of calls.entries()) {
    let run: Run = { length: 1, fromBytes: call.bytesUp };
    let [isStep, isFollowing] = [false, false];
    for (let j = i - 1; j >= Math.max(0, i - MAX_LOOKBACK); j--) {
      const [before, runBefore] = [calls[j], runs[j]];
      if (before === undefined || runBefore === undefined || before.endUs > call.startUs) continue;
      isStep = true;
      if (call.startUs - before.endUs > FOLLOWS_US) continue;
      isFollowing = true;
      if (runBefore.length < run.length || !growsFrom(before, call)) continue;
      run = { length: runBefore.length + 1, fromBytes: runBefore.fromBytes };
    }
    runs.push(run);
    if (isStep) steps++;
    if (isFollowing) following++;
    if (best === null || run.length > best.length) best = { ...run, toBytes: call.bytesUp };
  }
  if (best === null || best.length < MIN_RUN) return null;
  return { fromBytes: best.fromBytes, toBytes: best.toBytes, steps, following };
}

/**
 * The first call that may begin a conversation: as large as the instructions and tools of an agent. Any program may make
 * one, so it is evidence for less than a loop.
 */
export function findConversation(calls: readonly StreamedCall[]): StreamedCall | null {
  return calls.find(({ bytesUp }) => bytesUp >= MIN_CONVERSATION_BYTES) ?? null;
}

function growsFrom(before: StreamedCall, call: StreamedCall): boolean {
  const most = Math.min(before.bytesUp * MAX_STEP_RATIO, before.bytesUp + MAX_STEP_BYTES);
  return call.bytesUp > before.bytesUp && call.bytesUp <= most;
}

/**
 * The loop over a connection that keeps the conversation: it goes up once, and then only what each step adds. Null when
 * no three messages follow each other with streamed answers, behind or with one that holds a conversation.
 */
export function findMessageLoop(unsorted: readonly Message[]): AgentLoop | null {
  const messages = [...unsorted].sort((a, b) => a.startUs - b.startUs || a.bytesUp - b.bytesUp);
  const [first] = messages.filter(({ bytesUp }) => bytesUp >= MIN_CONVERSATION_BYTES);
  if (first === undefined) return null;
  const streamed = messages.filter(({ isStreamed, startUs }) => isStreamed && startUs >= first.startUs);
  let [steps, following, run, longest] = [0, 0, 1, 1];
  for (const [i, message] of streamed.entries()) {
    const before = streamed[i - 1];
    if (before === undefined) continue;
    steps++;
    const isFollowing = message.startUs >= before.endUs && message.startUs - before.endUs <= FOLLOWS_US;
    if (isFollowing) following++;
    run = isFollowing ? run + 1 : 1;
    longest = Math.max(longest, run);
  }
  if (longest < MIN_RUN) return null;
  return {
    messages: streamed.length,
    fromBytes: first.bytesUp,
    toBytes: streamed.at(-1)?.bytesUp ?? 0,
    steps,
    following,
  };
}

/** True if one of them shows an agent that works: a conversation, or a loop of calls or of messages. */
export const isLoop = (calls: readonly StreamedCall[], messages: readonly Message[]): boolean =>
  findConversation(calls) !== null || findAgentLoop(calls) !== null || findMessageLoop(messages) !== null;
