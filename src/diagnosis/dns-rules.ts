// DNS: was the name answered, with what, and after which time?

import { computedOnce } from '../model/computed-once.ts';
import { addTo, groupedBy } from '../model/grouped-by.ts';
import { TYPE_A } from '../model/outcome.ts';
import type { OutcomeCell } from '../model/usage.ts';
import { compareText } from '../net/address.ts';
import {
  cellCount,
  firstOf,
  type HostFacts,
  inTimeOf,
  lastOf,
  type NameFacts,
  ofKind,
  served,
  sumOf,
} from './facts.ts';
import { type Finding, finding, span, times } from './finding.ts';

const NXDOMAIN = 3;
/** Answers that take longer are noticed. */
const SLOW_MS = 1000;

export function dnsFindings(facts: NameFacts, host: HostFacts): Finding[] {
  return [...errors(facts), ...empty(facts), ...sinkhole(facts), ...unanswered(facts, host), ...slow(facts)];
}

const cellResolvers = (cells: readonly { readonly server: string }[]): string =>
  [...new Set(cells.map(({ server }) => server))].sort().join(', ');

function errors(facts: NameFacts): Finding[] {
  const answered = ofKind(facts, 'dnsAnswered');
  return [true, false].flatMap((isNxdomain) => {
    const cells = ofKind(facts, 'dnsError').filter(({ detail }) => (detail === NXDOMAIN) === isNxdomain);
    const [cell] = cells;
    if (cell === undefined) return [];
    const at = cellResolvers(cells);
    const isBefore = firstOf(answered) > lastOf(cells);
    const isApart = isBefore || inTimeOf(answered, cells).length === 0;
    const confidence = answered.length === 0 ? 'certain' : isApart ? 'likely' : 'possible';
    const code = isNxdomain ? 'NXDOMAIN' : `response code ${cell.detail}`;
    return [
      finding(isNxdomain ? 'dns-nxdomain' : 'dns-refused', confidence, cells, {
        at,
        evidence: [`${at} answered ${times(cellCount(cells), 'question')} for the name with ${code}`],
        against: answered.length === 0 ? [] : [`${times(cellCount(answered), 'question')} got an address`],
      }),
    ];
  });
}

function empty(facts: NameFacts): Finding[] {
  const cells = [
    ...ofKind(facts, 'dnsZero'),
    ...ofKind(facts, 'dnsEmpty').filter(({ detail }) => detail === TYPE_A),
  ];
  const usable = ofKind(facts, 'dnsAnswered', 'dnsPrivate');
  const works = [...usable, ...served(facts)];
  if (cells.length === 0 || inTimeOf(works, cells).length > 0) return [];
  const zero = cells.find(({ kind }) => kind === 'dnsZero');
  const at = cellResolvers(cells);
  const what = zero === undefined ? 'no address' : zero.by;
  return [
    finding('dns-blocked', zero === undefined || works.length > 0 ? 'likely' : 'certain', cells, {
      at,
      evidence: [
        `${at} answered ${times(cellCount(cells), 'question')} with ${what}, and no connection followed`,
      ],
      against: zero === undefined ? ['the name may have no address in this zone'] : [],
    }),
  ];
}

function sinkhole(facts: NameFacts): Finding[] {
  const cells = ofKind(facts, 'dnsPrivate');
  const inside = new Set(cells.map(({ by }) => by));
  const failed = ofKind(
    facts,
    'synSilent',
    'synReset',
    'answerRefused',
    'serverAlert',
    'helloReset',
    'helloSilent',
    'icmp',
  ).filter(({ server }) => inside.has(server));
  if (cells.length === 0 || failed.length === 0 || inTimeOf(served(facts), failed).length > 0) return [];
  const at = [...inside].sort().join(', ');
  return [
    finding('dns-sinkhole', 'likely', cells, {
      at,
      cells: [...cells, ...failed],
      evidence: [
        `${cellResolvers(cells)} answered with the inside address ${at}`,
        `${times(cellCount(failed), 'connection')} to it failed`,
      ],
      against: ['split DNS may intend an inside address'],
    }),
  ];
}

const ANSWERS = ['dnsAnswered', 'dnsEmpty', 'dnsPrivate', 'dnsError', 'dnsZero'] as const;

/** With any result of a connection the client knew an address. */
const listConnections = ({ cells }: NameFacts): OutcomeCell[] =>
  cells.filter(({ kind }) => kind !== 'icmp' && !kind.startsWith('dns'));

