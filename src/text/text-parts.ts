// Joins small pieces of text into parts that are large enough for one write.

/** Joins pieces until a part has at least this length; the last part has the rest. */
export function* joinParts(chunks: Iterable<string>, partLength: number): Iterable<string> {
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
