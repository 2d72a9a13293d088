// `wiretally finding acknowledge ID…`: adds an entry to the log for each finding.

import { changeCommand } from '../../input/finding-change.ts';

export const command = changeCommand('acknowledge', 'acknowledged', 'Record that findings were read', [
  [['10.20.1.13'], 'case 7', 'Record that a finding was read'],
  [['10.20.1.14', '10.20.1.17'], 'cases 8 and 9', 'Acknowledge two findings'],
]);