/** A resolver of a program that repeats a question waits longer. */
const FOLLOWS_US = 1_000_000;

/** Each connection needs an address, which a client keeps at times: with more of them than answers, answers may be missing. */
function hasMoreConnections(
  facts: NameFacts,
  silent: readonly OutcomeCell[],
  reached: readonly OutcomeCell[] = listConnections(facts),
): boolean {
  const answers = ofKind(facts, ...ANSWERS);
  if (answers.length === 0) return inTimeOf(reached, silent).length > 0;
  const [from, to] = [firstOf(silent), lastOf(silent) + FOLLOWS_US];
  const countIn = (cells: readonly OutcomeCell[]): number =>
    cellCount(cells.filter(({ firstUs, lastUs }) => lastUs >= from && firstUs <= to));
  return (
    countIn(reached.filter(({ handshakeMinUs }) => handshakeMinUs > 0)) >
    countIn(answers.filter(({ kind, detail }) => kind !== 'dnsError' && detail === TYPE_A))
  );
}

/** By resolver: names with more connections than answers in the time of their questions without one. */
const listFollowed = computedOnce(({ names }: HostFacts): ReadonlyMap<string, readonly string[]> => {
  const resolvers = new Map<string, string[]>();
  for (const facts of names)
    for (const [server, silent] of groupedBy(ofKind(facts, 'dnsUnanswered'), (cell) => cell.server))
      if (hasMoreConnections(facts, silent)) addTo(resolvers, server, facts.name);
  return resolvers;
});

/**
 * Connections followed to the name, or to another name of the host: the answers exist, and are not in the capture.
 * `reached`: connections that show the name itself resolved.
 */
export function followedNames(own: NameFacts, host: HostFacts, reached?: readonly OutcomeCell[]): string[] {
  const cells = ofKind(own, 'dnsUnanswered');
  if (cells.length === 0) return [];
  const resolvers = new Set(cells.map(({ server }) => server));
  const followed = new Set([...resolvers].flatMap((one) => listFollowed(host).get(one) ?? []));
  followed.delete(own.name);
  if (hasMoreConnections(own, cells, reached)) followed.add(own.name);
  if (followed.size === 0) return [];
  const examples = [...followed].sort(compareText).slice(0, 3);
  return [
    `${times(followed.size, 'name')} had more connections than answers (${examples.join(', ')}): answers of ${cellResolvers(cells)} may be missing from the capture`,
  ];
}

function unanswered(facts: NameFacts, host: HostFacts): Finding[] {
  const cells = ofKind(facts, 'dnsUnanswered');
  const answered = ofKind(facts, ...ANSWERS);
  const count = cellCount(cells);
  const others = answered.filter(({ server }) => cells.every((cell) => cell.server !== server));
  if (count < 2 && (count === 0 || others.length === 0)) return [];
  const at = cellResolvers(cells);
  const share = count / (count + cellCount(answered));
  const isBefore = firstOf(answered) > firstOf(cells);
  const isApart = (share >= 0.3 && isBefore) || inTimeOf(answered, cells).length === 0;
  const missing = followedNames(facts, host);
  const isSure = count >= 2 && missing.length === 0 && isApart;
  const confidence = !isSure ? 'possible' : answered.length === 0 ? 'certain' : 'likely';
  return [
    finding('dns-timeout', confidence, cells, {
      at,
      evidence: [
        `${times(count, 'question')} to ${at} got no answer within ${span(Math.max(...cells.map((cell) => cell.delayMaxUs)))}`,
      ],
      against: [
        ...missing,
        ...(answered.length > 0
          ? [
              `${times(cellCount(answered), 'question')} got an answer${others.length > 0 ? ` from ${cellResolvers(others)}` : ''}`,
            ]
          : []),
      ],
    }),
  ];
}

function slow(facts: NameFacts): Finding[] {
  const cells = ofKind(facts, 'dnsAnswered', 'dnsEmpty', 'dnsPrivate');
  const count = cellCount(cells);
  if (count === 0 || sumOf(cells, 'delayMs') / count < SLOW_MS) return [];
  const at = cellResolvers(cells);
  return [
    finding('dns-slow', 'certain', cells, {
      at,
      evidence: [
        `${at} took ${span((sumOf(cells, 'delayMs') / count) * 1000)} on average for ${times(count, 'answer')}`,
      ],
    }),
  ];
}
