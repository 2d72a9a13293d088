// Findings of `watch` on their way: to stderr at once, and through the outbox to file, syslog and webhook.

import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Alert, type AlertSink, fileSink, syslogSink, webhookSink } from '../sensor/alert-sinks.ts';
import { Outbox } from '../sensor/outbox.ts';
import { printWarning } from './messages.ts';
import type { WatchVerbOptions } from './watch.ts';

/** Sinks that answer get this long at the end; what they did not take waits for the next run. */
const LAST_WAIT_MS = 3000;
const LOOK_EVERY_MS = 20;

export interface Alerts {
  raise(alert: Alert): void;
  close(): Promise<void>;
}

/** Throws USAGE for an address that is none. */
export function sinksOf(options: WatchVerbOptions): AlertSink[] {
  return [
    ...(options.alertsFile === undefined ? [] : [fileSink(options.alertsFile)]),
    ...(options.syslog === undefined ? [] : [syslogSink(options.syslog)]),
    ...(options.webhook === undefined ? [] : [webhookSink(options.webhook)]),
  ];
}

export async function openAlerts(options: WatchVerbOptions, sinks: readonly AlertSink[]): Promise<Alerts> {
  const outbox = new Outbox({
    file: join(options.state ?? stateFolder(), 'outbox.ndjson'),
    sinks,
    pause: (milliseconds, signal) => setTimeout(milliseconds, undefined, { signal }),
    onTrouble: (sink, error, waiting) =>
      printWarning(`${sink}: ${error instanceof Error ? error.message : error}; ${waiting} findings wait`),
  });
  await outbox.open();
  let writing: Promise<void> = Promise.resolve();
  return {
    raise(alert) {
      writing = writing.then(async () => {
        try {
          // Known from an earlier run of today: it was said then.
          if (await outbox.add(alert)) printWarning(`finding: ${alert.text}`);
        } catch (error) {
          printWarning(
            `finding: ${alert.text} (cannot be kept: ${error instanceof Error ? error.message : error})`,
          );
        }
      });
    },
    async close() {
      await writing;
      for (let waited = 0; outbox.waiting > 0 && waited < LAST_WAIT_MS; waited += LOOK_EVERY_MS) {
        await setTimeout(LOOK_EVERY_MS);
      }
      await outbox.close();
      if (outbox.waiting > 0)
        printWarning(`${outbox.waiting} findings were not taken; the next run sends them`);
    },
  };
}

/** systemd's StateDirectory=, else where a user's programs keep their state. */
function stateFolder(): string {
  const given = process.env.STATE_DIRECTORY?.split(':')[0];
  return given ?? join(process.env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'wiretally');
}
