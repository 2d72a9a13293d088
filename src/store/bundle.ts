// Evidence bundles: findings, windows, policy and versions in one folder, with a manifest of SHA-256 sums and, when a
// key is given, an Ed25519 signature (RFC 8032) of that manifest.

import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { moveInPlace, writeError } from '../files/durable-file.ts';
import { hasCode } from '../files/error-code.ts';
import { causeRefusal, FileRefused, openBounded, readBounded } from '../files/read-bounded.ts';
import { ownerName, removeAtEnd, removeLeftovers } from '../files/temporary-names.ts';
import { usageError, WiretallyError } from '../model/errors.ts';
import { errorReason } from '../text/error-reason.ts';
import {
  type BundleContent,
  type BundleFile,
  type BundleManifest,
  bundleFiles,
  bundleManifest,
  encodedParts,
  MANIFEST,
  MAX_BUNDLE_FILES,
  manifestBytes,
} from './bundle-manifest.ts';
import { parsePrivateKey } from './signing.ts';

const SIGNATURE = 'manifest.sig';
const PUBLIC_KEY = 'public-key.pem';
/** Maximum size of a manifest: about 200 bytes per input, and folders have thousands of inputs. */
const MAX_MANIFEST_BYTES = 16 << 20;
/** Maximum size of a signature, and of a key. */
const MAX_SIGNATURE_BYTES = 64 << 10;

/** Writes the bundle to a new or empty folder in an existing one. The same content and key give the same bytes. */
export async function writeBundle(
  folder: string,
  content: BundleContent,
  privateKeyPem: string | null,
): Promise<void> {
  const key = privateKeyPem === null ? null : parsePrivateKey(privateKeyPem, 'the signing key');
  const prefix = `.${basename(folder)}.`;
  const temporary = join(dirname(folder), `${prefix}${ownerName()}.draft`);
  removeLeftovers(dirname(folder), prefix, '.draft');
  const unregister = removeAtEnd(() => rmSync(temporary, { recursive: true, force: true }));
  try {
    const there = await readdir(folder).catch(() => []);
    if (there.length > 0) {
      throw usageError(`${folder}: is not empty; pass a new folder for the bundle`);
    }
    // Parent folders are not created: a misspelt path would create a tree that is never found.
    await mkdir(temporary, { mode: 0o700 });
    const sums: BundleManifest['files'] = [];
    for (const file of bundleFiles(content)) sums.push(await writePart(temporary, file));
    if (key !== null) sums.push(await writePart(temporary, { name: PUBLIC_KEY, bytes: [getPublicKey(key)] }));
    const text = manifestBytes(content, sums);
    await writeFile(join(temporary, MANIFEST), text);
    if (key !== null)
      await writeFile(join(temporary, SIGNATURE), `${sign(null, text, key).toString('base64')}\n`);
    await rm(folder, { recursive: true, force: true });
    await moveInPlace(temporary, folder);
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true });
    if (cause instanceof WiretallyError) throw cause;
    throw writeError(folder, cause);
  } finally {
    unregister();
  }
}

const getPublicKey = (key: KeyObject): string =>
  createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();

async function writePart(folder: string, part: BundleFile): Promise<BundleManifest['files'][number]> {
  const { name } = part;
  const hash = createHash('sha256');
  let written = 0;
  const file = await open(join(folder, name), 'wx');
  try {
    for (const chunk of encodedParts(part)) {
      await file.writeFile(chunk);
      hash.update(chunk);
      written += chunk.length;
    }
  } finally {
    await file.close();
  }
  return { name, bytes: written, sha256: hash.digest('hex') };
}

export interface BundleVerdict {
  readonly manifest: BundleManifest;
  /** Mismatches; empty for an intact bundle. */
  readonly faults: readonly string[];
  /** valid: with the given key; ownKey: only with the key in the bundle; none: the bundle is not signed. */
  readonly signature: 'valid' | 'ownKey' | 'invalid' | 'none';
}

/** Reads one file of the manifest; null if the manifest does not name it. */
export async function readBundleFile(
  folder: string,
  { files }: BundleManifest,
  name: string,
): Promise<Uint8Array | null> {
  const file = files.find((candidate) => candidate.name === name);
  if (file === undefined) return null;
  const path = join(folder, name);
  try {
    return readBounded(path, file.bytes);
  } catch (cause) {
    throw new WiretallyError('INPUT_UNREADABLE', `${path}: cannot be read: ${causeRefusal(cause)}`, {
      cause,
    });
  }
}

