// The live screen as lines: positions, what is dropped for space, and keys. In a terminal: test/contract/live-screen.long.test.ts.
import { describe, expect, it } from 'vitest';
import { measureWideText } from '../../../src/files/wide-text.ts';
import type { Health, ToolHealth } from '../../../src/model/health.ts';
import type { SensorHealth } from '../../../src/model/sensor.ts';
import type { UsageWindow } from '../../../src/model/usage.ts';
import { Activity } from '../../../src/report/screen/activity.ts';
import { applyKey, FIRST_FOCUS, type Focus, type Key } from '../../../src/report/screen/focus.ts';
import { byteLine, cutText, rateLine } from '../../../src/report/screen/line.ts';
import { drawFrame } from '../../../src/report/screen/screen-frame.ts';
import { NO_RATES, ratesAfter, type ScreenState } from '../../../src/report/screen/state.ts';
import { ASCII_GLYPHS, UNICODE_GLYPHS } from '../../../src/report/text/render-options.ts';
import { buildVerdicts } from '../../../src/report/text/verdict.ts';
import { displayWidth, painter } from '../../../src/text/text-layout.ts';
import { sampleAudit, sampleDocument } from './sample-document.ts';

measureWideText();

const HEALTH: SensorHealth = {
  status: {
    packets: 1_234_567,
    bytes: 900_000_000,
    flows: 3000,
    evictedFlows: 2,
    openFlows: 73_400,
    tableFlows: 262_144,
    received: 1_234_580,
    ringDrops: 13,
    freezes: 1,
    interfaceDrops: 0,
    malformed: { 'ip.length': 3 },
    snaplenCut: 0,
    workers: [{ interface: 'eth1', state: 'up', isAlive: true, load: 0.4, ringFill: 0.12 }],
  },
  windowSeconds: 60,
  windows: { closed: 5, delivered: 5, waiting: 0, lost: 0, lastEndSeconds: 0, lagSeconds: 0.1 },
  alerts: { waiting: 0, dropped: 0 },
  connections: [],
  memoryBytes: 143_000_000,
  eventLoopDelaySeconds: { p99: 0.01, max: 0.03 },
  store: null,
};

function state(changes: Partial<ScreenState> = {}): ScreenState {
  const rates = { ...NO_RATES, packets: [0, 100, 200], bitsPerSecond: 8e6, dropped: 13 };
  return {
    document: sampleAudit(),
    early: null,
    connections: null,
    activity: new Activity(),
    health: HEALTH,
    rates,
    messages: ['watching eth1'],
    isNew: new Set(),
    clock: '14:45:03',
    trouble: null,
    ...changes,
  };
}

const UNMEASURED = { connection: null, answer: null, segments: 0, repeated: 0, steps: [], undecided: 0 };
const CLAUDE: ToolHealth = {
  ...{
    tool: 'claude-code',
    name: 'Claude Code',
    hosts: 3,
    tried: 1000,
    passed: 900,
    stopped: 60,
    unresolved: 40,
  },
  stoppedAt: [
    { leg: 'proxy', count: 60 },
    { leg: null, count: 40 },
  ],
  connection: { measured: 900, median: { fromMs: 20, toMs: 30 }, p95: { fromMs: 50, toMs: 70 } },
  answer: { measured: 900, median: { fromMs: 200, toMs: 300 }, p95: { fromMs: 500, toMs: 700 } },
  ...{ segments: 5000, repeated: 100, steps: [], undecided: 0 },
};
const CODEX: ToolHealth = {
  ...{ tool: 'openai-codex', name: 'Codex', hosts: 1, tried: 4, passed: 4, stopped: 0, unresolved: 0 },
  ...{ stoppedAt: [], ...UNMEASURED },
};
const CONNECTIONS: Health = {
  step: 'quarter',
  total: CLAUDE,
  tools: [CODEX, CLAUDE],
  names: [],
  suppressed: 0,
};

