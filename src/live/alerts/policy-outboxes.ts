// Delivers the findings of `watch`: to stderr at once, and through the outbox to file, syslog and webhook.

import { setTimeout } from 'node:timers/promises';
import { writeError } from '../../files/durable-file.ts';
import { errorReason } from '../../text/error-reason.ts';
import { plural } from '../../text/quantity.ts';
import { type StateOptions, stateFolder } from '../state-folder.ts';
import { AlertState, type HeldJournal } from './alert-state.ts';
import { MAX_WAITING, Outbox } from './outbox.ts';
import { receiverSink } from './receiver-sinks.ts';
import type { Receiver } from './receivers-file.ts';
import { type Alert, type AlertSink, fileSink, syslogSink, webhookSink } from './sinks.ts';

/** Time to deliver the last alerts at the end. Undelivered alerts wait for the next run. */
const LAST_WAIT_MS = 3000;
const POLL_EVERY_MS = 20;

export interface SinkOptions {
  readonly alertsFile?: string;
  readonly syslog?: string;
  readonly webhook?: string;
}

export interface AlertOptions extends StateOptions {
  /** Name of the sensor; without one its interfaces identify it. */
  readonly sensor?: string;
  readonly interface: readonly string[];
  /** Findings of earlier runs are sent again. */
  readonly replayAlerts?: boolean;
}

export interface Alerts {
  /** Allows the policy to raise findings. For the first policy it throws STORE_WRITE, STORE_BUSY. */
  admit(policySha256: string): Promise<void>;
  /** Resolves when it is on disk; never rejects. */
  raise(alert: Alert, policySha256: string): Promise<void>;
  /** Tells whether an alert of this id is known, also from an earlier run. */
  wasRaised(id: string, policySha256: string): boolean;
  /** Counts the alerts that wait for a receiver, and the dropped ones. */
  count(): { readonly waiting: number; readonly dropped: number };
  close(): Promise<void>;
}

/** Throws USAGE for an invalid address. */
export function listSinks(options: SinkOptions, receivers: readonly Receiver[]): AlertSink[] {
  return [
    ...(options.alertsFile === undefined ? [] : [fileSink(options.alertsFile)]),
    ...(options.syslog === undefined ? [] : [syslogSink(options.syslog)]),
    ...(options.webhook === undefined ? [] : [webhookSink(options.webhook)]),
    ...receivers.map(receiverSink),
  ];
}

/** `tell` prints a line for the operator also with --quiet; `print` does not. */
export function buildAlerts(
  options: AlertOptions,
  sinks: readonly AlertSink[],
  { tell, print }: Record<'tell' | 'print', (text: string) => void>,
): Alerts {
  const state = new AlertState(
    stateFolder(options),
    options.sensor === undefined ? { interfaces: options.interface } : { name: options.sensor },
  );
  return new PolicyOutboxes({ state, sinks, isReplaying: options.replayAlerts === true, tell, print });
}

interface OpenOutbox {
  readonly outbox: Outbox;
  readonly journal: HeldJournal;
}

/** Policies of one run; undelivered alerts of the oldest ones are left to --replay-alerts. */
const MAX_OPEN = 16;

interface OutboxesOptions {
  readonly state: AlertState;
  readonly sinks: readonly AlertSink[];
  readonly isReplaying: boolean;
  /** Prints a line for the operator, also with --quiet. */
  readonly tell: (text: string) => void;
  readonly print: (text: string) => void;
}

/** One outbox per policy: its findings are sent until the run ends, and never by a run under another policy. */
class PolicyOutboxes implements Alerts {
  readonly #options: OutboxesOptions;
  readonly #open = new Map<string, OpenOutbox>();
  #droppedBefore = 0;

  constructor(options: OutboxesOptions) {
    this.#options = options;
  }

