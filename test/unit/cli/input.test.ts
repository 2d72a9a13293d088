// Words on the command line: times, periods to compare with, tools and zones.
import { describe, expect, it } from 'vitest';
import { type AgainstOptions, parseComparedSpan } from '../../../src/cli/input/question-options.ts';
import { chooseZone, formatTypedTime, parseDateTime } from '../../../src/cli/input/time-options.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import { WiretallyError } from '../../../src/model/errors.ts';
import { requireKnownRow, requireKnownTool } from '../../../src/query/known-tool.ts';

const at = (text: string): number => Date.parse(text) / 1000;

function refusalOf(act: () => unknown): Pick<WiretallyError, 'where' | 'next'> & { what: string } {
  try {
    act();
  } catch (error) {
    if (error instanceof WiretallyError && error.code === 'USAGE')
      return { what: error.message, where: error.where, next: error.next };
    throw error;
  }
  throw new Error('not refused');
}

describe('a time', () => {
  it.each([
    ['2026-07-10', 'UTC', '2026-07-10T00:00:00Z'],
    ['2026-07-10', 'Asia/Shanghai', '2026-07-09T16:00:00Z'],
    ['2026-07-10T09:30', 'Europe/Berlin', '2026-07-10T07:30:00Z'],
    ['2026-07-10T09:30:00+02:00', 'Asia/Shanghai', '2026-07-10T07:30:00Z'],
  ])('"%s" in %s', (text, zone, expected) => {
    expect(parseDateTime('--since', text, zone)).toBe(at(expected));
  });

  it.each(['today', 'yesterday', 'monday', '7d', '24h'])('"%s" is relative to now', (text) => {
    const now = Date.now() / 1000;
    const seconds = parseDateTime('--since', text, 'UTC');
    expect(seconds).toBeLessThanOrEqual(now);
    expect(seconds).toBeGreaterThan(now - 8 * 86_400);
  });

  it.each(['', '2026-13-01', '2026-02-30', '10.07.2026', 'tomorrowish', '7', 'd7'])('is not "%s"', (text) => {
    expect(refusalOf(() => parseDateTime('--until', text, 'UTC'))).toMatchObject({
      what: `--until must be a date or a time, not "${text}"`,
      where: 'option --until',
    });
  });

  it('is repeated as it was written, unless it is relative to now', () => {
    expect(formatTypedTime('2026-07-10', at('2026-07-10T00:00:00Z'), 'UTC')).toBe('2026-07-10');
    expect(formatTypedTime('7d', at('2026-07-08T18:30:00Z'), 'UTC')).toBe('2026-07-08T18:30:00Z');
    expect(formatTypedTime(undefined, undefined, 'UTC')).toBeUndefined();
  });
});

describe('the period to compare with', () => {
  const SINCE = at('2026-07-13T00:00:00Z');
  const spanOf = (options: Partial<AgainstOptions>, since: number | undefined = SINCE) =>
    parseComparedSpan({ format: 'terminal', ...options }, since, 'UTC');

  it('is none by default, and ends where the other one begins', () => {
    expect(spanOf({})).toBeNull();
    expect(spanOf({ againstSince: '2026-07-08' })).toEqual({ from: at('2026-07-08T00:00:00Z'), to: SINCE });
    expect(spanOf({ againstSince: '2026-07-08', againstUntil: '2026-07-10' })).toEqual({
      from: at('2026-07-08T00:00:00Z'),
      to: at('2026-07-10T00:00:00Z'),
    });
  });

  it.each([
    [{ againstUntil: '2026-07-10' }, '--against-until needs --against-since'],
    [{ againstSince: '2026-07-08', by: 'day' }, '--by and --against-since exclude each other'],
    [{ againstSince: '2026-07-08', format: 'eve' }, '--format eve does not show --against-since'],
    [{ againstSince: '2026-07-13' }, '--against-since must be before --against-until'],
    [
      { againstSince: '2026-07-08', againstUntil: '2026-07-14' },
      'the period to compare with must end before --since',
    ],
  ] satisfies [Partial<AgainstOptions>, string][])('is refused with %o', (options, what) => {
    expect(refusalOf(() => spanOf(options)).what).toBe(what);
  });

  it('needs a period that it is compared with', () => {
    const options = { format: 'terminal', againstSince: '2026-07-08' } as const;
    expect(refusalOf(() => parseComparedSpan(options, undefined, 'UTC')).where).toBe(
      'option --against-since',
    );
  });
});

describe('a tool', async () => {
  const catalogue = await loadCatalogue();

  it.each(['claude-code', 'Claude Code', 'CLAUDE CODE'])('is found as "%s"', (text) => {
    expect(requireKnownTool(catalogue, text).id).toBe('claude-code');
  });

  it('may be the row of a suspected relay, where rows are meant', () => {
    expect(requireKnownRow(catalogue, 'relay')).toEqual({ id: 'relay', name: 'Suspected relay' });
  });

  it.each([
    ['claud-code', 'did you mean claude-code?'],
    ['codx', 'did you mean openai-codex?'],
    ['claude', 'did you mean claude-'],
  ])('that is misspelled "%s" is refused with the nearest one', (text, next) => {
    const refusal = refusalOf(() => requireKnownTool(catalogue, text));
    expect(refusal.what).toBe(`no tool is called "${text}"`);
    expect(refusal.next).toContain(next);
  });

  it('that resembles none is refused without a proposal, and with what else to do', () => {
    const { next } = refusalOf(() => requireKnownTool(catalogue, 'zzzzzzzzzzzz', '; or write one'));
    expect(next).toBe(`wiretally catalogue list shows all ${catalogue.tools.length}; or write one`);
  });
});

describe('the time zone', () => {
  it('is that of the option, then of the policy', () => {
    expect(chooseZone({ timezone: 'Asia/Shanghai', format: 'json' }, 'Europe/Berlin')).toBe('Asia/Shanghai');
    expect(chooseZone({ format: 'json' }, 'Europe/Berlin')).toBe('Europe/Berlin');
  });

  it('is UTC for programs', () => {
    expect(chooseZone({ format: 'json' })).toBe('UTC');
    expect(chooseZone({ format: 'eve' })).toBe('UTC');
  });
});
