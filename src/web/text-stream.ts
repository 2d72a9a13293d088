// A text that is written as it is made, as fast as the other side takes it.

import { inParts } from '../text/text-parts.ts';

const PART_LENGTH = 65_536;

export function textStream(chunks: Iterable<string>): ReadableStream<Uint8Array> {
  const parts = inParts(chunks, PART_LENGTH)[Symbol.iterator]();
  const encoder = new TextEncoder();
  return new ReadableStream({
    pull(controller) {
      const { done, value } = parts.next();
      if (done === true) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    cancel() {
      parts.return?.();
    },
  });
}
