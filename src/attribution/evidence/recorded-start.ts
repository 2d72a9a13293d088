// Finds the recorded start-up calls of builds of a tool: behavior that no script shares.

import { isAmong } from '../../catalogue/name-index.ts';
import type { CompiledTool } from '../../catalogue/rules.ts';
import type { BuildLine, BuildMark } from '../../catalogue/schema.ts';
import { computeOnce } from '../../model/computed-once.ts';
import { addTo } from '../../model/grouped-by.ts';
import type { ClientFingerprint } from '../../model/usage.ts';
import { intersectSpans, type VersionSpan } from '../../text/version.ts';
import type { Channel } from '../traffic/channel.ts';

/** Duration of a start. */
const START_US = 30_000_000;
/** Sizes of recorded calls. */
const CALL_BYTES = { least: 130, most: 1000 } as const;
/** Maximum difference between the lengths of a key and the recorded one, which affects all calls with the key. */
const KEY_SLACK = 4;
/** Maximum number of evaluated calls: more are not a start. */
const MAX_CALLS = 20_000;

type CallMark = Extract<BuildMark, { kind: 'call' }>;
type FormMark = Extract<BuildMark, { kind: 'form' }>;

/** Different calls of one build in one start, and the channels that made them. */
export interface RecordedStart {
  readonly calls: number;
  readonly channels: readonly Channel[];
}

const NO_START: RecordedStart = { calls: 0, channels: [] };

interface Call {
  readonly channel: Channel;
  readonly atUs: number;
  readonly size: number;
  readonly marks: readonly { readonly mark: CallMark; readonly off: number }[];
}

/** Finds the start with the most recorded calls of one build, if these are most of its small calls. */
export function buildRecordedStart({ tool }: CompiledTool, channels: readonly Channel[]): RecordedStart {
  return (tool.builds?.lines ?? []).reduce((most, line) => {
    const calls = listCalls(line, channels);
    return calls.length > MAX_CALLS ? most : chooseLarger(most, findMostInStart(calls));
  }, NO_START);
}

const chooseLarger = (a: RecordedStart, b: RecordedStart): RecordedStart => (b.calls > a.calls ? b : a);

function listCalls(line: BuildLine, channels: readonly Channel[]): Call[] {
  const marks = marksOf(line);
  return channels
    .flatMap((channel) => {
      const { name, runtime, fingerprint, isProxied, exchanges } = channel;
      if (runtime === null || fingerprint === null || !line.runtimes.includes(runtime.id)) return [];
      const sizes = marks.findCallMarks(name, fingerprint).flatMap((mark) => {
        const viaProxy = mark.viaProxy === undefined ? [] : [{ mark, up: mark.viaProxy }];
        return isProxied ? viaProxy : [{ mark, up: mark.up }, ...viaProxy];
      });
      if (sizes.length === 0) return [];
      return exchanges.flatMap(({ startUs, exchange: { bytesUp, recordsUp } }): Call[] => {
        if (recordsUp !== 1 || bytesUp < CALL_BYTES.least || bytesUp > CALL_BYTES.most) return [];
        const near = sizes.map(({ mark, up }) => ({ mark, off: bytesUp - up }));
        return [{ channel, atUs: startUs, size: bytesUp, marks: near.filter(isNear) }];
      });
    })
    .sort((a, b) => a.atUs - b.atUs);
}

/** Marks to compare channels with, computed once for all channels: a catalogue has few forms and calls. */
class LineMarks {
  readonly #calls = new Map<string, CallMark[]>();
  readonly #forms = new Map<string, FormMark[]>();
  /** For each set of form marks: true for calls of builds with such a form. */
  readonly #shares = new Map<string, Map<CallMark, boolean>>();
  readonly #numbers = new Map<FormMark, number>();

