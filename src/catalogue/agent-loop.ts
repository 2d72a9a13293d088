// Recognizes the traffic pattern of an agent, independent of its program. Unless the server keeps the conversation,
// each step sends all of it again, so requests grow; answers arrive in small pieces; and a tool result follows the
// answer immediately.

import type { TimestampUs } from '../time/units.ts';

/** Sizes and times of one exchange, with the fields that records and windows share. */
export interface ExchangeShape {
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly recordsDown: number;
  readonly uploadMs: number;
  readonly waitMs: number;
  readonly answerMs: number;
}

/** A large request with a streamed answer. */
export interface StreamedCall {
  readonly startUs: TimestampUs;
  readonly endUs: TimestampUs;
  readonly bytesUp: number;
}

export interface AgentLoop {
  /**
   * Number of messages over a connection that keeps the conversation; absent: each request contains the whole
   * conversation.
   */
  readonly messages?: number;
  /** Sizes of the first and the last request of the longest growing run, in bytes. */
  readonly fromBytes: number;
  readonly toBytes: number;
  /** Number of requests with a predecessor, and of those that followed its answer within FOLLOWS_US. */
  readonly steps: number;
  readonly following: number;
}

/**
 * Minimum bytes of a call. The smallest first request of a recorded agent has 6 kB; cookies and forms seldom have more
 * than 4 kB.
 */
const MIN_UP_BYTES = 4000;
/** Minimum bytes of a side call. Those for titles have 2.6 to 4.2 kB. */
const MIN_SIDE_BYTES = 1500;
/** Minimum records of a streamed answer. */
const MIN_RECORDS_DOWN = 6;
/**
 * Minimum bytes of a streamed answer. Acknowledgements have fewer: 22 bytes each over HTTP/2, of which telemetry gets
 * up to 8.
 */
const MIN_DOWN_BYTES = 1000;
/**
 * Maximum mean size of a streamed record. Pieces of some words have 70 to 620 bytes in the recordings; files and query
 * results fill their records.
 */
const MAX_MEAN_RECORD_BYTES = 1500;
/** Minimum duration of a streamed answer. A complete answer arrives within one or two round trips. */
const MIN_ANSWER_MS = 200;
/**
 * Minimum request whose answer may arrive at once: a whole conversation with few words per answer record, because a
 * gateway buffered the answer.
 */
const MIN_UP_FOR_ONE_GO = 20_000;
const MAX_MEAN_IN_ONE_GO = 400;

/** Minimum bytes of a message to a server that keeps the conversation. Steps have 2 to 14 kB in the recordings. */
const MIN_MESSAGE_BYTES = 1000;
/** Minimum bytes of the first message with the instructions and tools of the agent, which has 49 to 71 kB. */
const MIN_CONVERSATION_BYTES = 20_000;

/** Minimum requests of a run. Two may be a retry that is slightly longer. */
const MIN_RUN = 3;
/**
 * Maximum growth per step, by the answer and the tool result: at most 10 kB in the recordings, a long file in practice.
 */
const MAX_STEP_BYTES = 48_000;
/** Maximum ratio of growth. A short first prompt grows most: 6 to 16 kB in the recordings. */
const MAX_STEP_RATIO = 3;
/** Maximum delay of a program after an answer. People need longer to read it and to write. */
export const FOLLOWS_US = 20_000_000;
/** Maximum predecessors of a request. More parallel requests are not from a single agent. */
const MAX_LOOKBACK = 64;

/** True for a request as large as a call, with any answer. */
export function mayBeCall({ bytesUp }: Pick<ExchangeShape, 'bytesUp'>): boolean {
  return bytesUp >= MIN_UP_BYTES;
}

/**
 * True for a request as large as a side call, for example for a title. It may be one if calls to the same name occur
 * too.
 */
export function mayBeSideCall({ bytesUp }: Pick<ExchangeShape, 'bytesUp'>): boolean {
  return bytesUp >= MIN_SIDE_BYTES;
}

export function findStreamedCall(startUs: TimestampUs, shape: ExchangeShape): StreamedCall | null {
  return shape.bytesUp < MIN_UP_BYTES ? null : findStreamedAnswer(startUs, shape);
}

/** One message over a connection that keeps the conversation, for example a WebSocket. */
export interface Message extends StreamedCall {
  readonly isStreamed: boolean;
}

/** Returns null for other traffic than messages of a conversation: upgrades, pings, settings. */
export function findMessage(startUs: TimestampUs, shape: ExchangeShape): Message | null {
  const { bytesUp } = shape;
  if (bytesUp < MIN_MESSAGE_BYTES) return null;
  const call = findStreamedAnswer(startUs, shape);
  return call === null
    ? { startUs, endUs: startUs, bytesUp, isStreamed: false }
    : { ...call, isStreamed: true };
}

function findStreamedAnswer(startUs: TimestampUs, shape: ExchangeShape): StreamedCall | null {
  const { bytesUp, bytesDown, recordsDown, uploadMs, waitMs, answerMs } = shape;
  if (recordsDown < MIN_RECORDS_DOWN) return null;
  const isInOneGo = answerMs < MIN_ANSWER_MS;
  if (isInOneGo && (bytesUp < MIN_UP_FOR_ONE_GO || bytesDown > MAX_MEAN_IN_ONE_GO * recordsDown)) return null;
  if (bytesDown < MIN_DOWN_BYTES || bytesDown > MAX_MEAN_RECORD_BYTES * recordsDown) return null;
  return { startUs, endUs: startUs + (uploadMs + waitMs + answerMs) * 1000, bytesUp };
}

/** A run of calls up to a call: its length, and the size of its first call. */
interface Run {
  readonly length: number;
  readonly fromBytes: number;
}

/**
 * Returns null without three growing calls, each within FOLLOWS_US of the previous answer. Other calls may lie between
 * them: additional calls never remove a loop, so their order of arrival does not matter.
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
 * Returns the first call that may begin a conversation: as large as the instructions and tools of an agent. Any program
 * may send one, so it is weaker evidence than a loop.
 */
export function findConversation(calls: readonly StreamedCall[]): StreamedCall | null {
  return calls.find(({ bytesUp }) => bytesUp >= MIN_CONVERSATION_BYTES) ?? null;
}

function growsFrom(before: StreamedCall, call: StreamedCall): boolean {
  const most = Math.min(before.bytesUp * MAX_STEP_RATIO, before.bytesUp + MAX_STEP_BYTES);
  return call.bytesUp > before.bytesUp && call.bytesUp <= most;
}

/**
 * Returns the loop over a connection that keeps the conversation, which is sent once, followed by the additions of each
 * step. Null unless three messages with streamed answers follow each other, including or after one that contains a
 * conversation.
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

/** True if one of them shows a working agent: a conversation, or a loop of calls or of messages. */
export const isLoop = (calls: readonly StreamedCall[], messages: readonly Message[]): boolean =>
  findConversation(calls) !== null || findAgentLoop(calls) !== null || findMessageLoop(messages) !== null;