  async admit(policySha256: string): Promise<void> {
    if (this.#open.has(policySha256)) return;
    const isFirst = this.#open.size === 0;
    try {
      const { outbox } = await this.#openOutbox(policySha256);
      for (const { text } of await outbox.endProvisional()) this.#options.tell(`finding: ${text}`);
      if (isFirst) await this.#takeLeft(outbox);
    } catch (error) {
      if (isFirst) throw error;
      // The sensor continues to listen; each finding reports that it is not stored.
      this.#options.tell(errorReason(error));
    }
    const [oldest] = this.#open;
    if (this.#open.size > MAX_OPEN && oldest !== undefined) await this.#closeOutbox(...oldest);
  }

  async #openOutbox(sha256: string): Promise<OpenOutbox> {
    const journal = this.#options.state.hold(sha256);
    const outbox = new Outbox({
      file: journal.file,
      sinks: this.#options.sinks,
      ...(this.#options.isReplaying ? { replays: true } : {}),
      pause: (milliseconds, signal) => setTimeout(milliseconds, undefined, { signal }),
      onTrouble: (sink, error, waiting) =>
        this.#options.tell(
          `${sink}: ${errorReason(error)}; ${plural(waiting, 'finding')} ${waiting === 1 ? 'waits' : 'wait'}`,
        ),
    });
    try {
      await outbox.open();
    } catch (cause) {
      journal.release();
      throw writeError(journal.file, cause);
    }
    this.#options.print(`findings of this sensor and policy are kept in ${journal.file}`);
    const opened = { outbox, journal };
    this.#open.set(sha256, opened);
    return opened;
  }

  async #closeOutbox(policy: string, { outbox, journal }: OpenOutbox): Promise<void> {
    await outbox.close();
    journal.release();
    this.#open.delete(policy);
    this.#droppedBefore += outbox.dropped;
  }

  /** Alerts that runs under other policies did not deliver are sent on request only. */
  async #takeLeft(outbox: Outbox): Promise<void> {
    let count = 0;
    for (const left of this.#options.state.listLeftJournals(Date.now())) {
      count += left.undelivered.length;
      if (!this.#options.isReplaying) continue;
      for (const alert of left.undelivered) await outbox.add(alert);
      left.remove();
    }
    if (count === 0) return;
    const findings = `${plural(count, 'finding')} of earlier runs under other policies`;
    if (this.#options.isReplaying)
      this.#options.print(`${findings} ${count === 1 ? 'is' : 'are'} sent again`);
    else
      this.#options.tell(
        `${findings} ${count === 1 ? 'was' : 'were'} not delivered: ${this.#options.state.folder}; --replay-alerts sends ${count === 1 ? 'it' : 'them'}`,
      );
  }

  async raise(alert: Alert, policySha256: string): Promise<void> {
    const open = this.#open.get(policySha256);
    if (open === undefined) {
      this.#options.tell(`finding: ${alert.text} (not kept: its policy has no journal)`);
      return;
    }
    try {
      const isNew = await open.outbox.add(alert);
      this.#options.tell(`finding: ${alert.text}${isNew ? '' : ' (an earlier run raised it)'}`);
    } catch (error) {
      this.#options.tell(`finding: ${alert.text} (cannot be kept: ${errorReason(error)})`);
    }
  }

  wasRaised(id: string, policySha256: string): boolean {
    return this.#open.get(policySha256)?.outbox.isKnown(id) === true;
  }

  count(): { readonly waiting: number; readonly dropped: number } {
    const boxes = [...this.#open.values()].map(({ outbox }) => outbox);
    return {
      waiting: boxes.reduce((sum, { waiting }) => sum + waiting, 0),
      dropped: boxes.reduce((sum, { dropped }) => sum + dropped, this.#droppedBefore),
    };
  }

  async close(): Promise<void> {
    for (let waited = 0; this.count().waiting > 0 && waited < LAST_WAIT_MS; waited += POLL_EVERY_MS) {
      await setTimeout(POLL_EVERY_MS);
    }
    const { waiting, dropped } = this.count();
    for (const [policy, outbox] of this.#open) await this.#closeOutbox(policy, outbox);
    if (waiting > 0)
      this.#options.tell(
        `${plural(waiting, 'finding')} ${waiting === 1 ? 'was' : 'were'} not accepted; the next run of this sensor and policy sends ${waiting === 1 ? 'it' : 'them'}`,
      );
    if (dropped > 0)
      this.#options.tell(
        `${plural(dropped, 'finding')} ${dropped === 1 ? 'was' : 'were'} discarded, oldest first: at most ${MAX_WAITING} wait for a receiver`,
      );
  }
}
