// The decoder from TypeScript: captures in, records out, independent of pieces and workers.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  CaptureRecord,
  Counters,
  ExchangeRecord,
  FlowRecord,
  HelloRecord,
  HostTotalsRecord,
} from '../../../src/model/flow.ts';
import { type DecoderOptions, loadAddon, type NativeDecoder } from '../../../src/native/addon.ts';
import { LiveClock } from '../../../src/reading/threads/live-input.ts';
import { RecordReader } from '../../record-reader.ts';
import { hostTotalsOf } from './host-totals.ts';

const RECORDINGS = new URL('../../../captures/recordings/', import.meta.url);
const OPTIONS: DecoderOptions = {
  windowSeconds: 0,
  emitHellos: true,
  emitFlows: true,
  dns: 'all',
  emitObservations: true,
  emitExchanges: true,
  watchedNames: ['.com', '.ai', '.io'],
};

const addon = loadAddon();

/** All records of a decoder as lists; as lines for comparison, without identifiers of the run. */
class Heard {
  readonly flows: FlowRecord[] = [];
  readonly hellos: HelloRecord[] = [];
  readonly captures: CaptureRecord[] = [];
  readonly counters: Counters[] = [];
  readonly totals: HostTotalsRecord[] = [];
  readonly exchanges: ExchangeRecord[] = [];
  readonly #lines: string[] = [];
  readonly #reader = new RecordReader(addon.counterNames());
  readonly #batch = new Uint8Array(1 << 20);

