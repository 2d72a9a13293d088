// Collector: takes windows from the carrier into a store, and acknowledges them when they are on its disk.

import { AckPolicy, type Consumer, JetStreamApiError, type JsMsg, jetstream } from '@nats-io/jetstream';
import { WiretallyError } from '../../model/errors.ts';
import type { UsageWindow } from '../../model/usage.ts';
import { plural } from '../../report/text/quantity.ts';
import type { Store } from '../../store/store.ts';
import { isPseudonym } from '../../text/pseudonym.ts';
import { visibleText } from '../../text/visible-text.ts';
import { DAY_SECONDS } from '../../time/units.ts';
import { RetryPause } from '../retry-pause.ts';
import { MessageRefused, type ReadMessage, readMessage } from './message.ts';
import type { NameGuard } from './name-guard.ts';
import { type Carrier, type CarrierAccess, carrierError, carrierName, openCarrier } from './nats.ts';
import type { SetAside } from './set-aside.ts';

/** Taken at once: what is in memory, and what a kill makes come twice. */
const BATCH_MESSAGES = 256;
const BATCH_BYTES = 16 << 20;
/** Not acknowledged yet, of all collectors of a stream. */
const MAX_IN_FLIGHT = 4 * BATCH_MESSAGES;
const WAIT_MS = 1_000;
/** A collector that was killed: its messages come again after this. */
const ACK_WAIT_NS = 60 * 1e9;
/** What has no room to be set aside is offered again. */
const LATER_MS = 600_000;
const LONGEST_PAUSE_MS = 60_000;
/** A clock that is wrong by this much is told. */
const AHEAD_MS = 60_000;
/** Windows that begin further ahead have no place in a history: everything else would be old beside them. */
const MAX_AHEAD_SECONDS = DAY_SECONDS;

export interface CollectorOptions {
  readonly access: CarrierAccess;
  /** Several collectors with one name share the work. */
  readonly durable: string;
  readonly store: Pick<Store, 'put' | 'settle'>;
  readonly guard: NameGuard;
  readonly aside: SetAside;
  /** Windows with hosts as they are have no place here. */
  readonly onlyPseudonyms: boolean;
  readonly say: (text: string) => void;
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
  readonly #told = new Set<string>();
  #collected = { added: 0, replaced: 0, ignored: 0, refused: 0 };

  constructor(options: CollectorOptions) {
    this.#options = options;
  }

  get collected(): Collected {
    return this.#collected;
  }

