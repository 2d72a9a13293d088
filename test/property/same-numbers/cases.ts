// Policies, spans, gaps and filters by the number of a case: the same number makes the same case.

import { SEVERITIES } from '../../../src/model/findings.ts';
import type { UsageWindow } from '../../../src/model/usage.ts';
import type { GapReason } from '../../../src/model/window-words.ts';
import { seeded } from '../judged-recordings.ts';

export interface Office {
  readonly name: string;
  /** One sensor's, sorted. */
  readonly windows: readonly UsageWindow[];
  readonly hosts: readonly string[];
  /** Tools that were seen, and some that were not. */
  readonly tools: readonly string[];
  /** First and last day, YYYY-MM-DD. */
  readonly days: readonly string[];
}

export interface Case {
  readonly about: string;
  readonly policy: string;
  readonly timezone: string | null;
  readonly sinceSeconds: number | undefined;
  readonly untilSeconds: number | undefined;
  readonly hosts: readonly string[];
  readonly tools: readonly string[];
  readonly gap: {
    readonly fromSeconds: number;
    readonly toSeconds: number;
    readonly reason: GapReason;
  } | null;
}

const ZONES = ['UTC', 'Asia/Shanghai', 'America/New_York'] as const;
const VENDORS = ['Anthropic', 'OpenAI', 'GitHub'] as const;
const KINDS = ['cli', 'agent', 'ide-extension', 'chat'] as const;

class Dice {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seeded(seed);
  }

  /** 0 to `below` - 1. */
  number(below: number): number {
    return Math.floor(this.#random() * below);
  }

  is(share: number): boolean {
    return this.#random() < share;
  }

  of<T>(list: readonly T[]): T {
    const item = list[this.number(list.length)];
    if (item === undefined) throw new Error('nothing to choose from');
    return item;
  }

  some<T>(list: readonly T[], most: number): T[] {
    const left = [...list];
    return Array.from({ length: 1 + this.number(Math.min(most, left.length)) }, () => {
      const [item] = left.splice(this.number(left.length), 1);
      if (item === undefined) throw new Error('nothing to choose from');
      return item;
    });
  }
}

const secondsOf = (day: string): number => Date.parse(`${day}T00:00:00Z`) / 1000;

/** A day, or a time on a quarter hour in it. */
function dateOf(dice: Dice, days: readonly string[]): string {
  const day = dice.of(days);
  if (!dice.is(0.3)) return day;
  const [hour, minute] = [dice.number(24), 15 * dice.number(4)].map((part) => String(part).padStart(2, '0'));
  return `${day}T${hour}:${minute}:00Z`;
}

function datesOf(dice: Dice, days: readonly string[]): string[] {
  if (dice.is(0.2)) return [];
  const at = dice.number(days.length - 1);
  const effective = dateOf(dice, [days[at] ?? '']);
  const later = days.slice(at + 1);
  return [
    `effective: ${effective}`,
    ...(dice.is(0.2) ? [`announced: ${days[0]}`] : []),
    ...(dice.is(0.4) ? [`grace: { until: ${dice.of(later)} }`] : []),
    ...(dice.is(0.1) ? [`until: ${later.at(-1)}T12:00:00Z`] : []),
  ];
}

const ALSO = ['telemetryOnly: low', 'updateOnly: info', 'relaySuspected: medium'];

function denyFields(dice: Dice, office: Office): string[] {
  return [
    ...datesOf(dice, office.days),
    ...(dice.is(0.6) ? [`also: { ${dice.some(ALSO, 3).join(', ')} }`] : []),
    ...(dice.is(0.4)
      ? [
          `evidence: { confidence: ${dice.of(['certain', 'likely', 'possible'])}, minRequests: ${dice.number(4)} }`,
        ]
      : []),
  ];
}

/** Inside one another and across: networks that overlap, lists of hosts, and groups of groups. */
const GROUPS = ['company', 'site', 'team', 'lab'] as const;
const PREFIXES = [8, 16, 20, 24, 28, 30] as const;

/** A network with a host of the office in it. */
function networkOf(dice: Dice, office: Office): string {
  const bits = dice.of(PREFIXES);
  const [a = 0, b = 0, c = 0, d = 0] = dice
    .of(office.hosts.filter((host) => !host.includes(':')))
    .split('.')
    .map(Number);
  const size = 2 ** (32 - bits);
  const start = Math.floor((((a * 256 + b) * 256 + c) * 256 + d) / size) * size;
  return `${[24, 16, 8, 0].map((shift) => Math.floor(start / 2 ** shift) % 256).join('.')}/${bits}`;
}

