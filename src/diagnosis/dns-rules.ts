// Rules for DNS: if the name was answered, with which answer, and after which time.

import { computeOnce } from '../model/computed-once.ts';
import { findMinimum } from '../model/extremes.ts';
import { addTo, groupBy } from '../model/grouped-by.ts';
import { TYPE_A } from '../model/outcome.ts';
import type { OutcomeCell } from '../model/usage.ts';
import { compareText } from '../net/address.ts';
import { isInside, isLoopback } from '../net/private-networks.ts';
import { splitWords } from '../text/word-lists.ts';
import {
  DNS_ANSWERS,
  findFirstUs,
  findLastUs,
  type HostFacts,
  isHeard,
  listConnections,
  listSenders,
  type NameFacts,
  selectCells,
  selectDuring,
  selectServed,
  sumCounts,
  sumField,
} from './facts.ts';
import {
  buildFinding,
  type Finding,
  formatConnections,
  formatCount,
  formatDuration,
  formatQueries,
  PROHIBITED,
} from './finding.ts';

const DNS_PORT = 53;
export const NXDOMAIN = 3;
/** Response codes, RFC 1035 §4.1.1. */
const RESPONSE_CODES: Readonly<Record<number, string>> = {
  2: 'SERVFAIL',
  [NXDOMAIN]: 'NXDOMAIN',
  5: 'REFUSED',
};
export const formatResponseCode = (code: number): string => RESPONSE_CODES[code] ?? `response code ${code}`;
/** Delay that users notice. */
const SLOW_MS = 1000;
/** Maximum usual lookup time of a resolver. Several longer ones are not a coincidence. */
const LATE_MS = 500;
const MIN_LATE = 4;

export function findDnsFaults(facts: NameFacts, host: HostFacts): Finding[] {
  return [
    ...findErrors(facts),
    ...findEmpty(facts, host),
    ...findSinkhole(facts, host),
    ...findUnanswered(facts, host),
    ...findTruncated(facts, host),
    ...findSlow(facts, host),
    ...findSlowSearch(facts),
    ...findWildcard(facts),
  ];
}

const formatResolvers = (cells: readonly { readonly server: string }[]): string =>
  [...new Set(cells.map(({ server }) => server))].sort().join(', ');

/** Maximum difference between the times of parallel queries to several resolvers. */
const PARALLEL_US = 100_000;
const areParallel = (a: readonly OutcomeCell[], b: readonly OutcomeCell[]): boolean =>
  Math.abs(findFirstUs(a) - findFirstUs(b)) < PARALLEL_US &&
  Math.abs(findLastUs(a) - findLastUs(b)) < PARALLEL_US;

/** Returns resolvers that returned an address of the name; none if one of them is among those with errors. */
function listOtherResolvers(errors: readonly OutcomeCell[], answered: readonly OutcomeCell[]): string {
  const own = new Set(errors.map(({ server }) => server));
  return answered.some(({ server }) => own.has(server)) ? '' : formatResolvers(answered);
}

/** Maximum wait that users do not notice. */
const TRIED_NEXT_US = 1_000_000;

/** True if an answer with an address follows the first and the last error, with as many answers as errors. */
const isAnsweredSoon = (errors: readonly OutcomeCell[], answered: readonly OutcomeCell[]): boolean =>
  sumCounts(answered) * 2 >= sumCounts(errors) &&
  findFirstUs(answered) - findFirstUs(errors) < TRIED_NEXT_US &&
  findLastUs(answered) >= findLastUs(errors);

/** Returns texts that replace those of the fault. `others`: resolvers that know the name. */
function buildErrorTexts(
  name: string,
  at: string,
  {
    others,
    codes,
    isNxdomain,
  }: { readonly others: string; readonly codes: string; readonly isNxdomain: boolean },
): Pick<Finding, 'summary' | 'advice'> {
  if (others !== '')
    return {
      summary: `The resolver ${at} ${isNxdomain ? `says that ${name} does not exist` : `fails to look up ${name}`}, and ${others} knows it`,
      advice: `Check the filter lists and forwarders of ${at}, or take it off the list of the clients.`,
    };
  if (codes !== 'SERVFAIL') return {};
  return {
    summary: `The resolver ${at} answers SERVFAIL for ${name}: it could not look up the name itself`,
    advice: `On the resolver ${at}, check the forwarder for ${name}, DNSSEC validation and response policies. Compare "dig @${at} ${name}" with and without "+cd": an answer with "+cd" alone means DNSSEC.`,
  };
}

