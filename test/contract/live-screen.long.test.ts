// `watch` on a terminal: the live screen in tmux, at three sizes, on a veth pair of the test's own.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { decodeWindows } from '../../src/window/codec.ts';
import {
  CLI,
  framesOf,
  holds,
  LIVE_TEST_MS,
  LiveNetwork,
  lacksLiveTools,
  scratch,
  writePcap,
} from './live-network.ts';

const CLAUDE = 'captures/recordings/claude-code-2.1.328-prompt.pcap.gz';
const POLICY = `version: 1
name: live
timezone: UTC
rules:
  - { id: NO-CLAUDE, title: no Claude Code, match: { tools: [claude-code] }, action: deny, effective: 2020-01-01 }
`;

function commandOf(id: string): readonly string[] {
  try {
    return readFileSync(`/proc/${id}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

/** Ids of processes by the words of their command. */
const processes = (isWanted: (command: readonly string[]) => boolean): number[] =>
  readdirSync('/proc')
    .filter((id) => /^\d+$/.test(id) && isWanted(commandOf(id)))
    .map(Number);

function lacksTmux(): boolean {
  try {
    execFileSync('tmux', ['-V']);
    return false;
  } catch {
    console.warn('skipped: no live screen was looked at (tmux is not installed)');
    return true;
  }
}

describe.skipIf(lacksLiveTools() || lacksTmux())('the screen of a watch', { timeout: LIVE_TEST_MS }, () => {
  let net: LiveNetwork;
  let folder: string;
  let capture: string;
  let packets: number;
  let runs = 0;
  const tmux = (...words: string[]): string =>
    execFileSync('tmux', ['-u', '-L', `wiretally-${process.pid}-${runs}`, '-f', '/dev/null', ...words], {
      encoding: 'utf8',
    });
  const screen = (): string => tmux('capture-pane', '-p', '-t', 'a');
  const shows = async (text: RegExp): Promise<void> => {
    await holds(String(text), () => text.test(screen())).catch((error: Error) => {
      throw new Error(`${error.message}\n${screen()}`);
    });
  };
  const press = (...keys: string[]): void => {
    tmux('send-keys', '-t', 'a', ...keys);
  };

  beforeAll(() => {
    net = new LiveNetwork();
    folder = scratch();
    writeFileSync(join(folder, 'policy.yaml'), POLICY);
    capture = join(folder, 'claude.pcap');
    const frames = framesOf(gunzipSync(readFileSync(CLAUDE)));
    writePcap(capture, frames);
    packets = frames.length;
  });
  afterEach(() => {
    try {
      tmux('kill-server');
    } catch {
      // It has ended with what ran in it.
    }
  });
  afterAll(() => {
    net.close();
    rmSync(folder, { recursive: true });
  });

  const ended = (): string => join(folder, `ended-${runs}`);
  const start = (columns: number, lines: number, environment = '', ...options: string[]): void => {
    runs++;
    const words = ['ip', 'netns', 'exec', net.watcher, 'env', environment, process.execPath, CLI, 'watch'];
    const state = ['--policy', join(folder, 'policy.yaml'), '--state', join(folder, `state-${runs}`)];
    const command = [...words, '-i', 'wt1', '--window', '1', ...state, ...options].filter(
      (word) => word !== '',
    );
    // The inner shell outlives the terminal, to tell how the program ended. The outer one dies: then all are sent SIGHUP.
    const report = `code=$?; echo $code > ${ended()}; echo "it ended with $code"; [ -t 1 ] && sleep 60`;
    const shell = `(trap : HUP; PATH=$PATH:/usr/sbin:/sbin ${command.join(' ')}; ${report}); :`;
    tmux('new-session', '-d', '-s', 'a', '-x', String(columns), '-y', String(lines), shell);
  };
  /** Twice: on a silent network the last exchange has no end, and is not reported yet. */
  const play = (): void => {
    net.send(capture, packets, 400);
    net.send(capture, packets, 400);
  };
  const wide = (text: string): number => Math.max(...text.split('\n').map((line) => [...line].length));

  it('shows verdict, finding and host at 80 × 24, down to the evidence, and leaves the terminal as it was', async () => {
    start(80, 24);
    await shows(/wt1 up .*packets\/s/);
    play();
    await shows(/^VIOLATED {2}no Claude Code/m);
    expect(screen()).toMatch(/VIOLATION {2}\S+ Claude Code/);
    expect(screen()).toMatch(/^>\S+ +Claude Code .* VIOLATION$/m);
    press('Enter');
    await shows(/HOST \S+, lines 1 to/);
    expect(screen()).toMatch(/VIOLATION, NO-CLAUDE/);
    press('Escape');
    await shows(/── HOSTS 1, by policy/);
    press('/', 'qwen');
    await shows(/Nothing fits the filter/);
    press('Escape');
    await shows(/── HOSTS 1, by policy ─/);
    press('?');
    await shows(/move through rows/);
    press('x', 'q');
    await shows(/it ended with 0/);
    // The report follows the screen, on the restored terminal.
    expect(tmux('capture-pane', '-p', '-S', '-', '-t', 'a')).toContain('FINDINGS');
    expect(tmux('display-message', '-p', '-t', 'a', '#{alternate_on} #{cursor_flag}')).toBe('0 1\n');
  });

  it('follows the size of the window: 120 × 40 has tools below the hosts, 200 × 50 a longer past', async () => {
    start(120, 40);
    await shows(/wt1 up/);
    play();
    await shows(/^── TOOLS, 1 of 1/m);
    expect(screen()).toMatch(/REQUESTS .*LAST/);
    expect(wide(screen())).toBeLessThanOrEqual(120);
    tmux('resize-window', '-t', 'a', '-x', '200', '-y', '50');
    await shows(/LAST 60 S/);
    expect(wide(screen())).toBe(200);
    expect(screen().trimEnd().split('\n')).toHaveLength(50);
    tmux('resize-window', '-t', 'a', '-x', '60', '-y', '15');
    await shows(/LAST 8 S/);
    expect(wide(screen())).toBeLessThanOrEqual(60);
  });

  it('does without colour and without signs beyond ASCII where the terminal asks for that', async () => {
    start(80, 24, 'NO_COLOR=1', '--ascii');
    await shows(/wt1 up/);
    play();
    await shows(/VIOLATION/);
    expect(tmux('capture-pane', '-e', '-p', '-t', 'a')).toMatch(/^[\x20-\x7e\n]*$/);
  });

  it('ends with the sensor after its duration', async () => {
    start(80, 24, '', '--duration', '2');
    await shows(/it ended with 0/);
    expect(tmux('capture-pane', '-p', '-S', '-', '-t', 'a')).toMatch(/wiretally: watching wt1/);
  });

  it('ends with the sensor on a signal, and prints then what it hid', async () => {
    start(80, 24);
    await shows(/wt1 up/);
    play();
    await shows(/VIOLATION/);
    const state = join(folder, `state-${runs}`);
    const sensors = processes(([program, script, ...words]) => {
      return program === process.execPath && script === CLI && words.includes(state);
    });
    expect(sensors).toHaveLength(1);
    for (const sensor of sensors) process.kill(sensor, 'SIGTERM');
    await shows(/it ended with 0/);
    const all = tmux('capture-pane', '-p', '-S', '-', '-t', 'a');
    expect(all).toMatch(/wiretally: watching wt1/);
    expect(all).toMatch(/wiretally: finding: /);
  });

  it('ends with the window of its terminal, and what was seen is kept', async () => {
    const spool = join(folder, 'spool');
    start(80, 24, '', '--write', spool);
    await shows(/wt1 up/);
    play();
    await shows(/VIOLATION/);
    // The played packets have been read: the interface is silent.
    await shows(/wt1 up [^\n]*\b0 packets\/s/);
    const watching = (): number => processes((words) => words.includes(spool)).length;
    expect(watching()).toBeGreaterThan(0);
    tmux('kill-server');
    await holds('no watch is left', () => watching() === 0);
    await holds(
      'its end is known',
      () => existsSync(ended()) && readFileSync(ended(), 'utf8').endsWith('\n'),
    );
    // By SIGHUP: Node would crash when it brings a terminal that is gone back into its state.
    expect(readFileSync(ended(), 'utf8')).toBe('129\n');
    const files = readdirSync(spool).filter((name) => name.endsWith('.usage'));
    const windows = files.flatMap((name) => {
      const decoded = decodeWindows(readFileSync(join(spool, name)));
      expect(decoded.damage).toEqual([]);
      return decoded.windows;
    });
    expect(windows.reduce((sum, { stats }) => sum + stats.packets, 0)).toBe(2 * packets);
  });

  it('is not there where lines are asked for', async () => {
    start(80, 24, '', '--no-screen');
    await shows(/wiretally: watching wt1/);
    play();
    await shows(/wiretally: window \d\d:\d\d:\d\d: \S+ Claude Code \w+, [\s\S]* sent/);
    press('C-c');
    await shows(/it ended with 0/);
  });
});
