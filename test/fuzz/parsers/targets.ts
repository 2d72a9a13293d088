// Parsers of files from untrusted sources, and the contract of each.

import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { parseTool } from '../../../src/catalogue/parse.ts';
import { catalogueFacts } from '../../../src/catalogue/policy-facts.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import { type ErrorCode, WiretallyError } from '../../../src/model/errors.ts';
import type { Advisory } from '../../../src/model/report.ts';
import { AdvisoryImport } from '../../../src/policy/advisories/import.ts';
import { AdvisoryFault, type PublishedAdvisory } from '../../../src/policy/advisories/published.ts';
import { readPublished } from '../../../src/policy/advisories/published-formats.ts';
import { parseHostsFile } from '../../../src/policy/hosts-file.ts';
import { advisoryFile, loadAdvisory } from '../../../src/policy/parse-advisory.ts';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';
import { parseRegister } from '../../../src/policy/register-file.ts';
import { parseAdvisoryJson, publishedNames } from '../../../src/query/inputs/advisory-import.ts';
import { BundleReader } from '../../../src/query/inputs/bundle-reader.ts';
import { headCompression } from '../../../src/reading/captures/compression.ts';
import { decompress } from '../../../src/reading/captures/decompress.ts';
import { findFirstPacket } from '../../../src/reading/captures/first-packet.ts';
import { verifyBundle } from '../../../src/store/bundle.ts';
import { SealRefused } from '../../../src/store/sealed.ts';
import { readSignedConfig, signConfig } from '../../../src/store/signed-config.ts';
import { decodeWindows, encodeWindows } from '../../../src/window/codec.ts';
import { crc32 } from '../../../src/window/crc32.ts';
import { CHECKSUM_BYTES, CHECKSUM_TAG } from '../../../src/window/wire-read.ts';
import { anyWindows } from '../../property/arbitrary-windows.ts';
import type { Target } from './drive.ts';
import { LOG_TARGETS } from './logs.ts';

