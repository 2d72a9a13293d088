// Changes of inputs: bytes, numbers, lines, words of the format, and parts of other inputs.

import type { Random } from './random.ts';

type Mutation = (bytes: Uint8Array, random: Random, pool: readonly Uint8Array[]) => Uint8Array;

/** Longest part that is copied, repeated or cut out. */
const MAX_PART = 2048;
const EDGES = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0xffffffff];
const LINE_FEED = 10;

const splice = (bytes: Uint8Array, from: number, to: number, part: Uint8Array): Uint8Array =>
  Buffer.concat([bytes.subarray(0, from), part, bytes.subarray(to)]);

function partOf(bytes: Uint8Array, random: Random): { from: number; to: number } {
  const from = random.below(bytes.length + 1);
  return { from, to: Math.min(bytes.length, from + random.below(random.below(MAX_PART) + 1)) };
}

const changeByte: Mutation = (bytes, random) => {
  if (bytes.length === 0) return bytes;
  const out = bytes.slice();
  const at = random.below(out.length);
  out[at] = random.below(2) === 0 ? random.below(256) : (out[at] ?? 0) ^ (1 << random.below(8));
  return out;
};

const writeEdge: Mutation = (bytes, random) => {
  const size = 1 << random.below(3);
  if (bytes.length < size) return bytes;
  const out = Buffer.from(bytes);
  const value = random.pick(EDGES) ?? 0;
  const at = random.below(out.length - size + 1);
  const masked = value % 2 ** (8 * size);
  if (random.below(2) === 0) out.writeUIntLE(masked, at, size);
  else out.writeUIntBE(masked, at, size);
  return out;
};

const cutOut: Mutation = (bytes, random) => {
  const { from, to } = partOf(bytes, random);
  return splice(bytes, from, to, new Uint8Array(0));
};

const cutOff: Mutation = (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1));

const repeat: Mutation = (bytes, random) => {
  const { from, to } = partOf(bytes, random);
  const part = bytes.subarray(from, to);
  const times = 1 + random.below(random.below(8) === 0 ? 200 : 3);
  return splice(bytes, from, from, Buffer.concat(Array.from({ length: times }, () => part)));
};

const takeFromOther: Mutation = (bytes, random, pool) => {
  const other = random.pick(pool) ?? bytes;
  const taken = partOf(other, random);
  const { from, to } = partOf(bytes, random);
  return splice(bytes, from, random.below(2) === 0 ? from : to, other.subarray(taken.from, taken.to));
};

const swapLines: Mutation = (bytes, random) => {
  const lines: Uint8Array[] = [];
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(LINE_FEED, from);
    const to = end < 0 ? bytes.length : end + 1;
    lines.push(bytes.subarray(from, to));
    from = to;
  }
  if (lines.length === 0) return bytes;
  const line = random.pick(lines) ?? bytes;
  lines.splice(random.below(lines.length), random.below(2), line);
  return Buffer.concat(lines);
};

const MUTATIONS: readonly Mutation[] = [
  changeByte,
  changeByte,
  writeEdge,
  cutOut,
  cutOff,
  repeat,
  takeFromOther,
  swapLines,
];

/** One to four mutations; `words` are keywords of the format. */
export function mutate(
  input: Uint8Array,
  random: Random,
  pool: readonly Uint8Array[],
  words: readonly string[],
): Uint8Array {
  let bytes = input;
  for (let left = 1 + random.below(4); left > 0; left--) {
    const word = words.length > 0 && random.below(3) === 0 ? random.pick(words) : undefined;
    if (word === undefined) bytes = (random.pick(MUTATIONS) ?? changeByte)(bytes, random, pool);
    else {
      const at = random.below(bytes.length + 1);
      const to = random.below(2) === 0 ? at : Math.min(bytes.length, at + word.length);
      bytes = splice(bytes, at, to, Buffer.from(word));
    }
  }
  return bytes;
}
