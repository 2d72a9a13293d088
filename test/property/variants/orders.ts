// Orders and cuts: all permutations of a few things, and places to cut a run of bytes.

/** Every order of `items`, one after the other (Heap's algorithm). The array that is given out is used again. */
export function* everyOrder<T>(items: readonly T[]): Generator<readonly T[]> {
  const order = [...items];
  const counts = order.map(() => 0);
  yield order;
  for (let at = 0; at < order.length; ) {
    const count = counts[at] ?? 0;
    if (count >= at) {
      counts[at] = 0;
      at++;
      continue;
    }
    swap(order, at % 2 === 0 ? 0 : count, at);
    yield order;
    counts[at] = count + 1;
    at = 0;
  }
}

function swap<T>(items: T[], left: number, right: number): void {
  const first = items[left];
  const second = items[right];
  if (first === undefined || second === undefined) return;
  items[left] = second;
  items[right] = first;
}

/** `pieces` - 1 offsets that cut `length` bytes into even pieces, moved by `shift` bytes. */
export function evenCuts(length: number, items: number, shift = 0): number[] {
  return Array.from({ length: items - 1 }, (_, index) =>
    Math.min(length - 1, Math.max(1, Math.floor(((index + 1) * length) / items) + shift)),
  );
}

export function cutAt(bytes: Buffer, cuts: readonly number[]): { offset: number; bytes: Buffer }[] {
  const borders = [0, ...cuts, bytes.length];
  return borders
    .slice(0, -1)
    .map((offset, index) => ({ offset, bytes: bytes.subarray(offset, borders[index + 1]) }));
}