function findErrors(facts: NameFacts): Finding[] {
  const answered = selectCells(facts, 'dnsAnswered');
  return [true, false].flatMap((isNxdomain) => {
    const cells = selectCells(facts, 'dnsError').filter(({ detail }) => (detail === NXDOMAIN) === isNxdomain);
    const [cell] = cells;
    if (cell === undefined) return [];
    const at = formatResolvers(cells);
    const others = listOtherResolvers(cells, answered);
    const isBefore = findFirstUs(answered) > findLastUs(cells);
    const isApart =
      isBefore ||
      selectDuring(answered, cells).length === 0 ||
      (others !== '' && sumCounts(cells) > 1 && !areParallel(cells, answered));
    // Clients query the next resolver after such an error, or the same one again.
    const isPassedOn = !isNxdomain && isAnsweredSoon(cells, answered);
    const confidence = answered.length === 0 ? 'certain' : isApart && !isPassedOn ? 'likely' : 'possible';
    const codes = [...new Set(cells.map(({ detail }) => formatResponseCode(detail)))].sort().join(', ');
    return [
      buildFinding(isNxdomain ? 'dns-nxdomain' : 'dns-refused', confidence, cells, {
        at,
        evidence: [`${at} answered ${formatQueries(sumCounts(cells))} for the name with ${codes}`],
        against: [
          answered.length > 0 &&
            `${formatQueries(sumCounts(answered))} got an address${others === '' ? '' : ` from ${others}`}`,
        ],
        ...buildErrorTexts(facts.name, at, { others, codes, isNxdomain }),
      }),
    ];
  });
}

/**
 * True for a host that queries and gets IPv6 addresses only. Otherwise answers for IPv4 may be missing from the
 * capture.
 */
const isOnIp6Alone = computeOnce(({ names }: HostFacts): boolean => {
  const answers = names.flatMap((facts) => selectCells(facts, 'dnsAnswered', 'dnsPrivate', 'dnsEmpty'));
  return answers.every(({ detail }) => detail !== TYPE_A) && answers.some(({ kind }) => kind !== 'dnsEmpty');
});

/** Returns empty answers for IPv4; on a host with IPv6 only, those for IPv6. */
const listEmpty = (facts: NameFacts, host: HostFacts): OutcomeCell[] =>
  selectCells(facts, 'dnsEmpty').filter(({ detail }) => detail === TYPE_A || isOnIp6Alone(host));

/** True for an answer with a loopback address, by which filters block names, as by 0.0.0.0. */
const isBlockedByLoopback = ({ by }: OutcomeCell): boolean => isLoopback(by);

function findEmpty(facts: NameFacts, host: HostFacts): Finding[] {
  const loopback = selectCells(facts, 'dnsPrivate').filter(isBlockedByLoopback);
  const cells = [...selectCells(facts, 'dnsZero'), ...loopback, ...listEmpty(facts, host)];
  const usable = selectCells(facts, 'dnsAnswered', 'dnsPrivate').filter((cell) => !isBlockedByLoopback(cell));
  const served = [...usable, ...selectServed(facts)];
  if (cells.length === 0 || selectDuring(served, cells).length > 0) return [];
  const zero = cells.find(({ kind }) => kind === 'dnsZero');
  const at = formatResolvers(cells);
  const given = new Set(cells.map(({ kind, by }) => (kind === 'dnsEmpty' ? 'no address' : by)));
  const followed = sumCounts(listConnections(facts));
  return [
    buildFinding('dns-blocked', zero === undefined || served.length > 0 ? 'likely' : 'certain', cells, {
      at,
      evidence: [
        `${at} answered ${formatQueries(sumCounts(cells))} with ${[...given].sort().join(' or ')}${followed === 0 ? ', and no connection followed' : ''}`,
      ],
      against: [
        zero === undefined && loopback.length === 0 && 'the name may have no address in this zone',
        loopback.length > 0 && 'a program on the client may serve the name',
      ],
    }),
  ];
}

