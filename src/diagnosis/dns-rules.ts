// DNS: was the name answered, with what, and after which time?

import { TYPE_A } from '../model/outcome.ts';
import { countOf, firstOf, inTimeOf, lastOf, type NameFacts, ofKind, served, sumOf } from './facts.ts';
import { type Finding, finding, span, times } from './finding.ts';

const NXDOMAIN = 3;
/** Answers that take longer are noticed. */
const SLOW_MS = 1000;

export function dnsFindings(facts: NameFacts): Finding[] {
  return [...errors(facts), ...empty(facts), ...sinkhole(facts), ...unanswered(facts), ...slow(facts)];
}

const resolversOf = (cells: readonly { readonly server: string }[]): string =>
  [...new Set(cells.map(({ server }) => server))].sort().join(', ');

function errors(facts: NameFacts): Finding[] {
  const answered = ofKind(facts, 'dnsAnswered');
  return [true, false].flatMap((isNxdomain) => {
    const cells = ofKind(facts, 'dnsError').filter(({ detail }) => (detail === NXDOMAIN) === isNxdomain);
    const [cell] = cells;
    if (cell === undefined) return [];
    const at = resolversOf(cells);
    const isBefore = firstOf(answered) > lastOf(cells);
    const isApart = isBefore || inTimeOf(answered, cells).length === 0;
    const confidence = answered.length === 0 ? 'certain' : isApart ? 'likely' : 'possible';
    const code = isNxdomain ? 'NXDOMAIN' : `response code ${cell.detail}`;
    return [
      finding(isNxdomain ? 'dns-nxdomain' : 'dns-refused', confidence, cells, {
        at,
        evidence: [`${at} answered ${times(countOf(cells), 'question')} for the name with ${code}`],
        against: answered.length === 0 ? [] : [`${times(countOf(answered), 'question')} got an address`],
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
  const at = resolversOf(cells);
  const what = zero === undefined ? 'no address' : zero.by;
  return [
    finding('dns-blocked', zero === undefined || works.length > 0 ? 'likely' : 'certain', cells, {
      at,
      evidence: [
        `${at} answered ${times(countOf(cells), 'question')} with ${what}, and no connection followed`,
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
        `${resolversOf(cells)} answered with the inside address ${at}`,
        `${times(countOf(failed), 'connection')} to it failed`,
      ],
      against: ['split DNS may intend an inside address'],
    }),
  ];
}

function unanswered(facts: NameFacts): Finding[] {
  const cells = ofKind(facts, 'dnsUnanswered');
  const answered = ofKind(facts, 'dnsAnswered', 'dnsEmpty', 'dnsPrivate', 'dnsError');
  const count = countOf(cells);
  const others = answered.filter(({ server }) => cells.every((cell) => cell.server !== server));
  if (count < 2 && (count === 0 || others.length === 0)) return [];
  const at = resolversOf(cells);
  const share = count / (count + countOf(answered));
  const isBefore = firstOf(answered) > firstOf(cells);
  const isApart = (share >= 0.3 && isBefore) || inTimeOf(answered, cells).length === 0;
  // The name was looked up all the same: the capture may have the packets of one direction alone.
  const followed = answered.length > 0 ? [] : inTimeOf(ofKind(facts, 'served', 'opened'), cells);
  const against = [
    ...(followed.length > 0
      ? [
          `${times(countOf(followed), 'connection')} to the name followed: the answers may not be in the capture`,
        ]
      : []),
    ...(answered.length > 0
      ? [
          `${times(countOf(answered), 'question')} got an answer${others.length > 0 ? ` from ${resolversOf(others)}` : ''}`,
        ]
      : []),
  ];
  const isSure = count >= 2 && followed.length === 0 && isApart;
  const confidence = !isSure ? 'possible' : answered.length === 0 ? 'certain' : 'likely';
  return [
    finding('dns-timeout', confidence, cells, {
      at,
      evidence: [
        `${times(count, 'question')} to ${at} got no answer within ${span(Math.max(...cells.map((cell) => cell.delayMaxUs)))}`,
      ],
      against,
    }),
  ];
}

function slow(facts: NameFacts): Finding[] {
  const cells = ofKind(facts, 'dnsAnswered', 'dnsEmpty', 'dnsPrivate');
  const count = countOf(cells);
  if (count === 0 || sumOf(cells, 'delayMs') / count < SLOW_MS) return [];
  const at = resolversOf(cells);
  return [
    finding('dns-slow', 'certain', cells, {
      at,
      evidence: [
        `${at} took ${span((sumOf(cells, 'delayMs') / count) * 1000)} on average for ${times(count, 'answer')}`,
      ],
    }),
  ];
}
