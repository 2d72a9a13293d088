import { generateKeyPairSync } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { verifyBundle, writeBundle } from '../../../src/store/bundle.ts';
import type { BundleContent } from '../../../src/store/bundle-manifest.ts';
import { temporaryFolder } from '../../temporary.ts';

const content: BundleContent = {
  wiretally: '0.1.0',
  catalogue: '2026.11.1',
  policySha256: 'a'.repeat(64),
  complete: true,
  interrupted: false,
  incomplete: [],
  inputs: [
    {
      file: 'office.pcap',
      bytes: 24,
      sha256: 'b'.repeat(64),
      read: 'whole',
      packets: 0,
      lastPacket: null,
    },
  ],
  files: [
    { name: 'findings.json', bytes: Buffer.from('{}\n') },
    { name: 'policy.yaml', bytes: Buffer.from('version: 1\n') },
  ],
};

function keys(): { privatePem: string; publicPem: string } {
  const pair = generateKeyPairSync('ed25519');
  return {
    privatePem: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicPem: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

function folder(): string {
  return join(temporaryFolder('bundle'), 'evidence');
}

it('writes the same bytes twice and verifies them', async () => {
  const { privatePem, publicPem } = keys();
  const [a, b] = [folder(), folder()];
  await writeBundle(a, content, privatePem);
  await writeBundle(b, content, privatePem);
  for (const name of ['manifest.json', 'manifest.sig', 'findings.json']) {
    expect(readFileSync(join(a, name))).toEqual(readFileSync(join(b, name)));
  }
  expect(await verifyBundle(a, publicPem)).toMatchObject({ faults: [], signature: 'valid' });
  expect(await verifyBundle(a, null)).toMatchObject({ faults: [], signature: 'ownKey' });
});

it.each([
  [
    'a changed file',
    (dir: string) => writeFileSync(join(dir, 'findings.json'), '[]\n'),
    /findings\.json: its SHA-256/,
  ],
  [
    'a longer file',
    (dir: string) => appendFileSync(join(dir, 'policy.yaml'), '#'),
    /policy\.yaml: has 12 bytes/,
  ],
  ['a missing file', (dir: string) => rmSync(join(dir, 'policy.yaml')), /policy\.yaml: is missing/],
  [
    'a file too many',
    (dir: string) => writeFileSync(join(dir, 'extra'), ''),
    /extra: is not in the manifest/,
  ],
  [
    'another public key',
    (dir: string) => writeFileSync(join(dir, 'public-key.pem'), keys().publicPem),
    /public-key\.pem: its SHA-256/,
  ],
  [
    'a missing public key',
    (dir: string) => rmSync(join(dir, 'public-key.pem')),
    /public-key\.pem: is missing/,
  ],
  [
    'a changed manifest',
    (dir: string) => {
      const path = join(dir, 'manifest.json');
      writeFileSync(path, readFileSync(path, 'utf8').replace('2026.11.1', '2026.11.2'));
    },
    /manifest\.sig: is not a valid signature/,
  ],
  [
    'a missing signature',
    (dir: string) => rmSync(join(dir, 'manifest.sig')),
    /not signed, but a key was passed/,
  ],
])('finds %s', async (_name, spoil, says) => {
  const { privatePem, publicPem } = keys();
  const dir = folder();
  await writeBundle(dir, content, privatePem);
  spoil(dir);
  expect((await verifyBundle(dir, publicPem)).faults.join('\n')).toMatch(says);
});

it('refuses a folder with something in it, and leaves nothing behind', async () => {
  const dir = folder();
  await writeBundle(dir, content, null);
  await expect(writeBundle(dir, content, null)).rejects.toThrow(/is not empty/);
  expect(existsSync(join(dir, 'manifest.json'))).toBe(true);
});

it('refuses a key that does not sign', async () => {
  await expect(writeBundle(folder(), content, 'no key')).rejects.toThrow(
    /signing key: must be an Ed25519 private key in PEM, and this file has no PEM/,
  );
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
  await expect(writeBundle(folder(), content, rsa)).rejects.toThrow(/must be an Ed25519/);
});
