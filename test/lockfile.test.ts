// What `npm ci` installs is bound by its sum: on this machine, and on every other one.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Entry {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const entriesOf = (file: string): [string, Entry][] => {
  const lockfile: { packages: Record<string, Entry> } = JSON.parse(readFileSync(file, 'utf8'));
  return Object.entries(lockfile.packages);
};

describe.each(['package-lock.json', '.ci/chdb/package-lock.json', 'test/node-versions/package-lock.json'])(
  '%s',
  (file) => {
    const entries = entriesOf(file);
    const packages = entries.filter(([path]) => path !== '');

    it('has a SHA-512 for every package', () => {
      expect(packages.length).toBeGreaterThan(2);
      const without = packages.filter(([, { integrity }]) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? ''));
      expect(without.map(([path]) => path)).toEqual([]);
    });

    it('has no address of a registry, and no link', () => {
      const bad = packages.filter(([, { resolved, link }]) => resolved !== undefined || link !== undefined);
      expect(bad.map(([path]) => path)).toEqual([]);
    });

    it('says the versions that package.json says', () => {
      const asked: Entry = JSON.parse(readFileSync(file.replace('-lock', ''), 'utf8'));
      const wanted = { ...asked.dependencies, ...asked.devDependencies, ...asked.optionalDependencies };
      const locked = Object.fromEntries(entries.map(([path, { version }]) => [path, version]));
      const found = Object.keys(wanted).map((name) => [name, locked[`node_modules/${name}`]]);
      const versions = Object.entries(wanted).map(([name, asked]) => [name, asked.replace(/^npm:.*@/, '')]);
      expect(found).toEqual(versions);
    });
  },
);

it('package-lock.json has the packages of every platform: npm ci refuses it where one is missing', () => {
  const packages = entriesOf('package-lock.json');
  const names = new Set(packages.map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 13)));
  const missing = packages.flatMap(([, { dependencies, optionalDependencies }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies }).filter((name) => !names.has(name)),
  );
  expect(missing).toEqual([]);
});
