// The worker that reads captures, for the page and the report element.

import type { FromWorker, ToWorker } from '../worker-messages.ts';

export interface Analyzer {
  send(message: ToWorker): void;
  /** Ends it: what it reads is discarded. */
  close(): void;
}

/**
 * `onFailure`: the worker has ended, for lack of memory as a rule; `reason` is empty where it could not be loaded. It is
 * started again where it was ready once.
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
