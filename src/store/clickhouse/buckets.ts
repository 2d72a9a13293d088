// Buckets of hosts: a fixed partition by host name. Concurrent attribution processes share the buckets.

import { fnv1a } from '../../text/fnv1a.ts';
import { MAX_SHARDS, type Shard } from '../store.ts';

export const BUCKETS = MAX_SHARDS;

/** Stores persist its results: it must never change. */
export function hostBucket(host: string): number {
  const hash = fnv1a(host);
  return (hash ^ (hash >>> 16)) & (BUCKETS - 1);
}

export function listShardBuckets({ part, of: shards }: Shard): number[] {
  return Array.from({ length: BUCKETS }, (_, bucket) => bucket).filter(
    (bucket) => bucket % shards === part - 1,
  );
}

/** One bit per bucket, in hexadecimal. */
export function formatBuckets(buckets: readonly number[]): string {
  const digits = Array.from({ length: BUCKETS / 4 }, () => 0);
  for (const bucket of buckets) digits[bucket >> 2] = (digits[bucket >> 2] ?? 0) | (1 << (bucket & 3));
  return digits.map((digit) => digit.toString(16)).join('');
}

export function parseBuckets(text: string): number[] {
  return [...text].flatMap((digit, i) => {
    const bits = Number.parseInt(digit, 16);
    return [0, 1, 2, 3].filter((bit) => (bits & (1 << bit)) !== 0).map((bit) => i * 4 + bit);
  });
}