function groupLines(dice: Dice, office: Office): string[] {
  return GROUPS.map((id, i) => {
    const inner = GROUPS.slice(i + 1);
    const fields = [
      dice.is(0.6)
        ? `cidr: [${networkOf(dice, office)}]`
        : `host: [${dice.some(office.hosts, 6).join(', ')}]`,
      ...(inner.length > 0 && dice.is(0.5) ? [`groups: [${dice.some(inner, 2).join(', ')}]`] : []),
    ];
    return `  ${id}: { ${fields.join(', ')} }`;
  });
}

const scopeOf = (dice: Dice, office: Office): string =>
  dice.is(0.7)
    ? `groups: [${dice.some(GROUPS, 2).join(', ')}]`
    : `host: [${dice.some(office.hosts, 8).join(', ')}]`;

function ruleOf(dice: Dice, office: Office, index: number): { line: string; isDeny: boolean } {
  const action = dice.of(['deny', 'deny', 'deny', 'allow', 'observe'] as const);
  const match = dice.is(0.75)
    ? `tools: [${dice.some(office.tools, 5).join(', ')}]`
    : dice.is(0.5)
      ? `vendors: [${dice.of(VENDORS)}]`
      : `kind: [${dice.of(KINDS)}]`;
  const scope = dice.is(0.5) ? [`scope: { ${scopeOf(dice, office)} }`] : [];
  const fields = [
    `id: R-${index}`,
    `title: Rule ${index}`,
    `match: { ${match} }`,
    ...scope,
    `action: ${action}`,
    ...(action === 'deny' ? [...denyFields(dice, office), `severity: ${dice.of(SEVERITIES)}`] : []),
    ...(dice.is(0.2) ? [`priority: ${dice.number(3)}`] : []),
  ];
  return { line: `  - { ${fields.join(', ')} }`, isDeny: action === 'deny' };
}

function policyOf(dice: Dice, office: Office): string {
  const rules = Array.from({ length: 1 + dice.number(5) }, (_, i) => ruleOf(dice, office, i));
  const denying = rules.flatMap(({ isDeny }, i) => (isDeny ? [`R-${i}`] : []));
  const last = office.days.at(-1) ?? '';
  const exceptions = denying
    .filter(() => dice.is(0.4))
    .map(
      (rule, i) =>
        `  - { id: EX-${i}, rule: ${rule}, scope: { ${scopeOf(dice, office)} }, until: ${last}T23:45:00Z, reason: test }`,
    );
  const rest = dice.is(0.3)
    ? [
        `default: ${dice.is(0.4) ? 'deny' : `{ ${['action: deny', ...denyFields(dice, office)].join(', ')} }`}`,
      ]
    : [];
  return [
    'version: 1',
    'name: generated',
    `timezone: ${dice.of(ZONES)}`,
    ...rest,
    'groups:',
    ...groupLines(dice, office),
    'rules:',
    ...rules.map(({ line }) => line),
    ...(exceptions.length === 0 ? [] : ['exceptions:', ...exceptions]),
    '',
  ].join('\n');
}

/** Null for an invalid random policy, which the caller validates with the parser. */
export function makeCase(office: Office, seed: number): Case {
  const dice = new Dice(seed);
  const policy = policyOf(dice, office);
  const [first = '', ...others] = office.days;
  const hasSince = dice.is(0.25);
  const hasUntil = dice.is(0.15);
  const since = hasSince ? secondsOf(dice.of(others.slice(0, -1))) : undefined;
  const until = hasUntil ? secondsOf(others.at(-1) ?? first) : undefined;
  const [from, to] = [office.windows[0], office.windows.at(-1)].map((window) => window?.startSeconds ?? 0);
  const place = dice.of(['none', 'none', 'start', 'middle', 'now'] as const);
  const length = dice.of([47, 900, 7200, 90_000]);
  const span = (to ?? 0) - (from ?? 0);
  const start =
    place === 'start' ? (from ?? 0) : place === 'middle' ? (from ?? 0) + span / 2 : (to ?? 0) - length;
  return {
    about: `${office.name} ${seed}`,
    policy,
    timezone: dice.is(0.2) ? dice.of(ZONES) : null,
    sinceSeconds: since,
    untilSeconds: until,
    hosts: dice.is(0.2) ? dice.some(office.hosts, 3) : [],
    tools: dice.is(0.2) ? dice.some(office.tools, 3) : [],
    gap:
      place === 'none'
        ? null
        : {
            fromSeconds: Math.floor(start),
            toSeconds: Math.floor(place === 'now' ? (to ?? 0) + 900 : start + length),
            reason: 'interfaceDown',
          },
  };
}
