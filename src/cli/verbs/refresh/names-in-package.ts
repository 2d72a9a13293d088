// Server names that stand in a package: whatever follows "https://" in any of its files, unpacked on the way and not kept.

import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { compareText } from '../../../net/address.ts';

/** A program with its runtime has some 400 MB. */
const MAX_BYTES = 2 ** 31;
const MAX_NAMES = 20_000;
/** A name that lies across two pieces is found again with the end of the first. */
const OVERLAP = 300;
const IN_TEXT =
  /\b(?:https?|wss?):\/\/((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24})(?![a-z0-9.-]*[${])/gi;
/** Of documents and tests. */
const NO_SERVERS = /(^|\.)(example|test|invalid|local|localhost|internal|example\.(com|org|net))$/;

/** Sorted, in lower case. */
export async function namesInPackage(file: string): Promise<string[]> {
  const names = new Set<string>();
  let bytes = 0;
  let rest = '';
  const unpacked: AsyncIterable<Buffer> = createReadStream(file).pipe(createGunzip());
  for await (const piece of unpacked) {
    bytes += piece.length;
    const text = rest + piece.toString('latin1');
    for (const [, name = ''] of text.matchAll(IN_TEXT)) names.add(name.toLowerCase());
    if (bytes > MAX_BYTES || names.size > MAX_NAMES) break;
    rest = text.slice(-OVERLAP);
  }
  return [...names].filter((name) => !NO_SERVERS.test(name)).sort(compareText);
}
