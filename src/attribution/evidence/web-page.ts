// Describes traffic that a web page can make a browser send. Any open page can look up, connect to and call any name,
// with a body of any size: the name, the sizes and the answers prove no tool.

import { type CompiledTool, isBrowserBuilt, mayBeBrowser } from '../../catalogue/rules.ts';
import { phrase } from '../../model/sentences.ts';
import type { Channel } from '../traffic/channel.ts';
import { buildItem, type GatheredItem } from './item.ts';

/** Minimum size of a request with method and path: settings, windows and pings of HTTP/2 and HTTP/3 are smaller. */
const MIN_REQUEST_BYTES = 100;
/** Minimum number of requests of a visit: a page and a file. */
const VISIT_REQUESTS = 2;
/** Maximum size of requests of a page for its files: a post is larger. */
const MAX_GET_BYTES = 1000;
/** Maximum bytes of a browser for a connection without a request. */
const LOGGED_GREETING_BYTES = 2600;

/** Limits evidence that a web page can cause to *possible*, with the reason. Chats are visited in a browser. */
export function limitToPage(compiled: CompiledTool, found: GatheredItem): GatheredItem[] {
  const { grade, channels } = found;
  if (grade === null || grade === 'possible' || channels.length === 0) return [found];
  if (!channels.every((channel) => mayBePage(compiled, channel))) return [found];
  const isChat = compiled.tool.kind === 'chat';
  if (isChat && isVisit(channels)) return [found];
  const key = isChat
    ? 'webPageChat'
    : channels.some(({ runtime }) => runtime === null)
      ? 'webPageHello'
      : 'webPageBrowser';
  const name = [...new Set(channels.map((channel) => channel.name))].slice(0, 3).join(', ');
  return [
    { ...found, grade: 'possible' },
    buildItem({ id: 'web-page', kind: 'context' }, 'name', null, phrase(key, { name }), channels),
  ];
}

/** True if the program may be a browser under control of a page. In clear text only a product token identifies the program. */
function mayBePage({ tool }: CompiledTool, channel: Channel): boolean {
  const { runtime, userAgent, nameFrom } = channel;
  if (tool.userAgents?.some(({ token }) => userAgent?.startsWith(token))) return false;
  if (runtime !== null) return mayBeBrowser(runtime, channel.fingerprint);
  // A log without fingerprints does not show whether a browser called the name.
  return channel.isLogged ? isBrowserBuilt(tool) : nameFrom === 'host';
}

/** True for a page with its files. An image, a form or a preconnect of another page is at most one request. */
function isVisit(channels: readonly Channel[]): boolean {
  const sizes = channels.flatMap(({ exchanges }) => exchanges.map(({ exchange }) => exchange.bytesUp));
  const gets = new Set(sizes.filter((bytes) => bytes >= MIN_REQUEST_BYTES && bytes < MAX_GET_BYTES));
  return gets.size >= VISIT_REQUESTS || channels.some(isLoggedVisit);
}

/** True for a visit in a log, which contains only bytes. */
function isLoggedVisit({ isLogged, slices }: Channel): boolean {
  return (
    isLogged &&
    slices.some(
      ({ row }) => row.unsizedUp > 0 || row.payloadUp > (row.flows - row.failedFlows) * LOGGED_GREETING_BYTES,
    )
  );
}
