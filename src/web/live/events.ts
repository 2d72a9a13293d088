// Server-sent events: that there is something new, and that the server is still there.

import type { Context } from 'hono';
import { type SSEStreamingApi, streamSSE } from 'hono/streaming';
import type { Documents } from '../documents.ts';
import { PageError } from '../page-error.ts';

/** Each is a connection. */
const MAX_LISTENERS = 128;
/** A page that hears nothing for three of them says that it is stale; shorter than what cuts an idle connection. */
const ALIVE_MS = 8_000;
const COME_BACK_MS = 2_000;
/** Figures of a running sensor. */
const FIGURES_MS = 1_000;

/** Answers with events until the visitor leaves. `figures`: those of a running sensor as JSON; null without one. */
export function eventsOf(documents: Documents, figures: () => string | null): (c: Context) => Response {
  let listeners = 0;
  return (c) => {
    if (listeners >= MAX_LISTENERS)
      throw new PageError(503, `${MAX_LISTENERS} pages are kept up to date already`, 'load the page again');
    listeners++;
    return streamSSE(c, async (stream) => {
      try {
        await tell(stream, documents, figures);
      } finally {
        listeners--;
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
