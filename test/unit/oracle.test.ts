// Verifies the oracle with published vectors and recordings, before it verifies other code.

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readClientHello, serverName } from '../oracle/client-hello.ts';
import { alpnMark, hash12, isGrease, ja3Text, ja4, md5 } from '../oracle/fingerprint.ts';
import { ip6Text } from '../oracle/packets.ts';
import { initialKeys, initialsOf, openInitial, quicVersion } from '../oracle/quic.ts';
import { readHellos } from '../oracle/read.ts';

/** RFC 9001 §A.2. */
const rfcHello = Buffer.from(
  '010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c00000413011302010000c0' +
    '00000010000e00000b6578616d706c652e636f6dff01000100000a00080006001d0017001800100007000504616c706e0005' +
    '00050100000000003300260024001d00209370b2c9caa47fbabaf4559fedba753de171fa71f50f1ce15d43e994ec74d74800' +
    '2b0003020304000d0010000e0403050306030203080408050806002d00020101001c00024001003900320408ffffffffffff' +
    'ffff05048000ffff07048000ffff0801100104800075300901100f088394c8f03e51570806048000ffff',
  'hex',
);
const browser = '0005,000a,000b,000d,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01';
const algorithms = '0403,0804,0401,0503,0805,0501,0806,0601';

describe('published fingerprints', () => {
  it.each([
    [
      '769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0',
      'ada70206e40642a3e4461f35503241d5',
    ],
    ['769,4-5-10-9-100-98-3-6-19-18-99,,,', 'de350869b8c85de67a350c8d186f11e6'],
    ['771,4865-4866,0-65281-10-16-5-51-43-13-45-28-57,29-23-24,', '41bc9ae914d6cb3bd0bd0a5453ab7d7f'],
  ])('JA3 of %s', (text, expected) => {
    expect(md5(text)).toBe(expected);
  });

  it.each([
    ['002f,0035,009c,009d,1301,1302,1303,c013,c014,c02b,c02c,c02f,c030,cca8,cca9', '8daaf6152771'],
    [`${browser}_${algorithms}`, 'e5627efa2ab1'],
    [browser, '6d807ffa2a79'],
    ['1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,0035', 'acb858a92679'],
    [
      `001b,0000,0033,0010,4469,0017,002d,000d,0005,0023,0012,002b,ff01,000b,000a,0015_${algorithms}`,
      '18f69afefd3d',
    ],
    [
      '0005,000a,000b,000d,0015,0017,001c,0022,0023,002b,002d,0033,ff01_0503,0603,0804,0805,0806,0401,0501,0601,0203,0201',
      '2c15882474e0',
    ],
    ['', '000000000000'],
  ])('twelve digits of %s', (text, expected) => {
    expect(hash12(text)).toBe(expected);
  });

  it('the hello of RFC 9001 has its JA3, JA4 and name', () => {
    const hello = readClientHello(rfcHello, 'quic');
    expect(ja3Text(hello)).toBe('771,4865-4866,0-65281-10-16-5-51-43-13-45-28-57,29-23-24,');
    expect(ja4(hello, 'quic')).toBe('q13d0211an_62ed6f6ca7ad_4d634acda6c0');
    expect(serverName(hello)).toBe('example.com');
  });

  it.each([
    ['h2', 'h2'],
    ['http/1.1', 'h1'],
    ['h3-29', 'h9'],
    ['a', 'aa'],
    ['\xab\xcd', 'ad'],
    [' a', '21'],
    ['0\xab', '3b'],
    ['01\xab\xcd', '3d'],
    ['0\xab\xcd1', '01'],
    ['', '00'],
  ])('ALPN %j is marked %s', (protocol, expected) => {
    expect(alpnMark([protocol])).toBe(expected);
  });

  it('there are sixteen GREASE values', () => {
    expect(Array.from({ length: 65536 }, (_, i) => i).filter(isGrease)).toHaveLength(16);
  });
});

