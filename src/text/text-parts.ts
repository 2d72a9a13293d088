// Texts that are made piece by piece, put together into parts that are worth a write.

/** As many pieces as give the length, or the rest. */
export function* inParts(chunks: Iterable<string>, partLength: number): Iterable<string> {
  let pending: string[] = [];
  let length = 0;
  for (const chunk of chunks) {
    pending.push(chunk);
    length += chunk.length;
    if (length < partLength) continue;
    yield pending.join('');
    pending = [];
    length = 0;
  }
  if (length > 0) yield pending.join('');
}
