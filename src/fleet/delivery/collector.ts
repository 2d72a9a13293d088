// Collector: writes windows from the broker into a store, and acknowledges them when they are on disk.

import { AckPolicy, type Consumer, JetStreamApiError, type JsMsg, jetstream } from '@nats-io/jetstream';
import { WiretallyError } from '../../model/errors.ts';
import type { UsageWindow } from '../../model/usage.ts';
import type { Store } from '../../store/store.ts';
import { errorReason } from '../../text/error-reason.ts';
import { plural } from '../../text/quantity.ts';
import { visibleText } from '../../text/visible-text.ts';
import { RetryPause } from '../../time/retry-pause.ts';
import { QUARTER_SECONDS } from '../../time/units.ts';
import { CLASH_NEXT } from '../../window/clash.ts';
import { holdsPseudonymsAlone } from '../../window/pseudonymize-windows.ts';
import { windowEntries } from '../../window/window-buffer.ts';
import type { CrashCounts } from './crash-counts.ts';
import { MessageRefused, type ReadMessage, readMessage } from './message.ts';
import type { NameGuard } from './name-guard.ts';
import { type BrokerAccess, type BrokerConnection, brokerError, brokerName, connectBroker } from './nats.ts';
import type { Quarantine } from './quarantine.ts';

/** Maximum sizes of one batch, on the wire and in memory: hosts, rows and DNS names take about 300 bytes each. */
const BATCH_BYTES = 16 << 20;
const BATCH_ENTRIES = 200_000;
const WAIT_MS = 1_000;
/** A message is quarantined after it was alone in progress at this number of crashes. */
const MAX_CRASHES = 4;
/** A window is quarantined after the store rejected it this many times and accepted others. */
const MAX_TRIES = 5;
/** Redelivery delay of a message that could not be quarantined for lack of disk space. */
const LATER_MS = 600_000;
const LONGEST_PAUSE_MS = 60_000;
/** Clock errors above this limit are reported. */
const AHEAD_MS = 60_000;
/** Windows that begin further in the future are rejected: they would make all other windows look old. */
const MAX_AHEAD_SECONDS = QUARTER_SECONDS;
/** 2020-01-01: no sensor is older, but clocks that were never set are. */
const EARLIEST_SECONDS = 1_577_836_800;

export interface CollectorOptions {
  readonly access: BrokerAccess;
  /** Several collectors with one name share the work. */
  readonly durable: string;
  readonly store: Pick<Store, 'put' | 'settle'>;
  readonly guard: NameGuard;
  readonly aside: Quarantine;
  readonly crashCounts: CrashCounts;
  /** Rejects windows without pseudonyms. */
  readonly onlyPseudonyms: boolean;
  readonly print: (text: string) => void;
  readonly nowMs: () => number;
  readonly pause: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

export interface Collected {
  readonly added: number;
  readonly replaced: number;
  readonly ignored: number;
  readonly refused: number;
}

interface Accepted {
  readonly message: JsMsg;
  readonly window: UsageWindow;
}

export class Collector {
  readonly #options: CollectorOptions;
  readonly #logged = new Set<string>();
  readonly #collected = { added: 0, replaced: 0, ignored: 0, refused: 0 };

  constructor(options: CollectorOptions) {
    this.#options = options;
  }

  get collected(): Collected {
    return this.#collected;
  }

