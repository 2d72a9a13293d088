// The receiver never accepts an older revision, a mix of packages, or a package without a trusted signature.

import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { SignedConfigReceiver } from '../../../../src/fleet/configuration/signed-config-receiver.ts';
import { readSignedConfigFile, type SensorConfig, signConfig } from '../../../../src/store/signed-config.ts';
import { noteSensor, noteSignedConfig, openSpool } from '../../../../src/store/spool.ts';
import { temporaryFolder } from '../../../temporary.ts';

const folder = temporaryFolder('signed-config');

const ours = generateKeyPairSync('ed25519');
const theirs = generateKeyPairSync('ed25519');
const EMPTY: SensorConfig = {
  revision: 1,
  made: '2026-07-10T08:00:00.000Z',
  sensors: ['*'],
  policy: null,
  hosts: null,
  catalogue: [],
  keepDays: null,
};
const packageOf = (part: Partial<SensorConfig>, key = ours.privateKey): Uint8Array =>
  signConfig({ ...EMPTY, ...part }, key).bytes;

let made = 0;
let file: string;
let spool: string;
let said: string[];
let fault: string | null;
beforeEach(() => {
  file = join(folder, `${made++}`);
  spool = `${file}-spool`;
  said = [];
  fault = null;
});

const receiver = (): SignedConfigReceiver =>
  new SignedConfigReceiver({
    file,
    trusted: [ours.publicKey],
    sensors: async () => ['paris-1'],
    inForce: () => readSignedConfigFile(file, [ours.publicKey]),
    highest: async () => (await openSpool(spool)).newestSignedConfig ?? null,
    keepHighest: (key) => noteSignedConfig(spool, key),
    faultOf: async () => fault,
    print: (text) => said.push(text),
  });
const inFile = (): number | undefined => readSignedConfigFile(file, [ours.publicKey])?.config.revision;

describe('receiver of signed configurations', () => {
  it('takes the highest revision that is for its sensors, whatever the order', async () => {
    const packages = [
      packageOf({ revision: 2 }),
      packageOf({ revision: 5, sensors: ['oslo-*'] }),
      packageOf({ revision: 4, sensors: ['paris-*'] }),
      packageOf({ revision: 3, sensors: ['paris-1'] }),
    ];
    await receiver().take(packages);
    expect(inFile()).toBe(4);
    rmSync(file);
    await receiver().take(packages.reverse());
    expect(inFile()).toBe(4);
  });

  it('never goes back, and says so once', async () => {
    const one = receiver();
    await one.take([packageOf({ revision: 7 })]);
    said = [];
    for (let i = 0; i < 3; i++) await one.take([packageOf({ revision: 6 })]);
    expect(inFile()).toBe(7);
    expect(said).toEqual([
      expect.stringContaining('signed configuration 6 is older than 7, which is in force: ignored'),
    ]);
  });

  it.each([
    ['deleted', () => rmSync(file)],
    ['cut', () => writeFileSync(file, readFileSync(file).subarray(0, 200))],
    ['replaced by an older one', () => writeFileSync(file, packageOf({ revision: 5 }))],
  ])('never goes back where its file was %s, and takes the same one again', async (_, spoil) => {
    const seven = packageOf({ revision: 7 });
    await receiver().take([seven]);
    spoil();
    said = [];
    for (const revision of [5, 6]) expect(await receiver().take([packageOf({ revision })])).toBeNull();
    expect(await receiver().take([packageOf({ revision: 7, keepDays: 3 })])).toBeNull();
    expect(said.join('\n')).toMatch(/signed configuration 5 is older than 7, which was in force: ignored/);
    expect(said.at(-1)).toContain(
      'two packages are signed with revision 7: the one that was in force counts',
    );
    expect((await receiver().take([packageOf({ revision: 6 }), seven]))?.config.revision).toBe(7);
    expect(inFile()).toBe(7);
    await receiver().take([packageOf({ revision: 8 })]);
    expect(inFile()).toBe(8);
  });

  it('accepts a file that was copied there, and the reports of sensors', async () => {
    writeFileSync(file, packageOf({ revision: 9 }));
    await receiver().take([]);
    const facts = { program: '0', catalogue: '1', policy: null, keepsName: true };
    await noteSensor(spool, 'paris-1', facts);
    rmSync(file);
    expect(await receiver().take([packageOf({ revision: 8 })])).toBeNull();
    expect((await openSpool(spool)).sensors['paris-1']).toMatchObject(facts);
  });

  it('keeps what is in force where another package has its number', async () => {
    await receiver().take([packageOf({ revision: 7, keepDays: 3 })]);
    const before = readFileSync(file);
    await receiver().take([packageOf({ revision: 7, keepDays: 9 })]);
    expect(Buffer.compare(readFileSync(file), before)).toBe(0);
    expect(said.at(-1)).toContain('two packages are signed with revision 7');
  });

  it('keeps the configuration in force where a package is forged, cut, or signed with another key', async () => {
    await receiver().take([packageOf({ revision: 1 })]);
    said = [];
    const good = packageOf({ revision: 8 });
    await receiver().take([
      Buffer.from('forged'),
      good.subarray(0, good.length - 1),
      packageOf({ revision: 9 }, theirs.privateKey),
    ]);
    expect(inFile()).toBe(1);
    expect(said).toEqual([expect.stringMatching(/^3 packages on the broker refused: /)]);
    await receiver().take([Buffer.from('forged'), good]);
    expect(inFile()).toBe(8);
  });

  it('leaves what is in force where a policy cannot be used here', async () => {
    await receiver().take([packageOf({ revision: 1 })]);
    fault = 'policy: line 3: an unknown tool';
    await receiver().take([packageOf({ revision: 2 })]);
    expect(inFile()).toBe(1);
    expect(said.at(-1)).toBe(
      'signed configuration 2 cannot be used here, revision 1 stays in force: policy: line 3: an unknown tool',
    );
  });

  it('puts a whole one in the place of one that the disk has damaged', async () => {
    const good = packageOf({ revision: 3 });
    writeFileSync(file, good.subarray(0, 200));
    await receiver().take([good]);
    expect(inFile()).toBe(3);
    expect(said[0]).toContain(`${file}: no trusted key has signed it`);
  });

  it('does nothing where nothing is offered', async () => {
    expect(await receiver().take([])).toBeNull();
    expect(said).toEqual([]);
  });
});