describe('QUIC Initials', () => {
  it.each([
    [
      1,
      'client',
      '1f369613dd76d5467730efcbe3b1a22d',
      'fa044b2f42a3fd3b46fb255c',
      '9f50449e04a0e810283a1e9933adedd2',
    ],
    [
      1,
      'server',
      'cf3a5331653c364c88f0f379b6067e37',
      '0ac1493ca1905853b0bba03e',
      'c206b8d9b9f0f37644430b490eeaa314',
    ],
    [
      0x6b3343cf,
      'client',
      '8b1a0bc121284290a29e0971b5cd045d',
      '91f73e2351d8fa91660e909f',
      '45b95e15235d6f45a6b19cbcb0294ba9',
    ],
    [
      0x6b3343cf,
      'server',
      '82db637861d55e1d011f19ea71d5d2a7',
      'dd13c276499c0249d3310652',
      'edf6d05c83121201b436e16877593c3a',
    ],
  ] as const)('keys of version %i, %s', (number, side, key, iv, hp) => {
    const version = quicVersion(number);
    if (version === null) throw new Error('unknown version');
    const keys = initialKeys(version, Buffer.from('8394c8f03e515708', 'hex'), side);
    expect([keys.key, keys.iv, keys.hp].map((bytes) => bytes.toString('hex'))).toEqual([key, iv, hp]);
  });

  it('what is cut or damaged does not open', () => {
    const datagram = Buffer.alloc(1200, 0x5a);
    Buffer.from('c000000001088394c8f03e5157080000449e', 'hex').copy(datagram);
    const [initial] = initialsOf(datagram);
    if (initial === undefined) throw new Error('no Initial');
    expect(openInitial(initial, initialKeys(initial.version, initial.dcid, 'client'))).toBeNull();
    expect(initialsOf(datagram.subarray(0, 1199))).toEqual([]);
  });
});

it.each([
  ['20010db8000000000000000000000001', '2001:db8::1'],
  ['fe800000000000000000000000000000', 'fe80::'],
  ['00000000000000000000000000000001', '::1'],
  ['00000000000000000000000000000000', '::'],
  ['20010db8000000010000000000000001', '2001:db8:0:1::1'],
  ['20010db8000000000001000000000000', '2001:db8:0:0:1::'],
  ['20010db8000100020003000400050006', '2001:db8:1:2:3:4:5:6'],
])('IPv6 address %s is written %s', (hex, text) => {
  expect(ip6Text(Buffer.from(hex, 'hex'))).toBe(text);
});

interface Recording {
  readonly file: string;
  readonly sni: Readonly<
    Record<string, { readonly ja3: readonly string[]; readonly ja4: readonly string[] }>
  >;
}

const sets = ['recordings', 'recordings-paced'].map((name) => {
  return fileURLToPath(new URL(`../../../shared/${name}/`, import.meta.url));
});

describe.each(sets)('recordings in %s', (folder) => {
  const manifest = `${folder}manifest.json`;
  if (!existsSync(manifest)) {
    it.skip(`${manifest} is not there`, () => {});
    return;
  }
  const { captures } = JSON.parse(readFileSync(manifest, 'utf8')) as { captures: Recording[] };
  it.each(captures.map((capture) => [capture.file, capture] as const))('%s', async (file, capture) => {
    const found = new Map<string, { ja3: Set<string>; ja4: Set<string> }>();
    for (const hello of await readHellos(folder + file)) {
      if (hello.isRetry || hello.sni === null) continue;
      const forms = found.get(hello.sni) ?? { ja3: new Set(), ja4: new Set() };
      found.set(hello.sni, forms);
      forms.ja3.add(hello.ja3Hash);
      forms.ja4.add(hello.ja4);
    }
    const wanted = Object.entries(capture.sni).map(([name, forms]) => {
      return [name, { ja3: new Set(forms.ja3), ja4: new Set(forms.ja4) }] as const;
    });
    expect(found).toEqual(new Map(wanted));
  });
});
