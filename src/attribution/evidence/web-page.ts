// Describes what a web page can make a browser send. Any page that is opened can look up, connect to and call any name,
// with a body of any size: the name, the sizes and the answers prove no tool.

import { type CompiledTool, isBrowserBuilt, mayBeBrowser } from '../../catalogue/rules.ts';
import type { Channel } from '../traffic/channel.ts';
import { type GatheredItem, item } from './item.ts';

/** Settings, windows and pings of HTTP/2 and HTTP/3 are smaller, a request of a page with its method and path is not. */
const LEAST_REQUEST_BYTES = 100;
/** A page of a chat, and a file that it loads. */
const VISIT_REQUESTS = 2;
/** A post of another page is larger than what a page of the chat loads. */
const MOST_GET_BYTES = 1000;
/** A browser sends at most this much to open a connection without a request. */
const LOGGED_GREETING_BYTES = 2600;

/** Confidence in evidence that a web page can make: *possible*, with the reason. Chats are visited in a browser. */
export function atMostPage(compiled: CompiledTool, found: GatheredItem): GatheredItem[] {
  const { grade, channels } = found;
  if (grade === null || grade === 'possible' || channels.length === 0) return [found];
  if (!channels.every((channel) => mayBePage(compiled, channel))) return [found];
  const isChat = compiled.tool.kind === 'chat';
  if (isChat && isVisit(channels)) return [found];
  const reason = isChat
    ? 'no page of the chat and its files was loaded'
    : channels.some(({ runtime }) => runtime === null)
      ? 'no hello shows that it was another program'
      : 'a browser has the same hello';
  const names = [...new Set(channels.map(({ name }) => name))].slice(0, 3).join(', ');
  const detail = `${names}: any web page can produce the same traffic; ${reason}`;
  return [
    { ...found, grade: 'possible' },
    item({ id: 'web-page', kind: 'context' }, 'name', null, detail, channels),
  ];
}

/** The program of the channel may be a browser that a page steers. Clear text names its program only by a product token. */
function mayBePage({ tool }: CompiledTool, channel: Channel): boolean {
  const { runtime, userAgent, nameFrom } = channel;
  if (tool.userAgents?.some(({ token }) => userAgent?.startsWith(token))) return false;
  if (runtime !== null) return mayBeBrowser(runtime, channel.fingerprint);
  // A log without fingerprints does not show whether a browser called the name.
  return channel.isLogged ? isBrowserBuilt(tool) : nameFrom === 'host';
}

/** A browser loads a page and its files. An image, a form or a connection that is opened in advance is one request, or none. */
function isVisit(channels: readonly Channel[]): boolean {
  const sizes = channels.flatMap(({ exchanges }) => exchanges.map(({ exchange }) => exchange.bytesUp));
  const gets = new Set(sizes.filter((bytes) => bytes >= LEAST_REQUEST_BYTES && bytes < MOST_GET_BYTES));
  return gets.size >= VISIT_REQUESTS || channels.some(isLoggedVisit);
}

/** A log counts bytes alone. */
function isLoggedVisit({ isLogged, slices }: Channel): boolean {
  return (
    isLogged &&
    slices.some(
      ({ row }) => row.unsizedUp > 0 || row.payloadUp > (row.flows - row.failedFlows) * LOGGED_GREETING_BYTES,
    )
  );
}
