// The library for pages and the command line: the same report for every capture of the project, and in Chromium under a
// strict policy, without a request to anybody else.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrowserCore, openCore, type StartModule } from '../../src/browser/core.ts';
import type { analyze as Analyze, EngineFiles } from '../../src/browser/index.ts';
import type { WiretallyError } from '../../src/model/errors.ts';
import { type DecoderOptions, loadAddon, type NativeAddon } from '../../src/native/addon.ts';
import { decompress } from '../../src/reading/captures/decompress.ts';
import { damagedPacking } from '../../src/reading/captures/input-error.ts';
import { PackingError, unpackStream } from '../../src/reading/captures/unpack-stream.ts';
import { hasBrowser, openPage, startBrowser } from '../browser.ts';
import { buildBrowser, hasEmscripten } from '../built-page.ts';
import { bytesOf as capturedBytes } from '../contract/read-native.ts';
import { captureKinds } from '../hostile-inputs/captures.ts';
import { temporaryFolder } from '../temporary.ts';
import { damagedCaptures } from './damaged-captures.ts';
import { wiretallyHere } from './in-process.ts';
import { root } from './pages-served.ts';

const canBuild = hasEmscripten();

const FOLDERS = ['recordings', 'faults', 'services', 'builds'];
const CAPTURES = [
  'captures/demo.pcap.gz',
  ...FOLDERS.flatMap((folder) =>
    readdirSync(join(root, 'captures', folder))
      .filter((name) => /\.pcap(ng)?(\.gz)?$/.test(name))
      .map((name) => `captures/${folder}/${name}`),
  ),
];

const CORPUS = join(root, '../shared/corpus/captures');
const hasCorpus = existsSync(CORPUS);
if (!hasCorpus) console.log('skipped: the corpus of public captures is not next to the project');
const OF_CORPUS = hasCorpus
  ? readdirSync(CORPUS)
      .sort()
      .map((name) => join(CORPUS, name))
  : [];
/** Records of all are compared; what makes a report of them is one text, so the reports of a third are. */
const REPORTED = [...CAPTURES, ...OF_CORPUS].filter((_, i) => i % 3 === 0);

/** Packed ones hold ten times as many packets of the same kind; two of them are bombs. */
const COSTLY = captureKinds(undefined).filter(
  ({ file }) => !/-in-(gz|zst)/.test(file) || /^(empty-records|a-recording)/.test(file),
);

const bytesOf = (file: string): ArrayBuffer => new Uint8Array(readFileSync(resolve(root, file))).buffer;

const captureOf = (name: string, bytes = bytesOf(name)) => {
  const blob = new Blob([bytes]);
  return { name, size: blob.size, stream: () => blob.stream() };
};

/** The report, null where there is none, and the errors as `--format json` writes them. */
interface Answer {
  readonly report: object | null;
  readonly errors: readonly object[];
}

async function byCommandLine(file: string): Promise<Answer> {
  const { out, err } = await wiretallyHere(['analyze', file, '--format', 'json', '--quiet']);
  const lines = err.split('\n').filter((line) => line.startsWith('{"error"'));
  return {
    report: out === '' ? null : withoutCommand(JSON.parse(out) as object),
    errors: lines.map((line) => (JSON.parse(line) as { error: object }).error),
  };
}

const ALL_RECORDS: DecoderOptions = {
  windowSeconds: 60,
  emitHellos: true,
  emitFlows: true,
  dns: 'all',
  emitObservations: true,
  emitExchanges: true,
};
/** No batch ends because of time. */
const NO_LIMIT_MS = 60_000;

