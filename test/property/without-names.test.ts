// Without names nothing is more than possible and no vendor is wrong, over all recordings; and windows without names give
// what captures with hidden names give.

import { rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { viewIpFrame } from '../../captures/ip-frame.ts';
import { type Frame, readPcap, writePcap } from '../../captures/pcap.ts';
import { renameServers } from '../../captures/rename-servers.ts';
import { hideServerNames } from '../../src/attribution/hide-names.ts';
import { RELAY_ID } from '../../src/model/catalogue-words.ts';
import { temporaryFolder } from '../temporary.ts';
import {
  catalogue,
  type Judged,
  judge,
  type Recording,
  recorded,
  recordings,
  windowsOf,
} from './judged-recordings.ts';

const folder = temporaryFolder('without-names');

const hiddenIn = async (recording: Recording): Promise<Judged> =>
  judge(hideServerNames(await recorded(recording), catalogue));

const rowsOf = ({ tools, providers }: Judged): string[] =>
  [...tools.map((use) => ({ use, kind: 'tool' })), ...providers.map((use) => ({ use, kind: 'provider' }))]
    .map(({ use, kind }) => `${kind} ${use.tool} ${use.confidence}`)
    .sort();

/** Of what the manifest says was used. */
function vendorsOf({ expect: { tools = [], possible = [], provider } }: Recording): Set<string | undefined> {
  const ids = [...tools, ...possible, ...(provider === undefined ? [] : [provider])];
  return new Set(ids.map((id) => catalogue.tool(id)?.vendor));
}

describe.each(recordings.map((recording) => [recording.name, recording] as const))('%s', (_, recording) => {
  it('is possible at most without names, and of no wrong vendor', async () => {
    const { tools, providers } = await hiddenIn(recording);
    const left = [...tools, ...providers];
    expect(left.filter(({ confidence }) => confidence !== 'possible')).toEqual([]);
    const vendors = vendorsOf(recording);
    const foreign = left.filter(({ tool, vendor }) => tool !== RELAY_ID && !vendors.has(vendor));
    expect(foreign.map(({ tool }) => tool)).toEqual([]);
    if (recording.expect.none === true) expect(left).toEqual([]);
  });
});

it('leaves a sign of agents that talk to a model, and of most recordings of tools no tool', async () => {
  const left = await Promise.all(recordings.map(hiddenIn));
  expect(left.filter(({ tools }) => tools.length > 0)).toEqual([]);
  expect(left.filter(({ providers }) => providers.length > 0).length).toBeGreaterThan(30);
});

/** The capture as it would be: hellos with an empty name, and no DNS in clear text. */
function hideNames(frames: readonly Frame[]): Frame[] {
  const isDns = ({ bytes }: Frame): boolean => {
    const view = viewIpFrame(bytes);
    return view?.protocol === 'udp' && [0, 2].some((at) => bytes.readUInt16BE(view.transportAt + at) === 53);
  };
  return renameServers(
    frames.filter((frame) => !isDns(frame)),
    () => '',
  );
}

it('gives what captures with hidden names give', async () => {
  // Names in QUIC and in requests to a proxy cannot be changed in a capture.
  const plain = await Promise.all(
    recordings.map(async (recording) => {
      const rows = (await recorded(recording)).flatMap((window) => window.rows);
      const isPlain = rows.every(
        ({ proxy, fingerprint }) => proxy === null && fingerprint?.transport === 'tcp',
      );
      return rows.length > 0 && isPlain ? [recording] : [];
    }),
  );
  const compared = plain.flat();
  expect(compared.length).toBeGreaterThan(50);
  const different: string[] = [];
  for (const recording of compared) {
    const frames = readPcap(gunzipSync(await readFile(recording.file)));
    const file = join(folder, `${recording.name}.pcap`);
    writeFileSync(file, writePcap(hideNames(frames)));
    const seen = rowsOf(judge(await windowsOf(file)));
    rmSync(file);
    const made = rowsOf(await hiddenIn(recording));
    if (seen.join() !== made.join()) different.push(`${recording.name}: ${seen} instead of ${made}`);
  }
  expect(different).toEqual([]);
});
