// Windows of the demo's office with some of its hosts only: each question about them costs a part of the time.
import { readFileSync, writeFileSync } from 'node:fs';
import type { UsageWindow } from '../../src/model/usage.ts';
import { decodeWindows, encodeWindows } from '../../src/window/codec.ts';

/** Writes to `to` what the windows of `from` say of hosts that match. */
export function keepHosts(from: string, to: string, hosts: RegExp): UsageWindow[] {
  const isKept = ({ host }: { readonly host: string }): boolean => hosts.test(host);
  const windows = decodeWindows(readFileSync(from)).windows.map((window) => ({
    ...window,
    hosts: window.hosts.filter(isKept),
    rows: window.rows.filter(isKept),
    queriedNames: window.queriedNames.filter(isKept),
  }));
  writeFileSync(to, encodeWindows(windows));
  return windows;
}
