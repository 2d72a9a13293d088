// `wiretally finding verify`: verifies chain and signatures of the log.

import { optionError, usageError } from '../../../model/errors.ts';
import { describeLogFault, openFindingLog } from '../../../query/apply-finding-log.ts';
import { findingLogBytes } from '../../../store/finding-log.ts';
import { plural } from '../../../text/quantity.ts';
import { defineCommand, example } from '../../command.ts';
import { option } from '../../input/declare-option.ts';
import { logOptions } from '../../input/finding-log-options.ts';
import { commonOptions } from '../../input/options.ts';
import { EXIT } from '../../output/exit-code.ts';
import { writeWrapped } from '../../output/write-wrapped.ts';

const options = {
  ...logOptions,
  head: option(
    '--head <sha256>',
    'Input',
    'SHA-256 from an earlier verification: entries up to it must be present',
    { isCommon: true },
  ),
  ...commonOptions,
};

export const command = defineCommand({
  summary: 'Verify chain and signatures of the log; print the first invalid entry',
  options,
  examples: [
    example(
      'finding verify --finding-log findings.ndjson --finding-key public.pem',
      'Verify chain and signatures',
    ),
    example(
      'finding verify --finding-log findings.ndjson --finding-key public.pem > verified.txt',
      'Save the SHA-256 for a later --head',
    ),
  ],
  /** Returns 1 if an entry is invalid, 4 if the log ends inside an entry. Throws USAGE. */
  async run(_, { findingLog, findingKey, head }) {
    if (findingKey.length === 0) {
      findingLogBytes(findingLog);
      throw usageError(
        `${findingLog}: the log is verified with the public keys of its signers`,
        `wiretally finding verify --finding-log ${findingLog} --finding-key PUBLIC.pem`,
      );
    }
    if (head !== undefined && !/^[0-9a-f]{64}$/.test(head)) {
      throw optionError('--head', `"${head}" is not a SHA-256 in hexadecimal`);
    }
    const { read, facts } = openFindingLog(findingLog, findingKey);
    const { entries, heads, fault } = read;
    const at = head === undefined ? null : heads.indexOf(head);
    const lines = [`${plural(entries.length, 'entry', 'entries')}: chain and signatures are valid`];
    const last = entries.at(-1);
    if (last !== undefined) lines.push(`last entry ${last.time} by ${last.who}: ${last.finding}`);
    if (at !== null)
      lines.push(
        at < 0
          ? `FAULT no entry has the SHA-256 ${head}: entries were removed or replaced`
          : `SHA-256 ${head} is that of entry ${at + 1}`,
      );
    const what = describeLogFault(read);
    if (what !== null) lines.push(`${fault === null ? 'INCOMPLETE' : 'FAULT'} ${what}`);
    lines.push(`SHA-256 ${facts.sha256}`);
    await writeWrapped(lines);
    if (fault !== null || at === -1) return EXIT.violation;
    return what === null ? EXIT.done : EXIT.damaged;
  },
});
