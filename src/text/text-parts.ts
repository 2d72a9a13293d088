// Texts that are made piece by piece, put together into parts that are worth a write.

/** As many pieces as give the length, or the rest. */
export function* inParts(pieces: Iterable<string>, partLength: number): Iterable<string> {
  let pending: string[] = [];
  let length = 0;
  for (const piece of pieces) {
    pending.push(piece);
    length += piece.length;
    if (length < partLength) continue;
    yield pending.join('');
    pending = [];
    length = 0;
  }
  if (length > 0) yield pending.join('');
}
