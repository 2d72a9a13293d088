// An address is no name: neither in a hello (RFC 6066 §3), nor as the target that a client gives to a proxy.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { repairChecksums, viewIpFrame } from '../../../../captures/ip-frame.ts';
import { readPcap, writePcap } from '../../../../captures/pcap.ts';
import { loadCatalogue } from '../../../../src/files/catalogue-files.ts';
import { analyze } from '../../../../src/query/library-analyze.ts';
import { temporaryFolder } from '../../../temporary.ts';

const folder = temporaryFolder('address-targets');
const catalogue = await loadCatalogue();
const NAME = 'api.anthropic.com';

/** Writes a recording in which texts are replaced by others of the same length. */
function rewritten(name: string, texts: readonly (readonly [string, string])[]): string {
  const recording = readPcap(gunzipSync(readFileSync(`captures/recordings/${name}.pcap.gz`)));
  // Answers of DNS would name the addresses.
  const connections = recording.filter(({ bytes }) => viewIpFrame(bytes)?.protocol === 'tcp');
  const frames = connections.map((frame) => {
    let text = frame.bytes.toString('latin1');
    for (const [from, to] of texts) text = text.replaceAll(from, to);
    const bytes = Buffer.from(text, 'latin1');
    const view = viewIpFrame(bytes);
    if (view !== null && !bytes.equals(frame.bytes)) repairChecksums(view);
    return { ...frame, bytes };
  });
  const file = join(folder, `${name}.pcap`);
  writeFileSync(file, writePcap(frames));
  return file;
}

/** Kinds and addresses of hidden traffic, and rows by name. */
async function seen(file: string) {
  const { windows } = await analyze([file], { catalogue });
  const accounts = windows.flatMap(({ account }) => [...(account ?? [])]);
  const rows = windows.flatMap((window) =>
    [...window.rows].map(({ name, nameFrom }) => `${nameFrom} ${name}`),
  );
  return {
    kinds: new Set(accounts.flatMap(({ hidden }) => [...hidden].map(({ kind }) => kind))),
    addresses: new Set(
      accounts.flatMap(({ destinations }) => [...(destinations ?? [])].map(({ address }) => address)),
    ),
    rows: new Set(rows),
  };
}

const SERVER_NAME = `\0\0\x11${NAME}`;

describe('a connection to an address', () => {
  it('has no name if its hello has an address in place of one', async () => {
    const file = rewritten('claude-code-2.1.328-prompt', [[SERVER_NAME, '\0\0\x112607:6bc0:0000::1']]);
    const { kinds, addresses, rows } = await seen(file);
    expect(kinds).toContain('unnamed');
    expect(addresses).toContain('198.51.100.2');
    expect([...rows].filter((row) => row.includes('2607:6bc0:0000::1'))).toEqual([]);
  });

  it('is that of its server if a proxy leads to it, and hidden without a name in the hello', async () => {
    const file = rewritten('claude-code-2.1.328-connect-proxy', [
      [`${NAME}:443`, '[2607:6bc0::1234]:443'],
      [`\0\0\0\x16\0\x14${SERVER_NAME}`, `\x12\x34\0\x16\0\x14${SERVER_NAME}`],
    ]);
    const { kinds, addresses, rows } = await seen(file);
    expect(kinds).toContain('unnamed');
    expect(addresses).toContain('2607:6bc0::1234');
    expect(rows).toContain('network [2607:6bc0::1234]');
  });
});
