// Detects channels with the WebSocket of a tool, which may use another runtime for all other requests.

import { isAmong } from '../../catalogue/name-index.ts';
import type { ExchangeFacts } from '../../catalogue/schema.ts';
import type { Channel } from './channel.ts';

export function isToolSocket(facts: ExchangeFacts | undefined, channel: Channel): boolean {
  const names = facts?.websocket?.names ?? [];
  return hasSocketForm(facts, channel) && isAmong(names, channel.name);
}

/**
 * True for the hello form in which the tool opens WebSockets, with any name, because a gateway may replace that of the
 * model.
 */
export function hasSocketForm(
  facts: ExchangeFacts | undefined,
  { runtime, fingerprint }: Pick<Channel, 'runtime' | 'fingerprint'>,
): boolean {
  const socket = facts?.websocket;
  if (socket === undefined || runtime?.id !== socket.runtime) return false;
  return fingerprint?.alpn.join(',') === socket.alpn.join(',');
}
