// `npm start`: the report of the demo capture in the terminal, and as a page; `npm start -- --open` opens the page.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const program = 'dist/cli/main.js';
const question = ['analyze', 'captures/demo.pcap.gz', '--policy', 'captures/demo-policy.yaml'];
const page = 'build/demo.html';
const VIOLATED = 1;

if (!existsSync(`${root}${program}`)) {
  console.error(`${program} is missing: run npm ci first, which builds it`);
  process.exit(1);
}

/** The demo has a violation: its exit code is no failure. */
function analyze(more, stdio) {
  const { status, stdout } = spawnSync(process.execPath, [program, ...question, ...more], {
    cwd: root,
    stdio,
    maxBuffer: 1 << 28,
  });
  if (status !== 0 && status !== VIOLATED) process.exit(status ?? 1);
  return stdout;
}

analyze([], 'inherit');
mkdirSync(`${root}build`, { recursive: true });
writeFileSync(`${root}${page}`, analyze(['--quiet', '--format', 'html'], ['ignore', 'pipe', 'inherit']));
const path = `${root}${page}`;
const isOpened = process.argv.includes('--open');
console.log(`\nThe same as a page: ${path}${isOpened ? '' : ' ("npm start -- --open" opens it)'}`);
if (isOpened) {
  const [opener, ...before] = { darwin: ['open'], win32: ['cmd', '/c', 'start', ''] }[process.platform] ?? [
    'xdg-open',
  ];
  spawn(opener, [...before, pathToFileURL(path).href], { detached: true, stdio: 'ignore' })
    .on('error', () => console.error(`${opener} is not installed: open the page in a browser`))
    .unref();
}
