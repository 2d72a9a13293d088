// Questions about what is nowhere are refused, with the near match, by every door: commands, library and pages.

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ReportDocument } from '../../../src/model/report.ts';
import {
  askLibrarySource,
  type LibraryQuestion,
  openLibrarySource,
} from '../../../src/query/library-report.ts';
import { readQuestion } from '../../../src/web/address-question.ts';
import { hostPart, requireKnownWords } from '../../../src/web/selection.ts';
import { wiretallyHere } from '../../cli/in-process.ts';
import { temporaryFolder } from '../../temporary.ts';

const DEMO = join(import.meta.dirname, '../../../captures/demo.pcap.gz');
const folder = temporaryFolder('wrong');
const windows = join(folder, 'demo.usage');
const key = join(folder, 'key.pem');
const log = join(folder, 'findings.ndjson');
const report = join(folder, 'report.json');
const pseudonyms = ['--pseudonymize', join(folder, 'pseudonyms.key')];
/** As a spreadsheet saves a register. */
const wide = join(folder, 'wide.csv');
const western = join(folder, 'western.csv');

beforeAll(async () => {
  writeFileSync(join(folder, 'pseudonyms.key'), 'k'.repeat(32));
  writeFileSync(wide, '\ufefftool;owner\r\nClaude Code;Team\r\n', 'utf16le');
  writeFileSync(western, 'tool;owner\r\nClaude Code;M\u00fcller\r\n', 'latin1');
  writeFileSync(report, '{"findings":[{"id":"AI/1/10.20.1.13/claude-code/violation"}]}');
  await wiretallyHere(['analyze', DEMO, '--write', windows, '--quiet']);
  execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', key], { stdio: 'ignore' });
  await wiretallyHere(['finding', 'acknowledge', 'AI/1/10.20.1.13/claude-code/violation', ...WRITES]);
});
const WRITES = ['--finding-log', log, '--sign-key', key, '--why', 'case 7'];

describe('commands', () => {
  it('names a missing store once', async () => {
    const { code, err } = await wiretallyHere(['serve', join(folder, 'none.duckdb')]);
    expect(code).toBe(3);
    expect(err.split('no such file or folder')).toHaveLength(2);
    expect(err).toContain('wiretally analyze CAPTURE --store FILE creates one');
  });

  it.each([
    ['diagnose of a host', ['diagnose', windows, '--host', 'dev-1'], 'did you mean dev-01?'],
    ['diagnose of another host', ['diagnose', windows, '--host', '10.9.9.9'], 'there are 33 hosts'],
    ['diagnose of a server', ['diagnose', windows, '--name', 'api.anthropic.co'], '"api.anthropic.com"'],
    ['diagnose of a tool', ['diagnose', windows, '--tool', 'claude-cod'], 'did you mean claude-code?'],
    [
      'a tool of a finding',
      ['finding', 'close', 'AI/1/10.20.1.13/claude-cod/violation', ...WRITES],
      'did you mean claude-code?',
    ],
    [
      'a result of a finding',
      ['finding', 'acknowledge', 'AI/1/10.20.1.13/claude-code/violatio', ...WRITES],
      '"violation"',
    ],
    [
      'a finding that a report does not list',
      ['finding', 'close', 'AI/1/10.20.1.99/claude-code/violation', '--report', report, ...WRITES],
      'pass an id from "findings" in that report',
    ],
    [
      'a host of a finding',
      ['finding', 'reopen', 'AI/1/dev/claude-code/violation', ...WRITES],
      'neither an address',
    ],
    [
      'a finding of the log',
      ['finding', 'list', '--finding-log', log, '--finding', 'AI/1/10.20.1.14/claude-code/violation'],
      '10.20.1.13',
    ],
    [
      'an address among pseudonyms',
      ['analyze', windows, '--host', '10.20.1.13', ...pseudonyms],
      'hosts have pseudonyms here, and "10.20.1.13" is not one',
    ],
    [
      'an address among pseudonyms in a span, which is no silent host',
      ['analyze', windows, '--host', '10.20.1.13', '--since', '2026-07-10', ...pseudonyms],
      'pass the pseudonym; wiretally explain prints it',
    ],
    ['a register in UTF-16', ['analyze', windows, '--register', wide], 'save it as UTF-8'],
    ['a register in Latin-1', ['analyze', windows, '--register', western], 'save it as UTF-8'],
    [
      'an allow list without a name',
      ['profile', windows, '--tool', 'cline', '--allow-list', '--against', wide],
      'has no server name',
    ],
  ])('%s', async (_, words, near) => {
    const { code, err, out } = await wiretallyHere(words);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(near);
  });

  it.each([
    ['diagnose', windows, '--host', 'dev-01'],
    ['diagnose', windows, '--name', 'API.anthropic.com'],
    ['finding', 'assign', 'AI/1/10.20.1.13/relay/violation', '--to', 'a', ...WRITES],
  ])('%s %s %s %s is answered', async (...words) => {
    expect((await wiretallyHere(words)).code).toBe(0);
  });
});

describe('the library', () => {
  const asked = async (question: LibraryQuestion): Promise<ReportDocument> =>
    await askLibrarySource(await openLibrarySource([windows]), question);

  it.each<[LibraryQuestion, string]>([
    [{ tools: ['claude-cod'] }, 'no tool is called "claude-cod"'],
    [{ hosts: ['10.9.9.9'] }, 'no host "10.9.9.9"'],
    [{ groups: ['nosuch'] }, 'no group "nosuch"'],
    [{ result: 'violatio' }, 'did you mean "violation"?'],
    [{ state: 'close' }, 'did you mean "closed"?'],
  ])('%j', async (question, text) => {
    await expect(asked(question)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(text),
    });
  });

  it('takes a tool by its id and by its name', async () => {
    const [byId, byName] = await Promise.all([
      asked({ tools: ['claude-code'] }),
      asked({ tools: ['Claude Code'] }),
    ]);
    expect(byId.hosts.length).toBeGreaterThan(0);
    expect(byName.hosts).toEqual(byId.hosts);
  });
});

describe('pages', () => {
  const known = async (): Promise<ReportDocument> =>
    await askLibrarySource(await openLibrarySource([windows]), {});

  it.each([
    ['host=dev-1', 'did you mean dev-01?'],
    ['group=nosuch', null],
    ['result=violatio', 'did you mean violation?'],
    ['state=close', 'did you mean closed?'],
  ])('%s is 400', async (words, next) => {
    const document = await known();
    const ask = () => requireKnownWords(readQuestion(new URLSearchParams(words)), [document]);
    expect(ask).toThrow(expect.objectContaining({ status: 400, next }));
  });

  it('knows a host that is silent in the span', async () => {
    const document = await known();
    const question = readQuestion(new URLSearchParams('host=dev-01'));
    expect(() => requireKnownWords(question, [{ ...document, hosts: [] }, document])).not.toThrow();
  });

  it('answers 404 with the near host', async () => {
    const document = await known();
    expect(() => hostPart(document, '10.20.1.111')).toThrow(
      expect.objectContaining({ status: 404, next: expect.stringContaining('did you mean 10.20.1.1') }),
    );
  });
});
