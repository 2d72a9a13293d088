// Messages that crash a collector, or keep it busy forever: each is quarantined with a reason, and windows of honest
// sensors are collected.

import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Collector, MAX_DELIVER } from '../../src/fleet/delivery/collector.ts';
import { CrashCounts } from '../../src/fleet/delivery/crash-counts.ts';
import { buildMessage } from '../../src/fleet/delivery/message.ts';
import { NameGuard } from '../../src/fleet/delivery/name-guard.ts';
import { type BrokerAccess, connectBroker } from '../../src/fleet/delivery/nats.ts';
import { Quarantine } from '../../src/fleet/delivery/quarantine.ts';
import { WiretallyError } from '../../src/model/errors.ts';
import type { UsageWindow } from '../../src/model/usage.ts';
import { listFleetSensors } from '../../src/store/fleet-sensors.ts';
import { buildSensorNotes } from '../../src/store/sensor-notes.ts';
import { temporaryFolder } from '../temporary.ts';
import { emptyHosts, packedWindow } from '../unit/store/packed-window.ts';
import { Broker, lacksBroker } from './broker.ts';
import { oneSensor, publishAt, waitingAt } from './carried.ts';

const folder = temporaryFolder('hostile');
let made = 0;
let here: string;
beforeEach(() => {
  here = join(folder, `${made++}`);
  mkdirSync(here);
});

const SUBJECT = 'wiretally.windows.site-1';
const SENDER = {
  instance: '0123456789abcdef0123456789abcdef',
  program: '1',
  catalogue: '1',
  policy: null,
  keepsName: true,
};

/** A window of site-1 with the parts of a message, deflated: its checksum is right. */
const forged = (parts: Uint8Array): Uint8Array => packedWindow(['site-1', '10.0.0.1'], 1_783_900_800, parts);

