// What commands end with, and what the place of their output can show.

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { diffFile } from '../../../src/cli/commands/catalogue/learn.ts';
import { bundleExitCode } from '../../../src/cli/commands/verify.ts';
import { findingsExitCode, parseFailOn } from '../../../src/cli/input/fail-on.ts';
import { EXIT, errorExitCode, readingExitCode } from '../../../src/cli/output/exit-code.ts';
import { requireSafeOutputs, requireSafeSpool } from '../../../src/cli/output/output-guard.ts';
import { errorText } from '../../../src/cli/output/print-errors.ts';
import { progressText } from '../../../src/cli/output/progress.ts';
import { showsUnicode, wantsColor } from '../../../src/cli/output/terminal.ts';
import { WiretallyError } from '../../../src/model/errors.ts';
import { temporaryFolder } from '../../temporary.ts';
import { sampleAudit } from '../report/sample-document.ts';

const folder = temporaryFolder('output');

const environment = { ...process.env };
afterEach(() => {
  for (const name of ['NO_COLOR', 'TERM', 'LC_ALL', 'LC_CTYPE', 'LANG']) delete process.env[name];
  Object.assign(process.env, environment);
});

describe('the exit code', () => {
  const damaged = new WiretallyError('INPUT_DAMAGED', 'a.pcap: is cut');

  it('of an error is that of its kind, and 3 for a fault of the program', () => {
    expect(errorExitCode(new WiretallyError('USAGE', 'no'))).toBe(2);
    expect(errorExitCode(new WiretallyError('POLICY_INVALID', 'no'))).toBe(2);
    expect(errorExitCode(damaged)).toBe(4);
    expect(errorExitCode(new TypeError('no'))).toBe(3);
  });

  it.each([
    ['valid', {}, EXIT.done],
    ['none', {}, EXIT.violation],
    ['none', { unsigned: true }, EXIT.done],
    ['ownKey', {}, EXIT.violation],
    ['ownKey', { unsigned: true }, EXIT.violation],
  ] as const)('of a whole bundle with the signature "%s" and %o is %i', (signature, options, code) => {
    const verdict = { manifest: { complete: true }, faults: [], signature };
    const again = { differences: [], otherVersion: null };
    type Given = Parameters<typeof bundleExitCode>;
    expect(bundleExitCode(verdict as unknown as Given[0], options, again as unknown as Given[2])).toBe(code);
  });

  it.each([
    [{ errors: [], capturesRead: 1, interrupted: false }, EXIT.done],
    [{ errors: [damaged], capturesRead: 1, interrupted: false }, EXIT.damaged],
    [{ errors: [damaged], capturesRead: 0, interrupted: false }, EXIT.failed],
    [{ errors: [damaged], capturesRead: 1, interrupted: true }, EXIT.interrupted],
  ])('of the reading %o is %i', (reading, code) => {
    expect(readingExitCode(reading)).toBe(code);
  });

  it('is 1 for a violation and for what --fail-on names: above damage, below an interruption', () => {
    const audit = sampleAudit();
    const rest = {
      ...audit,
      findings: (audit.findings ?? []).filter(({ result }) => result !== 'violation'),
    };
    const quiet = { ...rest, findings: [], summary: { rules: [] } };
    const none = parseFailOn('violation');
    expect(findingsExitCode(audit, none, EXIT.damaged)).toBe(EXIT.violation);
    expect(findingsExitCode(audit, none, EXIT.interrupted)).toBe(EXIT.interrupted);
    expect(findingsExitCode(quiet, none, EXIT.damaged)).toBe(EXIT.damaged);
    // A violation fails in any case: no word has to ask for it.
    expect(findingsExitCode(audit, parseFailOn('inconclusive'), EXIT.done)).toBe(EXIT.violation);
    expect(findingsExitCode(audit, new Set(), EXIT.done)).toBe(EXIT.violation);
    for (const { result } of rest.findings) {
      expect(findingsExitCode(rest, none, EXIT.done)).toBe(EXIT.done);
      expect(findingsExitCode(rest, parseFailOn(result), EXIT.done)).toBe(EXIT.violation);
    }
  });
});

describe('colors', () => {
  it('are chosen, or those of a terminal that has them', () => {
    delete process.env.NO_COLOR;
    process.env.TERM = 'xterm';
    expect(wantsColor('always', {})).toBe(true);
    expect(wantsColor('never', { isTTY: true })).toBe(false);
    expect(wantsColor('auto', { isTTY: true })).toBe(true);
    expect(wantsColor('auto', {})).toBe(false);
  });

  it.each([
    ['NO_COLOR', '1', false],
    ['NO_COLOR', '', true],
    ['TERM', 'dumb', false],
  ])('obey %s="%s"', (name, value, expected) => {
    delete process.env.NO_COLOR;
    process.env.TERM = 'xterm';
    process.env[name] = value;
    expect(wantsColor('auto', { isTTY: true })).toBe(expected);
  });
});