function holds(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

/** True when it was read; false when it was refused with one of these codes. */
function isRead(codes: readonly ErrorCode[], read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (error instanceof WiretallyError && codes.includes(error.code)) return false;
    throw error;
  }
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
const catalogue = await loadCatalogue();
const facts = catalogueFacts(catalogue);

const MAX_WINDOWS_PER_INPUT = 64;

/** Takes the input for one window's message: its length and its checksum are made right. */
function asWindow(bytes: Uint8Array): Uint8Array {
  let at = 0;
  while (at < 4 && ((bytes[at] ?? 0) & 128) !== 0) at++;
  const content = bytes.subarray(at + 1, Math.max(at + 1, bytes.length - CHECKSUM_BYTES));
  const sum = Buffer.alloc(CHECKSUM_BYTES);
  sum[0] = CHECKSUM_TAG;
  sum.writeUInt32LE(crc32(content), 1);
  const length: number[] = [];
  for (let rest = content.length + CHECKSUM_BYTES; ; rest >>>= 7) {
    length.push(rest < 128 ? rest : (rest & 127) | 128);
    if (rest < 128) break;
  }
  return Buffer.concat([Buffer.from(length), content, sum]);
}

const windows: Target = {
  name: 'windows',
  made: fc.sample(anyWindows, { seed: 11, numRuns: 12 }).map(encodeWindows),
  words: ['\x08', '\x0a', '\x12', '\xff\xff\xff\xff\x7f', 'api.anthropic.com', '10.0.0.1'],
  stepsPerByte: 40,
  stepsAtLeast: 20_000,
  repair: asWindow,
  check(bytes) {
    const decoded = decodeWindows(bytes);
    const lost = decoded.damage.reduce((sum, part) => sum + part.length, 0);
    holds(lost <= bytes.length, 'more is damaged than there is');
    holds(decoded.windows.length > 0 || lost === bytes.length, 'bytes that are neither windows nor damage');
    holds(
      decoded.windows.length <= MAX_WINDOWS_PER_INPUT || decoded.windows.length * 6 <= bytes.length,
      'more windows than bytes for them',
    );
    const again = decodeWindows(encodeWindows(decoded.windows));
    holds(again.damage.length === 0, 'a window that was read is damaged when it is written');
    holds(
      isDeepStrictEqual(again.windows, decoded.windows),
      'a window that was read is another one when it is written',
    );
    return decoded.windows.length > 0;
  },
};

const hosts: Target = {
  name: 'hosts',
  made: [],
  words: [
    'match,group\n',
    '10.0.0.0/8',
    'fd00::/8',
    '02:00:00:00:00:01',
    '"',
    '""',
    ',',
    '\r\n',
    '#',
    '*',
    '\ufeff',
    ' ',
  ],
  stepsPerByte: 20,
  stepsAtLeast: 2_000,
  check(bytes) {
    return isRead(['HOSTS_INVALID'], () => {
      const file = parseHostsFile(textOf(bytes), 'hosts.csv');
      const host = {
        host: '10.0.0.1',
        mac: '02:00:00:00:00:01',
        vlans: [],
        names: ['dev.example'],
        groups: [],
      };
      const groups = file.groupsOf(host);
      holds(
        groups.every((group) => file.groups.includes(group)),
        'a group that the file does not have',
      );
      holds(file.groups.length <= bytes.length, 'more groups than bytes');
    });
  },
};

const registers: Target = {
  name: 'registers',
  made: [Buffer.from('tool;owner;group;host;from\r\n"Claude Code";"a; ""b";rnd;10.0.0.1;2026-01-01\r\n')],
  words: ['tool,', 'version: 1\nentries:\n', '- { tool: aider }\n', ';', '"', '""', '\r\n', '#', '\ufeff'],
  stepsPerByte: 200,
  stepsAtLeast: 200_000,
  check(bytes) {
    const text = textOf(bytes);
    return ['r.csv', 'r.yaml'].some((file) =>
      isRead(['REGISTER_INVALID'], () => {
        const entries = parseRegister(text, file, { tools: catalogue.tools, groups: ['rnd'] });
        holds(entries.length > 0 && entries.length <= bytes.length, 'entries that the file does not have');
      }),
    );
  },
};

const policies: Target = {
  name: 'policies',
  made: [],
  words: [
    'version: 1\n',
    'timezone: Europe/Berlin\n',
    'rules:\n',
    '  - id: a\n',
    'tools: ',
    'effective: ',
    '2026-07-10',
    'exceptions:\n',
    '[',
    ']',
    '{',
    '}',
    ': ',
    '- ',
    '&a ',
    '*a',
    '!!binary ',
    '"',
    "'",
    '|\n',
    '? ',
    '<<: ',
    '\t',
    '0x10',
    '~',
    'allow',
    'cidr: 10.0.0.0/8',
  ],
  stepsPerByte: 400,
  stepsAtLeast: 100_000,
  check(bytes) {
    const text = textOf(bytes);
    const parsed = parsePolicy(text, facts);
    holds((parsed.policy === null) === parsed.errors.length > 0, 'neither a policy nor an error');
    for (const { line, column } of [...parsed.errors, ...parsed.warnings]) {
      holds(line >= 1 && column >= 1, 'an error that stands nowhere');
    }
    holds(isDeepStrictEqual(parsePolicy(text, facts), parsed), 'the same text, another policy');
    return parsed.policy !== null;
  },
};

const catalogues: Target = {
  name: 'catalogues',
  made: [],
  words: [
    '"id": ',
    '"endpoints": [',
    '"role": "inference"',
    '"specificity": "tool"',
    'null',
    '1e999',
    '[]',
    '{}',
    ',',
    '"*.example"',
    '\\u0000',
  ],
  stepsPerByte: 200,
  stepsAtLeast: 50_000,
  check(bytes) {
    const text = textOf(bytes);
    return isRead(['CATALOGUE_INVALID'], () => {
      const tool = parseTool({ file: 'own.json', text });
      holds(
        isDeepStrictEqual(parseTool({ file: 'own.json', text: JSON.stringify(tool) }), tool),
        'written again, it is another tool',
      );
    });
  },
};

const packages = publishedNames(catalogue.tools);
const PUBLISHED = 'captures/advisories/published';

/** A file of published advisories, up to the advisories that an import writes. */
const advisories: Target = {
  name: 'advisories',
  made: readdirSync(PUBLISHED).map((file) => readFileSync(join(PUBLISHED, file))),
  words: [
    '"introduced":"0"',
    '"fixed":"1.2.3"',
    '"last_affected":"1.2.3-rc.1"',
    '"limit":"*"',
    '"type":"SEMVER"',
    '"type":"GIT"',
    '"withdrawn":"2026-01-01T00:00:00Z"',
    '"aliases":["CVE-2026-1"]',
    '"vulnerable_version_range":">= 1.0, < 2.0"',
    '"name":"@openai/codex"',
    '"versions":["1.0.0"]',
    'CVSS:3.1/AV:N',
    '2026-13-45',
    'null',
    '1e400',
    '[]',
    '{}',
    ',',
    '\ud800',
    '\ufeff',
  ],
  stepsPerByte: 400,
  stepsAtLeast: 100_000,
  check(bytes) {
    let published: readonly PublishedAdvisory[];
    try {
      published = readPublished(parseAdvisoryJson(Buffer.from(bytes)));
    } catch (error) {
      if (!(error instanceof AdvisoryFault)) throw error;
      holds(error.message !== '', 'no word about the fault');
      return false;
    }
    const imported = importedFrom(published);
    holds(
      isDeepStrictEqual(importedFrom([...published].reverse()), imported),
      'another order, other advisories',
    );
    const ids = new Set(imported.map(({ id }) => id));
    holds(ids.size === imported.length, 'two advisories of one ID');
    for (const advisory of imported) {
      const text = JSON.stringify(advisoryFile(advisory));
      const read = loadAdvisory(text, 'imported', catalogue.tools);
      holds(isDeepStrictEqual(read, advisory), 'written and read, it is another advisory');
    }
    return imported.length > 0;
  },
};

function importedFrom(published: readonly PublishedAdvisory[]): readonly Advisory[] {
  const into = new AdvisoryImport(packages);
  for (const one of published) into.add(one);
  return into.finish().advisories;
}

const POLICY = readFileSync('test/fuzz/corpus/policies/demo', 'utf8');
/** The first line of an input selects the part of a bundle; the sums of the manifest are made to match. */
const BUNDLE_PARTS = [
  'manifest.json',
  'report.json',
  'findings.json',
  'hosts.csv',
  'policy.yaml',
  'windows.usage',
  'own-catalogue-0001.json',
];
const bundleFolder = mkdtempSync(join(tmpdir(), 'wiretally-fuzz-'));
process.once('exit', () => rmSync(bundleFolder, { recursive: true, force: true }));

function manifestOf(parts: ReadonlyMap<string, Uint8Array>): string {
  const files = [...parts].map(([name, bytes]) => ({
    name,
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  }));
  const head = {
    schema: 1,
    wiretally: '0.1.0',
    catalogue: facts.version,
    policySha256: '0'.repeat(64),
    complete: true,
  };
  return JSON.stringify({ ...head, interrupted: false, incomplete: [], inputs: [], files });
}

async function readPart(name: string): Promise<void> {
  const reader = await BundleReader.open(bundleFolder);
  if (name === 'report.json') await reader.report();
  else if (name === 'findings.json') await reader.findings();
  else if (name === 'windows.usage') await reader.windows();
  else await reader.view(await reader.catalogue());
}

const JSON_WORDS = ['null', '1e400', '-1', '[]', '{}', '\\ud800', '"__proto__":'];

const bundles: Target = {
  name: 'bundles',
  made: [],
  words: [...BUNDLE_PARTS, '"sha256":', '"files":[', '"name":"../x"', 'true', ...JSON_WORDS],
  stepsPerByte: 300,
  stepsAtLeast: 100_000,
  async check(bytes) {
    const end = bytes.indexOf(10);
    const named = textOf(bytes.subarray(0, Math.max(0, end)));
    const name = BUNDLE_PARTS.includes(named) ? named : 'manifest.json';
    const content = bytes.subarray(end + 1);
    rmSync(bundleFolder, { recursive: true, force: true });
    mkdirSync(bundleFolder);
    const parts = new Map<string, Uint8Array>([['policy.yaml', Buffer.from(POLICY)]]);
    if (name !== 'manifest.json')
      parts.set('manifest.json', Buffer.from(manifestOf(new Map([...parts, [name, content]]))));
    for (const [part, text] of parts.set(name, content)) writeFileSync(join(bundleFolder, part), text);
    try {
      const verdict = await verifyBundle(bundleFolder, null);
      holds(name === 'manifest.json' || verdict.faults.length === 0, 'a bundle whose sums fit has faults');
      if (verdict.faults.length === 0) await readPart(name);
      return true;
    } catch (error) {
      if (error instanceof WiretallyError) return false;
      throw error;
    }
  },
};

const signer = generateKeyPairSync('ed25519');

/** The input as a package, and as signed content with a valid key. */
const signedConfigs: Target = {
  name: 'signed-configs',
  made: [],
  words: ['"revision":', '"sensors":["*"]', '"name":"../x"', '"keepDays":', ...JSON_WORDS],
  stepsPerByte: 300,
  stepsAtLeast: 100_000,
  check(bytes) {
    holds(!isSignedConfig(bytes), 'an unsigned package was accepted');
    const head = 'wiretally-configuration 1';
    const signature = sign(null, Buffer.concat([Buffer.from(`${head}\n`), bytes]), signer.privateKey);
    const signed = Buffer.concat([Buffer.from(`${head} ${signature.toString('base64')}\n`), bytes]);
    if (!isSignedConfig(signed)) return false;
    const { config } = readSignedConfig(signed, [signer.publicKey]);
    const again = readSignedConfig(signConfig(config, signer.privateKey).bytes, [signer.publicKey]);
    holds(isDeepStrictEqual(again.config, config), 'signed again, the configuration differs');
    return true;
  },
};

function isSignedConfig(bytes: Uint8Array): boolean {
  try {
    readSignedConfig(bytes, [signer.publicKey]);
    return true;
  } catch (error) {
    if (error instanceof SealRefused) return false;
    throw error;
  }
}

const compressed: Target = {
  name: 'compressed',
  made: [],
  words: ['\x28\xb5\x2f\xfd', '\x50\x2a\x4d\x18', '\x1f\x8b\x08', '\x00\x01\x00\x00\xff\xff'],
  stepsPerByte: 200,
  stepsAtLeast: 10_000,
  async check(bytes) {
    const kind = headCompression(bytes);
    let length = 0;
    try {
      for await (const chunk of decompress(Readable.from([bytes]), kind))
        length += (chunk as Uint8Array).length;
    } catch (error) {
      // Damage, in the words of the library: the reader prepends the name of the file.
      holds(error instanceof Error && error.message !== '', 'no word about the damage');
    }
    // Below this size it is not checked; see decompress.ts.
    holds(length <= 65 << 20, 'more was unpacked than may be');
    if (kind === 'none') holds(length === bytes.length, 'plain bytes did not pass');
    return length > 0;
  },
};

const firstPackets: Target = {
  name: 'first-packets',
  made: [],
  words: ['\x0a\x0d\x0d\x0a', '\xd4\xc3\xb2\xa1', '\x4d\x3c\x2b\x1a', '\x01\x00\x00\x00', '\x06\x00\x00\x00'],
  stepsPerByte: 10,
  stepsAtLeast: 2_000,
  check(bytes) {
    const first = findFirstPacket(bytes);
    if (first === null) return false;
    holds(Number.isSafeInteger(first.us), 'a time that is none');
    holds(
      first.from >= 24 && first.from <= bytes.length && first.to >= first.from,
      'a packet that lies nowhere',
    );
    return true;
  },
};

export const TARGETS: readonly Target[] = [
  windows,
  hosts,
  registers,
  policies,
  catalogues,
  advisories,
  bundles,
  signedConfigs,
  compressed,
  firstPackets,
  ...LOG_TARGETS,
];