const FAILED_KINDS = splitWords(
  'synSilent synReset answerRefused serverAlert helloReset helloSilent helloClosed icmp',
);

/** Minimum owners of names with one address. Two may share a content network. */
const MIN_OWNERS = 3;
/** Returns the last two labels, which approximately identify the owner. */
const findOwner = (name: string): string => name.split('.').slice(-2).join('.');

/**
 * Addresses of Cisco Umbrella, support article 227986927, "What are the Cisco Umbrella Block Page IP Addresses?", which
 * Pi-hole FTL also cites.
 */
const isKnownBlockPage = (address: string): boolean => /^146\.112\.61\.1(?:0[4-9]|10)$/.test(address);

/** Maps an address to the owners of the names that resolve to it. */
const listOwners = computeOnce(({ names }: HostFacts): ReadonlyMap<string, ReadonlySet<string>> => {
  const owners = new Map<string, Set<string>>();
  for (const facts of names)
    for (const { by } of selectCells(facts, 'dnsAnswered'))
      owners.set(by, (owners.get(by) ?? new Set()).add(findOwner(facts.name)));
  return owners;
});

/** Returns addresses to which the host sent a request. */
const listServed = computeOnce(
  ({ names }: HostFacts): ReadonlySet<string> =>
    new Set(names.flatMap((facts) => selectServed(facts).map(({ server }) => server))),
);

/** Reports a block page: a filter may answer blocked names with its public address. */
function findBlockPage(facts: NameFacts, host: HostFacts): Finding[] {
  const cells = selectCells(facts, 'dnsAnswered').filter(
    ({ by }) => isKnownBlockPage(by) || (listOwners(host).get(by)?.size ?? 0) >= MIN_OWNERS,
  );
  const pages = new Set(cells.map(({ by }) => by));
  const own = selectCells(facts, ...FAILED_KINDS).filter(({ server }) => pages.has(server));
  // A SYN contains no name, so those to a shared address count for one of its names.
  const failed =
    own.length > 0
      ? own
      : host.names.flatMap((other) =>
          selectCells(other, ...FAILED_KINDS).filter(({ server }) => pages.has(server)),
        );
  if (failed.length === 0 || [...pages].some((page) => listServed(host).has(page))) return [];
  const at = [...pages].sort().join(', ');
  const owners = new Set([...pages].flatMap((page) => [...(listOwners(host).get(page) ?? [])]));
  return [
    buildFinding('dns-sinkhole', 'likely', cells, {
      at,
      cells: [...cells, ...failed],
      summary: `The resolver ${formatResolvers(cells)} gives ${facts.name} the address ${at}, like that of a block page`,
      evidence: [
        [...pages].some(isKnownBlockPage)
          ? `${at} is the block page of Cisco Umbrella`
          : `names of ${owners.size} owners resolve to the same address ${at}`,
        `${formatConnections(failed)} to it failed, and none to it worked`,
      ],
      advice: `Check the DNS filter of ${formatResolvers(cells)} for ${facts.name}.`,
    }),
  ];
}

function findSinkhole(facts: NameFacts, host: HostFacts): Finding[] {
  const cells = selectCells(facts, 'dnsPrivate').filter((cell) => !isBlockedByLoopback(cell));
  const inside = new Set(cells.map(({ by }) => by));
  const failed = selectCells(facts, ...FAILED_KINDS).filter(({ server }) => inside.has(server));
  if (cells.length === 0 || failed.length === 0 || selectDuring(selectServed(facts), failed).length > 0)
    return findBlockPage(facts, host);
  const at = [...inside].sort().join(', ');
  return [
    buildFinding('dns-sinkhole', 'likely', cells, {
      at,
      cells: [...cells, ...failed],
      evidence: [
        `${formatResolvers(cells)} answered with the inside address ${at}`,
        `${formatConnections(failed)} to it failed`,
      ],
      against: ['split DNS may intend an inside address'],
    }),
  ];
}

