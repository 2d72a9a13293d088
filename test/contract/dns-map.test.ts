// Compares names and addresses of DNS answers with the map that other tools derived from the same captures.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readNative } from './read-native.ts';

const corpus = fileURLToPath(new URL('../../../shared/corpus/', import.meta.url));
/** Answers of HTTPS and SVCB queries are hints, not address records: the map omits them. */
const hintTypes = new Set([64, 65]);

interface Answer {
  readonly dns_map: Readonly<Record<string, readonly string[]>>;
}

/** Every name of a chain with the addresses at its end. */
function nativeMap(file: string): Map<string, Set<string>> {
  const map = new Map<string, Set<string>>();
  readNative(
    file,
    { dns: 'all' },
    {
      onDns: (message) => {
        if (!message.isResponse || message.isMulticast || hintTypes.has(message.queryType)) return;
        for (const name of [message.name, ...message.cnames]) {
          const known = map.get(name) ?? new Set();
          map.set(name, known);
          for (const address of message.addresses) known.add(address);
        }
      },
    },
  );
  return map;
}

describe('the map of names to addresses', () => {
  if (!existsSync(corpus)) {
    it.skip(`${corpus} is not there`, () => {});
    return;
  }
  const readable = readdirSync(`${corpus}captures`).filter((file) => !file.endsWith('.zst'));
  const cases = readable.flatMap((file) => {
    const answer = JSON.parse(readFileSync(`${corpus}answers/${file}.json`, 'utf8')) as Answer;
    return Object.keys(answer.dns_map).length === 0 ? [] : [[file, answer.dns_map] as const];
  });
  it.each(cases)('of %s is what others read', (file, expected) => {
    const found = nativeMap(`${corpus}captures/${file}`);
    const wanted = Object.entries(expected).map(([name, addresses]) => [
      name.toLowerCase(),
      [...addresses].sort(),
    ]);
    const got = wanted.map(([name]) => [name, [...(found.get(String(name)) ?? [])].sort()]);
    expect(got).toEqual(wanted);
  });
});
