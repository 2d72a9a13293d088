// The calls that builds of a tool were recorded to make when they start: behavior that no script shares.

import type { BuildLine, BuildMark } from '../../catalogue/builds-schema.ts';
import type { CompiledTool } from '../../catalogue/catalogue.ts';
import { intersectSpans, type VersionSpan } from '../../text/version.ts';
import type { Channel } from '../traffic/channels.ts';
import { isAmong } from './item.ts';

/** A start shows its calls in this time. */
const START_US = 30_000_000;
/** Sizes in which recorded calls come. */
const CALL_BYTES = { least: 130, most: 1000 } as const;
/** A key may be this much longer or shorter than that of the recordings: all calls that carry it are. */
const KEY_SLACK = 4;
/** Calls that are looked at; a host that makes more is no start. */
const MOST_CALLS = 20_000;

type CallMark = Extract<BuildMark, { kind: 'call' }>;

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

/** The start that shows most of what one build was recorded to do, where this is most of its small calls. */
export function recordedStartOf({ tool }: CompiledTool, channels: readonly Channel[]): RecordedStart {
  return (tool.builds?.lines ?? []).reduce((most, line) => {
    const calls = callsOf(line, channels);
    return calls.length > MOST_CALLS ? most : larger(most, mostInOneStart(calls));
  }, NO_START);
}

const larger = (a: RecordedStart, b: RecordedStart): RecordedStart => (b.calls > a.calls ? b : a);

function callsOf(line: BuildLine, channels: readonly Channel[]): Call[] {
  const marks = line.marks.filter((mark) => mark.kind === 'call');
  const mine = channels.filter(
    ({ runtime, fingerprint }) =>
      runtime !== null && fingerprint !== null && line.runtimes.includes(runtime.id),
  );
  return mine
    .flatMap((channel) => {
      const { name, fingerprint, isProxied, exchanges } = channel;
      const alpn = fingerprint?.alpn.join(',');
      const builds = buildsWithForm(line, channel);
      const fitting = marks.filter(
        (mark) =>
          isAmong(mark.names, name) &&
          mark.alpn.join(',') === alpn &&
          (builds === null || intersectSpans(builds, mark.in).length > 0),
      );
      const sizes = fitting.flatMap((mark) => {
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

/** Builds that were recorded with the channel's form of the hello; null: a form that is not known, of a newer build. */
function buildsWithForm(line: BuildLine, { fingerprint }: Channel): VersionSpan[] | null {
  const found = line.marks.flatMap((mark) =>
    mark.kind === 'form' &&
    mark.forms.some(
      ({ ja4, ja3 }) => ja4 === fingerprint?.ja4 && (ja3 ?? fingerprint.ja3) === fingerprint.ja3,
    )
      ? [...mark.in]
      : [],
  );
  return found.length === 0 ? null : found;
}

const isNear = ({ mark, off }: Call['marks'][number]): boolean =>
  Math.abs(off) <= (mark.way === undefined ? 0 : KEY_SLACK);

function mostInOneStart(calls: readonly Call[]): RecordedStart {
  let most = NO_START;
  let end = 0;
  for (const [i, { atUs }] of calls.entries()) {
    // A stretch begins with the first call that is not in the stretch before.
    if (i < end) continue;
    while ((calls[end]?.atUs ?? Number.POSITIVE_INFINITY) <= atUs + START_US) end++;
    most = larger(most, mostOfOneBuild(calls.slice(i, end)));
  }
  return most;
}

/** One way to sign in, with one length of the key; the builds that make all of these calls. */
function mostOfOneBuild(calls: readonly Call[]): RecordedStart {
  let most = NO_START;
  const sizes = new Set(calls.map(({ size }) => size)).size;
  for (const way of ['key', 'login'] as const) {
    for (let off = -KEY_SLACK; off <= KEY_SLACK; off++) {
      const known = new Map<CallMark, Set<Channel>>();
      for (const { marks, channel } of calls)
        for (const { mark, off: seen } of marks)
          if (mark.way === undefined ? seen === 0 : mark.way === way && seen === off)
            known.set(mark, (known.get(mark) ?? new Set()).add(channel));
      if (known.size * 2 > sizes) most = larger(most, largestOfOneBuild(known));
    }
  }
  return most;
}

/** The marks of one build that makes most of them. */
function largestOfOneBuild(known: ReadonlyMap<CallMark, ReadonlySet<Channel>>): RecordedStart {
  let most = NO_START;
  for (const first of known.keys()) {
    let left: VersionSpan[] = [...first.in];
    const marks: CallMark[] = [];
    for (const mark of known.keys()) {
      const both = intersectSpans(left, mark.in);
      if (both.length === 0) continue;
      left = both;
      marks.push(mark);
    }
    if (marks.length <= most.calls) continue;
    const channels = new Set(marks.flatMap((mark) => [...(known.get(mark) ?? [])]));
    most = { calls: marks.length, channels: [...channels] };
  }
  return most;
}