it.each([
  [{ LC_ALL: 'C', LANG: 'en_US.UTF-8' }, false],
  [{ LC_ALL: '', LC_CTYPE: 'de_DE.utf8' }, true],
  [{ LANG: 'en_US.UTF-8' }, true],
  [{}, false],
])('signs beyond ASCII are for the locale %o: %s', (locale, expected) => {
  for (const name of ['LC_ALL', 'LC_CTYPE', 'LANG']) delete process.env[name];
  Object.assign(process.env, locale);
  expect(showsUnicode()).toBe(expected);
});

describe('an output', () => {
  const capture = join(folder, 'a.pcap');
  const notes = join(folder, 'notes.usage');
  const full = join(folder, 'full');
  writeFileSync(capture, 'a capture');
  writeFileSync(notes, 'notes of a person');
  mkdirSync(full);
  writeFileSync(join(full, 'photo.jpg'), 'a photo');

  it.each([
    ['an input', { write: capture }, 'is the same file as'],
    ['a file with other content', { write: notes }, 'contains no records'],
    ['a folder', { write: full }, 'is a folder'],
    ['a file of a folder that does not exist', { write: join(folder, 'no/new.usage') }, 'does not exist'],
    ['a store with other content', { store: notes }, 'contains no records'],
    ['a bundle in a folder with files', { bundle: full }, 'is not empty'],
    ['the same file twice', { write: join(folder, 'x'), store: join(folder, 'x') }, 'is the same file as'],
  ])('is not written over %s', (_, outputs, message) => {
    expect(() => requireSafeOutputs([capture], outputs)).toThrow(message);
  });

  it('is not written over an input through a link', () => {
    const link = join(folder, 'link.usage');
    symlinkSync(capture, link);
    expect(() => requireSafeOutputs([capture], { write: link })).toThrow('is the same file as');
  });

  it('may be new', () => {
    const outputs = { write: join(folder, 'new.usage'), store: join(folder, 'new.duckdb') };
    expect(() => requireSafeOutputs([capture], { ...outputs, bundle: join(folder, 'new') })).not.toThrow();
    expect(() => requireSafeSpool('--write', join(folder, 'windows'))).not.toThrow();
  });

  it('as a folder of windows is no folder of other files', () => {
    expect(() => requireSafeSpool('--write', full)).toThrow('with other files');
    expect(() => requireSafeSpool('--write', notes)).toThrow('is a file');
  });
});

describe('the line of progress', () => {
  const progress = {
    file: 'captures/demo.pcap',
    bytesRead: 500_000_000,
    bytesTotal: 1_000_000_000,
    isLog: false,
  };

  it('shows share, sizes, rate and remaining time', () => {
    const text = progressText(progress, 2000, 100, false);
    expect(text).toMatch(/^demo\.pcap {2}\[#+\.+\] {3}50 % {2}\S+ \S+ of \S+ \S+, \S+ \S+\/s {2}0:02$/);
  });

  it('shows what was read of a stream', () => {
    const text = progressText({ ...progress, file: '-', bytesTotal: null }, 2000, 100, true);
    expect(text).toMatch(/^stdin {2}\S+ \S+, \S+ \S+\/s$/);
  });

  it.each([20, 40, 60, 80, 200])('fits %i columns', (columns) => {
    for (const bytesTotal of [null, 1_000_000_000])
      expect(progressText({ ...progress, bytesTotal }, 2000, columns, true).length).toBeLessThan(columns);
  });

  it('prints no control character of a file name', () => {
    const text = progressText({ ...progress, file: 'a\u001b[2Jb.pcap' }, 2000, 100, true);
    expect(text).not.toContain('\u001b');
  });
});

describe('a difference of files', () => {
  it('is none without a change', () => {
    expect(diffFile('a.json', 'a\n', 'a\n')).toEqual([]);
  });

  it('is a unified diff, from /dev/null for a new file', () => {
    expect(diffFile('a.json', 'a\n', 'b\n')).toEqual([
      '--- a/a.json',
      '+++ b/a.json',
      '@@ -1,1 +1,1 @@',
      '-a',
      '+b',
    ]);
    expect(diffFile('a.json', null, 'b\n').slice(0, 2)).toEqual(['--- /dev/null', '+++ b/a.json']);
  });
});

describe('a message for a terminal', () => {
  const { isTTY, columns } = process.stderr;
  afterEach(() => {
    Object.assign(process.stderr, { isTTY, columns });
  });
  const error = new WiretallyError('USAGE', `${'a word '.repeat(30)}end`, {
    next: 'remove one of them. '.repeat(8).trim(),
  });

  it('is wrapped to its width, and stays one line in a pipe', () => {
    Object.assign(process.stderr, { isTTY: true, columns: 80 });
    const lines = errorText(error, 'plain').split('\n');
    expect(lines.length).toBeGreaterThan(4);
    expect(lines.every((line) => line.length <= 80)).toBe(true);
    Object.assign(process.stderr, { isTTY: false, columns: undefined });
    expect(errorText(error, 'plain').split('\n')[0]).toMatch(/^wiretally: a word .* end$/);
  });
});
