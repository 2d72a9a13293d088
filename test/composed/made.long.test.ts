// The generator itself: what it renames, moves and makes must be packets that an analyser reads as real ones.

import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FAMILIES, makeCase } from '../../captures/composed/families.ts';
import { nameOfLength } from '../../captures/composed/forged/flows.ts';
import { RecordingLibrary } from '../../captures/composed/library.ts';
import { greetingOf, MadeTalk } from '../../captures/composed/made-talk.ts';
import { addressAnswers } from '../../captures/dns-answer.ts';
import { viewIpFrame } from '../../captures/ip-frame.ts';
import { type Frame, writePcap } from '../../captures/pcap.ts';
import { renameServers } from '../../captures/rename-servers.ts';
import { toIpv6 } from '../../captures/to-ipv6.ts';
import { readFlows, readHandshakes } from '../../src/index.ts';
import { temporaryFolder } from '../temporary.ts';

const folder = temporaryFolder('made');
const library = new RecordingLibrary(['captures']);
const RENAMED = ['claude-code-2.1.328-prompt', 'codex-0.169.0-rt-lossy', 'base-chromium-tcp-example.test'];

interface Hello {
  readonly sni: string | null;
  readonly ja4: string;
  readonly client: string;
}

async function hellosOf(frames: readonly Frame[]): Promise<{ hellos: Hello[]; malformed: object }> {
  const file = join(folder, 'made.pcap');
  writeFileSync(file, writePcap(frames));
  const hellos: Hello[] = [];
  const { stats } = await readHandshakes([file], {}, ({ hello }) =>
    hellos.push({ sni: hello.sni, ja4: hello.fingerprint.ja4, client: hello.source }),
  );
  return { hellos, malformed: stats.malformed };
}

interface Carried {
  readonly up: number;
  readonly down: number;
  readonly lost: number;
}

/** Of every TCP flow: bytes of payload each way, and what sequence numbers say is missing. */
async function carriedBy(frames: readonly Frame[]): Promise<Carried[]> {
  const file = join(folder, 'flows.pcap');
  writeFileSync(file, writePcap(frames));
  const carried: Carried[] = [];
  await readFlows([file], {}, ({ flow }) => {
    if (flow.protocol === 'udp') return;
    carried.push({ up: flow.payloadUp, down: flow.payloadDown, lost: flow.lostUp + flow.lostDown });
  });
  return carried;
}

describe('servers that are renamed', () => {
  it.each(RENAMED)('%s: the hellos name the new server and are otherwise the same', async (name) => {
    const frames = library.get(name).frames();
    const before = await hellosOf(frames);
    for (const wanted of ['a.io', 'a-much-longer-name-than-any-that-was-recorded.gateway.corp.example']) {
      const after = await hellosOf(renameServers(frames, () => wanted));
      expect(new Set(after.hellos.map(({ sni }) => sni))).toEqual(new Set([wanted]));
      expect(after.hellos.map(({ ja4 }) => ja4)).toEqual(before.hellos.map(({ ja4 }) => ja4));
      expect(after.malformed).toEqual(before.malformed);
    }
  });

  it('names that stay change no byte', () => {
    const frames = library.get('claude-code-2.1.328-prompt').frames();
    expect(writePcap(renameServers(frames, (name) => name)).equals(writePcap(frames))).toBe(true);
  });

  it.each(RENAMED)('%s: each client says so much more, and nothing gets lost', async (name) => {
    const frames = library.get(name).frames();
    const before = await carriedBy(frames);
    const after = await carriedBy(renameServers(frames, (server) => `x${server}`));
    expect(after.map(({ down }) => down)).toEqual(before.map(({ down }) => down));
    expect(after.map(({ lost }) => lost)).toEqual(before.map(({ lost }) => lost));
    const grown = after.map(({ up }, i) => up - (before[i]?.up ?? 0));
    // A first segment that is sent again counts again.
    expect(grown.every((bytes) => bytes >= 0 && bytes <= 2)).toBe(true);
    expect(grown.some((bytes) => bytes === 1)).toBe(true);
  });
});

describe('names that are made to a length', () => {
  const lengths = Array.from({ length: 40 }, (_, i) => i + 1);

  it.each(lengths)('%i letters: a name of this length without an empty label', (length) => {
    const name = nameOfLength('www.example.net', length);
    expect(name).toHaveLength(length);
    expect(name.split('.')).not.toContain('');
    const talk = new MadeTalk();
    talk.ask(name, Buffer.from([198, 51, 100, 7]), 0);
    const [, answer] = talk.frames().map(({ bytes }) => viewIpFrame(bytes));
    if (answer === undefined || answer === null) throw new Error('no answer was made');
    const message = answer.bytes.subarray(answer.payloadAt, answer.endAt);
    expect(addressAnswers(message).map((one) => one.name)).toEqual([name]);
  });
});

describe('connections that are moved to IPv6', () => {
  it('keep their hellos', async () => {
    const frames = library.get('claude-code-2.1.328-prompt').frames();
    const before = await hellosOf(frames);
    const after = await hellosOf(toIpv6(frames, () => true));
    expect(after.hellos.map(({ sni, ja4 }) => [sni, ja4])).toEqual(
      before.hellos.map(({ sni, ja4 }) => [sni, ja4]),
    );
    expect(after.hellos.every(({ client }) => client.includes(':'))).toBe(true);
    expect(after.malformed).toEqual({});
  });
});

describe('conversations that are made', () => {
  it('say hello as the runtime did, and carry the bytes that were asked for', async () => {
    const recording = library.get('base-node24-fetch');
    const greeting = greetingOf(recording);
    if (greeting === null) throw new Error('no greeting');
    const talk = new MadeTalk();
    const address = Buffer.from([198, 51, 100, 7]);
    talk.connect(greeting, address, 0, [{ afterMs: 10, up: 40_000, down: [100, 20_000], everyMs: 5 }]);
    const { hellos, malformed } = await hellosOf(talk.frames());
    expect(hellos.map(({ ja4 }) => ja4)).toEqual([(await hellosOf(recording.frames())).hellos[0]?.ja4]);
    expect(malformed).toEqual({});
    const [carried] = await carriedBy(talk.frames());
    expect(carried?.lost).toBe(0);
    expect((carried?.up ?? 0) - greeting.client.length).toBeGreaterThan(40_000);
    expect((carried?.down ?? 0) - greeting.server.length).toBeGreaterThan(20_100);
  });
});

it.each(FAMILIES)('$name: the same seed and index make the same bytes', (family) => {
  const [one, same, other] = [1, 1, 2].map((seed) => makeCase(family, 3, seed, library));
  const bytes = (made: typeof one): string => {
    const hash = createHash('sha1');
    for (const frames of made?.captures ?? []) hash.update(writePcap(frames));
    for (const { text } of made?.logs ?? []) hash.update(text);
    return hash.digest('hex');
  };
  expect(bytes(one)).toBe(bytes(same));
  expect(bytes(one)).not.toBe(bytes(other));
});
