// wiretally finding: the life of findings in a signed log. Who changed which state, when and why.

import { createPublicKey } from 'node:crypto';
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { readKeyText } from '../../../files/read-secret.ts';
import { WiretallyError } from '../../../model/errors.ts';
import { FINDING_STATES, type FindingState } from '../../../model/findings.ts';
import type { FindingLife } from '../../../model/report.ts';
import { isFindingId, MAX_NAME_LENGTH, MAX_WHY_LENGTH } from '../../../policy/finding-life.ts';
import { logFault, openFindingLog } from '../../../query/finding-log.ts';
import { readTrusted } from '../../../query/inputs/signed-config-file.ts';
import { STATE_WORDS } from '../../../report/text/finding-life-words.ts';
import { appendChanges, type FindingEntry, isLogText } from '../../../store/finding-log.ts';
import { readPrivateKey } from '../../../store/signing.ts';
import { jsonText } from '../../../text/json-text.ts';
import { plural } from '../../../text/quantity.ts';
import { findingLogOptions } from '../../input/finding-log-options.ts';
import { commonOptions, jsonAlias, plainFormat } from '../../input/options.ts';
import { addOptions, but, type OptionValues, oneOf, option } from '../../options/declare.ts';
import { EXIT, type ExitCode } from '../../output/exit-code.ts';
import { printWarning } from '../../output/messages.ts';
import { requireSafeLog } from '../../output/output-guard.ts';
import { writeLines, writeOut } from '../../output/stdout.ts';
import type { DefineVerb } from '../define-verb.ts';

const logOptions = {
  findingLog: but(findingLogOptions.findingLog, {
    description: 'Log of findings',
    isMandatory: true,
  }),
  findingKey: but(findingLogOptions.findingKey, { isCommon: true }),
};

/** The options of the commands about findings. */
const changeOptions = {
  ...logOptions,
  signKey: option('--sign-key <key.pem>', 'Output', 'Sign the entries with this Ed25519 private key', {
    isMandatory: true,
  }),
  why: option('--why <text>', 'Input', 'Reason of the change, logged (at most 500 characters)', {
    isMandatory: true,
  }),
};

const assignOptions = {
  to: option('--to <name>', 'Input', 'Person or team that the findings are assigned to, logged', {
    isMandatory: true,
  }),
};

const listOptions = {
  ...logOptions,
  only: oneOf('--only <state>', 'Input', 'List findings in this state only', FINDING_STATES, {
    isCommon: true,
  }),
  finding: option('--finding <id>', 'Input', 'List every change of this finding', { isCommon: true }),
  ...plainFormat,
  ...jsonAlias,
  ...commonOptions,
};

const verifyOptions = {
  ...logOptions,
  head: option(
    '--head <sha256>',
    'Input',
    'SHA-256 that an earlier verification printed: entries up to it must be there',
    { isCommon: true },
  ),
  ...commonOptions,
};

type ChangeOptions = Required<OptionValues<typeof changeOptions>> & {
  readonly to?: string;
};
type ListOptions = OptionValues<typeof listOptions> & { readonly findingLog: string };
type VerifyOptions = OptionValues<typeof verifyOptions> & { readonly findingLog: string };

/** By the word of the command. */
const CHANGES: readonly (readonly [word: string, state: FindingState, summary: string])[] = [
  ['acknowledge', 'acknowledged', 'Record that findings were read'],
  ['assign', 'assigned', 'Assign findings to a person or a team'],
  ['request-exception', 'exceptionRequested', 'Record that an exception was requested for findings'],
  ['close', 'closed', 'Close findings; one that is seen on a later day is new again'],
  ['reopen', 'new', 'Make closed findings new again'],
];

export const defineFinding: DefineVerb = (command, done) => {
  const verb = (usage: string, summary: string): Command => command.command(usage).description(summary);
  const listing = verb('list', 'List findings of the log with state, who, when and why');
  addOptions(listing, listOptions);
  listing.action(async (options: ListOptions) => done(await listFindings(options)));
  for (const [word, state, summary] of CHANGES) {
    const changing = verb(`${word} <id...>`, summary);
    addOptions(changing, {
      ...changeOptions,
      ...(state === 'assigned' ? assignOptions : {}),
      ...commonOptions,
    });
    changing.action(async (ids: string[], options: ChangeOptions) =>
      done(await changeFindings(ids, state, options)),
    );
  }
  const verifying = verb(
    'verify',
    'Verify chain and signatures of the log; name the first entry that does not hold',
  );
  addOptions(verifying, verifyOptions);
  verifying.action(async (options: VerifyOptions) => done(await verifyFindings(options)));
};

/** 4: the log holds in part. Throws USAGE. */
async function listFindings(options: ListOptions): Promise<ExitCode> {
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

/** Throws USAGE, FINDING_LOG_INVALID, STORE_WRITE, STORE_BUSY. */
async function changeFindings(
  ids: readonly string[],
  state: FindingState,
  { findingLog, findingKey, signKey, why, to }: ChangeOptions,
): Promise<ExitCode> {
  requireSafeLog('--finding-log', findingLog, [signKey, ...findingKey]);
  for (const id of ids) requireId(id);
  requireText('--why', why, MAX_WHY_LENGTH);
  if (to !== undefined) requireText('--to', to, MAX_NAME_LENGTH);
  const key = readPrivateKey(readKeyText(signKey, 'option --sign-key'));
  const change = {
    time: new Date().toISOString(),
    state,
    who: userInfo().username,
    why,
    ...(to === undefined ? {} : { assignee: to }),
  };
  const entries = await appendChanges(
    findingLog,
    [...new Set(ids)].map((finding) => ({ finding, ...change })),
    { key, trusted: [createPublicKey(key), ...readTrusted(findingKey)] },
  );
  await writeLines(
    entries.map(({ entry, finding, who }) => `entry ${entry}: ${finding}: ${STATE_WORDS[state]} by ${who}`),
  );
  return EXIT.done;
}

function requireId(id: string): void {
  if (isFindingId(id)) return;
  throw new WiretallyError('USAGE', `"${id}" is no id of a finding`, {
    next: 'pass an id of "findings" in analyze --format json, for example AI-0710/2/10.20.1.13/claude-code/violation',
  });
}

function requireText(name: string, text: string, most: number): void {
  if (isLogText(text, most)) return;
  throw new WiretallyError('USAGE', `${name} takes one line of 1 to ${most} characters`, {
    where: `option ${name}`,
  });
}

/** 1: an entry does not hold; 4: the log ends inside an entry. Throws USAGE. */
async function verifyFindings({ findingLog, findingKey, head }: VerifyOptions): Promise<ExitCode> {
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
