// Measures the pages of `serve` over a store: from the start until there is something to show, each page on the server,
// and the first view in a browser, where one is installed.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';
const ADDRESS = '127.0.0.1:7597';
const PATHS = ['/', '/hosts', '/tools', '/not-visible', '/method', '/search?q=dev-7', '/hosts/10.20.3.7'];
const TIMES = 5;

export async function timePages(
  program: string,
  store: string,
  print: (line: string) => void,
): Promise<void> {
  const startMs = performance.now();
  const server = spawn(process.execPath, [program, 'serve', store, '--listen', ADDRESS], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  try {
    await new Promise<void>((resolve, reject) => {
      let said = '';
      server.stderr.on('data', (data: Buffer) => {
        said += data.toString();
        if (said.includes('serving')) resolve();
      });
      server.once('exit', () => reject(new Error(said)));
    });
    const serving = performance.now() - startMs;
    print('');
    print(
      `Pages (\`wiretally serve STORE\`): ${serving.toFixed(0)} ms from the start until there is something to show.`,
    );
    print('');
    print(`| page, server time | ms, median of ${TIMES} | kB |`);
    print('|---|---|---|');
    for (const path of PATHS) {
      const { median, bytes } = await timed(path);
      print(`| \`${path}\` | ${median.toFixed(0)} | ${(bytes / 1000).toFixed(0)} |`);
    }
    if (existsSync(CHROMIUM)) await timeBrowser(print);
  } finally {
    server.kill();
  }
}

async function timed(path: string): Promise<{ readonly median: number; readonly bytes: number }> {
  const times: number[] = [];
  let bytes = 0;
  for (let i = 0; i < TIMES; i++) {
    const before = performance.now();
    const answer = await fetch(`http://${ADDRESS}${path}`);
    bytes = (await answer.arrayBuffer()).byteLength;
    times.push(performance.now() - before);
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  }
  times.sort((a, b) => a - b);
  return { median: times[TIMES >> 1] ?? 0, bytes };
}

/** Until the whole page is loaded and rendered, in a browser with an empty cache. */
async function timeBrowser(print: (line: string) => void): Promise<void> {
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--headless', '--no-sandbox', '--disable-gpu'],
  });
  print('');
  print(`| first view in a browser | ms, median of ${TIMES} |`);
  print('|---|---|');
  for (const path of ['/', '/hosts']) {
    const times: number[] = [];
    for (let i = 0; i < TIMES; i++) {
      const context = await browser.newContext();
      const page = await context.newPage();
      const before = performance.now();
      await page.goto(`http://${ADDRESS}${path}`, { waitUntil: 'load' });
      await page.evaluate(
        'new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))',
      );
      times.push(performance.now() - before);
      await context.close();
    }
    times.sort((a, b) => a - b);
    print(`| \`${path}\` | ${(times[TIMES >> 1] ?? 0).toFixed(0)} |`);
  }
  await browser.close();
}
