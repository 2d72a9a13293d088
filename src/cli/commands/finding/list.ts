// `wiretally finding list`: prints findings of the log with their state, and the user, time and reason of its change.

import { optionError } from '../../../model/errors.ts';
import { FINDING_STATES } from '../../../model/findings.ts';
import type { FindingLife } from '../../../model/report.ts';
import { openFindingLog } from '../../../query/apply-finding-log.ts';
import { STATE_WORDS } from '../../../report/text/finding-life-words.ts';
import type { FindingEntry } from '../../../store/finding-log.ts';
import { didYouMean } from '../../../text/near-word.ts';
import { plural } from '../../../text/quantity.ts';
import { shellWord } from '../../../text/shell-word.ts';
import { defineCommand, example } from '../../command.ts';
import { choice, option } from '../../input/declare-option.ts';
import { logOptions } from '../../input/finding-log-options.ts';
import { commonOptions, outputOptions } from '../../input/options.ts';
import { EXIT } from '../../output/exit-code.ts';
import { printWarning } from '../../output/print-errors.ts';
import { writeJson } from '../../output/stdout.ts';
import { writeWrapped } from '../../output/write-wrapped.ts';

const options = {
  ...logOptions,
  only: choice('--only <state>', 'Input', 'List findings in this state only', FINDING_STATES, {
    isCommon: true,
  }),
  finding: option('--finding <id>', 'Input', 'List every change of this finding', { isCommon: true }),
  ...outputOptions,
  ...commonOptions,
};

export const command = defineCommand({
  summary: 'List findings of the log with state, user, time and reason',
  options,
  examples: [
    example('finding list --finding-log findings.ndjson', 'State of each finding of the log'),
    example(
      'finding list --finding-log findings.ndjson --finding AI-0710/2/10.20.1.13/claude-code/violation',
      'Every change of one finding',
    ),
  ],
  /** Returns 4 if only a part of the log is valid. Throws USAGE. */
  async run(_, options) {
    const { findingLog, findingKey, only, finding, format } = options;
    const { read, lives, facts } = openFindingLog(findingLog, findingKey);
    const ids = [...lives].map(([id]) => id);
    if (finding !== undefined && !ids.includes(finding))
      throw optionError(
        '--finding',
        `no finding "${finding}" is in the log${didYouMean(finding, ids)}`,
        `wiretally finding list --finding-log ${shellWord(findingLog)}`,
      );
    const shown = [...lives].filter(
      ([id, life]) =>
        (only === undefined || life.state === only) && (finding === undefined || id === finding),
    );
    const changes = finding === undefined ? null : read.entries.filter((entry) => entry.finding === finding);
    if (format === 'json') {
      const findings = shown.map(([id, life]) => ({ id, ...life }));
      await writeJson({ findings, ...(changes === null ? {} : { changes }), log: facts });
    } else {
      const lines = changes === null ? shown.flatMap(formatLife) : changes.map(changeLine);
      const count = `${plural(shown.length, 'finding')}, ${plural(facts.entries, 'entry', 'entries')} in the log`;
      await writeWrapped([...lines, count]);
    }
    if (facts.fault === null) return EXIT.done;
    printWarning(`${findingLog}: ${facts.fault}; the entries before it are listed`);
    return EXIT.damaged;
  },
});

function formatLife([id, { state, last, assignee, changes }]: readonly [string, FindingLife]): string[] {
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
