// Starts the native core as WebAssembly, with the functions of the addon for reading captures.

import type {
  CollectorLookup,
  CollectorOptions,
  DecoderOptions,
  NativeCollector,
  NativeDecoder,
  Unpacked,
} from '../native/addon.ts';

/** A decoder of the module; `delete` frees it. */
interface ModuleDecoder {
  openStream(fileIndex: number): boolean;
  push(bytes: Uint8Array, isEnd: boolean): boolean;
  poll(batch: Uint8Array, maxMs: number): number;
  finish(): void;
  bytesRead(): number;
  delete(): void;
}

/** Decompresses one input. If `read` returns a text, it names the fault of the data. */
interface ModuleUnpacker {
  read(stored: Uint8Array, chunk: Uint8Array): Unpacked | string;
  delete(): void;
}

interface ModuleSha256 {
  add(bytes: Uint8Array): void;
  finish(): string;
  delete(): void;
}

type ModuleCollector = Pick<
  NativeCollector,
  'add' | 'settle' | 'keepWindow' | 'close' | 'finish' | 'nextWindow' | 'takeOverflow'
> & { delete(): void };

/** Functions of native-bindings/wasm/module.cc. A text instead of an object names the fault of an option. */
interface CoreModule {
  createDecoder(options: DecoderOptions): ModuleDecoder | string;
  createCollector(options: CollectorOptions, lookup: CollectorLookup): ModuleCollector | string;
  createUnpacker(compression: 'gzip' | 'zstd'): ModuleUnpacker;
  createSha256(): ModuleSha256;
  counterNames(): readonly string[];
  layout(): Readonly<Record<string, number>>;
  /** In hex. */
  sha1(bytes: Uint8Array): string;
  sha256(bytes: Uint8Array): string;
}

/** Starts the module that emscripten made. */
export type StartModule = (settings: { readonly wasmBinary: ArrayBuffer }) => Promise<CoreModule>;

export type BrowserDecoder = Pick<NativeDecoder, 'openStream' | 'poll' | 'finish' | 'bytesRead' | 'close'> & {
  /** False when the decoder has rejected the input; its CaptureRecord has the reason. */
  push(bytes: Uint8Array, isEnd: boolean): boolean;
};

export interface BrowserUnpacker {
  readonly unpack: (stored: Uint8Array, chunk: Uint8Array) => Unpacked;
  close(): void;
}

export interface Sha256Sum {
  add(bytes: Uint8Array): void;
  /** Returns the digest in hex, and ends the hash. */
  finish(): string;
  close(): void;
}

export interface BrowserCore extends Pick<CoreModule, 'counterNames' | 'layout' | 'sha1' | 'sha256'> {
  createDecoder(options: DecoderOptions): BrowserDecoder;
  createUnpacker(compression: 'gzip' | 'zstd'): BrowserUnpacker;
  createSha256(): Sha256Sum;
  readonly NativeCollector: new (options: CollectorOptions, lookup: CollectorLookup) => NativeCollector;
}

/** Starts the module with new memory for each reading, so that a hostile capture cannot affect the next one. */
export async function openCore(start: StartModule, wasmBinary: ArrayBuffer): Promise<BrowserCore> {
  const module = await start({ wasmBinary });
  return {
    createDecoder: (options) => buildDecoder(requireAccepted(module.createDecoder(options))),
    createUnpacker: (compression) => buildUnpacker(module.createUnpacker(compression)),
    createSha256: () => buildSha256(module.createSha256()),
    NativeCollector: buildCollectorClass(module),
    counterNames: () => module.counterNames(),
    layout: () => module.layout(),
    sha1: (bytes) => module.sha1(bytes),
    sha256: (bytes) => module.sha256(bytes),
  };
}

function requireAccepted<T>(result: T | string): T {
  if (typeof result === 'string') throw new Error(result);
  return result;
}

function buildDecoder(decoder: ModuleDecoder): BrowserDecoder {
  return {
    openStream(fileIndex) {
      if (!decoder.openStream(fileIndex)) throw new Error('the input before has not been read to its end');
    },
    push: (bytes, isEnd) => decoder.push(bytes, isEnd),
    poll(batch, maxMs) {
      const length = decoder.poll(batch, maxMs);
      if (length < 0) throw new RangeError('a record is longer than the batch; 512 KiB hold any');
      return length;
    },
    finish: () => decoder.finish(),
    bytesRead: () => decoder.bytesRead(),
    close: () => decoder.delete(),
  };
}

function buildUnpacker(unpacker: ModuleUnpacker): BrowserUnpacker {
  return {
    unpack: (stored, chunk) => requireAccepted(unpacker.read(stored, chunk)),
    close: () => unpacker.delete(),
  };
}

const buildSha256 = (sum: ModuleSha256): Sha256Sum => ({
  add: (bytes) => sum.add(bytes),
  finish: () => sum.finish(),
  close: () => sum.delete(),
});

function buildCollectorClass(module: CoreModule): BrowserCore['NativeCollector'] {
  return class implements NativeCollector {
    readonly #collector: ModuleCollector;

    constructor(options: CollectorOptions, lookup: CollectorLookup) {
      this.#collector = requireAccepted(module.createCollector(options, lookup));
    }
    setLookup(): void {
      throw new Error('a reading of captures keeps its catalogue');
    }
    add(batch: Uint8Array, length: number, parts: number): number {
      return this.#collector.add(batch.subarray(0, length), length, parts);
    }
    addLog(): boolean {
      throw new Error('logs are not read here');
    }
    settle(untilUs: number): void {
      this.#collector.settle(untilUs);
    }
    keepWindow(us: number): void {
      this.#collector.keepWindow(us);
    }
    close(untilUs: number): void {
      this.#collector.close(untilUs);
    }
    finish(lastUs: number | null): void {
      this.#collector.finish(lastUs);
    }
    nextWindow(): ArrayBuffer | null {
      return this.#collector.nextWindow();
    }
    takeOverflow(): Record<string, number> {
      return this.#collector.takeOverflow();
    }
  };
}