/** Returns the mismatch of a file, or null. Reads in pieces, up to the expected size. */
async function readFault(folder: string, file: BundleManifest['files'][number]): Promise<string | null> {
  let handle: FileHandle;
  try {
    handle = await openBounded(join(folder, file.name), Number.MAX_SAFE_INTEGER);
  } catch (cause) {
    return hasCode(cause, 'ENOENT') ? 'is missing' : causeRefusal(cause);
  }
  try {
    const { size } = await handle.stat();
    if (size !== file.bytes) return `has ${size} bytes, the manifest says ${file.bytes}`;
    const hash = createHash('sha256');
    const chunks = handle.createReadStream({ autoClose: false, end: Math.max(0, file.bytes - 1) });
    for await (const chunk of chunks) hash.update(chunk);
    return hash.digest('hex') === file.sha256 ? null : 'its SHA-256 is not the one in the manifest';
  } finally {
    await handle.close();
  }
}

/** Verifies a bundle against its manifest, and the manifest against its signature. */
export async function verifyBundle(folder: string, publicKeyPem: string | null): Promise<BundleVerdict> {
  const text = readManifest(folder);
  const manifest = parseManifest(text.toString('utf8'), folder);
  const faults: string[] = [];
  const expected = new Set([MANIFEST, SIGNATURE, PUBLIC_KEY, ...manifest.files.map((file) => file.name)]);
  for (const name of (await readdir(folder)).sort()) {
    if (!expected.has(name)) faults.push(`${name}: is not in the manifest`);
  }
  for (const file of manifest.files) {
    const fault = await readFault(folder, file);
    if (fault !== null) faults.push(`${file.name}: ${fault}`);
  }
  const signature = checkSignature(folder, text, publicKeyPem);
  if (signature === 'none' && shortText(join(folder, PUBLIC_KEY)) !== null)
    faults.push(`${SIGNATURE}: is missing, but its key is present`);
  if (signature === 'invalid')
    faults.push(`${SIGNATURE}: is not a valid signature of this manifest with this key`);
  if (signature === 'none' && publicKeyPem !== null)
    faults.push('the bundle is not signed, but a key was passed');
  return { manifest, faults, signature };
}

/** Throws INPUT_UNREADABLE. */
function readManifest(folder: string): Buffer {
  try {
    return readBounded(join(folder, MANIFEST), MAX_MANIFEST_BYTES);
  } catch (cause) {
    const what = existsSync(folder)
      ? `is not an evidence bundle: ${MANIFEST} cannot be read (${causeRefusal(cause)})`
      : 'no such folder';
    const next = 'wiretally analyze SOURCE --policy FILE --bundle DIR writes an evidence bundle';
    throw new WiretallyError('INPUT_UNREADABLE', `${folder}: ${what}`, { cause, next });
  }
}

function checkSignature(
  folder: string,
  text: Uint8Array,
  publicKeyPem: string | null,
): BundleVerdict['signature'] {
  const signature = shortText(join(folder, SIGNATURE));
  if (signature === null) return 'none';
  const own = publicKeyPem === null ? shortText(join(folder, PUBLIC_KEY)) : null;
  const pem = publicKeyPem ?? own;
  if (pem === null) return 'invalid';
  try {
    const key = createPublicKey(pem);
    if (!verify(null, text, key, Buffer.from(signature.trim(), 'base64'))) return 'invalid';
  } catch (cause) {
    if (publicKeyPem === null) return 'invalid';
    throw new WiretallyError('USAGE', `the public key cannot be read: ${errorReason(cause)}`, { cause });
  }
  return publicKeyPem === null ? 'ownKey' : 'valid';
}

/** Reads a short file; null without it. A longer file is truncated so that it matches nothing. */
function shortText(path: string): string | null {
  try {
    return readBounded(path, MAX_SIGNATURE_BYTES).toString('utf8');
  } catch (cause) {
    return cause instanceof FileRefused ? '' : null;
  }
}

/** Minimum size of an input in a manifest. */
const MIN_INPUT_BYTES = 60;

/** Limits the number of faults: half a million would be collected before the first is reported. */
function requireFewParts(read: unknown, bytes: number): void {
  const { inputs, files, incomplete } = Object(read) as Readonly<Record<string, unknown>>;
  const isTooLong = (list: unknown, most: number): boolean => Array.isArray(list) && list.length > most;
  if (isTooLong(inputs, bytes / MIN_INPUT_BYTES)) throw new Error('it has too many inputs');
  if (isTooLong(files, MAX_BUNDLE_FILES)) throw new Error(`it lists more than ${MAX_BUNDLE_FILES} files`);
  if (Array.isArray(incomplete) && incomplete.some((entry) => typeof entry !== 'string'))
    throw new Error('an incomplete bundle needs its reason in words');
}

function parseManifest(text: string, folder: string): BundleManifest {
  try {
    const read: unknown = JSON.parse(text);
    requireFewParts(read, text.length);
    return bundleManifest.parse(read);
  } catch (cause) {
    throw new WiretallyError(
      'BUNDLE_INVALID',
      `${folder}: ${MANIFEST} is not a whole manifest of an evidence bundle: it was changed, or another program wrote it`,
      {
        cause,
      },
    );
  }
}
