// The compiled code that is kept with the program is code that V8 takes: refused code costs a quarter of each start, silently.
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

it('the kept code is not refused', () => {
  const file = JSON.stringify(resolve('dist/cli/kept-code.js'));
  const program = `process.stdout.write(String(require(${file}).script.cachedDataRejected))`;
  expect(execFileSync(process.execPath, ['-e', program], { encoding: 'utf8' })).not.toBe('true');
});
