// The manual: a page for the program and each command, that groff reads without a warning.
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/command-list.ts';
import { buildManualPages } from '../../src/cli/manual.ts';

const hasGroff = spawnSync('groff', ['--version']).status === 0;
const pages = await buildManualPages();

it('has a page for the program and for each command, which a command of two words refers to', () => {
  const own = [...pages].filter(([, text]) => !text.startsWith('.so '));
  expect(own.map(([name]) => name)).toEqual([
    'wiretally.1',
    ...COMMANDS.map(({ name }) => `wiretally-${name}.1`),
  ]);
  expect(pages.get('wiretally-fleet-ship.1')).toBe('.so man1/wiretally-fleet.1\n');
  expect(pages.get('wiretally-config-show.1')).toBe('.so man1/wiretally-config.1\n');
});

it('says what the help says', () => {
  const page = pages.get('wiretally-policy.1');
  expect(page).toContain('.SH INIT\nPrint a first policy');
  expect(page).toContain('.B \\-\\-ban <tool>\n');
  expect(pages.get('wiretally-dump.1')).toContain('\\-f \\(aqtcp port 443\\(aq');
});

it.skipIf(!hasGroff).each([...pages].filter(([, text]) => !text.startsWith('.so ')))(
  `is read by groff without a warning: %s${hasGroff ? '' : ' (skipped: groff is not installed)'}`,
  (_, text) => {
    const { status, stderr } = spawnSync('groff', ['-man', '-Tutf8', '-Kutf8', '-ww', '-z'], {
      input: text,
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  },
);