const PLAIN = { glyphs: UNICODE_GLYPHS, paint: painter(false), unicode: true };
const SIZES = [
  [80, 24],
  [120, 40],
  [200, 50],
  [40, 10],
] as const;
const draw = (
  from: ScreenState,
  focus: Focus = FIRST_FOCUS,
  [columns, lines]: readonly [number, number] = [80, 24],
) => drawFrame(from, focus, { columns, lines }, PLAIN);
const key = (name: string, text = '', isControl = false): Key => ({ name, text, isControl });
const FOCUSES: readonly Focus[] = [
  FIRST_FOCUS,
  { ...FIRST_FOCUS, view: 'tools' },
  { ...FIRST_FOCUS, view: 'connections' },
  { ...FIRST_FOCUS, view: 'sensor' },
  { ...FIRST_FOCUS, isHelp: true },
  { ...FIRST_FOCUS, opened: { host: '10.20.1.5', from: 3 } },
  { ...FIRST_FOCUS, filter: 'no such thing', isTyping: true },
];

describe('the screen', () => {
  it.each(SIZES)('fills %i × %i and no cell more, whatever is looked at', (...size) => {
    for (const focus of FOCUSES)
      for (const from of [
        state(),
        state({ document: null, health: null }),
        state({ document: sampleDocument() }),
      ]) {
        const { lines } = draw(from, focus, size);
        expect(lines).toHaveLength(size[1]);
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(size[0]);
      }
  });

  it('begins with the verdict, new findings and the sensor', () => {
    const audit = sampleAudit();
    const [first] = (audit.findings ?? []).filter(({ result }) => result === 'suspected');
    const { lines } = draw(state({ isNew: new Set([first?.id ?? '']) }));
    expect(lines[0]).toMatch(/^VIOLATED {2}Claude Code is banned/);
    expect(lines[4]).toMatch(/^new \d\d:\d\d SUSPECTED /);
    expect(lines[5]).toMatch(/^ {4}\d\d:\d\d VIOLATION /);
    expect(lines[6]).toBe('eth1 up  200 packets/s ·▄█  dropped 13  ring 12 %  flows 28 %  memory 143 MB');
    expect(lines.at(-2)).toBe('14:45:03  watching eth1');
    expect(lines.at(-3)).toMatch(/^NOT VISIBLE \S+ % of bytes/);
  });

  it('shows connections to AI services before the first figures, each once', () => {
    const { lines } = draw(state({ document: null, early: sampleDocument() }));
    expect(lines[0]).toBe('The first figures come within 60 seconds');
    const body = lines.join('\n');
    expect(body).toContain('CONNECTIONS TO AI SERVICES SO FAR');
    expect(lines.filter((line) => /^10\.20\.1\.5 {2}\S+$/.test(line))).not.toEqual([]);
    expect(new Set(lines.filter((line) => line.startsWith('10.')))).toHaveLength(
      lines.filter((line) => line.startsWith('10.')).length,
    );
  });

  it('breaks no word of a verdict', () => {
    const audit = sampleAudit();
    const words = new Set(
      buildVerdicts(audit).flatMap(({ headline, sentence, counts, limits, label }) =>
        [label, headline, sentence, counts.join(', '), ...limits].join(' ').split(' '),
      ),
    );
    for (const columns of [40, 60, 80]) {
      const { lines } = draw(state(), FIRST_FOCUS, [columns, 40]);
      const end = lines.findIndex((line) => / (?:VIOLATION|SUSPECTED) /.test(line));
      const shown = lines.slice(0, end).join(' ').split(/ +/);
      expect(shown.filter((word) => word !== '' && !words.has(word))).toEqual([]);
    }
  });

  it('says when what is shown is old, and when a thread is down', () => {
    const down = {
      ...HEALTH,
      status: {
        ...HEALTH.status,
        workers: [{ interface: 'eth1', state: 'gone', isAlive: true, load: null, ringFill: null }],
      },
    } as const;
    const { lines } = draw(state({ trouble: 'no memory', health: down }));
    expect(lines.join('\n')).toContain('What is shown is old: no memory');
    expect(lines.join('\n')).toContain('eth1 GONE');
  });

  it('begins with what is not observed now, also before the first window', () => {
    const since = Date.parse('2026-07-14T06:30:00Z') / 1000;
    const health = {
      ...HEALTH,
      status: { ...HEALTH.status, down: [{ interface: 'eth1', sinceSeconds: since }] },
    };
    const shown = draw(state({ health })).lines;
    expect(shown[0]).toMatch(/^eth1 down since (?:14 July )?14:30 Asia\/Shanghai: nothing is observed$/);
    expect(draw(state({ health, document: null })).lines[0]).toBe(
      'eth1 down since 06:30 UTC: nothing is observed',
    );
    const other = { interface: 'eth2', state: 'up', isAlive: true, load: null, ringFill: null } as const;
    const both = { ...health, status: { ...health.status, workers: [...health.status.workers, other] } };
    expect(draw(state({ health: both })).lines[0]).toContain('this interface is not observed');
  });

  it('shows how many connections of each tool were stopped, where, and how fast they were', () => {
    const { lines } = draw(
      state({ connections: CONNECTIONS }),
      { ...FIRST_FOCUS, view: 'connections' },
      [120, 24],
    );
    const at = lines.findIndex((line) => line.includes('CONNECTIONS 2, by stopped'));
    expect(lines.slice(at + 1, at + 4).map((line) => line.replace(/ +/g, ' ').trim())).toEqual([
      'TOOL HOSTS TRIED PASSED STOPPED CONNECTION FIRST ANSWER SENT AGAIN STOPPED AT',
      '>Claude Code 3 1 000 900 100 (10 %) 20–30 ms 200–300 ms 2.0 % proxy 60, no fault found 40',
      'Codex 1 4 4 0 – – –',
    ]);
    const none = draw(state(), { ...FIRST_FOCUS, view: 'connections' }).lines.join('\n');
    expect(none).toContain('No connection to a name of an AI coding tool was seen yet.');
  });

  it('shows names from the network as text, in ASCII too', () => {
    const shown = [PLAIN, { glyphs: ASCII_GLYPHS, paint: painter(false), unicode: false }].map((brush) =>
      drawFrame(state(), FIRST_FOCUS, { columns: 200, lines: 50 }, brush).lines.join('\n'),
    );
    expect(shown[0]?.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(shown[0]).toContain('<script>');
    expect(shown[1]).toMatch(/^[\x20-\x7e\n]*$/);
  });

  it('gives up columns where it is narrow, policy and what was sent never', () => {
    const headOf = (columns: number): string =>
      draw(state(), FIRST_FOCUS, [columns, 24]).lines.find((line) => line.startsWith(' HOST ')) ?? '';
    expect(headOf(200)).toMatch(
      /HOST +NAME +TOOL +CONFIDENCE +LAST 60 MIN +SENT RECEIVED +REQUESTS FIRST +LAST +POLICY/,
    );
    expect(headOf(80)).toMatch(/HOST +TOOL .*LAST 8 MIN +SENT .*POLICY/);
    expect(headOf(80)).not.toContain('REQUESTS');
  });

  it('paints by role and cuts by cells: no colour is left open', () => {
    const painted = drawFrame(
      state(),
      FIRST_FOCUS,
      { columns: 60, lines: 24 },
      { ...PLAIN, paint: painter(true) },
    );
    for (const line of painted.lines)
      expect(line.split('\u001b[0m').length - 1).toBe(line.match(/\[[1-9][\d;]*m/g)?.length ?? 0);
    expect(cutText('日本語', 5)).toBe('日本');
  });
});

describe('keys', () => {
  const through = (keys: readonly Key[], from = FIRST_FOCUS): Focus | 'end' => {
    let focus: Focus | 'end' = from;
    for (const each of keys) {
      if (focus === 'end') return focus;
      focus = applyKey(focus, each, draw(state(), focus).shown);
    }
    return focus;
  };
  const typed = (text: string): Key[] => [...text].map((sign) => key(sign, sign));

  it('move, sort, change the view and end', () => {
    const { rows } = draw(state()).shown;
    expect(through([key('down'), key('down'), key('up')])).toMatchObject({ marked: rows[1]?.key });
    expect(through([key('end')])).toMatchObject({ marked: rows.at(-1)?.key });
    expect(through([key('up')])).toMatchObject({ marked: rows[0]?.key });
    expect(through(typed('ss'))).toMatchObject({ order: { hosts: 2 } });
    expect(through([key('tab')])).toMatchObject({ view: 'tools' });
    expect(through(typed('n'))).toMatchObject({ view: 'sensor' });
    expect(through(typed('q'))).toBe('end');
    expect(through([key('c', '\u0003', true)])).toBe('end');
  });

  it('filter by typing: q is a letter then, and Escape takes the filter away', () => {
    const focus = through(typed('/copi'));
    expect(focus).toMatchObject({ isTyping: true, filter: 'copi' });
    if (focus === 'end') throw new Error('it ended');
    const { shown } = draw(state(), focus);
    expect(shown.rows.length).toBeGreaterThan(0);
    expect(shown.rows.every(({ key: each }) => each.includes('copilot'))).toBe(true);
    expect(through([key('backspace')], focus)).toMatchObject({ filter: 'cop' });
    expect(through([key('return'), key('escape')], focus)).toMatchObject({ filter: '', isTyping: false });
    expect(through([key('x', '\u001b')], focus)).toMatchObject({ filter: 'copi' });
  });

  it('open a host to its evidence, scroll no further than it goes, and come back', () => {
    const focus = through([key('return')]);
    const [first] = draw(state()).shown.rows;
    expect(focus).toMatchObject({ opened: { host: first?.host, from: 0 } });
    if (focus === 'end') throw new Error('it ended');
    const { lines, shown } = draw(state(), focus);
    expect(lines.join('\n')).toMatch(/VIOLATION, .*\n.* to .*: /);
    expect(lines.join('\n')).toContain('against: ');
    const end = through([key('end')], focus);
    expect(end).toMatchObject({ opened: { from: shown.lines - shown.room } });
    expect(through([key('escape')], focus)).toMatchObject({ opened: null });
  });

  it('lead from a tool to its hosts', () => {
    const focus = through([...typed('t'), key('return')]);
    expect(focus).toMatchObject({ view: 'hosts', filter: 'claude-code' });
  });

  it('show help, which any key ends', () => {
    expect(through(typed('?'))).toMatchObject({ isHelp: true });
    expect(through(typed('?q'))).toMatchObject({ isHelp: false });
  });
});

describe('what lines are drawn from', () => {
  it('bytes of the last windows, by host and name, with the oldest forgotten', () => {
    const activity = new Activity();
    const window = (startSeconds: number, bytesUp: number): UsageWindow =>
      ({ startSeconds, rows: [{ host: 'a', name: 'x', bytesUp, bytesDown: 1 }] }) as unknown as UsageWindow;
    activity.add([window(60, 10), window(0, 5), window(60, 10)], (host) => host.toUpperCase());
    expect(activity.series('A', ['x', 'y'], 3)).toEqual([0, 6, 22]);
    expect(activity.series('a', ['x'], 1)).toEqual([0]);
    for (let i = 0; i < 100; i++) activity.add([window(i * 60, 1)]);
    expect(activity.series('a', ['x'], 70).filter((bytes) => bytes > 0)).toHaveLength(60);
  });

  it('signs: each step four times the one before, the highest for the most', () => {
    expect(byteLine([0, 1, 4095, 4096, 16_384, 1e12], UNICODE_GLYPHS)).toBe('·▁▁▂▃█');
    expect(rateLine([0, 1, 50, 100], 100, ASCII_GLYPHS)).toBe('.148');
  });

  it('rates: differences by time, none before the second focus', () => {
    const later = { ...HEALTH, status: { ...HEALTH.status, packets: 1_234_767, ringDrops: 20 } };
    const first = ratesAfter(NO_RATES, null, { health: HEALTH, atMs: 0 });
    expect(first).toEqual({ ...NO_RATES, dropped: 13 });
    const second = ratesAfter(first, { health: HEALTH, atMs: 0 }, { health: later, atMs: 2000 });
    expect(second).toEqual({ packets: [100], bitsPerSecond: 0, dropped: 20, droppedNow: 7 });
  });
});
