// Decides whether a channel carries the messages of a tool's WebSocket: the tool may ask everything else on another runtime.

import { isAmong } from '../../catalogue/name-index.ts';
import type { ExchangeFacts } from '../../catalogue/schema.ts';
import type { Channel } from './channel.ts';

export function isToolSocket(facts: ExchangeFacts | undefined, channel: Channel): boolean {
  const names = facts?.websocket?.names ?? [];
  return hasSocketForm(facts, channel) && isAmong(names, channel.name);
}

/** In the form of the hello in which the tool opens WebSockets, whatever the name: a gateway stands in for the model's. */
export function hasSocketForm(
  facts: ExchangeFacts | undefined,
  { runtime, fingerprint }: Pick<Channel, 'runtime' | 'fingerprint'>,
): boolean {
  const socket = facts?.websocket;
  if (socket === undefined || runtime?.id !== socket.runtime) return false;
  return fingerprint?.alpn.join(',') === socket.alpn.join(',');
}