/** All batches of a capture, of the addon or of the core for pages. */
function recordsOf(
  { createDecoder }: Pick<NativeAddon | BrowserCore, 'createDecoder'>,
  bytes: Uint8Array,
): Buffer {
  const decoder = createDecoder(ALL_RECORDS);
  const batches: Uint8Array[] = [];
  const batch = new Uint8Array(1 << 20);
  const drain = (): void => {
    for (let length = decoder.poll(batch, NO_LIMIT_MS); length > 0; length = decoder.poll(batch, NO_LIMIT_MS))
      batches.push(batch.slice(0, length));
  };
  decoder.openStream(0);
  decoder.push(bytes, true);
  drain();
  decoder.finish();
  drain();
  decoder.close();
  return Buffer.concat(batches);
}

/** Two members and padding; the beginning of a frame. */
const PREFIXED = {
  gzip: Buffer.concat([gzipSync('a member of a few words'), gzipSync(new Uint8Array(9)), Buffer.alloc(5)]),
  zstd: readFileSync(join(root, 'test/unit/reading/captures/base-bun1.4.4-https.pcap.zst')).subarray(0, 500),
};

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** What came out, and the error as it is reported. */
async function unpackedOf(chunks: AsyncIterable<Uint8Array>, compression: string): Promise<object> {
  const out: Uint8Array[] = [];
  try {
    for await (const chunk of chunks) out.push(Uint8Array.from(chunk));
  } catch (error) {
    const packing = new PackingError(0, error);
    return { bytes: Buffer.concat(out), error: damagedPacking('it', compression, packing).message };
  }
  return { bytes: Buffer.concat(out), error: null };
}

const withoutCommand = (document: object): object => ({ ...document, command: null });

const printed = ({ code, message, where, next }: WiretallyError): object => ({
  code,
  what: message,
  where,
  next,
});

const folder = temporaryFolder('browser');

describe.skipIf(!canBuild)('the library for pages', () => {
  let analyze: typeof Analyze;
  let files: EngineFiles;

  beforeAll(async () => {
    await buildBrowser();
    ({ analyze } = (await import(join(root, 'dist/browser/wiretally.js'))) as { analyze: typeof Analyze });
    files = {
      wasm: bytesOf('dist/browser/core.wasm'),
      catalogue: JSON.parse(readFileSync(join(root, 'dist/browser/catalogue.json'), 'utf8')),
    };
  }, 600_000);

  async function byLibrary(file: string): Promise<Answer> {
    try {
      const { report, errors } = await analyze([captureOf(file)], { files });
      const document = JSON.parse(JSON.stringify(report)) as object;
      return { report: withoutCommand(document), errors: errors.map(printed) };
    } catch (error) {
      return { report: null, errors: [printed(error as WiretallyError)] };
    }
  }

  it.each(REPORTED)('reports what the command line reports: %s', async (file) => {
    expect(await byLibrary(file)).toEqual(await byCommandLine(file));
  });

  it('gives the records of the addon, byte for byte', async () => {
    const { default: start } = (await import(join(root, 'dist/browser/core.mjs'))) as {
      default: StartModule;
    };
    const core = await openCore(start, files.wasm);
    const addon = loadAddon();
    const differing = [...CAPTURES, ...OF_CORPUS].filter((file) => {
      const bytes = capturedBytes(resolve(root, file));
      return !recordsOf(addon, bytes).equals(recordsOf(core, bytes));
    });
    expect(differing).toEqual([]);
  });

  it.each(['gzip', 'zstd'] as const)(
    'unpacks every prefix as the command line does: %s',
    async (compression) => {
      const { default: start } = (await import(join(root, 'dist/browser/core.mjs'))) as {
        default: StartModule;
      };
      const core = await openCore(start, files.wasm);
      const stored = PREFIXED[compression];
      for (let length = 4; length <= stored.length; length++) {
        const prefix = stored.subarray(0, length);
        const unpacker = core.createUnpacker(compression);
        const inPage = await unpackedOf(
          unpackStream(inPieces(prefix, 1 + (length % 50)), unpacker.unpack),
          compression,
        );
        unpacker.close();
        expect(inPage).toEqual(
          await unpackedOf(decompress(Readable.from([prefix]), compression), compression),
        );
      }
    },
  );

  it.each(damagedCaptures())('says of damage what the command line says: $name', async ({ name, bytes }) => {
    const file = join(folder, name);
    writeFileSync(file, bytes);
    expect(await byLibrary(file)).toEqual(await byCommandLine(file));
  });

  it.each(COSTLY)(
    'survives what is made to cost: $name',
    async (kind) => {
      const file = join(folder, kind.file);
      await kind.write(file);
      expect(await byLibrary(file)).toEqual(await byCommandLine(file));
    },
    600_000,
  );

  it('reports what could be read of a cut capture, and where it ends', async () => {
    const whole = bytesOf('captures/demo.pcap.gz');
    const cut = captureOf('cut.pcap.gz', whole.slice(0, whole.byteLength / 2));
    const { report, errors } = await analyze([cut], { files });
    expect(errors.map(({ code, where }) => ({ code, where }))).toEqual([
      { code: 'INPUT_DAMAGED', where: 'cut.pcap.gz' },
    ]);
    expect(report.incomplete).toMatchObject([{ file: 'cut.pcap.gz', reason: 'cut' }]);
    expect(report.stats.packets).toBeGreaterThan(0);
  });

  it('ends at a signal, and says so', async () => {
    const { interrupted } = await analyze([captureOf('captures/demo.pcap.gz')], {
      files,
      signal: AbortSignal.abort(),
    });
    expect(interrupted).toBe(true);
  });
});

