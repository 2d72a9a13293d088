// Takes the pictures of the documentation, of the demo capture: `npm run docs:shots`. Needs Debian's chromium and tmux, and
// root for the live screen.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openPage, startBrowser } from '../browser.ts';
import { CLI, framesOf, holds, LiveNetwork, scratch, writePcap } from '../contract/live-network.ts';
import { terminalHtml } from './terminal-html.ts';

const SHOTS = resolve('docs/shots');
const DEMO = 'captures/demo.pcap.gz';
const POLICY = 'captures/demo-policy.yaml';
const MINUTES = 10 * 60_000;

let folder = '';
let browser: Browser;
const children: ChildProcess[] = [];

/** Exit code 1 says that the policy is violated. */
function wiretally(...words: string[]): string {
  return execFileSync('sh', ['-c', '"$@" || test $? -eq 1', 'sh', process.execPath, CLI, ...words], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function serve(...words: string[]): Promise<string> {
  const child = spawn(process.execPath, [CLI, 'serve', ...words, '--listen', '127.0.0.1:0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  children.push(child);
  let said = '';
  child.stderr.on('data', (part) => (said += String(part)));
  const address = (): string | undefined => /serving (http:\/\/[^\s/]+)/.exec(said)?.[1];
  await holds('the server listens', () => address() !== undefined);
  return address() ?? '';
}

interface Shot {
  readonly name: string;
  readonly url: string;
  readonly width?: number;
  readonly height?: number;
  readonly isDark?: boolean;
  readonly isPaper?: boolean;
}

async function take({ name, url, width = 1240, height = 900, isDark, isPaper }: Shot): Promise<void> {
  const { page } = await openPage(browser, url, {
    viewport: { width, height },
    colorScheme: isDark === true ? 'dark' : 'light',
  });
  if (isPaper === true) await page.emulateMedia({ media: 'print' });
  await page.screenshot({ path: join(SHOTS, `${name}.png`) });
  await page.close();
}

beforeAll(async () => {
  folder = scratch();
  browser = await startBrowser();
});
afterAll(async () => {
  for (const child of children) child.kill();
  await browser.close();
  rmSync(folder, { recursive: true });
});

it('of the pages', { timeout: MINUTES }, async () => {
  const store = join(folder, 'demo.duckdb');
  wiretally('analyze', DEMO, '--store', store, '--quiet');
  const site = await serve(store, '--policy', POLICY);
  const week = 'since=2026-07-13&until=2026-07-15';
  const shots: readonly Shot[] = [
    { name: 'pages-light', url: '/' },
    { name: 'pages-dark', url: '/hosts', isDark: true },
    { name: 'pages-zoom', url: `/hosts?${week}`, height: 700 },
    { name: 'pages-compare', url: `/compare?${week}&against_since=2026-07-08&against_until=2026-07-10` },
    { name: 'pages-sensor', url: '/sensor' },
    { name: 'pages-phone', url: '/findings', width: 390, height: 800 },
  ];
  for (const shot of shots) await take({ ...shot, url: `${site}${shot.url}` });
});

it('of the reports', { timeout: MINUTES }, async () => {
  const made = (file: string, ...words: string[]): string => {
    const path = join(folder, file);
    writeFileSync(path, wiretally(...words));
    return pathToFileURL(path).href;
  };
  const analyze = ['analyze', DEMO, '--policy', POLICY, '--timezone', 'Asia/Shanghai', '--quiet'];
  const report = made('report.html', ...analyze, '--format', 'html');
  const summary = made('summary.html', ...analyze, '--format', 'summary');
  const employee = made('employee.html', 'catalogue', 'page', 'claude-code', '--policy', POLICY);
  const shots: readonly Shot[] = [
    { name: 'report-light', url: report, height: 1000 },
    { name: 'report-dark', url: report, height: 1000, isDark: true },
    { name: 'report-phone', url: report, width: 390, height: 1500 },
    { name: 'report-paper', url: report, width: 794, height: 1123, isPaper: true },
    { name: 'summary', url: summary, width: 900, height: 1273 },
    { name: 'employee', url: employee, width: 900, height: 1273 },
  ];
  for (const shot of shots) await take(shot);
});

it('of the live screen', { timeout: MINUTES }, async () => {
  const net = new LiveNetwork();
  const tmux = (...words: string[]): string =>
    execFileSync('tmux', ['-u', '-L', `wiretally-shots-${process.pid}`, '-f', '/dev/null', ...words], {
      encoding: 'utf8',
    });
  const picture = async (name: string): Promise<void> => {
    const { page } = await openPage(browser, 'about:blank');
    await page.setContent(terminalHtml(tmux('capture-pane', '-e', '-p', '-t', 'a').trimEnd()));
    await page.locator('pre').screenshot({ path: join(SHOTS, `${name}.png`) });
    await page.close();
  };
  try {
    const capture = join(folder, 'demo.pcap');
    const frames = framesOf(gunzipSync(readFileSync(DEMO)));
    writePcap(capture, frames);
    const watch = [
      CLI,
      'watch',
      '-i',
      'wt1',
      '--window',
      '1',
      '--policy',
      POLICY,
      '--state',
      join(folder, 'state'),
    ];
    const command = ['ip', 'netns', 'exec', net.watcher, process.execPath, ...watch].join(' ');
    tmux(
      'new-session',
      '-d',
      '-s',
      'a',
      '-x',
      '120',
      '-y',
      '40',
      `PATH=$PATH:/usr/sbin:/sbin ${command}; sleep 60`,
    );
    const shows = (text: RegExp): Promise<void> =>
      holds(String(text), () => text.test(tmux('capture-pane', '-p', '-t', 'a')));
    await shows(/wt1 up .*packets\/s/);
    net.send(capture, frames.length, 2500);
    await shows(/VIOLATION/);
    await picture('screen-120x40');
    tmux('send-keys', '-t', 'a', 'Enter');
    await shows(/HOST \S+, lines 1 to/);
    await picture('screen-host');
    tmux('send-keys', '-t', 'a', 'Escape');
    tmux('resize-window', '-t', 'a', '-x', '80', '-y', '24');
    await shows(/HOSTS 1 /);
    await picture('screen-80x24');
    tmux('resize-window', '-t', 'a', '-x', '200', '-y', '50');
    await shows(/LAST \d+ S .*POLICY/);
    await picture('screen-200x50');
    expect(tmux('capture-pane', '-p', '-t', 'a')).toContain('VIOLATED');
  } finally {
    tmux('kill-server');
    net.close();
  }
});