/** Minimum wait of a resolver that repeats a query. */
const FOLLOWS_US = 1_000_000;

/**
 * True if there are more connections than answers: each connection needs an address, which a client may cache, so
 * answers may be missing.
 */
function hasMoreConnections(
  facts: NameFacts,
  silent: readonly OutcomeCell[],
  reached: readonly OutcomeCell[] = listConnections(facts),
): boolean {
  const answers = selectCells(facts, ...DNS_ANSWERS);
  const [from, to] = [findFirstUs(silent), findLastUs(silent) + FOLLOWS_US];
  const countIn = (cells: readonly OutcomeCell[]): number =>
    sumCounts(cells.filter(({ firstUs, lastUs }) => lastUs >= from && firstUs <= to));
  if (answers.length === 0) return countIn(reached) > 0 || selectDuring(reached, silent).length > 0;
  return (
    countIn(reached.filter(({ handshakeMinUs }) => handshakeMinUs > 0)) >
    countIn(answers.filter(({ kind, detail }) => kind !== 'dnsError' && detail === TYPE_A))
  );
}

/** Maps a resolver to names with more connections than answers during their unanswered queries. */
const listFollowed = computeOnce(({ names }: HostFacts): ReadonlyMap<string, readonly string[]> => {
  const resolvers = new Map<string, string[]>();
  for (const facts of names)
    for (const [server, silent] of groupBy(selectCells(facts, 'dnsUnanswered'), (cell) => cell.server))
      if (hasMoreConnections(facts, silent)) addTo(resolvers, server, facts.name);
  return resolvers;
});

/**
 * Returns names with connections after the queries: the answers existed but are not in the capture. The name itself is
 * listed if `reached` contains its connections, or else another name of the host.
 */
export function listFollowedNames(
  own: NameFacts,
  host: HostFacts,
  reached?: readonly OutcomeCell[],
): string[] {
  const cells = selectCells(own, 'dnsUnanswered');
  if (cells.length === 0) return [];
  const resolvers = new Set(cells.map(({ server }) => server));
  const followed = new Set([...resolvers].flatMap((resolver) => listFollowed(host).get(resolver) ?? []));
  followed.delete(own.name);
  if (hasMoreConnections(own, cells, reached)) followed.add(own.name);
  if (followed.size === 0) return [];
  const examples = [...followed].sort(compareText).slice(0, 3);
  return [
    `${formatCount(followed.size, 'name')} had more connections than answers (${examples.join(', ')}): answers of ${formatResolvers(cells)} may be missing from the capture`,
  ];
}

/**
 * Returns a reason for doubt about a host that opens connections, so that it knows addresses, but got no packet: the
 * capture may contain one direction only.
 */
function doubtUnheardHost(host: HostFacts): string[] {
  return isHeard(host) || !host.isElsewhere || (host.bytesDown ?? 0) > 0
    ? []
    : [
        'no packet came back to this host, which sent more than DNS queries: one direction may be missing from the capture',
      ];
}

/** Resolvers of programs repeat a query within this time if no answer arrives. */
const ASKED_AGAIN_US = 5_000_000;
const NEVER_AGAIN_US = 12_000_000;
/** Maximum queries of one program. */
const MAX_FEW = 3;

/**
 * Returns a reason for doubt about a client that does not repeat its query, or has the answer at the next one: the
 * capture lacks the answers.
 */
