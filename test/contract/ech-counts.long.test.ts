// Hellos with Encrypted ClientHello or its GREASE are counted exactly: on public captures by the answers of other decoders,
// and in windows by flow.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readPcap, writePcap } from '../../captures/pcap.ts';
import { renameServers } from '../../captures/rename-servers.ts';
import { loadCatalogue } from '../../src/files/catalogue-files.ts';
import { sumEchConfigs } from '../../src/model/ech-configs.ts';
import type { HelloRecord } from '../../src/model/flow.ts';
import type { EchConfigCount, UsageWindow } from '../../src/model/usage.ts';
import { analyze } from '../../src/reading/captures/analyze-captures.ts';
import { temporaryFolder } from '../temporary.ts';
import { readNative } from './read-native.ts';

const RECORDINGS = fileURLToPath(new URL('../../captures/recordings/', import.meta.url));
const CORPUS = fileURLToPath(new URL('../../../shared/corpus/', import.meta.url));
if (!existsSync(CORPUS))
  console.warn('ech-counts.long.test.ts: ../shared/corpus is absent: its captures are not tried');

const catalogue = await loadCatalogue([]);

const folder = temporaryFolder('ech-counts');

/** The byte behind type and cipher suite in both hellos of the capture. */
const CONFIG_ID_OF_ZEEK = 209;

interface Ends {
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
}

const keyOf = ({ source, sourcePort, destination, destinationPort }: Ends): string =>
  `${source} ${sourcePort} ${destination} ${destinationPort}`;

function nativeHellos(file: string): HelloRecord[] {
  const hellos: HelloRecord[] = [];
  readNative(file, { emitHellos: true }, { onHello: (hello) => hellos.push(hello) });
  return hellos.filter(({ fingerprint }) => fingerprint.ech !== 'none');
}

const windowsOf = async (file: string): Promise<readonly UsageWindow[]> =>
  (await analyze([file], { lookup: catalogue, watchlist: catalogue.watchlist() })).windows;

const configsIn = (windows: readonly UsageWindow[]): EchConfigCount[] =>
  sumEchConfigs(windows.flatMap(({ hellos = [] }) => hellos.map(({ echConfigs }) => echConfigs)));

/** Over all windows and hosts: one hello of each flow. */
async function countedIn(file: string): Promise<number> {
  const windows = await windowsOf(file);
  return windows.flatMap(({ hellos = [] }) => [...hellos]).reduce((sum, { ech }) => sum + ech, 0);
}

interface Answer {
  readonly src_ip: string;
  readonly src_port: number;
  readonly dst_ip: string;
  readonly dst_port: number;
  readonly ech_ext: boolean;
  readonly count: number;
}

describe.skipIf(!existsSync(CORPUS))('public captures (skipped where ../shared/corpus is absent)', () => {
  const files = existsSync(CORPUS) ? readdirSync(`${CORPUS}captures`) : [];
  const answersOf = (file: string): Ends[] => {
    const { hellos }: { hellos: Answer[] } = JSON.parse(
      readFileSync(`${CORPUS}answers/${file}.json`, 'utf8'),
    );
    return hellos
      .filter(({ ech_ext }) => ech_ext)
      .flatMap((hello) =>
        Array.from({ length: hello.count }, () => ({
          ...{ source: hello.src_ip, sourcePort: hello.src_port },
          ...{ destination: hello.dst_ip, destinationPort: hello.dst_port },
        })),
      );
  };
  const withEch = files.filter((file) => answersOf(file).length > 0);

  it('are ten with the extension', () => {
    expect(withEch.length).toBe(10);
  });

  it.each(withEch)('%s: the hellos of the answers', async (file) => {
    const expected = answersOf(file).map(keyOf).sort();
    expect(nativeHellos(`${CORPUS}captures/${file}`).map(keyOf).sort()).toEqual(expected);
    expect(await countedIn(`${CORPUS}captures/${file}`)).toBe(new Set(expected).size);
  });

  it('counts the configuration of a known outer name', async () => {
    const windows = await windowsOf(`${CORPUS}captures/zeek__tls__tls13-ech.pcap`);
    expect(configsIn(windows)).toEqual([{ outer: 'cloudflare-ech.com', id: CONFIG_ID_OF_ZEEK, hellos: 2 }]);
  });

  it('have none in the others, but for the draft before it', () => {
    const others = files.filter((file) => !withEch.includes(file));
    const found = others.flatMap((file) => {
      try {
        return nativeHellos(`${CORPUS}captures/${file}`).map(({ fingerprint: { ech } }) => `${file}: ${ech}`);
      } catch {
        // Not a capture that can be read: other tests say why.
        return [];
      }
    });
    expect(new Set(found)).toEqual(new Set(['ndpi__tls_esni_sni_both.pcap: esni']));
  });
});

describe('recordings', () => {
  // That each hello is one of the second reading is in oracle.long.test.ts.
  it('have as many in windows as hellos, by flow', async () => {
    const counts = new Map<string, number>();
    for (const file of readdirSync(RECORDINGS)) {
      const flows = new Set(nativeHellos(RECORDINGS + file).map(keyOf)).size;
      expect(await countedIn(RECORDINGS + file), file).toBe(flows);
      if (flows > 0) counts.set(file.replace(/\.pcap\.gz$/, ''), flows);
    }
    expect(Object.fromEntries(counts)).toMatchInlineSnapshot(`
      {
        "base-bun1.2-fetch": 2,
        "base-bun1.3.13-https": 2,
        "base-chromium-quic-chatgpt.com": 4,
        "base-chromium-quic-claude.ai": 4,
        "base-chromium-tcp-claude.ai": 5,
        "base-chromium-tcp-example.test": 5,
        "busy-developer-light": 18,
        "cline-3.0.65-clineprovider": 4,
        "cline-3.0.65-multiturn": 3,
        "cline-3.0.65-prompt": 3,
        "cline-3.0.65-rt-small": 7,
        "kilocode-7.0.33-anthropic": 8,
        "mixed-workstation": 5,
        "opencode-1.1.11-anthropic": 8,
      }
    `);
  });

  it('count configurations of known outer names alone', async () => {
    const file = `${RECORDINGS}base-chromium-tcp-claude.ai.pcap.gz`;
    expect(configsIn(await windowsOf(file))).toEqual([]);
    const frames = readPcap(gunzipSync(readFileSync(file)));
    const renamed = join(folder, 'renamed.pcap');
    writeFileSync(renamed, writePcap(renameServers(frames, () => 'cloudflare-ech.com')));
    const windows = await windowsOf(renamed);
    const hidden = windows
      .flatMap(({ hellos = [] }) => [...hellos])
      .reduce((sum, one) => sum + one.hidden, 0);
    const configs = configsIn(windows);
    expect(hidden).toBeGreaterThan(0);
    expect(configs.reduce((sum, { hellos }) => sum + hellos, 0)).toBe(hidden);
    expect(new Set(configs.map(({ outer }) => outer))).toEqual(new Set(['cloudflare-ech.com']));
    expect(configs.filter(({ id }) => id > 255)).toEqual([]);
  });
});
