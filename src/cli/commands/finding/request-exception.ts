// `wiretally finding request-exception ID…`: adds an entry to the log for each finding.

import { changeCommand } from '../../input/finding-change.ts';

export const command = changeCommand(
  'request-exception',
  'exceptionRequested',
  'Record that an exception was requested for findings',
  [
    [['10.20.1.14'], 'ticket 1234', 'Record that an exception was requested'],
    [['10.20.1.17'], 'ticket 1235', 'For another finding'],
  ],
);
