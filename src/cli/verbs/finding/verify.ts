// Verifies a log of findings: every entry against the bytes before it and the keys that are trusted.

import { WiretallyError } from '../../../model/errors.ts';
import { logFault, openFindingLog } from '../../../query/finding-log.ts';
import { plural } from '../../../report/text/quantity.ts';
import { EXIT, type ExitCode } from '../../output/exit-code.ts';
import { writeLines } from '../../output/stdout.ts';
import type { VerifyOptions } from './options.ts';

/** 1: an entry does not hold; 4: the log ends inside an entry. Throws USAGE. */
export async function verifyFindings({ findingLog, findingKey, head }: VerifyOptions): Promise<ExitCode> {
  if (findingKey.length === 0) {
    throw new WiretallyError('USAGE', `${findingLog}: is signed, and cannot be verified without a key`, {
      next: `wiretally finding verify --finding-log ${findingLog} --finding-key PUBLIC.pem`,
    });
  }
  if (head !== undefined && !/^[0-9a-f]{64}$/.test(head)) {
    throw new WiretallyError('USAGE', `"${head}" is no SHA-256 in hexadecimal`, { where: 'option --head' });
  }
  const { read, facts } = openFindingLog(findingLog, findingKey);
  const { entries, heads, fault } = read;
  const at = head === undefined ? null : heads.indexOf(head);
  const lines = [`${plural(entries.length, 'entry', 'entries')}: chain and signatures hold`];
  const last = entries.at(-1);
  if (last !== undefined) lines.push(`last entry ${last.time} by ${last.who}: ${last.finding}`);
  if (at !== null)
    lines.push(
      at < 0
        ? `FAULT no entry has the SHA-256 ${head}: entries were removed or replaced`
        : `SHA-256 ${head} is that of entry ${at + 1}`,
    );
  const what = logFault(read);
  if (what !== null) lines.push(`${fault === null ? 'INCOMPLETE' : 'FAULT'} ${what}`);
  lines.push(`SHA-256 ${facts.sha256}`);
  await writeLines(lines);
  if (fault !== null || at === -1) return EXIT.violation;
  return what === null ? EXIT.done : EXIT.damaged;
}
