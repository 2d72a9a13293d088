// Whether a channel carries the messages of a tool's WebSocket: the tool may ask everything else on another runtime.

import { matchesName } from '../../catalogue/name-index.ts';
import type { ExchangeFacts } from '../../catalogue/schema.ts';
import type { Channel } from './channels.ts';

export function isSocketOf(
  facts: ExchangeFacts | undefined,
  { name, runtime, fingerprint }: Channel,
): boolean {
  const socket = facts?.websocket;
  if (socket === undefined || runtime?.id !== socket.runtime) return false;
  return (
    fingerprint?.alpn.join(',') === socket.alpn.join(',') &&
    socket.names.some((pattern) => matchesName(pattern, name))
  );
}
