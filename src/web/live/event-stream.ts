// Sends server-sent events: there is new data, and the server is still alive.

import type { Context } from 'hono';
import { type SSEStreamingApi, streamSSE } from 'hono/streaming';
import type { Documents } from '../documents.ts';
import type { WebEnv } from '../guard/visitors.ts';
import { PageError } from '../page-error.ts';

/** Each is a connection: fewer than the server takes, and of one client fewer than it may open. */
const MAX_LISTENERS = 128;
const MAX_LISTENERS_OF_CLIENT = 32;
/** A page that hears nothing for three of them says that it is stale; shorter than what cuts an idle connection. */
const ALIVE_MS = 8_000;
const COME_BACK_MS = 2_000;
/** Figures of a running sensor. */
const FIGURES_MS = 1_000;

/** Answers with events until the visitor leaves. `figures`: those of a running sensor as JSON; null without one. */
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
      throw new PageError(
        503,
        'too many pages are kept up to date already',
        'close other pages, and load this one again',
      );
    listeners++;
    ofClients.set(client, own + 1);
    return streamSSE(c, async (stream) => {
      try {
        await tell(stream, documents, figures);
      } finally {
        listeners--;
        const left = (ofClients.get(client) ?? 1) - 1;
        if (left > 0) ofClients.set(client, left);
        else ofClients.delete(client);
      }
    });
  };
}

async function tell(
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
      // Who comes back says by it what is shown there.
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