function doubtUnrepeated(silent: readonly OutcomeCell[], answered: readonly OutcomeCell[]): string[] {
  const count = sumCounts(silent);
  if (count > MAX_FEW) return [];
  const own = new Set(silent.map(({ server }) => server));
  const next = findFirstUs(
    answered.filter(({ server, firstUs }) => own.has(server) && firstUs > findFirstUs(silent)),
  );
  const lastUs = findLastUs(silent);
  if (next - lastUs < ASKED_AGAIN_US)
    return ['the same resolver answered the next query: answers may be missing from the capture'];
  return lastUs - findFirstUs(silent) > NEVER_AGAIN_US * (count - 1)
    ? ['the client did not repeat its query: answers may be missing from the capture']
    : [];
}

/**
 * True for an unanswered query that came back in an ICMP error: of a closed port, or of a device on the path. Detail:
 * type and code of the message.
 */
const isRejected = ({ detail }: OutcomeCell): boolean => detail !== 0;

/** True for a query that a device on the path to the resolver prohibits. */
const isProhibited = ({ detail, by, server }: OutcomeCell): boolean =>
  PROHIBITED.has(detail) && by !== server;

/** The texts for a resolver that is not altogether silent; null: it is. */
function describePartly(
  { name }: NameFacts,
  at: string,
  is: { readonly rejected: boolean; readonly name: boolean; readonly some: boolean },
): Pick<Finding, 'summary' | 'advice'> | null {
  if (is.name)
    return {
      summary: `The resolver ${at} answers other names, and not ${name}`,
      advice: `On the resolver ${at} and the DNS filters before it: check the rules for ${name}, and the forwarder for its zone.`,
    };
  if (is.some)
    return {
      summary: `The resolver ${at} answers some queries for ${name}, and not others`,
      advice: `On the resolver ${at} and the DNS filters before it: check the rules for ${name} and each record type, and the loss of UDP packets on port ${DNS_PORT}.`,
    };
  return is.rejected ? { summary: `DNS queries to ${at} come back in ICMP errors` } : null;
}

function findUnanswered(facts: NameFacts, host: HostFacts): Finding[] {
  const cells = selectCells(facts, 'dnsUnanswered');
  const answered = selectCells(facts, ...DNS_ANSWERS);
  const count = sumCounts(cells);
  const others = answered.filter(({ server }) => cells.every((cell) => cell.server !== server));
  if (count < 2 && (count === 0 || others.length === 0)) return [];
  const at = formatResolvers(cells);
  const share = count / (count + sumCounts(answered));
  const isBefore = findFirstUs(answered) > findFirstUs(cells);
  const isError = cells.every(isRejected);
  const devices = isError ? listSenders(cells.filter(isProhibited)) : [];
  const prohibiting = devices.join(', ');
  const senders = listSenders(cells.filter(({ by }) => by !== '')).join(', ');
  const isApart = (share >= 0.3 && isBefore) || selectDuring(answered, cells).length === 0;
  const missing = [
    ...listFollowedNames(facts, host),
    ...doubtUnheardHost(host),
    ...(isError ? [] : doubtUnrepeated(cells, answered)),
  ];
  const isSure = count >= 2 && missing.length === 0 && isApart;
  const own = new Set(cells.map(({ server }) => server));
  const toOthers = host.names.flatMap((other) =>
    other === facts ? [] : selectCells(other, ...DNS_ANSWERS).filter(({ server }) => own.has(server)),
  );
  const isOfName = answered.length === 0 && selectDuring(toOthers, cells).length > 0;
  // A missing answer is weaker than a message that states the fault.
  const confidence = !isSure ? 'possible' : isError && answered.length === 0 ? 'certain' : 'likely';
  return [
    buildFinding('dns-timeout', confidence, cells, {
      at,
      ...describePartly(facts, at, {
        rejected: isError,
        name: isOfName,
        some: answered.some(({ server, lastUs }) => own.has(server) && lastUs >= findFirstUs(cells)),
      }),
      ...(devices.length === 0
        ? {}
        : {
            leg: 'local-firewall',
            devices,
            summary: `${prohibiting} reports that DNS queries to ${at} are prohibited`,
            advice: (shown) =>
              `On ${prohibiting}: allow UDP and TCP port ${DNS_PORT} from ${shown} to ${at}.`,
          }),
      evidence: [
        isError
          ? `${formatQueries(count)} to ${at} came back in ICMP errors${senders === '' ? ', of the resolver or of a device before it' : ` of ${senders}`}`
          : // At the end of a capture, the last query waited less than the others.
            `${formatQueries(count)} to ${at} got no answer within ${formatDuration(findMinimum(cells.map((cell) => cell.delayMinUs)))}`,
      ],
      against: [
        ...missing,
        answered.length > 0 &&
          `${formatQueries(sumCounts(answered))} got an answer${others.length > 0 ? ` from ${formatResolvers(others)}` : ''}`,
      ],
    }),
  ];
}

