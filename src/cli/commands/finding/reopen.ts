// `wiretally finding reopen ID…`: adds an entry to the log for each finding.

import { changeCommand } from '../../input/finding-change.ts';

export const command = changeCommand('reopen', 'new', 'Make closed findings new again', [
  [['10.20.1.13'], 'closed by mistake', 'Make a closed finding new again'],
  [['10.20.1.17'], 'exception refused', 'After an exception was refused'],
]);
