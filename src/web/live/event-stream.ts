// Sends server-sent events about new data, and that the server is still alive.

import type { Context } from 'hono';
import { type SSEStreamingApi, streamSSE } from 'hono/streaming';
import type { Documents } from '../documents.ts';
import type { WebEnv } from '../guard/visitors.ts';
import { PageError } from '../page-error.ts';

/** Each listener uses a connection, so these limits are below those of connections in total and per client. */
const MAX_LISTENERS = 128;
const MAX_LISTENERS_OF_CLIENT = 32;
/**
 * A page without an event for three of these intervals shows that it is stale. Shorter than the idle timeout of a
 * connection.
 */
const ALIVE_MS = 8_000;
const COME_BACK_MS = 2_000;
/** Interval of the figures of a running sensor. */
const FIGURES_MS = 1_000;

/** Sends events until the client disconnects. `figures`: those of a running sensor as JSON; null without one. */
export function makeEvents(
  documents: Documents,
  figures: () => string | null,
): (c: Context<WebEnv>) => Response {
  let listeners = 0;
  const ofClients = new Map<string, number>();
  return (c) => {
    const client = c.get('client');
    const own = ofClients.get(client) ?? 0;
    if (listeners >= MAX_LISTENERS || own >= MAX_LISTENERS_OF_CLIENT)
      throw new PageError(503, 'too many live pages are open', 'close other pages, and reload this one');
    listeners++;
    ofClients.set(client, own + 1);
    return streamSSE(c, async (stream) => {
      try {
        await sendEvent(stream, documents, figures);
      } finally {
        listeners--;
        const left = (ofClients.get(client) ?? 1) - 1;
        if (left > 0) ofClients.set(client, left);
        else ofClients.delete(client);
      }
    });
  };
}

async function sendEvent(
  stream: SSEStreamingApi,
  documents: Documents,
  figures: () => string | null,
): Promise<void> {
  let wake: () => void = () => undefined;
  const forget = documents.onChange(() => wake());
  stream.onAbort(() => wake());
  try {
    let lastSent: string | null = null;
    while (!stream.aborted) {
      const { version } = documents;
      // A client that reconnects sends this id, which names its content.
      const shown = figures();
      const isChange = version !== lastSent;
      lastSent = version;
      if (isChange || shown === null)
        await stream.writeSSE({ event: isChange ? 'change' : 'alive', data: version, retry: COME_BACK_MS });
      if (shown !== null) await stream.writeSSE({ event: 'figures', data: shown });
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, shown === null ? ALIVE_MS : FIGURES_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
        if (documents.version !== lastSent || stream.aborted) wake();
      });
    }
  } finally {
    forget();
  }
}
