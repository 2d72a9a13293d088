// Starts the worker that reads captures, for the page and the report element.

import type { FromWorker, ToWorker } from '../worker-messages.ts';

export interface Analyzer {
  send(message: ToWorker): void;
  /** Ends the worker and discards its results. */
  close(): void;
}

/**
 * `onFailure` is called after the worker has ended, usually for lack of memory. `reason` is empty if the script could not
 * be loaded. A worker that was ready before is replaced by a new one.
 */
export function startAnalyzer(
  address: string | URL,
  onMessage: (message: FromWorker) => void,
  onFailure: (reason: string) => void,
): Analyzer {
  let wasReady = false;
  const start = (): Worker => {
    const worker = new Worker(address, { type: 'module' });
    worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
      wasReady ||= data.kind === 'ready';
      onMessage(data);
    });
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      worker.terminate();
      if (wasReady) current = start();
      wasReady = false;
      onFailure(event.message ?? '');
    });
    return worker;
  };
  let current = start();
  return {
    send: (message) => current.postMessage(message),
    close: () => current.terminate(),
  };
}
