// Recordings of tools that work show no fault; recordings of faults show theirs, or one that looks alike.
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type Frame, readPcap, writePcap } from '../../../captures/pcap.ts';
import type { Diagnosis } from '../../../src/model/diagnosis.ts';
import { buildDiagnosis, namesToDiagnose } from '../../../src/query/diagnosis.ts';
import { openSource } from '../../../src/query/source.ts';
import { temporaryFolder } from '../../temporary.ts';

interface FaultEntry {
  readonly file: string;
  readonly fault: string;
  readonly may_look_like: readonly string[];
  readonly affected: readonly string[];
  readonly legs: readonly string[];
  /** No rule finds it yet: too few packets, or a name that is not followed. */
  readonly isMissed?: boolean;
}

const manifest = JSON.parse(readFileSync('captures/manifest.json', 'utf8')) as {
  readonly captures: readonly { readonly file: string }[];
  readonly faults: readonly FaultEntry[];
  /** Made by `npm run lab -- --fault`; `affected`: one of these names is enough. */
  readonly diagnosed: readonly FaultEntry[];
};

const PART = `${temporaryFolder('diagnosed-part')}/part.pcap`;

const diagnosesOf = (file: string): Promise<readonly Diagnosis[]> => diagnosesIn(`captures/${file}`);

async function diagnosesIn(path: string): Promise<readonly Diagnosis[]> {
  const source = await openSource([path], namesToDiagnose());
  return buildDiagnosis(await source.read(), {}).diagnoses;
}

/** Recordings that show a fault on purpose. */
const SHOWN: Readonly<Record<string, readonly string[]>> = {
  // The tool does not trust the certificate of the lab.
  'recordings/claude-code-2.1.328-untrusted-ca.pcap.gz': ['api.anthropic.com interception-untrusted'],
  // The provider of the lab refuses the first requests: overloaded.
  'recordings/claude-code-2.1.329-ca-overloaded.pcap.gz': ['api.anthropic.com provider-error'],
};

describe('a recording of a working tool', () => {
  it.each(manifest.captures)('$file shows no fault', async ({ file }) => {
    const found = (await diagnosesOf(file)).filter(({ confidence }) => confidence !== 'possible');
    expect(found.map(({ name, fault }) => `${name} ${fault}`)).toEqual(SHOWN[file] ?? []);
  });
});

const DNS = 53;
const HTTPS = 443;
/** Ports of a frame of UDP or TCP over IPv4; null: another one. */
function portsIn({
  bytes,
}: Frame): { readonly protocol: number; readonly from: number; readonly to: number } | null {
  const at = 14;
  if (bytes.length < at + 24 || bytes.readUInt16BE(12) !== 0x0800) return null;
  const ports = at + ((bytes[at] ?? 0) & 15) * 4;
  return {
    ...{ protocol: bytes[at + 9] ?? 0, from: bytes.readUInt16BE(ports), to: bytes.readUInt16BE(ports + 2) },
  };
}
const isOdd = (port: number): boolean => port % 2 === 1;

/** What a sensor sees of working tools: less than all of it. */
const PARTS: Readonly<Record<string, (frames: readonly Frame[]) => readonly Frame[]>> = {
  'cut to 96 bytes': (frames) => frames.map((one) => ({ ...one, bytes: one.bytes.subarray(0, 96) })),
  'without the answers to every second DNS query': (frames) =>
    frames.filter((one) => {
      const ports = portsIn(one);
      return ports?.from !== DNS || !isOdd(ports.to);
    }),
  'without the servers of every second connection': (frames) =>
    frames.filter((one) => {
      const ports = portsIn(one);
      return ports?.from !== HTTPS || !isOdd(ports.to);
    }),
  'without the client': (frames) => frames.filter((one) => ![DNS, HTTPS].includes(portsIn(one)?.to ?? 0)),
  'without any server': (frames) => frames.filter((one) => ![DNS, HTTPS].includes(portsIn(one)?.from ?? 0)),
};

describe.each(Object.entries(PARTS))('a working tool %s', (_, partOf) => {
  it.each(manifest.captures.filter(({ file }) => SHOWN[file] === undefined))(
    '$file shows no fault',
    async ({ file }) => {
      const frames = partOf(readPcap(gunzipSync(readFileSync(`captures/${file}`))));
      writeFileSync(PART, writePcap(frames));
      const found = (await diagnosesIn(PART)).filter(({ confidence }) => confidence !== 'possible');
      expect(found.map(({ name, fault }) => `${name} ${fault}`)).toEqual([]);
    },
  );
});

describe('a recording of a fault', () => {
  it.each(manifest.faults)('$file shows $fault', async ({ file, fault, may_look_like, affected, legs }) => {
    const diagnoses = await diagnosesOf(file);
    for (const name of affected) {
      const found = diagnoses.find((one) => one.name === name);
      expect([fault, ...may_look_like], name).toContain(found?.fault);
      expect(legs, name).toContain(found?.leg);
      expect(found?.fault === fault || found?.confidence !== 'certain', name).toBe(true);
    }
  });
});

it.each(manifest.diagnosed.filter(({ fault }) => fault === 'none'))(
  '$file of the lab shows no fault',
  async ({ file }) => {
    const found = (await diagnosesOf(file)).filter(({ confidence }) => confidence !== 'possible');
    expect(found).toEqual([]);
  },
);

describe('a recording of a fault of the lab', () => {
  const [found, missed] = [false, true].map((isMissed) =>
    manifest.diagnosed.filter((entry) => entry.fault !== 'none' && (entry.isMissed ?? false) === isMissed),
  );

  it.each(missed ?? [])('$file is accused of nothing else', async ({ file }) => {
    expect(await diagnosesOf(file)).toEqual([]);
  });

  it.each(found ?? [])('$file shows $fault', async ({ file, fault, may_look_like, affected, legs }) => {
    const found = (await diagnosesOf(file)).find(({ name }) => affected.includes(name));
    expect([fault, ...may_look_like]).toContain(found?.fault);
    // What looks alike lies elsewhere at times.
    if (found?.fault === fault) expect(legs).toContain(found.leg);
    else expect(found?.confidence).not.toBe('certain');
  });
});