  /** Takes what waits, until nothing does. Throws CARRIER_FAILED, STORE_WRITE. */
  async once(): Promise<void> {
    const carrier = await openCarrier(this.#options.access);
    try {
      const consumer = await this.#consumer(carrier);
      const { signal } = this.#options;
      while (!signal.aborted && (await this.#batch(consumer)) > 0);
    } catch (cause) {
      throw cause instanceof WiretallyError ? cause : carrierError(this.#options.access, cause);
    } finally {
      await this.#options.guard.save(this.#options.nowMs(), 'all');
      await carrier.connection.close();
    }
  }

  /** Goes on until the signal; waits longer each time that the carrier or the store fails. */
  async follow(): Promise<void> {
    const { signal, pause, say, access } = this.#options;
    const retry = new RetryPause(LONGEST_PAUSE_MS);
    let hasFailed = false;
    while (!signal.aborted) {
      let carrier: Carrier | null = null;
      try {
        carrier = await openCarrier(access);
        const consumer = await this.#consumer(carrier);
        if (hasFailed) say(`${carrierName(access)}: collecting again`);
        hasFailed = false;
        while (!signal.aborted) {
          await this.#batch(consumer);
          if (carrier.connection.isClosed()) throw new Error('the connection was closed');
          retry.reset();
        }
      } catch (cause) {
        if (signal.aborted) break;
        const error = cause instanceof WiretallyError ? cause : carrierError(access, cause);
        if (error.code === 'USAGE' || error.code === 'STORE_DAMAGED') throw error;
        say(`${error.message}; tried again in ${retry.milliseconds / 1000} s, nothing is lost meanwhile`);
        hasFailed = true;
        await pause(retry.milliseconds, signal);
        retry.lengthen();
      } finally {
        await carrier?.connection.close();
      }
    }
    await this.#options.guard.save(this.#options.nowMs(), 'all');
  }

  /** Made where there is none: it keeps its place on the broker. */
  async #consumer({ connection, manager }: Carrier): Promise<Consumer> {
    const { access, durable } = this.#options;
    try {
      await manager.consumers.info(access.stream, durable);
    } catch (error) {
      if (!(error instanceof JetStreamApiError) || error.status !== 404) throw error;
      await manager.consumers.add(access.stream, {
        durable_name: durable,
        ack_policy: AckPolicy.Explicit,
        ack_wait: ACK_WAIT_NS,
        max_ack_pending: MAX_IN_FLIGHT,
      });
    }
    return await jetstream(connection).consumers.get(access.stream, durable);
  }

  /** Returns how many messages came. */
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
    // Nothing waits behind it.
    if (count > 0 && count < BATCH_MESSAGES) await this.#options.store.settle?.();
    return count;
  }

  async #keep(messages: readonly JsMsg[]): Promise<void> {
    if (messages.length === 0) return;
    try {
      await this.#putAndAcknowledge(messages);
    } catch (error) {
      // They are there again for whoever asks next: else the broker would hold them back for a minute. To one that was
      // acknowledged, or set aside, this does nothing.
      for (const message of messages) message.nak();
      throw error;
    }
  }

  async #putAndAcknowledge(messages: readonly JsMsg[]): Promise<void> {
    const { store, guard, nowMs } = this.#options;
    const accepted: Accepted[] = [];
    for (const message of messages) {
      const window = await this.#accept(message);
      if (window !== null) accepted.push({ message, window });
    }
    const { added, replaced, ignored } = await store.put(accepted.map(({ window }) => window));
    const so = this.#collected;
    this.#collected = {
      ...so,
      added: so.added + added,
      replaced: so.replaced + replaced,
      ignored: so.ignored + ignored,
    };
    for (const { message } of accepted) message.ack();
    await guard.save(nowMs(), 'due');
  }

  /** The window, or null for a message that is done with otherwise. */
  async #accept(message: JsMsg): Promise<UsageWindow | null> {
    const token = message.subject.split('.').at(-1) ?? '';
    const body = message.data;
    const headers = new Map(
      (message.headers?.keys() ?? []).map((name) => [name, message.headers?.get(name) ?? '']),
    );
    let read: ReadMessage;
    try {
      read = readMessage({ headers, body }, token);
    } catch (error) {
      if (!(error instanceof MessageRefused)) throw error;
      const path = await this.#options.aside.message(body);
      this.#refuse(message, path, `message ${message.seq} on ${message.subject}: ${error.message}`);
      return null;
    }
    const reason = await this.#reasonAgainst(message, read);
    if (reason === null) return read.window;
    const path = await this.#options.aside.window(read.window, read.sender.instance);
    this.#refuse(message, path, reason);
    return null;
  }

  async #reasonAgainst(message: JsMsg, { window, sender, sentMs }: ReadMessage): Promise<string | null> {
    const { guard, nowMs, onlyPseudonyms } = this.#options;
    const { sensor } = window;
    const now = nowMs();
    const ahead = window.startSeconds - now / 1000;
    if (ahead > MAX_AHEAD_SECONDS)
      return `${sensor}: a window begins ${hours(ahead)} in the future: its clock is wrong`;
    if (onlyPseudonyms && !holdsPseudonymsAlone(window))
      return `${sensor}: a window holds hosts without pseudonyms`;
    const brokerMs = Math.floor(message.info.timestampNanos / 1e6);
    const clockAheadMs = sentMs === null ? null : sentMs - brokerMs;
    const arrival = { ...sender, sensor, clockAheadMs, arrivedMs: now };
    if (!(await guard.admits(arrival)))
      return `${sensor}: another sensor delivers under this name: its windows are not mixed`;
    if (clockAheadMs !== null && Math.abs(clockAheadMs) > AHEAD_MS) {
      const way = clockAheadMs > 0 ? 'ahead' : 'behind';
      this.#tell(
        `clock ${sensor}`,
        `${sensor}: its clock is ${Math.round(Math.abs(clockAheadMs) / 1000)} s ${way}`,
      );
    }
    return null;
  }

  #refuse(message: JsMsg, path: string | null, reason: string): void {
    if (path === null) {
      this.#tell(
        'full',
        `${this.#options.aside.folder}: has no room for more that is set aside; it waits on the broker`,
      );
      message.nak(LATER_MS);
      return;
    }
    this.#collected = { ...this.#collected, refused: this.#collected.refused + 1 };
    this.#tell(reason, `${reason}; set aside in ${path}`);
    // It is kept, elsewhere. (Terminated messages stay in a work queue of NATS 2.9.)
    message.ack();
  }

  /** Each thing once: a sensor that is wrong is so with every window. */
  #tell(key: string, text: string): void {
    if (this.#told.has(key)) return;
    if (this.#told.size < 10_000) this.#told.add(key);
    this.#options.say(visibleText(text));
  }
}

function hours(seconds: number): string {
  return plural(Math.round(seconds / 3600), 'hour');
}

/** Nothing either by which a host could be told behind its pseudonym: flow ids are sums of addresses without a key. */
function holdsPseudonymsAlone({ hosts, rows, asked }: UsageWindow): boolean {
  const isOne = ({ host }: { readonly host: string }): boolean => isPseudonym(host);
  return (
    hosts.every(
      (host) =>
        isOne(host) &&
        host.mac === null &&
        host.addresses === undefined &&
        host.names.length + host.vlans.length === 0,
    ) &&
    rows.every((row) => isOne(row) && row.communityIds.length === 0) &&
    asked.every(isOne)
  );
}

export function collectedText({ added, replaced, ignored, refused }: Collected): string {
  const parts = [`${plural(added, 'window')} collected`];
  if (replaced > 0) parts.push(`${replaced} replaced by a later revision`);
  if (ignored > 0) parts.push(`${ignored} known already`);
  if (refused > 0) parts.push(`${refused} set aside`);
  return parts.join(', ');
}