  constructor({ marks }: BuildLine) {
    for (const mark of marks) {
      if (mark.kind === 'call') addTo(this.#calls, mark.alpn.join(','), mark);
      if (mark.kind !== 'form') continue;
      this.#numbers.set(mark, this.#numbers.size);
      for (const ja4 of new Set(mark.forms.map((form) => form.ja4))) addTo(this.#forms, ja4, mark);
    }
  }

  /** Returns calls to the name of builds that were recorded with this hello form; all calls if the form is unknown. */
  findCallMarks(name: string, fingerprint: ClientFingerprint): CallMark[] {
    const named = (this.#calls.get(fingerprint.alpn.join(',')) ?? []).filter(({ names }) =>
      isAmong(names, name),
    );
    if (named.length === 0) return named;
    const { ja4, ja3 } = fingerprint;
    const forms = (this.#forms.get(ja4) ?? []).filter(({ forms }) =>
      forms.some((form) => form.ja4 === ja4 && (form.ja3 ?? ja3) === ja3),
    );
    if (forms.length === 0) return named;
    const key = forms.map((mark) => this.#numbers.get(mark)).join(' ');
    const shares = this.#shares.get(key) ?? new Map<CallMark, boolean>();
    this.#shares.set(key, shares);
    return named.filter((mark) => {
      const existing = shares.get(mark);
      if (existing !== undefined) return existing;
      const builds = forms.flatMap((form) => [...form.in]);
      const isShared = intersectSpans(builds, mark.in).length > 0;
      shares.set(mark, isShared);
      return isShared;
    });
  }
}

const marksOf = computeOnce((line: BuildLine) => new LineMarks(line));

const isNear = ({ mark, off }: Call['marks'][number]): boolean =>
  Math.abs(off) <= (mark.way === undefined ? 0 : KEY_SLACK);

function findMostInStart(calls: readonly Call[]): RecordedStart {
  let most = NO_START;
  let end = 0;
  for (const [i, { atUs }] of calls.entries()) {
    // A start begins with the first call after the previous one.
    if (i < end) continue;
    while ((calls[end]?.atUs ?? Number.POSITIVE_INFINITY) <= atUs + START_US) end++;
    most = chooseLarger(most, findMostOfBuild(calls.slice(i, end)));
  }
  return most;
}

/** Finds the most calls of one build, with one way to sign in and one length of the key. */
function findMostOfBuild(calls: readonly Call[]): RecordedStart {
  const sizes = new Set(calls.map(({ size }) => size)).size;
  const ways = new Set(calls.flatMap(({ marks }) => marks.map(({ mark, off }) => signInKey(mark.way, off))));
  let most = NO_START;
  let withoutWay: RecordedStart | null = null;
  for (const way of ['key', 'login'] as const) {
    for (let off = -KEY_SLACK; off <= KEY_SLACK; off++) {
      // Most combinations have no call of their own, and all of these have the same start.
      const isOwn = ways.has(signInKey(way, off));
      const start: RecordedStart =
        isOwn || withoutWay === null ? findStart(calls, sizes, way, off) : withoutWay;
      if (!isOwn) withoutWay = start;
      most = chooseLarger(most, start);
    }
  }
  return most;
}

const signInKey = (way: CallMark['way'], off: number): string => `${way} ${off}`;

function findStart(calls: readonly Call[], sizes: number, way: CallMark['way'], off: number): RecordedStart {
  const channelsByMark = new Map<CallMark, Set<Channel>>();
  for (const { marks, channel } of calls)
    for (const { mark, off: seen } of marks)
      if (mark.way === undefined ? seen === 0 : mark.way === way && seen === off)
        channelsByMark.set(mark, (channelsByMark.get(mark) ?? new Set()).add(channel));
  return channelsByMark.size * 2 > sizes ? findLargestBuild(channelsByMark) : NO_START;
}

/** Returns the marks of the build with the most matching calls. */
function findLargestBuild(channelsByMark: ReadonlyMap<CallMark, ReadonlySet<Channel>>): RecordedStart {
  let most = NO_START;
  for (const first of channelsByMark.keys()) {
    let left: readonly VersionSpan[] = first.in;
    const marks: CallMark[] = [];
    for (const mark of channelsByMark.keys()) {
      const both = intersectSpans(left, mark.in);
      if (both.length === 0) continue;
      left = both;
      marks.push(mark);
    }
    if (marks.length <= most.calls) continue;
    const channels = new Set(marks.flatMap((mark) => [...(channelsByMark.get(mark) ?? [])]));
    most = { calls: marks.length, channels: [...channels] };
  }
  return most;
}