/** The resolver requests a retry over TCP, and accepts no TCP connection. */
function findTruncated(facts: NameFacts, host: HostFacts): Finding[] {
  const cells = selectCells(facts, 'dnsTruncated');
  const resolvers = new Set(cells.map(({ server }) => server));
  const failed = host.names.flatMap((other) =>
    selectCells(other, 'synSilent', 'synReset').filter(
      ({ port, server }) => port === DNS_PORT && resolvers.has(server),
    ),
  );
  const usable = [...selectCells(facts, 'dnsAnswered', 'dnsPrivate'), ...listConnections(facts)];
  if (failed.length === 0 || usable.some(({ lastUs }) => lastUs >= findFirstUs(cells))) return [];
  const at = [...new Set(failed.map(({ server }) => server))].sort().join(', ');
  const isReset = failed.every(({ kind }) => kind === 'synReset');
  return [
    buildFinding('dns-timeout', sumCounts(failed) > 1 ? 'certain' : 'likely', cells, {
      at,
      cells: [...cells, ...failed],
      summary: `The resolver ${at} truncates its answers for ${facts.name}, and cannot be reached over TCP`,
      evidence: [
        `${at} answered ${formatQueries(sumCounts(cells))} with a truncated answer, which clients repeat over TCP (RFC 7766)`,
        `${formatCount(sumCounts(failed), 'TCP connection')} to port ${DNS_PORT} of ${at} ${isReset ? (sumCounts(failed) === 1 ? 'was reset' : 'were reset') : 'got no SYN-ACK'}`,
      ],
      advice: (shown) =>
        `On the resolver ${at} and the firewalls before it: allow TCP port ${DNS_PORT} from ${shown}.`,
    }),
  ];
}

function findSlow(facts: NameFacts, host: HostFacts): Finding[] {
  const cells = selectCells(facts, 'dnsAnswered', 'dnsEmpty', 'dnsPrivate');
  const count = sumCounts(cells);
  const onAverageMs = count === 0 ? 0 : sumField(cells, 'delayMs') / count;
  const isSlow = onAverageMs >= SLOW_MS;
  const leastUs = findMinimum(cells.map(({ delayMinUs }) => delayMinUs));
  const wayUs = findMinimum(host.outside.map(({ handshakeMinUs }) => handshakeMinUs));
  const isLate = count >= MIN_LATE && leastUs >= LATE_MS * 1000;
  // Answers without an address are another fault.
  if (cells.every(({ kind }) => kind === 'dnsEmpty') || (!isSlow && !isLate)) return [];
  // Over a long path, each answer takes long.
  if (host.outside.length > 0 && onAverageMs * 1000 < wayUs * 2) return [];
  const at = formatResolvers(cells);
  const way = findSlowPath(cells, onAverageMs * 1000, host);
  if (way !== null) return [way];
  return [
    buildFinding('dns-slow', count === 1 ? 'possible' : isSlow ? 'certain' : 'likely', cells, {
      at,
      ...(isSlow
        ? {}
        : {
            summary: `The resolver ${at} takes ${formatDuration(onAverageMs * 1000)} to look up ${facts.name}`,
          }),
      evidence: [
        `${at} took ${formatDuration(onAverageMs * 1000)} on average for ${formatCount(count, 'answer')}`,
      ],
    }),
  ];
}