  /** Stores all waiting messages. Throws BROKER_FAILED, STORE_WRITE. */
  async once(): Promise<void> {
    const { access, durable } = this.#options;
    const broker = await connectBroker(access);
    try {
      const consumer = await openConsumer(broker, access.stream, durable);
      const { signal } = this.#options;
      while (!signal.aborted && (await this.#batch(consumer)) > 0);
    } catch (cause) {
      throw cause instanceof WiretallyError ? cause : brokerError(access, cause);
    } finally {
      await this.#options.guard.save(this.#options.nowMs(), 'all');
      await broker.connection.close();
    }
  }

  /** Runs until the signal; backs off while the broker or the store fails. */
  async follow(): Promise<void> {
    const { signal, pause, print, access, durable } = this.#options;
    const retry = new RetryPause(LONGEST_PAUSE_MS);
    let hasFailed = false;
    while (!signal.aborted) {
      let broker: BrokerConnection | null = null;
      try {
        broker = await connectBroker(access);
        const consumer = await openConsumer(broker, access.stream, durable);
        if (hasFailed) print(`${brokerName(access)}: collecting again`);
        hasFailed = false;
        while (!signal.aborted) {
          await this.#batch(consumer);
          if (broker.connection.isClosed()) throw new Error('the connection was closed');
          retry.reset();
        }
      } catch (cause) {
        if (signal.aborted) break;
        const error = cause instanceof WiretallyError ? cause : brokerError(access, cause);
        if (error.code === 'USAGE' || error.code === 'STORE_DAMAGED') throw error;
        print(`${error.message}; next attempt in ${retry.milliseconds / 1000} s, no data is lost`);
        hasFailed = true;
        await pause(retry.milliseconds, signal);
        retry.lengthen();
      } finally {
        await broker?.connection.close();
      }
    }
    await this.#options.guard.save(this.#options.nowMs(), 'all');
  }

  async #batch(consumer: Consumer): Promise<number> {
    const messages: JsMsg[] = [];
    let bytes = 0;
    const fetched = await consumer.fetch({ max_messages: BATCH_MESSAGES, expires: WAIT_MS });
    for await (const message of fetched) {
      messages.push(message);
      bytes += message.data.length;
      if (bytes > BATCH_BYTES) {
        await this.#keep(messages.splice(0));
        bytes = 0;
      }
      if (this.#options.signal.aborted) break;
    }
    const count = fetched.getReceived();
    await this.#keep(messages);
    // The queue is empty, so no message is delayed.
    if (count > 0 && count < BATCH_MESSAGES) await this.#options.store.settle?.();
    return count;
  }

  /**
   * First deliveries are written in one batch. A redelivered message may have crashed the process, or may be rejected by
   * the store: it is written separately, after the others.
   */
  async #keep(messages: readonly JsMsg[]): Promise<void> {
    if (messages.length === 0) return;
    const again = messages.filter(({ info }) => info.deliveryCount > 1);
    try {
      const entries = await this.#putAndAcknowledge(messages.filter(({ info }) => info.deliveryCount === 1));
      await this.#storeSingly(again, entries);
      await this.#options.guard.save(this.#options.nowMs(), 'due');
    } catch (error) {
      // Negative acknowledgements make them available immediately; otherwise the broker would withhold them for a minute.
      // Acknowledged and quarantined messages are not affected.
      for (const message of messages) message.nak();
      throw error;
    }
  }

  /** `others`: windows that the store has just taken. */
  async #storeSingly(messages: readonly JsMsg[], others: number): Promise<void> {
    const { crashCounts } = this.#options;
    let entryCount = others;
    const failed: { readonly message: JsMsg; readonly error: unknown }[] = [];
    for (const message of messages) {
      const { streamSequence, timestampNanos, deliveryCount } = message.info;
      const mark = `${streamSequence} ${timestampNanos}`;
      const crashes = crashCounts.take(mark);
      if (crashes >= MAX_CRASHES)
        await this.#setAside(message, `the collector ended ${crashes} times while it read it`);
      else if (deliveryCount >= MAX_DELIVER)
        await this.#setAside(message, `it was delivered ${deliveryCount} times and never kept`);
      else {
        try {
          entryCount += await this.#putAndAcknowledge([message]);
        } catch (error) {
          failed.push({ message, error });
        }
      }
      crashCounts.release(mark);
    }
    const [first] = failed;
    if (first === undefined) return;
    // If the store rejects all other windows too, the store is at fault, and nothing is quarantined.
    if (entryCount === 0) throw first.error;
    for (const { message, error } of failed) {
      const reason = errorReason(error);
      if (message.info.deliveryCount >= MAX_TRIES)
        await this.#setAside(message, `no store takes it: ${reason}`);
      else message.nak();
    }
  }

  /** Quarantines a message that is unreadable or must not be read again. */
  async #setAside(message: JsMsg, reason: string): Promise<void> {
    const path = await this.#options.aside.storeMessage(message.data);
    await this.#refuse(message, path, `message ${message.seq} on ${message.subject}: ${reason}`, reason);
  }