  /** Polls once; false when the decoder has nothing left to do. */
  poll(decoder: NativeDecoder): boolean {
    const length = decoder.poll(this.#batch, 0);
    if (length > 0) this.read(this.#batch, length);
    return length > 0;
  }

  read(batch: Uint8Array<ArrayBuffer>, length: number, reader = this.#reader): void {
    reader.read(batch, length, {
      onFlow: (flow) => {
        this.flows.push(flow);
        this.#note({ ...flow, flowId: 0 });
      },
      onHello: (hello) => {
        this.hellos.push(hello);
        this.#note({ ...hello, flowId: 0 });
      },
      onExchange: (exchange) => {
        this.exchanges.push({ ...exchange });
        this.#note({ ...exchange, flowId: 0 });
      },
      onDns: (message) => this.#note(message),
      onObservation: (observation) => this.#note(observation),
      onCapture: (capture) => {
        this.captures.push(capture);
        this.#note(capture);
      },
      onCounters: (counters) => this.counters.push(counters),
    });
    this.totals.push(...hostTotalsOf(batch, length));
  }

  drain(decoder: NativeDecoder): void {
    while (this.poll(decoder));
  }

  sorted(): string[] {
    return [...this.#lines].sort();
  }

  #note(record: object): void {
    this.#lines.push(JSON.stringify(record));
  }
}

let folder = '';
const paths: string[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'wiretally-decoder-'));
  for (const name of readdirSync(RECORDINGS).filter((file) => file.endsWith('.pcap.gz'))) {
    const path = join(folder, name.slice(0, -3));
    writeFileSync(path, gunzipSync(readFileSync(new URL(name, RECORDINGS))));
    paths.push(path);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

function pathOf(name: string): string {
  return join(folder, `${name}.pcap`);
}

function decodeFiles(files: readonly string[], options: Partial<DecoderOptions> = {}): Heard {
  const heard = new Heard();
  const decoder = addon.createDecoder({ ...OPTIONS, ...options });
  files.forEach((file, index) => {
    decoder.openFile(file, index);
    heard.drain(decoder);
  });
  decoder.finish();
  heard.drain(decoder);
  decoder.close();
  return heard;
}

/** Each worker in a thread of its own. */
function decodeWithWorkers(files: readonly string[], workers: number): Heard {
  const heard = new Heard();
  const decoder = addon.createDecoder({ ...OPTIONS, windowSeconds: 60, workers });
  const buffers = Array.from({ length: 2 * workers }, () => new Uint8Array(1 << 19));
  const readers = Array.from({ length: workers }, () => new RecordReader(addon.counterNames()));
  let running = workers;
  decoder.startThreads(buffers);
  const takeAll = (): void => {
    for (let isWanted = false; !isWanted && running > 0; ) {
      const batch = decoder.takeBatch(20);
      if (batch?.kind === 'records') {
        heard.read(buffers[batch.buffer] ?? new Uint8Array(0), batch.length, readers[batch.worker]);
        decoder.giveBack(batch.buffer);
      } else if (batch?.kind === 'wantsInput') {
        isWanted = true;
      } else if (batch !== null && batch.kind !== 'progress') {
        expect(batch.kind).toBe('ended');
        running--;
      }
    }
  };
  files.forEach((file, index) => {
    decoder.openFile(file, index);
    takeAll();
  });
  decoder.finish();
  takeAll();
  decoder.close();
  return heard;
}

describe('the first hellos to watched names', () => {
  const names = { emitHellos: false, watchedNames: ['api.anthropic.com'] };

  it('are those of emitHellos without the text of JA3, as many as asked for', () => {
    const file = [pathOf('claude-code-2.1.328-prompt')];
    const all = decodeFiles(file, { emitHellos: true }).hellos.filter(
      ({ sni }) => sni === 'api.anthropic.com',
    );
    expect(all.length).toBeGreaterThan(3);
    const plain = (hello: HelloRecord) => ({ ...hello, flowId: 0, ja3Text: '' });
    for (const firstHellos of [0, 1, 3, 4096])
      expect(decodeFiles(file, { ...names, firstHellos }).hellos.map(plain)).toEqual(
        all.slice(0, firstHellos).map(plain),
      );
  });

  it('are no others', () => {
    const file = [pathOf('claude-code-2.1.328-prompt')];
    const others = { emitHellos: false, watchedNames: ['other.example'], firstHellos: 4096 };
    expect(decodeFiles(file, others).hellos).toEqual([]);
  });
});

describe('one worker', () => {
  it('tells flows, hellos and totals of a recording', () => {
    const heard = decodeFiles([pathOf('base-bun1.4.0-fetch')]);
    expect(heard.captures).toMatchObject([
      { fileIndex: 0, truncated: false, damaged: false, error: null, linkTypes: [1] },
    ]);
    const counters = heard.counters.at(-1);
    expect(counters).toMatchObject({ malformed: {}, evictedFlows: 0, hellosIncomplete: 0 });
    expect(counters?.packets).toBe(heard.captures[0]?.packets);
    expect(counters?.flows).toBe(heard.flows.length);
    expect(counters?.hellosComplete).toBe(heard.hellos.length);
    const packets = heard.flows.reduce((sum, flow) => sum + flow.packetsUp + flow.packetsDown, 0);
    expect(packets + (counters?.undecoded ?? 0)).toBe(counters?.packets);
    for (const hello of heard.hellos) {
      const flow = heard.flows.find((candidate) => candidate.flowId === hello.flowId);
      expect(flow).toMatchObject({
        sni: hello.sni,
        client: hello.source,
        server: hello.destination,
        synSeen: true,
      });
      expect(flow?.hello).toMatchObject({
        ja4: hello.fingerprint.ja4,
        ja3: hello.fingerprint.ja3,
        bytes: hello.helloBytes,
      });
    }
  });

  it.each([1, 7, 4096, 1 << 20])('does not care in pieces of how many bytes a stream comes: %i', (size) => {
    const path = pathOf('base-bun1.4.0-fetch');
    const bytes = readFileSync(path);
    const heard = new Heard();
    const decoder = addon.createDecoder(OPTIONS);
    decoder.openStream(0);
    for (let at = 0; at < bytes.length; at += size) {
      decoder.push(bytes.subarray(at, at + size), at + size >= bytes.length);
      heard.drain(decoder);
    }
    decoder.finish();
    heard.drain(decoder);
    decoder.close();
    expect(heard.sorted()).toEqual(decodeFiles([path]).sorted());
  });

  it('cuts flows into windows whose sums are the flows', () => {
    const whole = decodeFiles(paths);
    const sliced = decodeFiles(paths, { windowSeconds: 1 });
    const sums = (flows: readonly FlowRecord[]) =>
      flows.reduce(
        (sum, flow) => ({
          starts: sum.starts + (flow.isFirstSlice ? 1 : 0),
          ends: sum.ends + (flow.isLastSlice ? 1 : 0),
          packets: sum.packets + flow.packetsUp + flow.packetsDown,
          bytes: sum.bytes + flow.bytesUp + flow.bytesDown,
          payload: sum.payload + flow.payloadUp + flow.payloadDown,
        }),
        { starts: 0, ends: 0, packets: 0, bytes: 0, payload: 0 },
      );
    expect(sums(sliced.flows)).toEqual(sums(whole.flows));
    expect(sliced.flows.length).toBeGreaterThan(whole.flows.length);
    for (const flow of sliced.flows) {
      expect(Math.floor(flow.firstUs / 1e6)).toBe(Math.floor(flow.lastUs / 1e6));
    }
  });

  it('counts and drops packets of excluded networks', () => {
    const all = decodeFiles([pathOf('base-bun1.4.0-fetch')]);
    const host = all.flows[0]?.client ?? '';
    const heard = decodeFiles([pathOf('base-bun1.4.0-fetch')], { exclude: [`${host}/32`] });
    expect(heard.flows).toEqual([]);
    expect(heard.hellos).toEqual([]);
    expect(heard.counters.at(-1)?.excluded).toBe(
      all.flows.reduce((sum, flow) => sum + flow.packetsUp + flow.packetsDown, 0),
    );
  });

  it('emits slices before their flows end when asked to', () => {
    const path = pathOf('base-bun1.4.0-fetch');
    const bytes = readFileSync(path);
    const heard = new Heard();
    const decoder = addon.createDecoder({ ...OPTIONS, windowSeconds: 60 });
    decoder.openStream(0);
    decoder.push(bytes, false);
    heard.drain(decoder);
    const before = heard.flows.length;
    decoder.flushBefore(4_000_000_000);
    heard.drain(decoder);
    expect(heard.flows.length).toBeGreaterThan(before);
    decoder.finish();
    heard.drain(decoder);
    decoder.close();
    const packets = heard.flows.reduce((sum, flow) => sum + flow.packetsUp + flow.packetsDown, 0);
    const whole = decodeFiles([path]).flows.reduce((sum, flow) => sum + flow.packetsUp + flow.packetsDown, 0);
    expect(packets).toBe(whole);
  });

  it('tells answered exchanges with a flush once they are silent, when asked to, and each once', () => {
    const bytes = gunzipSync(readFileSync(new URL('claude-code-2.1.328-prompt.pcap.gz', RECORDINGS)));
    // Before the connections end.
    const begun = bytes.subarray(0, Math.floor(bytes.length * 0.6));
    const decode = (settleSeconds: number, ...flushes: readonly number[]) => {
      const heard = new Heard();
      const decoder = addon.createDecoder({ ...OPTIONS, windowSeconds: 1, settleSeconds });
      decoder.openStream(0);
      decoder.push(begun, false);
      heard.drain(decoder);
      const counts = flushes.map((seconds) => {
        decoder.flushBefore(seconds);
        heard.drain(decoder);
        return heard.exchanges.length;
      });
      decoder.finish();
      heard.drain(decoder);
      decoder.close();
      const starts = heard.exchanges.map(({ startUs }) => startUs).sort((a, b) => a - b);
      const lastSeconds = Math.ceil(Math.max(...heard.flows.map(({ lastUs }) => lastUs)) / 1e6);
      return { counts, starts, lastSeconds };
    };
    const whole = decode(0);
    const [soon, late] = [whole.lastSeconds + 5, whole.lastSeconds + 31];
    const [with30, without] = [decode(30, soon, late, late), decode(0, soon, late, late)];
    expect(with30.counts[0]).toBe(without.counts[0]);
    expect(with30.counts[1]).toBeGreaterThan(without.counts[1] ?? 0);
    expect(with30.counts[2]).toBe(with30.counts[1]);
    expect([with30.starts, without.starts]).toEqual([whole.starts, whole.starts]);
  });

  it('tells the last exchange of a network that went silent, within a window by the clock of the sensor', () => {
    const bytes = gunzipSync(readFileSync(new URL('claude-code-2.1.328-prompt.pcap.gz', RECORDINGS)));
    const heard = new Heard();
    const decoder = addon.createDecoder({ ...OPTIONS, windowSeconds: 60, settleSeconds: 30 });
    decoder.openStream(0);
    decoder.push(bytes.subarray(0, Math.floor(bytes.length * 0.6)), false);
    heard.drain(decoder);
    const busy = heard.exchanges.length;
    const whole = decodeFiles([pathOf('claude-code-2.1.328-prompt')]);
    const packetUs = Math.max(...whole.flows.map(({ lastUs }) => lastUs));
    const clock = new LiveClock(60);
    const toldAfter: number[] = [];
    for (let silentSeconds = 0; silentSeconds <= 95; silentSeconds++) {
      clock.tick(packetUs, true, silentSeconds * 1000, 0);
      const due = clock.due();
      if (due === null) continue;
      const before = heard.exchanges.length;
      decoder.flushBefore(due);
      heard.drain(decoder);
      clock.answered();
      if (heard.exchanges.length > before) toldAfter.push(silentSeconds);
    }
    decoder.close();
    expect(heard.exchanges.length).toBeGreaterThan(busy);
    expect(toldAfter.length).toBeGreaterThan(0);
    expect(Math.max(...toldAfter)).toBeLessThanOrEqual(91);
  });

  it('gives what it has read of an input that is left early', () => {
    const bytes = readFileSync(pathOf('base-bun1.4.0-fetch'));
    const heard = new Heard();
    const decoder = addon.createDecoder(OPTIONS);
    decoder.openStream(3);
    decoder.push(bytes.subarray(0, bytes.length / 2), false);
    heard.drain(decoder);
    decoder.finish();
    heard.drain(decoder);
    decoder.close();
    expect(heard.captures).toMatchObject([{ fileIndex: 3 }]);
    expect(heard.captures[0]?.packets).toBeGreaterThan(0);
    expect(heard.flows.length).toBeGreaterThan(0);
  });

  it('says where and why an input ends early', () => {
    const path = pathOf('cut');
    const bytes = readFileSync(pathOf('base-bun1.4.0-fetch'));
    writeFileSync(path, bytes.subarray(0, bytes.length - 5));
    const heard = decodeFiles([path]);
    expect(heard.captures[0]?.truncated).toBe(true);
    expect(heard.captures[0]?.error?.offset).toBeLessThan(bytes.length);
    expect(heard.captures[0]?.error?.reason).toMatch(/\w/);
    expect(heard.flows.length).toBeGreaterThan(0);
  });
});

/** Totals of flows and host totals for each client and window, as text. */
function sumsByHost({ flows, totals }: Heard): string[] {
  const sums = new Map<string, number[]>();
  const add = (host: string, us: number, values: readonly number[]): void => {
    const key = `${host} ${Math.floor(us / 60e6)}`;
    const sum = sums.get(key) ?? values.map(() => 0);
    sums.set(
      key,
      sum.map((value, i) => value + (values[i] ?? 0)),
    );
  };
  for (const flow of flows) {
    const holdsHello = flow.helloUs !== null && flow.helloUs >= flow.firstUs && flow.helloUs <= flow.lastUs;
    const packets = flow.packetsUp + flow.packetsDown;
    const values = [flow.isFirstSlice ? 1 : 0, packets, flow.bytesUp, flow.bytesDown, holdsHello ? 1 : 0];
    add(`${flow.client} ${flow.clientMac} ${flow.vlans}`, flow.firstUs, values);
  }
  for (const sum of totals) {
    const values = [sum.flows, sum.packets, sum.bytesUp, sum.bytesDown, sum.hellosComplete];
    add(`${sum.host} ${sum.mac} ${sum.vlans}`, sum.firstUs, values);
  }
  return [...sums].map(([key, values]) => `${key} ${values.join(' ')}`).sort();
}

/** Of the servers; two words change places, so that the checksum stays right. Returns their number. */
function changeSessionIds(capture: Buffer): number {
  const isServerHello = (at: number): boolean =>
    capture.readUIntBE(at, 3) === 0x160303 &&
    capture[at + 5] === 2 &&
    capture.readUInt16BE(at + 9) === 0x0303;
  let changed = 0;
  for (let at = 0; at + 80 < capture.length; at++) {
    const id = at + 44;
    if (!isServerHello(at) || capture[id - 1] !== 32) continue;
    const word = capture.readUInt16BE(id);
    capture.writeUInt16BE(capture.readUInt16BE(id + 2), id);
    capture.writeUInt16BE(word, id + 2);
    changed++;
  }
  return changed;
}

describe('totals of hosts', () => {
  const totals = {
    localNetworks: ['10.0.0.0/8', 'fd00::/8'],
    names: ['.anthropic.com', '.openai.com'],
    networks: [],
  };
  const windows = { windowSeconds: 60, emitHellos: false, watchedNames: totals.names };

  it('say together with the flows that leave what all flows say', () => {
    const all = decodeFiles(paths, windows);
    const some = decodeFiles(paths, { ...windows, totals });
    expect(some.totals.length).toBeGreaterThan(0);
    expect(some.flows.length).toBeLessThan(all.flows.length);
    expect(sumsByHost(some)).toEqual(sumsByHost(all));
  });

  it('exclude flows of named servers and unobserved ones', () => {
    const some = decodeFiles(paths, { ...windows, totals });
    const all = decodeFiles(paths, windows);
    const isNamed = ({ sni }: FlowRecord): boolean => sni?.endsWith('.anthropic.com') ?? false;
    const isHidden = (flow: FlowRecord): boolean => flow.proxy !== null || flow.lostUp + flow.lostDown > 0;
    for (const filter of [isNamed, isHidden]) {
      expect(some.flows.filter(filter).length).toBe(all.flows.filter(filter).length);
    }
    expect(all.flows.filter(isNamed).length).toBeGreaterThan(0);
  });

  it('exports flows of no interest whose packets contradict each other: they are hidden, and so their server matters', () => {
    const path = join(folder, 'other-session.pcap');
    const bytes = readFileSync(pathOf('base-go1.19'));
    expect(changeSessionIds(bytes)).toBeGreaterThan(0);
    writeFileSync(path, bytes);
    const short = { ...windows, windowSeconds: 1 };
    const contradicted = decodeFiles([path], short).flows.filter(({ isContradicted }) => isContradicted);
    const some = decodeFiles([path], { ...short, totals: { ...totals, names: [] }, watchedNames: [] });
    expect(contradicted.length).toBeGreaterThan(0);
    expect(some.flows.filter(({ isContradicted }) => isContradicted)).toEqual(contradicted);
    expect(some.totals.flatMap(({ notVisible }) => notVisible)).toEqual([]);
  });

  it('are of our side only', () => {
    const none = decodeFiles(paths, { ...windows, totals: { ...totals, localNetworks: ['192.0.2.0/24'] } });
    expect(none.totals).toEqual([]);
    expect(none.flows.length).toBe(decodeFiles(paths, windows).flows.length);
  });

  it('refuse a network that cannot be read', () => {
    const bad = { ...totals, networks: ['160.79.104.0/33'] };
    expect(() => addon.createDecoder({ ...OPTIONS, totals: bad })).toThrow('160.79.104.0/33');
  });
});

describe('several workers', () => {
  it.each([2, 3, 8])('%i workers say what one says', (workers) => {
    const one = decodeFiles(paths, { windowSeconds: 60 });
    const many = decodeWithWorkers(paths, workers);
    expect(many.sorted()).toEqual(one.sorted());
    const sum = (heard: Heard, field: 'packets' | 'flows' | 'hellosComplete' | 'undecoded') =>
      heard.counters.reduce((total, counters) => total + counters[field], 0);
    for (const field of ['packets', 'flows', 'hellosComplete', 'undecoded'] as const) {
      expect(sum(many, field)).toBe(sum(one, field));
    }
  });

  it('are started once, with buffers that hold a batch, the same number for each', () => {
    const buffer = (): Uint8Array => new Uint8Array(1 << 19);
    const decoder = addon.createDecoder({ ...OPTIONS, workers: 2 });
    for (const wrong of [[], [buffer()], [buffer(), buffer(), buffer()]])
      expect(() => decoder.startThreads(wrong)).toThrow('same number of buffers');
    expect(() => decoder.startThreads([buffer(), new Uint8Array(1000)])).toThrow('64 KiB');
    decoder.startThreads([buffer(), buffer()]);
    expect(() => decoder.startThreads([buffer(), buffer()])).toThrow('started once');
    decoder.giveBack(4_000_000_000);
    decoder.close();
    expect(() => decoder.startThreads([buffer(), buffer()])).toThrow('closed');
    expect(decoder.takeBatch(0)).toBeNull();
    expect(() => addon.createDecoder(OPTIONS).startThreads([buffer()])).toThrow('several workers');
  });

  it('are polled by their threads only', () => {
    const decoder = addon.createDecoder({ ...OPTIONS, workers: 2 });
    const calls = [
      () => decoder.poll(new Uint8Array(1 << 16), 0),
      () => decoder.flushBefore(0),
      () => decoder.requestCounters(),
    ];
    for (const call of calls) expect(call).toThrow('polled by their threads');
    decoder.close();
  });

  it('want no other input because of one that could not be opened', () => {
    const decoder = addon.createDecoder({ ...OPTIONS, workers: 2 });
    decoder.startThreads([new Uint8Array(1 << 19), new Uint8Array(1 << 19)]);
    expect(() => decoder.openFile('/nowhere/at/all.pcap', 0)).toThrow(
      expect.objectContaining({ code: 'ENOENT' }),
    );
    decoder.openFile(pathOf('base-bun1.4.0-fetch'), 0);
    const kinds = new Set<string>();
    for (let batch = decoder.takeBatch(1000); batch !== null; batch = decoder.takeBatch(1000)) {
      kinds.add(batch.kind);
      if (batch.kind === 'records') decoder.giveBack(batch.buffer);
      if (batch.kind === 'wantsInput') break;
    }
    expect([...kinds].filter((kind) => kind !== 'progress')).toEqual(['records', 'wantsInput']);
    decoder.close();
  });

  it('end with their decoder, whatever they do', () => {
    for (let taken = 0; taken < 12; taken++) {
      const decoder = addon.createDecoder({ ...OPTIONS, workers: 4 });
      decoder.startThreads(Array.from({ length: 4 }, () => new Uint8Array(1 << 16)));
      decoder.openFile(pathOf('base-bun1.4.0-fetch'), 0);
      for (let i = 0; i < taken; i++) decoder.takeBatch(1);
      decoder.close();
      expect(() => decoder.poll(new Uint8Array(1 << 16), 0)).toThrow('closed');
    }
  });
});

describe('what cannot be done', () => {
  it.each([
    ['a missing file', '/nowhere/at/all.pcap', 'ENOENT'],
    ['a folder', tmpdir(), 'EISDIR'],
  ])('throws for %s with the code of the system', (_name, path, code) => {
    const decoder = addon.createDecoder(OPTIONS);
    expect(() => decoder.openFile(path, 0)).toThrow(expect.objectContaining({ code }));
    decoder.close();
  });

  it.each(['10.0.0.0/33', '10.0.0', 'fe80::/129', '10.0.0.0/', '10.0.0.0/-1'])(
    'refuses to exclude %s',
    (text) => {
      expect(() => addon.createDecoder({ ...OPTIONS, exclude: [text] })).toThrow(text);
    },
  );

  it('refuses a batch that is too small, and any call after close', () => {
    const decoder = addon.createDecoder(OPTIONS);
    expect(() => decoder.poll(new Uint8Array(1000), 0)).toThrow('64 KiB');
    decoder.close();
    decoder.close();
    expect(() => decoder.poll(new Uint8Array(1 << 16), 0)).toThrow('closed');
  });
});