/** Maximum difference between two measurements of one path. */
const SAME_WAY = 0.15;

/**
 * Reports a remote resolver whose answers take as long as those of servers. Repeated SYNs may hide the round-trip time.
 */
function findSlowPath(cells: readonly OutcomeCell[], lookupUs: number, host: HostFacts): Finding | null {
  const answers = host.outside.filter(({ kind, delayMinUs }) => kind === 'served' && delayMinUs > 0);
  const answerUs = findMinimum(answers.map(({ delayMinUs }) => delayMinUs));
  if (answers.length === 0 || cells.some(({ server }) => isInside(server))) return null;
  if (Math.abs(answerUs - lookupUs) > lookupUs * SAME_WAY) return null;
  return buildFinding('delay', 'likely', cells, {
    alike: ['dns-slow'],
    evidence: [
      `${formatResolvers(cells)} took ${formatDuration(lookupUs)} on average for an answer, and no server answered a request sooner than after ${formatDuration(answerUs)}`,
    ],
  });
}

/** Reports slow search domains. Resolvers of programs query both families at once, and search domains in sequence. */
function findSlowSearch(facts: NameFacts): Finding[] {
  const cells = facts.searched.filter(({ kind }) => kind !== 'dnsUnanswered');
  const silent = facts.searched.filter(({ kind }) => kind === 'dnsUnanswered');
  const lookups = sumCounts(selectCells(facts, 'dnsAnswered', 'dnsPrivate', 'dnsEmpty'));
  const domains = new Set(facts.searched.map(({ name }) => name)).size;
  const waitUs = cells.length === 0 ? 0 : (domains * sumField(cells, 'delayMs') * 1000) / sumCounts(cells);
  const answers = selectCells(facts, ...DNS_ANSWERS);
  // If the capture lacks the answers, the next query follows immediately.
  const isSilent =
    cells.length === 0 && sumCounts(silent) >= 2 && findFirstUs(answers) - findFirstUs(silent) >= FOLLOWS_US;
  if (lookups === 0 || (waitUs < SLOW_MS * 1000 && !isSilent)) return [];
  const at = formatResolvers(facts.searched);
  return [
    buildFinding('dns-slow', 'likely', isSilent ? silent : cells, {
      at,
      summary: `Each lookup of ${facts.name} asks for ${formatCount(domains, 'name')} with a search domain first, and waits`,
      evidence: [
        isSilent
          ? `${at} left ${formatQueries(sumCounts(silent))} for the name with a search domain without an answer`
          : `${formatQueries(sumCounts(cells))} for the name with a search domain, which cost about ${formatDuration(waitUs)} for each lookup`,
        `${formatCount(lookups, 'answer')} for the name itself`,
      ],
      advice: `Lower ndots (resolv.conf; dnsConfig in Kubernetes), remove search domains that ${at} cannot answer, or write the name with a dot at its end.`,
    }),
  ];
}

/** Reports a wildcard record of a search domain, which matches every name. */
function findWildcard(facts: NameFacts): Finding[] {
  const cells = facts.searched.filter(({ kind }) => kind === 'dnsAnswered' || kind === 'dnsPrivate');
  const wrong = new Set(cells.map(({ by }) => by));
  const failed = selectCells(facts, ...FAILED_KINDS).filter(({ server }) => wrong.has(server));
  if (failed.length === 0 || selectServed(facts).some(({ server }) => wrong.has(server))) return [];
  const at = [...wrong].sort().join(', ');
  return [
    buildFinding('dns-sinkhole', 'likely', cells, {
      at,
      cells: [...cells, ...failed],
      summary: `${facts.name} with a search domain behind it resolves to ${at}, which is not its address`,
      evidence: [
        `${formatResolvers(cells)} answered ${formatQueries(sumCounts(cells))} for the name with a search domain with ${at}`,
        `${formatConnections(failed)} to it failed`,
      ],
      advice:
        'Remove the wildcard record of the search domain, lower ndots, or write the name with a dot at its end.',
    }),
  ];
}
