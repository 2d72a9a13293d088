// wiretally alerts: whether the receivers of live findings work.

import { addCommonOptions } from '../../input/options.ts';
import { addOptions } from '../../options/declare.ts';
import type { DefineVerb } from '../define-verb.ts';
import { type TestOptions, testOptions } from './options.ts';

export const defineAlerts: DefineVerb = (command, done) => {
  const testing = command.command('test').description('Send a test message to each receiver of findings');
  addOptions(testing, testOptions);
  addCommonOptions(testing);
  testing.action(async (options: TestOptions) =>
    done(await (await import('./run-test.ts')).runTest(options)),
  );
};
