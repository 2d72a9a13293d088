// A signed configuration is accepted only whole and with a trusted signature.
import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { SealRefused } from '../../../src/store/sealed.ts';
import {
  appliesTo,
  MAX_SIGNED_CONFIG_BYTES,
  readSignedConfig,
  type SensorConfig,
  signConfig,
} from '../../../src/store/signed-config.ts';
import { parsePrivateKey, readPublicKey } from '../../../src/store/signing.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const other = generateKeyPairSync('ed25519');

const config: SensorConfig = {
  revision: 7,
  made: '2026-07-10T08:00:00.000Z',
  sensors: ['paris-*', 'oslo-1'],
  policy: 'version: 1\n',
  hosts: null,
  catalogue: [{ name: 'gateway.json', text: '{}\n' }],
  keepDays: 30,
};
const { bytes, sha256 } = signConfig(config, privateKey);

/** With a valid key, without a valid schema. */
function signedText(body: string): Uint8Array {
  const text = Buffer.from(body);
  const signature = sign(null, Buffer.concat([Buffer.from('wiretally-configuration 1\n'), text]), privateKey);
  return Buffer.concat([Buffer.from(`wiretally-configuration 1 ${signature.toString('base64')}\n`), text]);
}

describe('a signed configuration', () => {
  it('is read as it was signed, and the same content and key give the same bytes', () => {
    expect(readSignedConfig(bytes, [publicKey])).toMatchObject({ config, sha256 });
    expect(readSignedConfig(bytes, [other.publicKey, publicKey]).config).toEqual(config);
    expect(Buffer.compare(signConfig(config, privateKey).bytes, bytes)).toBe(0);
  });

  it('is refused whole where it is cut anywhere', () => {
    for (let length = 0; length < bytes.length; length++)
      expect(() => readSignedConfig(bytes.subarray(0, length), [publicKey]), `${length} bytes`).toThrow(
        SealRefused,
      );
  });

  it('is refused where any byte of it is another, or one more', () => {
    for (let at = 0; at < bytes.length; at++) {
      const forged = Buffer.from(bytes);
      forged.writeUInt8(forged.readUInt8(at) ^ 1, at);
      expect(() => readSignedConfig(forged, [publicKey]), `byte ${at}`).toThrow(SealRefused);
    }
    expect(() => readSignedConfig(Buffer.concat([bytes, Buffer.from(' ')]), [publicKey])).toThrow(
      SealRefused,
    );
  });

  it('of another key, or of none, is rejected', () => {
    expect(() => readSignedConfig(bytes, [other.publicKey])).toThrow('no trusted key has signed it');
    expect(() => readSignedConfig(bytes, [])).toThrow('no trusted key has signed it');
  });

  it('is not what was signed as something else with the same key', () => {
    const body = Buffer.from(bytes).subarray(Buffer.from(bytes).indexOf('\n') + 1);
    const signature = sign(null, body, privateKey).toString('base64');
    const replayed = Buffer.concat([Buffer.from(`wiretally-configuration 1 ${signature}\n`), body]);
    expect(() => readSignedConfig(replayed, [publicKey])).toThrow('no trusted key has signed it');
  });

  it('of a newer format says so, and one that is too large is not looked into', () => {
    const newer = Buffer.from(
      Buffer.from(bytes).toString('latin1').replace('configuration 1 ', 'configuration 2 '),
      'latin1',
    );
    expect(() => readSignedConfig(newer, [publicKey])).toThrow('has format 2 of a newer version');
    expect(() => readSignedConfig(Buffer.alloc(MAX_SIGNED_CONFIG_BYTES + 1), [publicKey])).toThrow(
      'larger than 8 MiB',
    );
    const hosts = 'x'.repeat(MAX_SIGNED_CONFIG_BYTES);
    expect(() => signConfig({ ...config, hosts }, privateKey)).toThrow('sensors accept at most 8388608');
  });

  it.each([
    ['names of entries that lead elsewhere', { catalogue: [{ name: '../../etc/cron.d/x', text: '' }] }],
    ['hidden names', { catalogue: [{ name: '.spool.json', text: '' }] }],
    ['an unknown part', { run: 'sh' }],
    ['a revision that is none', { revision: 0 }],
    ['no audience', { sensors: [] }],
    ['a time without an end', { keepDays: -1 }],
  ])('with %s is refused, signed or not', (_, part) => {
    const body = JSON.stringify({ ...config, ...part });
    expect(() => readSignedConfig(signedText(body), [publicKey])).toThrow(
      'its content is none that this version reads',
    );
  });

  it.each(['', 'null', '[]', '{', '['.repeat(1_000_000), JSON.stringify({ revision: 1 })])(
    'whose content is no sensor configuration is refused (%#)',
    (body) => {
      expect(() => readSignedConfig(signedText(body), [publicKey])).toThrow(SealRefused);
    },
  );

  it('is for the sensors that its patterns name', () => {
    expect(
      ['paris-1', 'paris-', 'oslo-1', 'oslo-2', 'my-paris-1', ''].map((name) => appliesTo(config, name)),
    ).toEqual([true, true, true, false, false, false]);
    expect(appliesTo({ ...config, sensors: ['*'] }, '')).toBe(true);
  });
});

describe('keys', () => {
  const pem = (key: typeof privateKey, type: 'pkcs8' | 'spki'): string =>
    key.export({ type, format: 'pem' }).toString();

  it('are taken for what they are', () => {
    expect(parsePrivateKey(pem(privateKey, 'pkcs8'), 'k.pem').type).toBe('private');
    expect(readPublicKey(pem(publicKey, 'spki'), 'k.pem').type).toBe('public');
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    expect(() => readPublicKey(pem(rsa.publicKey, 'spki'), 'k.pem')).toThrow(
      'k.pem: must be an Ed25519 public key',
    );
    expect(() => readPublicKey('none', 'k.pem')).toThrow(
      'k.pem: must be an Ed25519 public key in PEM, and this file has no PEM',
    );
  });

  it('a private one has no place where signatures are only checked', () => {
    expect(() => readPublicKey(pem(privateKey, 'pkcs8'), 'k.pem')).toThrow(
      'k.pem: must be an Ed25519 public key',
    );
  });
});