describe.skipIf(lacksBroker())('a collector', () => {
  let broker: Broker;
  let access: BrokerAccess;
  let reported: string[];
  let kept: UsageWindow[];
  beforeEach(async () => {
    broker = await Broker.start(here);
    const none = { password: null, credsFile: null, caFile: null, certFile: null, keyFile: null };
    access = { url: new URL(broker.url), stream: 'WIRETALLY', ...none };
    reported = [];
    kept = [];
    // The first user creates the stream.
    await (await connectBroker(access)).connection.close();
  });
  afterEach(() => broker.kill());

  const store = join(folder, 'notes');
  const refused = (): string => join(here, 'store.refused');
  const keepAll = async (windows: readonly UsageWindow[]) => {
    kept.push(...windows);
    return { added: windows.length, replaced: 0, ignored: 0 };
  };
  const collector = (put = keepAll): Collector =>
    new Collector({
      access,
      durable: 'wiretally',
      store: { put },
      guard: new NameGuard(buildSensorNotes(store)),
      aside: new Quarantine(refused()),
      crashCounts: new CrashCounts(refused(), 'wiretally'),
      onlyPseudonyms: false,
      print: (text) => reported.push(text),
      nowMs: () => 1_784_000_000_000,
      pause: async () => undefined,
      signal: new AbortController().signal,
    });

  const honest = oneSensor(1).windows.slice(0, 4);
  const headersOf = (i: number): [string, string][] =>
    [...buildMessage({ window: firstOf(honest), sender: SENDER }, 1_784_000_000_000).headers].map(
      ([name, value]) => [name, name === 'Nats-Msg-Id' ? `forged-${i}` : value],
    );
  const send = async (bodies: readonly Uint8Array[]): Promise<void> =>
    publishAt(
      broker.url,
      bodies.map((body, i) => ({ subject: SUBJECT, headers: headersOf(i), body })),
    );
  const sendHonest = (windows: readonly UsageWindow[]): Promise<void> =>
    publishAt(
      broker.url,
      windows.map((window) => {
        const { headers, body } = buildMessage({ window, sender: SENDER }, 1_784_000_000_000);
        return { subject: SUBJECT, headers: [...headers], body };
      }),
    );

  it('sets aside windows of few bytes that hold millions of hosts, and takes the others', async () => {
    const bombs = [
      forged(emptyHosts(33_000_000)),
      forged(emptyHosts(8_000_000)),
      forged(emptyHosts(500_000)),
      forged(Buffer.alloc(160_000, Buffer.from([(7 << 3) | 2, 2, 1 << 3, 2]))),
      deflateRawSync(Buffer.alloc(60 << 20)),
    ];
    for (const bomb of bombs) expect(bomb.length).toBeLessThan(68 << 10);
    await sendHonest(honest.slice(0, 2));
    await send(bombs);
    await sendHonest(honest.slice(2));
    const one = collector();
    await one.once();
    expect(one.collected).toMatchObject({ added: honest.length, refused: bombs.length });
    expect(kept.map(({ startSeconds }) => startSeconds)).toEqual(
      honest.map(({ startSeconds }) => startSeconds),
    );
    expect(await waitingAt(broker.url)).toBe(0);
    expect(readdirSync(refused()).filter((name) => name.endsWith('.message'))).toHaveLength(bombs.length);
    expect(reported.join('\n')).toContain('it contains more than a window of its size can');
    expect(reported.join('\n')).toContain('field hosts has more than 65536 entries');
    expect(reported.join('\n')).toContain('the window repeats a host, row or name');
    const sensors = listFleetSensors([], await buildSensorNotes(store).list(), 1_784_000_000);
    expect(sensors.map(({ sensor, refused: by }) => [sensor, by?.windows])).toEqual([
      ['site-1', bombs.length],
    ]);
    expect(sensors[0]?.refused?.reason).toMatch(/more than/);
  });

  /** The consumer has delivered all that waits, as to a collector that was killed then. */
  const deliverAndDie = async (): Promise<string[]> => {
    const connection = await connect({ servers: broker.url.replace('nats://', '') });
    const consumer = await jetstream(connection).consumers.get('WIRETALLY', 'wiretally');
    const marks: string[] = [];
    for await (const message of await consumer.fetch({ max_messages: 64, expires: 1000 })) {
      marks.push(`${message.info.streamSequence} ${message.info.timestampNanos}`);
      message.nak();
    }
    await connection.flush();
    await connection.close();
    return marks;
  };

  it('does not read a message again that ended it five times, and names it', async () => {
    await collector().once();
    await sendHonest(honest);
    const [, poison = ''] = await deliverAndDie();
    for (let ends = 0; ends < 4; ends++) new CrashCounts(refused(), 'wiretally').take(poison);
    const one = collector();
    await one.once();
    expect(one.collected).toMatchObject({ added: honest.length - 1, refused: 1 });
    expect(reported.join('\n')).toMatch(
      /message 2 on wiretally\.windows\.site-1: the collector ended 4 times while it read it; set aside in /,
    );
    expect(await waitingAt(broker.url)).toBe(0);
    expect(readdirSync(refused())).toEqual([expect.stringMatching(/\.message$/)]);
  });

  it('keeps what one window of a batch holds up, and gives that window five tries', async () => {
    await collector().once();
    await sendHonest(honest);
    const [, bad] = honest;
    const picky = async (windows: readonly UsageWindow[]) => {
      if (windows.some(({ startSeconds }) => startSeconds === bad?.startSeconds))
        throw new WiretallyError('STORE_WRITE', 'store: cannot be written: out of range');
      return await keepAll(windows);
    };
    let [tries, refusedNow] = [0, 0];
    while (refusedNow === 0) {
      tries++;
      expect(tries).toBeLessThan(12);
      const one = collector(picky);
      // A store that takes another window is no store that has failed.
      await sendHonest([{ ...firstOf(honest), revision: tries }]);
      await one.once().catch((error: unknown) => expect(error).toBeInstanceOf(WiretallyError));
      refusedNow = one.collected.refused;
    }
    expect(kept.filter(({ startSeconds }) => startSeconds === honest[3]?.startSeconds)).toHaveLength(1);
    expect(reported.join('\n')).toContain('no store takes it: store: cannot be written: out of range');
    expect(readdirSync(refused())).toEqual([expect.stringMatching(/\.message$/)]);
  });

  it('sets nothing aside while the store fails', async () => {
    await collector().once();
    await sendHonest(honest);
    const broken = async (): Promise<never> => {
      throw new WiretallyError('STORE_WRITE', 'store: cannot be written: the disk is full');
    };
    for (let i = 0; i < 8; i++) await expect(collector(broken).once()).rejects.toThrow('the disk is full');
    const one = collector();
    await one.once();
    expect(one.collected).toMatchObject({ added: honest.length, refused: 0 });
  });

  it('gives its consumer a limit of deliveries, one that has none too', async () => {
    const limit = async (): Promise<number | undefined> => {
      const connection = await connect({ servers: broker.url.replace('nats://', '') });
      const manager = await jetstreamManager(connection);
      const { config } = await manager.consumers.info('WIRETALLY', 'wiretally');
      await manager.consumers.update('WIRETALLY', 'wiretally', { max_deliver: -1 });
      await connection.close();
      return config.max_deliver;
    };
    await collector().once();
    expect(await limit()).toBe(MAX_DELIVER);
    await collector().once();
    expect(await limit()).toBe(MAX_DELIVER);
  });
});

function firstOf(windows: readonly UsageWindow[]): UsageWindow {
  const [first] = windows;
  if (first === undefined) throw new Error('no window was made');
  return first;
}
