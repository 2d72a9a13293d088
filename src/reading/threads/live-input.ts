// Reads one interface, through a kernel ring or through packets in messages.

import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { type LinkState, loadAddon, type NativeDecoder, type RingStats } from '../../native/addon.ts';
import { US } from '../../time/units.ts';
import { openRing } from '../rings/ring.ts';
import { buildFailure } from './thread-failure.ts';
import type { LiveSource, Pause, Post, Progress, ThreadInput, ToInput } from './thread-messages.ts';

/** Maximum duration of one poll, so that signals are handled and a quiet network costs little. */
const POLL_MS = 50;
/** Poll interval for packets in messages. */
const PORTABLE_PAUSE_MS = 5;
const STATS_EVERY_MS = 500;
/** Unit of thread time in Linux (sysconf(_SC_CLK_TCK), 100 on every architecture that Node runs on). */
const TICK_MS = 10;

export class LiveInput {
  readonly decoder: NativeDecoder;
  /** Approximate maximum duration of one poll. */
  readonly pollMs: number;
  readonly #source: LiveSource;
  readonly #post: Post;
  readonly #clock: LiveClock;
  readonly #pulse = new Pulse(Date.now());
  #phase: 'running' | 'stopping' | 'finishing' = 'running';
  #state: LinkState = 'up';
  #lastRing: RingStats | null = null;
  #mostFill = 0;
  #pastRings = { received: 0, ringDrops: 0, freezes: 0 };
  #statsAt = 0;
  #busy = { cpuMs: 0, atMs: 0 };

  constructor({ source, decoder }: ThreadInput, windowSeconds: number, post: Post) {
    this.#source = source;
    this.#post = post;
    this.#clock = new LiveClock(windowSeconds);
    this.pollMs = this.#isPortable ? 0 : POLL_MS;
    this.decoder = loadAddon().createDecoder(decoder);
    if (source.backend === 'ring') openRing(this.decoder, source.name, source.index, source.ring);
    else this.decoder.openStream(source.index);
  }

