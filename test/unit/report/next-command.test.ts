// Suggested commands run when they are pasted.
import { describe, expect, it } from 'vitest';
import type { ReportDocument } from '../../../src/model/report.ts';
import { explainCommand, pageCommand } from '../../../src/report/text/next-command.ts';
import { commandWords } from '../../../src/text/shell-word.ts';

const document = (command: string, timezone = 'UTC') =>
  ({ command, period: { since: '', until: '', timezone } }) as unknown as ReportDocument;
const subject = { host: '10.0.0.1', tool: 'claude-code' };

describe('the command that leads to the evidence', () => {
  it.each([
    ['analyze a.pcap', 'UTC', 'wiretally explain a.pcap --host 10.0.0.1 --tool claude-code'],
    [
      "analyze 'my file.pcap' --policy p.yaml --pseudonymize key --catalogue own --window 30",
      'Asia/Shanghai',
      "wiretally explain 'my file.pcap' --pseudonymize key --catalogue own --host 10.0.0.1 --tool claude-code --timezone Asia/Shanghai",
    ],
    [
      'analyze a b c d',
      'UTC',
      'wiretally explain a b c --host 10.0.0.1 --tool claude-code  # and 1 more input',
    ],
    [
      'analyze a b c d e --policy p',
      'UTC',
      'wiretally explain a b c --host 10.0.0.1 --tool claude-code  # and 2 more inputs',
    ],
    ['watch', 'UTC', null],
  ])('of %s, in %s', (command, zone, expected) => {
    expect(explainCommand(document(command, zone), subject)).toBe(expected);
  });

  it('names the program as it was started', () => {
    expect(explainCommand(document('analyze a'), subject, 'npx wiretally')).toContain(
      'npx wiretally explain a ',
    );
    expect(pageCommand(document('analyze a --stamp'), 'node x.js')).toBe(
      'node x.js analyze a --stamp --format html > report.html',
    );
    expect(pageCommand(document('analyze a b c d'), 'wiretally')).toBeNull();
  });

  it('takes words with quotes whole', () => {
    expect(commandWords("analyze 'it'\\''s' x --exclude 10.0.0.0/8 --stamp").inputs).toEqual([
      "'it'\\''s'",
      'x',
    ]);
    expect(commandWords('analyze x --exclude 10.0.0.0/8 --stamp').options).toEqual([
      ['--exclude', '10.0.0.0/8'],
      ['--stamp'],
    ]);
  });
});
