// wiretally finding: the life of findings in a signed log. Who changed which state, when and why.

import type { Command } from 'commander';
import type { FindingState } from '../../../model/words.ts';
import { addCommonOptions, addJsonAlias } from '../../input/options.ts';
import { addOptions } from '../../options/declare.ts';
import type { DefineVerb } from '../define-verb.ts';
import {
  assignOptions,
  type ChangeOptions,
  changeOptions,
  type ListOptions,
  listOptions,
  type VerifyOptions,
  verifyOptions,
} from './options.ts';

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
  addJsonAlias(listing);
  addCommonOptions(listing);
  listing.action(async (options: ListOptions) =>
    done(await (await import('./list.ts')).listFindings(options)),
  );
  for (const [word, state, summary] of CHANGES) {
    const changing = verb(`${word} <id...>`, summary);
    addOptions(changing, changeOptions);
    if (state === 'assigned') addOptions(changing, assignOptions);
    addCommonOptions(changing);
    changing.action(async (ids: string[], options: ChangeOptions) =>
      done(await (await import('./change.ts')).changeFindings(ids, state, options)),
    );
  }
  const verifying = verb(
    'verify',
    'Verify chain and signatures of the log; name the first entry that does not hold',
  );
  addOptions(verifying, verifyOptions);
  addCommonOptions(verifying);
  verifying.action(async (options: VerifyOptions) =>
    done(await (await import('./verify.ts')).verifyFindings(options)),
  );
};