  get #isPortable(): boolean {
    return this.#source.backend === 'cap';
  }

  hear(message: ToInput): void {
    switch (message.kind) {
      case 'bytes':
        this.decoder.push(message.bytes, false);
        break;
      case 'watchlist':
        this.decoder.setWatchlist(message.watchlist);
        break;
      case 'reopen':
        this.#reopen(message.fanoutGroup);
        break;
      case 'stop':
        this.#phase = 'stopping';
        if (this.#isPortable) this.decoder.push(new Uint8Array(0), true);
        else this.decoder.stopInterface();
        break;
      case 'fail':
        throw new Error('failed on request');
    }
  }

  /** Opens a new ring with the same flow table, because the interface reappeared with another index. */
  #reopen(fanoutGroup: number): void {
    const source = this.#source;
    if (source.backend !== 'ring') return;
    try {
      openRing(this.decoder, source.name, source.index, { ...source.ring, fanoutGroup });
      this.#keepTotals();
      this.#state = 'up';
      this.#post({ kind: 'reopened' });
    } catch (error) {
      this.#post({ kind: 'failed', ...buildFailure(error) });
    }
  }

  /** Saves the totals, because a new ring counts from zero. */
  #keepTotals(): void {
    const past = this.#pastRings;
    const ring = this.#lastRing;
    this.#lastRing = null;
    if (ring === null) return;
    this.#pastRings = {
      received: past.received + ring.received,
      ringDrops: past.ringDrops + ring.ringDrops,
      freezes: past.freezes + ring.freezes,
    };
  }

  /** Runs every second, and before each progress report. Time in which the thread did not run was not observed. */
  beat(): void {
    const pause = this.#pulse.beat(Date.now());
    if (pause !== null) this.#post({ kind: 'paused', ...pause });
  }

  /** Returns the clock of the thread after a batch with clock `packetUs`. */
  progressAt(packetUs: number): Progress {
    // The clock is monotonic, because otherwise batches would wait for each other.
    if (this.#phase === 'finishing') return { clockUs: Math.max(this.#clock.us, packetUs), settledUs: null };
    return this.#advance(packetUs);
  }

  /**
   * Handles a decoder without data: the interface is gone, the read has ended, or the portable backend has no packet.
   * Returns false if no more data will follow.
   */
  async idle(): Promise<boolean> {
    if (this.#phase === 'finishing') return false;
    if (this.#phase === 'stopping') {
      this.decoder.finish();
      this.#phase = 'finishing';
      return true;
    }
    this.#post({ kind: 'progress', ...this.#advance(null) });
    await setTimeout(this.#isPortable ? PORTABLE_PAUSE_MS : POLL_MS);
    return true;
  }

  /** Advances the clock, requests the slices of ended windows, and reports completed ones. */
  #advance(packetUs: number | null): Progress {
    this.beat();
    const isQuiet = this.#ring()?.isQuiet ?? packetUs === null;
    this.#clock.tick(packetUs, isQuiet, performance.now(), Date.now());
    const settledSeconds = this.decoder.liveState().isFlushing ? null : this.#clock.answered();
    const due = this.#clock.due();
    if (due !== null) {
      this.decoder.flushBefore(due);
      this.decoder.requestCounters();
    }
    return { clockUs: this.#clock.us, settledUs: settledSeconds === null ? null : settledSeconds * US };
  }

  #ring(): RingStats | null {
    if (this.#isPortable) return null;
    const ring = this.decoder.ringStats();
    if (ring !== null) {
      this.#lastRing = ring;
      this.#mostFill = Math.max(this.#mostFill, ring.fill);
    }
    return ring;
  }

  /** Runs after each poll. `isLast`: after the last one. */
  postStats(isLast: boolean): void {
    const now = performance.now();
    if (!isLast && now - this.#statsAt < STATS_EVERY_MS) return;
    this.#statsAt = now;
    const ring = this.#lastRing;
    if (ring !== null) this.#state = ring.state;
    const past = this.#pastRings;
    this.decoder.requestCounters();
    this.#post({
      kind: 'stats',
      received: past.received + (ring?.received ?? 0),
      ringDrops: past.ringDrops + (ring?.ringDrops ?? 0),
      freezes: past.freezes + (ring?.freezes ?? 0),
      ringFill: ring === null ? null : this.#mostFill,
      state: this.#state,
      openFlows: this.decoder.liveState().openFlows,
      load: this.#load(),
    });
    this.#mostFill = 0;
    // The ring is drained and then closed; the flow table remains.
    if (ring?.state === 'gone') this.decoder.stopInterface();
  }

  /**
   * Returns the share of one core that this thread has used since the last call; null if the system does not report it.
   */
  #load(): number | null {
    try {
      const fields = readFileSync('/proc/thread-self/stat', 'utf8').split(') ')[1]?.split(' ') ?? [];
      const cpuMs = (Number(fields[11]) + Number(fields[12])) * TICK_MS;
      const atMs = performance.now();
      const load = (cpuMs - this.#busy.cpuMs) / (atMs - this.#busy.atMs);
      this.#busy = { cpuMs, atMs };
      return Number.isFinite(load) ? Math.min(1, load) : null;
    } catch {
      return null;
    }
  }
}

export const BEAT_MS = 1000;
/**
 * Minimum pause that is reported. A thread that computes or waits for the main thread still runs its timer; a longer
 * pause means that the process was stopped.
 */
const LONGEST_PAUSE_MS = 10_000;

/** Finds pauses by the wall clock, which continues while a machine is suspended. */
export class Pulse {
  #lastMs: number;

  constructor(nowMs: number) {
    this.#lastMs = nowMs;
  }

  beat(nowMs: number): Pause | null {
    const lastMs = this.#lastMs;
    this.#lastMs = nowMs;
    return nowMs - lastMs > LONGEST_PAUSE_MS ? { fromUs: lastMs * 1000, toUs: nowMs * 1000 } : null;
  }
}

/** Maximum disorder of packets from one ring, which arrive on several cores simultaneously. */
const BUSY_GRACE_US = 100_000;
/** Maximum delay of a packet in a partial block and in a kernel queue. */
const QUIET_GRACE_US = 250_000;

/**
 * The clock of a live decoder: it advances by packets while they arrive and by elapsed time in silence, and determines
 * which windows have ended.
 */
export class LiveClock {
  readonly #windowSeconds: number;
  #packetUs = 0;
  #seenAtMs = 0;
  #flushedSeconds = 0;
  #isAsked = false;
  us = 0;

  constructor(windowSeconds: number) {
    this.#windowSeconds = windowSeconds;
  }

  /**
   * `packetUs` is the latest packet time of the decoder, 0 or null before the first. `nowMs` is monotonic, `wallMs` is
   * the wall clock: an interface may stamp packets with a different clock, so silence is measured from the
   * last packet.
   */
  tick(packetUs: number | null, isQuiet: boolean, nowMs: number, wallMs: number): void {
    if (packetUs !== null && packetUs > this.#packetUs) {
      this.#packetUs = packetUs;
      this.#seenAtMs = nowMs;
    }
    if (this.#packetUs === 0) {
      this.us = wallMs * 1000 - QUIET_GRACE_US;
      return;
    }
    const silentUs = (nowMs - this.#seenAtMs) * 1000 - QUIET_GRACE_US;
    const passedUs = isQuiet ? Math.max(silentUs, -BUSY_GRACE_US) : -BUSY_GRACE_US;
    this.us = Math.max(this.us, this.#packetUs + passedUs);
  }

  /** Returns the end of the windows to request now, null if none has ended since. */
  due(): number | null {
    const end = Math.floor(this.us / US / this.#windowSeconds) * this.#windowSeconds;
    if (this.#flushedSeconds === 0) this.#flushedSeconds = end; // Windows that ended before the start are not reported.
    if (end <= this.#flushedSeconds || this.#isAsked) return null;
    this.#flushedSeconds = end;
    this.#isAsked = true;
    return end;
  }

  /** Must be called after the response of the decoder. Returns the requested end, null without a request. */
  answered(): number | null {
    if (!this.#isAsked) return null;
    this.#isAsked = false;
    return this.#flushedSeconds;
  }
}
