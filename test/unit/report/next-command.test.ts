// Suggested commands run when they are pasted.
import { describe, expect, it } from 'vitest';
import type { HostReport, ReportDocument } from '../../../src/model/report.ts';
import { REQUEST } from '../../../src/model/request.ts';
import {
  explainCommand,
  pageCommand,
  policyFile,
  sliceCommand,
} from '../../../src/report/text/next-command.ts';
import { asked } from './sample-document.ts';

const document = (words: Partial<ReportDocument>, timezone = 'UTC') =>
  ({ ...words, period: { since: '', until: '', timezone } }) as unknown as ReportDocument;
const subject = { host: '10.0.0.1', tool: 'claude-code' };

describe('the command that leads to the evidence', () => {
  it.each([
    [asked(['a.pcap']), 'UTC', 'wiretally explain a.pcap --host 10.0.0.1 --tool claude-code'],
    [
      asked(['my file.pcap'], {
        ...{ '--policy': 'p.yaml', '--pseudonymize': 'key', '--catalogue': ['own'], '--window': 30 },
      }),
      'Asia/Shanghai',
      "wiretally explain 'my file.pcap' --pseudonymize key --catalogue own --host 10.0.0.1 --tool claude-code --timezone Asia/Shanghai",
    ],
    [
      asked(['web.csv'], { '--input-format': 'zscaler', '--log-columns': 'columns.txt' }),
      'UTC',
      'wiretally explain web.csv --input-format zscaler --log-columns columns.txt --host 10.0.0.1 --tool claude-code',
    ],
    [
      asked(['a', 'b', 'c', 'd']),
      'UTC',
      'wiretally explain a b c --host 10.0.0.1 --tool claude-code  # and 1 more input',
    ],
    [
      asked(['a', 'b', 'c', 'd', 'e'], { '--policy': 'p' }),
      'UTC',
      'wiretally explain a b c --host 10.0.0.1 --tool claude-code  # and 2 more inputs',
    ],
    [asked([]), 'UTC', null],
  ])('of $command, in %s', (words, zone, expected) => {
    expect(explainCommand(document(words, zone), subject)).toBe(expected);
  });

  it('names the program as it was started', () => {
    expect(explainCommand(document(asked(['a'])), subject, 'npx wiretally')).toContain(
      'npx wiretally explain a ',
    );
    expect(pageCommand(document(asked(['a'], { '--stamp': true })), 'node x.js')).toBe(
      'node x.js analyze a --stamp --format html > report.html',
    );
    expect(pageCommand(document(asked(['a', 'b', 'c', 'd'])), 'wiretally')).toBeNull();
  });

  it('reads the store to which the run has added its records', () => {
    const words = asked(['a.pcap', 'b.pcap'], { '--policy': 'p.yaml' });
    const request = words[REQUEST];
    if (request === undefined) throw new Error('a request was given');
    const stored = document({ ...words, [REQUEST]: { ...request, stored: 'all.duckdb' } });
    expect(explainCommand(stored, subject)).toBe(
      'wiretally explain all.duckdb --host 10.0.0.1 --tool claude-code',
    );
    expect(pageCommand(stored, 'wiretally')).toBe(
      'wiretally analyze all.duckdb --policy p.yaml --format html > report.html',
    );
  });

  it('names no log as a capture to slice', () => {
    const host = { host: '10.0.0.1', identity: 'address' } as HostReport;
    const read = (captures: unknown[], inputs?: unknown[]) =>
      sliceCommand(
        document({ ...asked(['a']), captures, ...(inputs === undefined ? {} : { inputs }) } as never),
        { host, tool: 'claude-code' },
        null,
      );
    expect(read([{}])).toMatchObject({ hasCaptures: true, text: expect.stringContaining('slice a --host') });
    expect(read([{}], [{}])).toMatchObject({
      hasCaptures: false,
      text: expect.stringContaining('slice CAPTURE --host'),
    });
  });

  it('quotes each word once', () => {
    const words = asked(["it's", 'x'], { '--catalogue': ['my tools', 'own'], '--policy': 'a b.yaml' });
    expect(words.command).toBe(
      "analyze 'it'\\''s' x --catalogue 'my tools' --catalogue own --policy 'a b.yaml'",
    );
    expect(explainCommand(document(words), subject)).toBe(
      "wiretally explain 'it'\\''s' x --catalogue 'my tools' --catalogue own --host 10.0.0.1 --tool claude-code",
    );
    expect(policyFile(document(words))).toBe('a b.yaml');
  });

  it('is not made of the text: a document read from JSON has none', () => {
    const { command } = asked(['a.pcap']);
    expect(explainCommand(document({ command }), subject)).toBeNull();
  });
});