  /** Returns the number of windows that the store accepted. */
  async #putAndAcknowledge(messages: readonly JsMsg[]): Promise<number> {
    let accepted: Accepted[] = [];
    let entries = 0;
    let storedCount = 0;
    for (const message of messages) {
      const window = await this.#accept(message);
      if (window === null) continue;
      accepted.push({ message, window });
      entries += windowEntries([window]);
      if (entries < BATCH_ENTRIES) continue;
      await this.#put(accepted);
      storedCount += accepted.length;
      accepted = [];
      entries = 0;
    }
    if (accepted.length > 0) await this.#put(accepted);
    return storedCount + accepted.length;
  }

  async #put(accepted: readonly Accepted[]): Promise<void> {
    const { store } = this.#options;
    const { added, replaced, ignored, clashes = [] } = await store.put(accepted.map(({ window }) => window));
    for (const { sensor } of clashes)
      this.#logOnce(
        `clash ${sensor}`,
        `${sensor}: a window was delivered again with other contents; the stored one is kept: ${CLASH_NEXT}`,
      );
    const counts = this.#collected;
    counts.added += added;
    counts.replaced += replaced;
    counts.ignored += ignored;
    for (const { message } of accepted) message.ack();
  }

  /** Returns the window, or null for a message that needs no storing. */
  async #accept(message: JsMsg): Promise<UsageWindow | null> {
    const token = getToken(message);
    const body = message.data;
    const headers = new Map(
      (message.headers?.keys() ?? []).map((name) => [name, message.headers?.get(name) ?? '']),
    );
    let read: ReadMessage;
    try {
      read = readMessage({ headers, body }, token);
    } catch (error) {
      if (!(error instanceof MessageRefused)) throw error;
      await this.#setAside(message, error.message);
      return null;
    }
    const reason = await this.#reasonAgainst(message, read);
    if (reason === null) return read.window;
    const path = await this.#options.aside.storeWindow(read.window, read.sender.instance);
    await this.#refuse(message, path, reason, reason);
    return null;
  }

  async #reasonAgainst(message: JsMsg, { window, sender, sentMs }: ReadMessage): Promise<string | null> {
    const { guard, nowMs, onlyPseudonyms } = this.#options;
    const { sensor } = window;
    const now = nowMs();
    const ahead = window.startSeconds - now / 1000;
    if (ahead > MAX_AHEAD_SECONDS)
      return `${sensor}: a window begins ${formatTime(ahead)} in the future: its clock is wrong`;
    if (window.startSeconds < EARLIEST_SECONDS)
      return `${sensor}: a window begins in ${new Date(window.startSeconds * 1000).getUTCFullYear()}: its clock is not set`;
    if (onlyPseudonyms && !holdsPseudonymsAlone(window))
      return `${sensor}: a window contains hosts without pseudonyms`;
    const brokerMs = Math.floor(message.info.timestampNanos / 1e6);
    const clockAheadMs = sentMs === null ? null : sentMs - brokerMs;
    const arrival = { ...sender, sensor, clockAheadMs, arrivedMs: now };
    if (!(await guard.admits(arrival)))
      return `${sensor}: another sensor uses this name: its windows are refused`;
    if (clockAheadMs !== null && Math.abs(clockAheadMs) > AHEAD_MS) {
      const way = clockAheadMs > 0 ? 'ahead' : 'behind';
      this.#logOnce(
        `clock ${sensor}`,
        `${sensor}: its clock is ${Math.round(Math.abs(clockAheadMs) / 1000)} s ${way}`,
      );
    }
    return null;
  }

  /** `reason`: for the list of sensors; `text`: for the log. */
  async #refuse(message: JsMsg, path: string | null, text: string, reason: string): Promise<void> {
    const { guard, nowMs } = this.#options;
    if (path === null) {
      this.#logOnce(
        'full',
        `${this.#options.aside.folder}: the quarantine is full; the message stays on the broker`,
      );
      message.nak(LATER_MS);
      return;
    }
    this.#collected.refused++;
    this.#logOnce(text, `${text}; set aside in ${path}`);
    await guard.noteRefused(decodeToken(getToken(message)), visibleText(reason), nowMs());
    // Acknowledged because it is quarantined. (Terminated messages remain in a work queue of NATS 2.9.)
    message.ack();
  }

  /** Logs each text once, because a misconfigured sensor repeats its fault with every window. */
  #logOnce(key: string, text: string): void {
    if (this.#logged.has(key)) return;
    if (this.#logged.size < 10_000) this.#logged.add(key);
    this.#options.print(visibleText(text));
  }
}

const getToken = ({ subject }: JsMsg): string => subject.split('.').at(-1) ?? '';

/** Decodes the sensor name from its subject token; returns an empty text for an invalid token. */
function decodeToken(token: string): string {
  try {
    return decodeURIComponent(token);
  } catch {
    return token;
  }
}

const formatTime = (seconds: number): string =>
  seconds < 7200 ? plural(Math.round(seconds / 60), 'minute') : plural(Math.round(seconds / 3600), 'hour');

export function collectedText({ added, replaced, ignored, refused }: Collected): string {
  const parts = [`${plural(added, 'record')} collected`];
  if (replaced > 0) parts.push(`${replaced} replaced by a later revision`);
  if (ignored > 0) parts.push(`${ignored} known already`);
  if (refused > 0) parts.push(`${refused} set aside`);
  return parts.join(', ');
}

// The consumer of a collector: its position on the broker, and the number of deliveries per message.

/** Messages per fetch: bounds memory, and redeliveries after a crash. */
const BATCH_MESSAGES = 256;
/** Maximum unacknowledged messages of all collectors of a stream. */
const MAX_IN_FLIGHT = 4 * BATCH_MESSAGES;
/** Redelivery timeout of messages of a killed collector. */
const ACK_WAIT_NS = 60 * 1e9;
/**
 * Maximum deliveries of one message. A failing store is retried every minute, so an outage of a week loses no window;
 * the collector quarantines a message at its last delivery.
 */
export const MAX_DELIVER = 10_000;

/** Opens or creates a durable consumer, which retains its position on the broker. Updates the limits of older ones. */
async function openConsumer(
  { connection, manager }: BrokerConnection,
  stream: string,
  durable: string,
): Promise<Consumer> {
  try {
    const { config } = await manager.consumers.info(stream, durable);
    if (config.max_deliver !== MAX_DELIVER)
      await manager.consumers.update(stream, durable, { max_deliver: MAX_DELIVER });
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.status !== 404) throw error;
    await manager.consumers.add(stream, {
      durable_name: durable,
      ack_policy: AckPolicy.Explicit,
      ack_wait: ACK_WAIT_NS,
      max_ack_pending: MAX_IN_FLIGHT,
      max_deliver: MAX_DELIVER,
    });
  }
  return await jetstream(connection).consumers.get(stream, durable);
}
