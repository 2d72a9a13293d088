// `wiretally finding close ID…`: adds an entry to the log for each finding.

import { changeCommand } from '../../input/finding-change.ts';

export const command = changeCommand(
  'close',
  'closed',
  'Close findings; a finding that is seen on a later day is new again',
  [
    [['10.20.1.13'], 'program removed', 'Close a finding'],
    [['10.20.1.17'], 'exception granted', 'Close another finding'],
  ],
);
