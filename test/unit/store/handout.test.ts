// What a hand-out promises: nothing of it counts but what a trusted key has signed, whole.
import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  type Handout,
  isFor,
  MAX_HANDOUT_BYTES,
  readHandout,
  signHandout,
} from '../../../src/store/handout.ts';
import { SealRefused } from '../../../src/store/sealed.ts';
import { readPrivateKey, readPublicKey } from '../../../src/store/signing.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const other = generateKeyPairSync('ed25519');

const handout: Handout = {
  revision: 7,
  made: '2026-07-10T08:00:00.000Z',
  sensors: ['paris-*', 'oslo-1'],
  policy: 'version: 1\n',
  hosts: null,
  catalogue: [{ name: 'gateway.json', text: '{}\n' }],
  keepDays: 30,
};
const { bytes, sha256 } = signHandout(handout, privateKey);

/** As somebody with the key could write it, who follows no schema. */
function signedText(body: string): Uint8Array {
  const text = Buffer.from(body);
  const signature = sign(null, Buffer.concat([Buffer.from('wiretally-handout 1\n'), text]), privateKey);
  return Buffer.concat([Buffer.from(`wiretally-handout 1 ${signature.toString('base64')}\n`), text]);
}

describe('a hand-out', () => {
  it('is read as it was signed, and the same content and key give the same bytes', () => {
    expect(readHandout(bytes, [publicKey])).toMatchObject({ handout, sha256 });
    expect(readHandout(bytes, [other.publicKey, publicKey]).handout).toEqual(handout);
    expect(Buffer.compare(signHandout(handout, privateKey).bytes, bytes)).toBe(0);
  });

  it('is refused whole where it is cut anywhere', () => {
    for (let length = 0; length < bytes.length; length++)
      expect(() => readHandout(bytes.subarray(0, length), [publicKey]), `${length} bytes`).toThrow(
        SealRefused,
      );
  });

  it('is refused where any byte of it is another, or one more', () => {
    for (let at = 0; at < bytes.length; at++) {
      const forged = Buffer.from(bytes);
      forged.writeUInt8(forged.readUInt8(at) ^ 1, at);
      expect(() => readHandout(forged, [publicKey]), `byte ${at}`).toThrow(SealRefused);
    }
    expect(() => readHandout(Buffer.concat([bytes, Buffer.from(' ')]), [publicKey])).toThrow(SealRefused);
  });

  it('of another key, or of none, is nobody’s', () => {
    expect(() => readHandout(bytes, [other.publicKey])).toThrow('no trusted key has signed it');
    expect(() => readHandout(bytes, [])).toThrow('no trusted key has signed it');
  });

  it('is not what was signed as something else with the same key', () => {
    const body = Buffer.from(bytes).subarray(Buffer.from(bytes).indexOf('\n') + 1);
    const signature = sign(null, body, privateKey).toString('base64');
    const replayed = Buffer.concat([Buffer.from(`wiretally-handout 1 ${signature}\n`), body]);
    expect(() => readHandout(replayed, [publicKey])).toThrow('no trusted key has signed it');
  });

  it('of a newer format says so, and one that is too large is not looked into', () => {
    const newer = Buffer.from(
      Buffer.from(bytes).toString('latin1').replace('handout 1 ', 'handout 2 '),
      'latin1',
    );
    expect(() => readHandout(newer, [publicKey])).toThrow('of format 2, which only a newer program reads');
    expect(() => readHandout(Buffer.alloc(MAX_HANDOUT_BYTES + 1), [publicKey])).toThrow('larger than 8 MiB');
    const hosts = 'x'.repeat(MAX_HANDOUT_BYTES);
    expect(() => signHandout({ ...handout, hosts }, privateKey)).toThrow('sensors take 8388608 at most');
  });

  it.each([
    ['names of entries that lead elsewhere', { catalogue: [{ name: '../../etc/cron.d/x', text: '' }] }],
    ['hidden names', { catalogue: [{ name: '.spool.json', text: '' }] }],
    ['a part that nobody knows', { run: 'sh' }],
    ['a revision that is none', { revision: 0 }],
    ['nobody that it is for', { sensors: [] }],
    ['a time without an end', { keepDays: -1 }],
  ])('with %s is refused, signed or not', (_, part) => {
    const body = JSON.stringify({ ...handout, ...part });
    expect(() => readHandout(signedText(body), [publicKey])).toThrow(
      'its content is none that this version reads',
    );
  });

  it.each(['', 'null', '[]', '{', '['.repeat(1_000_000), JSON.stringify({ revision: 1 })])(
    'whose content is no hand-out is refused (%#)',
    (body) => {
      expect(() => readHandout(signedText(body), [publicKey])).toThrow(SealRefused);
    },
  );

  it('is for the sensors that its patterns name', () => {
    expect(
      ['paris-1', 'paris-', 'oslo-1', 'oslo-2', 'my-paris-1', ''].map((name) => isFor(handout, name)),
    ).toEqual([true, true, true, false, false, false]);
    expect(isFor({ ...handout, sensors: ['*'] }, '')).toBe(true);
  });
});

describe('keys', () => {
  const pem = (key: typeof privateKey, type: 'pkcs8' | 'spki'): string =>
    key.export({ type, format: 'pem' }).toString();

  it('are taken for what they are', () => {
    expect(readPrivateKey(pem(privateKey, 'pkcs8')).type).toBe('private');
    expect(readPublicKey(pem(publicKey, 'spki'), 'k.pem').type).toBe('public');
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    expect(() => readPublicKey(pem(rsa.publicKey, 'spki'), 'k.pem')).toThrow(
      'k.pem: is no Ed25519 public key',
    );
    expect(() => readPublicKey('none', 'k.pem')).toThrow('k.pem: the public key cannot be read');
  });

  it('a private one has no place where signatures are only checked', () => {
    expect(() => readPublicKey(pem(privateKey, 'pkcs8'), 'k.pem')).toThrow('k.pem: is no Ed25519 public key');
  });
});
