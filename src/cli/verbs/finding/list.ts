// Lists the findings that a log names, or every change of one.

import type { FindingLife } from '../../../model/report.ts';
import { openFindingLog } from '../../../query/finding-log.ts';
import { STATE_WORDS } from '../../../report/text/finding-life-words.ts';
import { plural } from '../../../report/text/quantity.ts';
import type { FindingEntry } from '../../../store/finding-log.ts';
import { jsonText } from '../../../text/json-text.ts';
import { EXIT, type ExitCode } from '../../output/exit-code.ts';
import { printWarning } from '../../output/messages.ts';
import { writeLines, writeOut } from '../../output/stdout.ts';
import type { ListOptions } from './options.ts';

/** 4: the log holds in part. Throws USAGE. */
export async function listFindings(options: ListOptions): Promise<ExitCode> {
  const { findingLog, findingKey, only, finding, format } = options;
  const { read, lives, facts } = openFindingLog(findingLog, findingKey);
  const shown = [...lives].filter(
    ([id, life]) => (only === undefined || life.state === only) && (finding === undefined || id === finding),
  );
  const changes = finding === undefined ? null : read.entries.filter((one) => one.finding === finding);
  if (format === 'json') {
    const findings = shown.map(([id, life]) => ({ id, ...life }));
    await writeOut(`${jsonText({ findings, ...(changes === null ? {} : { changes }), log: facts }, 2)}\n`);
  } else {
    const lines = changes === null ? shown.flatMap(lifeLines) : changes.map(changeLine);
    const count = `${plural(shown.length, 'finding')}, ${plural(facts.entries, 'entry', 'entries')} in the log`;
    await writeLines([...lines, count]);
  }
  if (facts.fault === null) return EXIT.done;
  printWarning(`${findingLog}: ${facts.fault}; the entries before it are listed`);
  return EXIT.damaged;
}

function lifeLines([id, { state, last, assignee, changes }]: readonly [string, FindingLife]): string[] {
  const to = assignee === null ? '' : `, assigned to ${assignee}`;
  return [
    id,
    `  ${STATE_WORDS[state]}${to}, ${plural(changes, 'change')}`,
    ...(last === null ? [] : [`  ${last.time} by ${last.who}: ${last.why}`]),
  ];
}

function changeLine({ time, state, assignee, who, why }: FindingEntry): string {
  const to = assignee === undefined ? '' : ` to ${assignee}`;
  return `${time}  ${STATE_WORDS[state]}${to} by ${who}: ${why}`;
}