/** Run in the page, as texts: the test runner has its own way to import. */
const ANALYZE_DEMO = `async () => {
  const { analyze } = await import('/wiretally.js');
  const blob = await (await fetch('/demo.pcap.gz')).blob();
  const capture = { name: 'captures/demo.pcap.gz', size: blob.size, stream: () => blob.stream() };
  return (await analyze([capture])).report;
}`;
const ANALYZE_ZEROS = `async () => {
  const { analyze } = await import('/wiretally.js');
  const blob = new Blob([new Uint8Array(24)]);
  const capture = { name: 'zeros', size: blob.size, stream: () => blob.stream() };
  return await analyze([capture]).catch((error) => error.message);
}`;

/** The library's folder and the demo, under the policy that docs/browser.md asks for. */
function serve(): Promise<Server> {
  const TYPES: Readonly<Record<string, string>> = {
    js: 'text/javascript',
    mjs: 'text/javascript',
    wasm: 'application/wasm',
  };
  const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
  const server = createServer((request, response) => {
    const name = new URL(request.url ?? '/', 'http://localhost').pathname.slice(1);
    const isKnown = /^(wiretally\.js|core\.(mjs|wasm)|catalogue\.json)$/.test(name);
    const file = name === 'demo.pcap.gz' ? 'captures/demo.pcap.gz' : isKnown ? `dist/browser/${name}` : null;
    response.setHeader('content-security-policy', policy);
    response.setHeader('content-type', TYPES[name.split('.').at(-1) ?? ''] ?? 'text/html');
    response.end(file === null ? '<!doctype html><title>page</title>' : readFileSync(join(root, file)));
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

describe.skipIf(!canBuild || !hasBrowser())('the library in Chromium', () => {
  let server: Server;

  beforeAll(async () => {
    server = await serve();
  });
  afterAll(() => {
    server.close();
  });

  it('reports what the command line reports, and asks for nothing once it is loaded', async () => {
    const browser = await startBrowser();
    try {
      const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const { page, requests, complaints } = await openPage(browser, `${origin}/`);
      const report = await page.evaluate<object>(`(${ANALYZE_DEMO})()`);
      expect(withoutCommand(report)).toEqual((await byCommandLine('captures/demo.pcap.gz')).report);
      expect(requests.every((url) => url.startsWith(origin))).toBe(true);
      const loaded = requests.length;
      const again = await page.evaluate<string>(`(${ANALYZE_ZEROS})()`);
      expect(again).toContain('zeros');
      expect(requests.length).toBe(loaded);
      expect(complaints).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});
