// Rules for connections up to the first byte of the server: the device that answered the SYN, and the acknowledgement
// of the hello.

import type { Confidence } from '../model/confidence.ts';
import { findMaximum, findMinimum } from '../model/extremes.ts';
import { groupBy } from '../model/grouped-by.ts';
import { BEFORE_DATA, IGNORED_ANSWER } from '../model/outcome.ts';
import type { OutcomeCell } from '../model/usage.ts';
import { formatEndpoint } from '../net/address.ts';
import { isInside } from '../net/private-networks.ts';
import {
  answersFromNear,
  describePart,
  findFirstUs,
  getWait,
  type HostFacts,
  isFromNear,
  isMaybeSocket,
  isOpenedLate,
  isOverIp6,
  LARGE_HELLO,
  listSenders,
  measureOutside,
  type NameFacts,
  type Outside,
  runtimeLabels,
  selectCells,
  selectDuring,
  selectServed,
  splitRuntimes,
  sumCounts,
  sumField,
} from './facts.ts';
import { FAULT_TABLE } from './faults.ts';
import {
  buildFinding,
  type Doubt,
  type Finding,
  formatAlert,
  formatConnections,
  formatCount,
  formatDuration,
  PROHIBITED,
  type Statement,
} from './finding.ts';

const MIN_REPEATED = 2;
/** Programs do not wait longer for IPv6 (RFC 8305 §5). */
const MAX_FALLBACK_US = 30_000_000;
const IP6_ONLY =
  'All of them went over IPv6: compare with IPv4 (curl -4), and repair the IPv6 route and its MTU.';
const REQUIRED_PROXY: Doubt = {
  causes: 'a firewall stops them, or the network requires a proxy',
  test: 'Find out whether other clients of this network use a proxy; if so, set HTTPS_PROXY on the client, and leave the firewall closed.',
};
/** Minimum time after which a SYN is a retransmission, not a copy from a second mirror port. */
const SYN_REPEATED_US = 200_000;

export function findTcpFaults(facts: NameFacts, host: HostFacts): Finding[] {
  const ip6 = findBrokenIp6(facts, host);
  if (ip6 !== null) return [ip6];
  return [...findSynFaults(facts, host), ...findHelloFaults(facts, host)];
}

const listOpened = (facts: NameFacts): OutcomeCell[] =>
  facts.cells.filter(({ handshakeMinUs }) => handshakeMinUs > 0);

/** IPv6 fails where IPv4 works. */
function findBrokenIp6(facts: NameFacts, host: HostFacts): Finding | null {
  const failed = [...selectCells(facts, 'synSilent', 'synReset'), ...listErrors(facts)].filter(isOverIp6);
  const tried = failed.filter(({ kind }) => kind !== 'icmp');
  const hasWorkingIp6 = host.names.some((other) => listOpened(other).some(isOverIp6));
  const ip4 = listOpened(facts).filter((cell) => !isOverIp6(cell));
  if (tried.length === 0 || listOpened(facts).some(isOverIp6) || ip4.length === 0) return null;
  const count = sumCounts(tried);
  const isAlone = host.names.every(
    (other) => other === facts || !selectCells(other, 'synSilent', 'synReset').some(isOverIp6),
  );
  const waitUs = findFirstUs(ip4.filter(isRequest)) - findFirstUs(tried);
  const [strong, weak] = hasWorkingIp6 ? (['likely', 'possible'] as const) : (['certain', 'likely'] as const);
  const isSure = hasWorkingIp6 ? count > MIN_REPEATED : count >= MIN_REPEATED || failed.length > tried.length;
  return buildFinding('ipv6-broken', isSure ? strong : weak, tried, {
    ...(isAlone ? { summary: `${facts.name} is reached over IPv4, and not over IPv6` } : {}),
    ...(hasWorkingIp6
      ? { advice: `Check the firewall rules and the route for the IPv6 addresses of ${facts.name}.` }
      : {}),
    evidence: [
      ...describeIp6(failed),
      `${formatConnections(ip4)} over IPv4 opened`,
      hasWorkingIp6 && 'IPv6 works for other names of the host',
      waitUs > 0 &&
        waitUs < MAX_FALLBACK_US &&
        `the first request over IPv4 was sent ${formatDuration(waitUs)} after the first SYN over IPv6`,
    ],
  });
}

/** The time of such a cell is that of its first request. */
const isRequest = ({ kind }: OutcomeCell): boolean => kind === 'served';

/** States the answers to SYNs over IPv6. */
function describeIp6(failed: readonly OutcomeCell[]): Statement[] {
  const reset = failed.filter(({ kind }) => kind === 'synReset');
  const silent = failed.filter(({ kind }) => kind === 'synSilent');
  const errors = failed.filter(({ kind }) => kind === 'icmp');
  return [
    reset.length > 0 && `${formatConnections(reset)} over IPv6 got a reset as the answer to the SYN`,
    silent.length > 0 &&
      `${formatConnections(silent)} over IPv6 got no ${errors.length === 0 ? 'answer' : 'SYN-ACK'}`,
    ...describeErrors(errors),
  ];
}

/** Messages of ICMP by type and code (RFC 792, RFC 1812 §5.2.7.1). */
const ICMP_TEXTS: Readonly<Record<number, string>> = {
  [3 * 256]: 'network unreachable',
  [3 * 256 + 1]: 'host unreachable',
  [3 * 256 + 3]: 'port unreachable',
  [11 * 256]: 'time exceeded in transit',
};
/** Messages of ICMPv6 by type and code (RFC 4443 §3). */
const ICMP6_TEXTS: Readonly<Record<number, string>> = {
  256: 'no route to destination',
  [256 + 3]: 'address unreachable',
  [256 + 4]: 'port unreachable',
  [256 + 5]: 'source address failed policy',
  [256 + 6]: 'reject route to destination',
  [3 * 256]: 'hop limit exceeded in transit',
};
const formatIcmp = (cell: OutcomeCell): string => {
  const { detail } = cell;
  if (PROHIBITED.has(detail)) return 'administratively prohibited';
  const text = (isOverIp6(cell) ? ICMP6_TEXTS : ICMP_TEXTS)[detail];
  return text ?? `type ${Math.floor(detail / 256)}, code ${detail % 256}`;
};

/** Packet too big of ICMP and of ICMPv6: a report about one size of packets. */
const TOO_BIG: ReadonlySet<number> = new Set([3 * 256 + 4, 2 * 256]);
const listErrors = (facts: NameFacts): OutcomeCell[] =>
  selectCells(facts, 'icmp').filter(({ detail }) => !TOO_BIG.has(detail));

/** States ICMP errors by message. */
const describeErrors = (errors: readonly OutcomeCell[]): string[] =>
  [...groupBy(errors, formatIcmp)].map(
    ([text, cells]) =>
      `${listSenders(cells).join(', ')} sent ${formatCount(sumCounts(cells), 'ICMP message')} "${text}" that quote packets to the server`,
  );

function findSynFaults(facts: NameFacts, host: HostFacts): Finding[] {
  const silent = selectCells(facts, 'synSilent').filter((cell) => !isIgnored(cell));
  const reset = selectCells(facts, 'synReset');
  const icmp = selectCells(facts, 'icmp').filter(({ detail }) => PROHIBITED.has(detail));
  const open = listOpened(facts);
  const found: Finding[] = [];
  if (icmp.length > 0) found.push(findProhibited(facts, host, icmp, silent, open));
  else if (silent.length > 0 && (sumField(silent, 'value') > sumCounts(silent) || sumCounts(silent) > 2))
    found.push(...findSilence(facts, silent, open, host));
  found.push(...findIgnoredAnswers(facts, open));
  if (reset.length > 0) found.push(findRefusal(facts, reset, open, host));
  found.push(...findLateOpening(facts, open, host));
  const early = listResetsAtOnce(facts);
  if (early.length > 0) found.push(buildEarlyReset(facts, early, host));
  return found;
}

const isIgnored = ({ kind, detail }: OutcomeCell): boolean =>
  kind === 'synSilent' && detail === IGNORED_ANSWER;

/**
 * The SYN-ACKs passed the capture point, and the client repeated its SYN: they are lost between the capture point and
 * the client.
 */
function findIgnoredAnswers(facts: NameFacts, open: readonly OutcomeCell[]): Finding[] {
  const cells = selectCells(facts, 'synSilent').filter(isIgnored);
  if (cells.length === 0) return [];
  const openedCount = sumCounts(selectDuring(open, cells));
  return [
    buildFinding('tcp-blackhole', openedCount >= sumCounts(cells) ? 'possible' : 'likely', cells, {
      leg: 'client',
      alike: ['data-blackhole'],
      summary: `Servers answer the SYNs to ${facts.name}, and the client does not take the answers`,
      evidence: [
        `${formatConnections(cells)}: SYN-ACKs came, and the client sent its SYN again and no ACK (${formatCount(sumField(cells, 'value'), 'SYN')})`,
      ],
      against: [openedCount > 0 && `${formatCount(openedCount, 'connection')} to the name opened`],
      advice: `On the client: check the rules of its own firewall for incoming packets of open connections. If the capture is not from the client: check the devices between capture point and client.`,
    }),
  ];
}

/**
 * Time of at least three consecutive SYNs without an answer (RFC 6298 §5.5). Loss of single packets does not explain
 * it.
 */
const LONG_WAIT_S = 6;
const TOO_LONG_WAIT_S = 14;
const MIN_LATE = 2;
const LATE_SHARE = 4;

/** Finds connections that opened after repeated SYNs: they work, but lose seconds each time. */
function findLateOpening(facts: NameFacts, open: readonly OutcomeCell[], host: HostFacts): Finding[] {
  const late = selectCells(facts, 'served').filter((cell) => cell.handshakeMinUs > 0 && isOpenedLate(cell));
  const count = sumCounts(late);
  const long = late.filter((cell) => getWait(cell) >= LONG_WAIT_S);
  const total = sumCounts(open.filter(({ proxied }) => proxied === 0));
  const isOften = count >= MIN_LATE && count * LATE_SHARE >= total;
  const others = host.names.filter((other) => other !== facts && selectCells(other, 'served').length > 0);
  const isOfName = long.length > 0 && others.length > 0;
  // A round trip of a second or more makes clients repeat each SYN (RFC 6298 §2.1).
  const isLongWay = host.outside.every((cell) => cell.kind !== 'served' || getWait(cell) >= 1);
  if (isLongWay || (!isOften && !isOfName)) return [];
  const isStopped = sumCounts(long) * 2 >= count;
  const most = findMaximum(late.map(getWait));
  const isSure = (isOften && count > MIN_LATE) || sumCounts(long) > 1 || most >= TOO_LONG_WAIT_S;
  return [
    buildFinding(isStopped ? 'tcp-blackhole' : 'loss', isSure ? 'likely' : 'possible', late, {
      ...(isStopped ? { alike: ['loss'] } : { alike: ['tcp-blackhole'] }),
      summary: `Connections to ${facts.name} open late: their first SYNs get no answer`,
      evidence: [
        `${count} of ${formatCount(total, 'connection')} opened after repeated SYNs, up to ${most} s after the first one`,
        ...(isOfName ? listOtherNames(facts, host) : []),
      ],
      ...(isStopped
        ? {
            advice: (shown) =>
              `On the firewalls of the path: check limits of new connections and of half-open ones for ${shown}, and dropped SYNs to ${facts.name}.`,
          }
        : {}),
    }),
  ];
}

/** Certain if the client gave up at each message, so that it recognized the quoted packet, and other names work. */
function findProhibited(
  facts: NameFacts,
  host: HostFacts,
  icmp: readonly OutcomeCell[],
  silent: readonly OutcomeCell[],
  open: readonly OutcomeCell[],
): Finding {
  const senders = listSenders(icmp);
  const at = senders.join(', ');
  const isOpen = selectDuring(open, silent).length > 0;
  const isIgnored = silent.some(({ delayMaxUs }) => delayMaxUs >= SYN_REPEATED_US);
  const isDoubtful = isOpen || isIgnored || silent.length === 0;
  const others = listOtherNames(facts, host);
  const isCertain = others.length > 0 && sumCounts(icmp) >= sumCounts(silent);
  const proxied = isDoubtful ? null : findIgnoredProxy(facts, host, icmp);
  const fault = proxied === null ? 'icmp-prohibited' : 'proxy-ignored';
  const confidence = isDoubtful ? 'possible' : isCertain && proxied === null ? 'certain' : 'likely';
  return buildFinding(fault, confidence, icmp, {
    at,
    ...(isDoubtful || proxied !== null || others.length > 0 ? {} : { doubt: REQUIRED_PROXY }),
    ...excludeProxy(fault, others),
    failures: sumCounts(silent),
    ...proxied,
    devices: [...senders, ...(proxied?.devices ?? [])],
    evidence: [
      ...describeErrors(icmp),
      silent.length > 0 && `${formatConnections(silent)} got no other answer`,
      ...others,
      ...(proxied?.evidence ?? []),
    ],
    against: [
      isOpen && 'connections to the name opened: the ICMP messages had no effect and may be forged',
      isIgnored && 'the client repeated the SYN: it did not accept the ICMP messages, which may be forged',
      ...(isDoubtful ? [] : doubtAlone(others)),
    ],
  });
}

/** Other names that work show that the network requires no proxy. */
const excludeProxy = (fault: Finding['fault'], others: readonly string[]): Partial<Finding> =>
  others.length === 0 ? {} : { alike: FAULT_TABLE[fault].alike.filter((alike) => alike !== 'proxy-ignored') };

/** The reason for doubt that a network which requires a proxy looks the same to a program that connects directly. */
const doubtAlone = (others: readonly string[]): string[] =>
  others.length > 0 ? [] : ['this host reached no other AI service: the network may require a proxy'];

/** Finds a proxy of the network that connections to the name ignore; null: no sign of a proxy. */
function findIgnoredProxy(
  facts: NameFacts,
  host: HostFacts,
  failed: readonly OutcomeCell[],
): Pick<Finding, 'evidence' | 'summary' | 'advice' | 'devices'> | null {
  const [any] = host.names.flatMap(({ cells }) => cells.filter(({ proxied }) => proxied > 0));
  if (any === undefined) return findProxySettings(facts, host);
  const same = facts.cells.filter(({ proxied }) => proxied > 0);
  const served = selectServed(facts).filter(({ proxied }) => proxied > 0);
  const [{ server, port } = any] = [...served, ...same];
  const proxy = formatEndpoint(server, port);
  const evidence = [
    `the host reaches ${same.length > 0 ? 'the same name' : 'other names'} through the proxy ${proxy}`,
  ];
  if (served.length === 0) return { devices: [proxy], evidence };
  const waitUs = findFirstUs(served.filter(isRequest)) - findFirstUs(failed);
  const isSocket = isMaybeSocket(facts, failed, served);
  return {
    devices: [proxy],
    evidence: [
      ...evidence,
      waitUs > 0 &&
        waitUs < MAX_FALLBACK_US &&
        `the first request through the proxy was sent ${formatDuration(waitUs)} after the first SYN that bypasses it`,
    ],
    summary: `${describePart(isSocket)} goes to ${facts.name} past the proxy and is stopped, and requests through the proxy ${proxy} are answered`,
    advice: `On the client, set HTTPS_PROXY and ALL_PROXY for each part of the tool${isSocket ? ', or disable WebSockets in the tool' : ''}. Open the firewall only if the policy allows connections without the proxy.`,
  };
}

/**
 * Returns texts if the network distributes proxy settings, which browsers request (WPAD), and no name of the host works
 * without the proxy; else null.
 */
function findProxySettings(
  { name }: NameFacts,
  { names }: HostFacts,
): Pick<Finding, 'evidence' | 'summary' | 'advice'> | null {
  if (names.some((facts) => listOpened(facts).some(({ proxied }) => proxied === 0))) return null;
  const settings = names.filter(
    (facts) => facts.name.startsWith('wpad.') && selectCells(facts, 'dnsAnswered', 'dnsPrivate').length > 0,
  );
  if (settings.length === 0) return null;
  return {
    evidence: settings.map((facts) => `${facts.name} exists: the network gives out a proxy in a PAC file`),
    summary: `The network gives its proxy out in a PAC file, but connections to ${name} go direct and are stopped`,
    advice:
      'Set HTTPS_PROXY for the tool: command-line programs do not read PAC files. Or allow the name direct.',
  };
}

function findSilence(
  facts: NameFacts,
  cells: readonly OutcomeCell[],
  open: readonly OutcomeCell[],
  host: HostFacts,
): Finding[] {
  // Traffic through a proxy does not show that direct connections are permitted.
  const direct = open.filter(({ proxied }) => proxied === 0);
  const laterServed = direct.filter(({ firstUs }) => firstUs >= findFirstUs(cells));
  const isRare = sumCounts(cells) < sumCounts(selectDuring(laterServed, cells));
  const others = listOtherNames(facts, host);
  const errors = listErrors(facts);
  const unanswered = [
    `${formatConnections(cells)}: ${formatCount(sumField(cells, 'value'), 'SYN')} without ${errors.length === 0 ? 'any answer' : 'a SYN-ACK'}`,
    ...describeErrors(errors),
  ];
  const evidence = [...unanswered, ...others];
  // Clients repeat a SYN after a second. Some capture filters keep only SYNs.
  const isUnrepeated = host.isCaptured && errors.length === 0 && sumField(cells, 'value') <= sumCounts(cells);
  const unrepeated = isUnrepeated
    ? ['no SYN was repeated: the capture may have SYNs alone, without their answers']
    : [];
  const against =
    laterServed.length === 0
      ? unrepeated
      : [...unrepeated, `${formatConnections(laterServed)} to the name opened afterwards`];
  const proxied = findIgnoredProxy(facts, host, cells);
  if (proxied !== null) {
    return [
      buildFinding('proxy-ignored', isRare || isUnrepeated ? 'possible' : 'likely', cells, {
        ...proxied,
        evidence: [...evidence, ...proxied.evidence],
        against,
      }),
    ];
  }
  const line = findLineDown(host);
  if (line !== null)
    return [
      buildFinding('tcp-blackhole', 'likely', cells, {
        leg: 'path',
        alike: ['data-blackhole'],
        devices: listSenders(errors),
        summary: `No answer comes from outside any more: connections to ${formatCount(line, 'name')} fail at the same time`,
        evidence: [
          ...unanswered,
          `all ${formatCount(line, 'name')} of the host failed from then on, and none before`,
        ],
        advice:
          'Check the line of the client first: Wi-Fi, router, VPN and uplink. Rules for single names are not the cause.',
      }),
    ];
  const isIp6Untried =
    cells.every(isOverIp6) && !host.names.some((other) => listOpened(other).some(isOverIp6));
  return [
    buildFinding('tcp-blackhole', isRare || isIp6Untried || isUnrepeated ? 'possible' : 'likely', cells, {
      ...(isIp6Untried ? { advice: IP6_ONLY } : {}),
      ...(isIp6Untried || direct.length > 0 || others.length > 0 ? {} : { doubt: REQUIRED_PROXY }),
      ...excludeProxy('tcp-blackhole', others),
      ...findRouterFault(facts, errors, cells),
      evidence,
      against: [
        ...against,
        ...(laterServed.length === 0 ? doubtAlone(others) : []),
        isIp6Untried && 'no connection over IPv6 to a name of the catalogue opened: IPv6 itself may not work',
      ],
    }),
  ];
}

const isExceeded = (cell: OutcomeCell): boolean => cell.detail === (isOverIp6(cell) ? 3 : 11) * 256;

/**
 * Routers answer each connection with an error: they have no path to the server. Packets that run in a loop use up
 * their hops.
 */
function findRouterFault(
  { name }: NameFacts,
  errors: readonly OutcomeCell[],
  silent: readonly OutcomeCell[],
): Partial<Finding> {
  const loops = listSenders(errors.filter(isExceeded));
  if (loops.length > 0)
    return {
      leg: 'path',
      alike: [],
      devices: loops,
      summary: `Packets to ${name} use up their hops at ${loops.join(', ')}, as in a routing loop`,
      advice: `On ${loops.join(', ')} and the routers next to it: check the routes to ${name} ("traceroute" shows the loop).`,
    };
  if (errors.length === 0 || sumCounts(errors) < sumCounts(silent)) return {};
  const senders = listSenders(errors);
  const at = senders.join(', ');
  return {
    devices: senders,
    summary: `${at} answers connections to ${name} with ICMP errors`,
    advice: `On ${at} and the routers behind it: check the route to ${name}.`,
  };
}

const LINE_KINDS = ['synSilent', 'helloSilent', 'requestUnheard'] as const;

/** Returns the number of names, at least two, that worked and then all lost their answers; null: no such time. */
function findLineDown({ names }: HostFacts): number | null {
  const own = names.filter(({ cells }) =>
    cells.some(({ kind, proxied }) => proxied === 0 && !isLookup(kind)),
  );
  const failed = own.flatMap((facts) =>
    selectCells(facts, ...LINE_KINDS).filter(({ proxied }) => proxied === 0),
  );
  const servers = new Set(failed.map(({ server }) => server));
  if (own.length < 2 || servers.size < 2) return null;
  const fromUs = findFirstUs(failed);
  const isLost = own.every(
    (facts) =>
      selectCells(facts, ...LINE_KINDS).length > 0 &&
      facts.cells.every(
        ({ kind, lastUs, handshakeMinUs }) =>
          isLookup(kind) || handshakeMinUs === 0 || isLineKind(kind) || lastUs <= fromUs,
      ),
  );
  const worked = own.some((facts) => selectCells(facts, 'served').length > 0);
  return isLost && worked ? own.length : null;
}

const isLookup = (kind: OutcomeCell['kind']): boolean => kind.startsWith('dns') || kind === 'icmp';
const isLineKind = (kind: OutcomeCell['kind']): boolean => LINE_KINDS.some((lineKind) => lineKind === kind);

const MAX_NAMES = 3;
const listFirstNames = (names: readonly NameFacts[]): string =>
  names
    .slice(0, MAX_NAMES)
    .map(({ name }) => name)
    .join(', ');

function listOtherNames(facts: NameFacts, host: HostFacts): string[] {
  const others = host.names.filter(
    ({ name, cells }) => name !== facts.name && cells.some(({ kind }) => kind === 'served'),
  );
  if (others.length === 0)
    return host.isDirect ? ['the host exchanged data with other servers, without a proxy'] : [];
  return [`${formatCount(others.length, 'other name')} of the host worked: ${listFirstNames(others)}`];
}

function findRefusal(
  facts: NameFacts,
  cells: readonly OutcomeCell[],
  open: readonly OutcomeCell[],
  host: HostFacts,
): Finding {
  const isNear = isFromNear(cells, measureOutside(host, facts.name)) ?? true;
  const isDoubtful =
    sumCounts(cells) < sumCounts(selectDuring(open, cells)) ||
    cells.every(({ continued, count }) => continued === count);
  const proxied = isNear && !isDoubtful ? findIgnoredProxy(facts, host, cells) : null;
  const delay = formatDelays(cells);
  const fault = proxied !== null ? 'proxy-ignored' : isNear ? 'tcp-refused' : 'provider-refused';
  const others = listOtherNames(facts, host);
  const isAlone = fault === 'tcp-refused' && open.length === 0 && others.length === 0;
  return buildFinding(fault, isDoubtful ? 'possible' : 'likely', cells, {
    ...proxied,
    ...(isAlone ? { doubt: REQUIRED_PROXY } : {}),
    ...excludeProxy(fault, others),
    evidence: [
      `${formatCount(sumCounts(cells), 'SYN')} answered by a reset${delay === null ? '' : ` after ${delay}`}${compareTtls(cells, host, facts.name)}`,
      ...others,
      ...(proxied?.evidence ?? []),
    ],
    against: [open.length > 0 && `${formatConnections(open)} to the name opened`],
  });
}

/** Formats the smallest and the largest value above zero; null without one. */
function formatRange(values: readonly number[], format: (value: number) => string): string | null {
  const positive = values.filter((value) => value > 0);
  if (positive.length === 0) return null;
  const [least, most] = [format(findMinimum(positive)), format(findMaximum(positive))];
  return least === most ? least : `${least} to ${most}`;
}

const isBeforeData = ({ detail }: OutcomeCell): boolean => detail === BEFORE_DATA;

/** Maximum time in which a ClientHello crosses such a reset. */
const CROSSED_US = 5_000;

/** Resets before any data, and those that a ClientHello crossed. */
function listResetsAtOnce(facts: NameFacts): OutcomeCell[] {
  const cells = selectCells(facts, 'helloReset');
  return cells.some(isBeforeData)
    ? cells.filter((cell) => isBeforeData(cell) || cell.delayMaxUs < CROSSED_US)
    : [];
}

/** Reports a reset immediately after the SYN-ACK. The client had sent no data, so the address is blocked. */
function buildEarlyReset(facts: NameFacts, cells: readonly OutcomeCell[], host: HostFacts): Finding {
  const isProxied = cells.every(({ proxied }) => proxied > 0);
  const isNear = isFromNear(cells, measureOutside(host, facts.name)) ?? true;
  const isContinued = cells.every(({ continued, count }) => continued === count);
  const proxied = isNear && !isProxied && !isContinued ? findIgnoredProxy(facts, host, cells) : null;
  const fault = proxied !== null ? 'proxy-ignored' : isNear ? 'tcp-refused' : 'provider-refused';
  const others = listOtherNames(facts, host);
  const before = cells.filter(isBeforeData);
  const crossed = sumCounts(cells) - sumCounts(before);
  return buildFinding(fault, isContinued ? 'possible' : limitToLikely(cells, facts), cells, {
    ...(fault === 'tcp-refused' ? { alike: ['provider-refused', 'sni-reset', 'proxy-ignored'] } : {}),
    ...proxied,
    ...(others.length > 0 && fault === 'tcp-refused' ? { alike: ['provider-refused', 'sni-reset'] } : {}),
    evidence: [
      `${formatConnections(before)}: a reset ${formatDelays(before) ?? 'right'} after the SYN-ACK, before any data${compareTtls(cells, host, facts.name)}`,
      crossed > 0 && `${formatCount(crossed, 'connection')}: a reset as soon as the ClientHello left`,
      ...others,
      ...(proxied?.evidence ?? []),
    ],
    against: [...formatWorking(facts), isContinued && 'the server went on after the reset: it may be forged'],
  });
}

const formatDelays = (cells: readonly OutcomeCell[]): string | null =>
  formatRange(
    cells.flatMap(({ delayMinUs, delayMaxUs }) => [delayMinUs, delayMaxUs]),
    formatDuration,
  );

/** Compares TTLs. SYN-ACKs of servers have a TTL reduced by the path; a device near the client has another one. */
function compareTtls(cells: readonly OutcomeCell[], host: HostFacts, name: string): string {
  const ttl = formatRange(
    cells.flatMap(({ ttlMin, ttlMax }) => [ttlMin, ttlMax]),
    String,
  );
  if (ttl === null) return '';
  const own = formatRange(
    cells.flatMap(({ handshakeTtlMin, handshakeTtlMax }) => [handshakeTtlMin, handshakeTtlMax]),
    String,
  );
  const others = formatRange([...(measureOutside(host, name)?.ttls ?? [])], String);
  const compared =
    own !== null
      ? `, where the SYN-ACK had ${own}`
      : others === null
        ? ''
        : `, where SYN-ACKs of other names had ${others}`;
  return `, TTL ${ttl}${compared}`;
}

function findHelloFaults(facts: NameFacts, host: HostFacts): Finding[] {
  return [
    ...findHelloSilence(facts, host),
    ...findLostPart(facts, host, 'helloFrontLost'),
    ...findLostPart(facts, host, 'helloRestLost'),
    ...findLostPart(facts, host, 'answerFrontLost'),
    ...findLostAnswer(facts, host),
    ...findRejection(facts, host, 'helloReset'),
    ...findRejection(facts, host, 'serverAlert'),
    ...findClosing(facts, host),
  ];
}

/**
 * Returns the confidence, at most likely, because other rules give certain. Rare failures among working connections are
 * only possible.
 */
const limitToLikely = (cells: readonly OutcomeCell[], facts: NameFacts): Confidence =>
  sumCounts(cells) * 2 < sumCounts(selectDuring(selectServed(facts), cells)) ? 'possible' : 'likely';

/** True if connections of one program fail, while those of another one to the same name have requests. */
function findOtherProgram(
  facts: NameFacts,
): (Partial<Finding> & { readonly text: string; readonly isLarge: boolean }) | null {
  const split = splitRuntimes(facts);
  if (split === null) return null;
  const least = findMinimum(split.refusing.map(({ helloBytesMin }) => helloBytesMin));
  const most = findMaximum(split.accepting.map(({ helloBytesMax }) => helloBytesMax));
  const isLarge = least >= LARGE_HELLO && most < LARGE_HELLO;
  const [refusing, accepting] = [runtimeLabels(split.refusing), runtimeLabels(split.accepting)];
  return {
    isReachedByOther: true,
    confidence: 'likely',
    isLarge,
    text: isLarge
      ? `each ClientHello of ${refusing} has at least ${least} bytes, those of ${accepting} at most ${most}`
      : `requests of ${accepting} were answered, none of ${refusing}`,
    ...(isLarge
      ? {
          summary: `${refusing} fails at ${facts.name} with a ClientHello of ${least} bytes, and ${accepting} works with ${most}`,
        }
      : { summary: `Connections of ${refusing} to ${facts.name} fail, and those of ${accepting} work` }),
  };
}

const formatWorking = (facts: NameFacts): string[] => {
  const servedCount = sumCounts(selectServed(facts));
  return servedCount === 0
    ? []
    : [`${formatCount(servedCount, 'connection')} to the name carried answered requests`];
};

/**
 * A filter by name and a path that loses data leave the same packets. Only another name at the same address
 * distinguishes them.
 */
function doubtPath(fault: Finding['fault'], cells: readonly OutcomeCell[]): Doubt {
  const [address = ''] = cells.map(({ server, port }) => formatEndpoint(server, port)).sort();
  return {
    causes:
      fault === 'sni-drop'
        ? 'a firewall drops the name, or no data reaches its server'
        : 'no data reaches the server, or a firewall drops the name',
    test: `As a test, run "openssl s_client -connect ${address} -servername example.com": an answer means that a firewall drops the name.`,
  };
}

/** The same connections over IPv4 may work. */
const describeIp6Alone = (fault: Finding['fault'], cells: readonly OutcomeCell[]): Partial<Finding> =>
  cells.every(isOverIp6) ? { advice: IP6_ONLY, alike: [...FAULT_TABLE[fault].alike, 'ipv6-broken'] } : {};

function findHelloSilence(facts: NameFacts, host: HostFacts): Finding[] {
  const cells = selectCells(facts, 'helloSilent');
  if (cells.length === 0) return [];
  const others = listOtherNames(facts, host);
  const evidence = [
    `${formatConnections(cells)} opened, then no byte of the ClientHello was acknowledged in ${formatCount(sumField(cells, 'value'), 'repetition')}`,
    ...others,
  ];
  const program = findOtherProgram(facts);
  const fault = program?.isLarge === true ? 'split-hello' : others.length > 0 ? 'sni-drop' : 'data-blackhole';
  return [
    buildFinding(fault, limitToLikely(cells, facts), cells, {
      ...(program ?? { doubt: doubtPath(fault, cells) }),
      ...describeIp6Alone(fault, cells),
      evidence: [...evidence, program?.text],
      against: formatWorking(facts),
    }),
  ];
}

/** A hello of this size never fits in one packet of Ethernet. */
const SPLIT_HELLO = 1_500;

/** Returns other names that answered hellos in two packets, as evidence that the size is not the cause; empty: none. */
function listAnsweredSplits(facts: NameFacts, { names }: HostFacts): string[] {
  const large = names.filter(
    (other) =>
      other !== facts &&
      other.runtimes.some(({ answered, helloBytesMin }) => answered > 0 && helloBytesMin >= SPLIT_HELLO),
  );
  return large.length === 0 ? [] : [`ClientHellos in two packets to ${listFirstNames(large)} were answered`];
}

const LOST = {
  helloFrontLost: {
    fault: 'mtu-blackhole',
    text: 'the full first segment of the ClientHello was never acknowledged, the shorter second one was',
  },
  helloRestLost: {
    fault: 'split-hello',
    text: 'the first segment of the ClientHello was acknowledged, the second one never',
  },
  answerFrontLost: {
    fault: 'mtu-blackhole',
    text: 'later bytes of the answer arrived, its full first segments never',
  },
} as const;

function findLostPart(facts: NameFacts, host: HostFacts, kind: keyof typeof LOST): Finding[] {
  const cells = selectCells(facts, kind);
  if (cells.length === 0) return [];
  const { text } = LOST[kind];
  const program = findOtherProgram(facts);
  const splits = kind === 'helloRestLost' && program === null ? listAnsweredSplits(facts, host) : [];
  const fault = splits.length > 0 ? 'sni-drop' : LOST[kind].fault;
  return [
    buildFinding(fault, limitToLikely(cells, facts), cells, {
      ...program,
      ...describeIp6Alone(fault, cells),
      evidence: [`${formatConnections(cells)}: ${text}`, program?.text, ...splits],
      ...(splits.length > 0 ? { alike: ['split-hello', 'data-blackhole'] } : {}),
      against: formatWorking(facts),
    }),
  ];
}

/** Time in which servers answer a ClientHello. */
const HELLO_WAIT_US = 4_000_000;

/**
 * Reports missing answers after small packets: all packets of an answer were too large for the path, or the server sent
 * none.
 */
function findLostAnswer(facts: NameFacts, host: HostFacts): Finding[] {
  const cells = selectCells(facts, 'helloUnanswered').filter(
    ({ delayMinUs, cutOff, count }) => delayMinUs >= HELLO_WAIT_US && cutOff < count,
  );
  if (sumCounts(cells) < MIN_REPEATED) return [];
  const evidence = [
    `${formatConnections(cells)}: the ClientHello was acknowledged, and no byte of an answer came within ${formatDuration(findMinimum(cells.map(({ delayMinUs }) => delayMinUs)))}`,
  ];
  const [cell] = cells;
  if (cell !== undefined && cells.every(({ proxied }) => proxied > 0)) {
    const at = formatEndpoint(cell.server, cell.port);
    return [
      buildFinding('proxy-bad-gateway', 'likely', cells, {
        at,
        evidence,
        against: formatWorking(facts),
        alike: ['provider-tls', 'sni-drop', 'data-blackhole'],
        summary: `The proxy ${at} opens tunnels to ${facts.name}, and no answer comes through them`,
        advice: `On the proxy ${at}: connect to ${facts.name}, and check the firewall and the route behind the proxy.`,
      }),
    ];
  }
  // Answers of other names arrived over the same link.
  const others = listOtherNames(facts, host);
  const byServer: Partial<Finding> = {
    alike: ['mtu-blackhole', 'data-blackhole', 'sni-drop'],
    advice:
      "Check the provider's status page. As a test, set the MTU of the client to 1280: an answer means that full-size packets are lost on the way back.",
  };
  return [
    buildFinding(others.length > 0 ? 'provider-tls' : 'mtu-blackhole', 'possible', cells, {
      alike: [...FAULT_TABLE['mtu-blackhole'].alike, 'provider-slow'],
      ...(others.length > 0 ? byServer : {}),
      summary: `${facts.name} takes ClientHellos, and no answer arrives`,
      evidence: [...evidence, ...others],
      against: [
        'the acknowledgements are small and arrive: the server itself may not answer',
        ...formatWorking(facts),
      ],
    }),
  ];
}

/** Detail of a reset after a whole ClientHello in more than one packet. */
const IN_TWO = 2;

const doubtSplit = ({ name }: NameFacts): Doubt => ({
  causes: 'it filters the name, or cannot read a ClientHello in two packets',
  test: `As a test, run "openssl s_client -connect ${name}:443 -servername ${name} -groups X25519", whose ClientHello fits in one packet: an answer means that the size is the cause, and the device needs an update.`,
});

/** The SYN-ACK of a tunnel belongs to its proxy, and is no evidence about the path to the server. */
const PROXY_US = 10_000;

function isRejectedNear(cells: readonly OutcomeCell[], outside: Outside | null): boolean {
  if (cells.every(({ proxied }) => proxied > 0))
    return cells.every(({ delayMinUs }) => delayMinUs < PROXY_US);
  return isFromNear(cells, outside) ?? false;
}

/** A device answers in place of a server outside, as inspections of TLS do. Without other servers, this is a guess. */
const isOfBox = (cells: readonly OutcomeCell[], outside: Outside | null): boolean =>
  cells.every(({ proxied, server }) => proxied === 0 && !isInside(server)) && answersFromNear(cells, outside);

/** Describes a device that answers in place of the server and ends the handshake itself. */
const describeBox = ({ name }: NameFacts, how: string): Partial<Finding> => ({
  summary: `A device that answers in place of ${name} ${how} after the ClientHello`,
  advice: `On the device that inspects TLS: allow ${name} or exempt it from the inspection, and check the versions of TLS that the device supports.`,
});

/** A proxy that ends its tunnels to one name filters the name. */
const describeProxy = ({ name }: NameFacts, cells: readonly OutcomeCell[]): Partial<Finding> => {
  const [cell] = cells;
  if (cell === undefined || cells.some(({ proxied }) => proxied === 0)) return {};
  const at = formatEndpoint(cell.server, cell.port);
  return {
    leg: 'proxy',
    at,
    summary: `The proxy ${at} opens tunnels to ${name}, and they end after the ClientHello`,
    advice: `On the proxy ${at} and the firewall behind it: allow ${name}.`,
  };
};

function findRejection(facts: NameFacts, host: HostFacts, kind: 'helloReset' | 'serverAlert'): Finding[] {
  const atOnce = kind === 'helloReset' ? listResetsAtOnce(facts) : [];
  const cells = selectCells(facts, kind).filter((cell) => !atOnce.includes(cell));
  const [cell] = cells;
  if (cell === undefined) return [];
  const outside = measureOutside(host, facts.name);
  const isBox = isOfBox(cells, outside);
  const isNear = isBox || isRejectedNear(cells, outside);
  const isGuess = isBox && outside === null;
  const near = kind === 'helloReset' ? 'sni-reset' : 'sni-alert';
  const isContinued = cells.every(({ continued, count }) => continued === count);
  const what = kind === 'helloReset' ? 'a reset' : `the TLS alert ${formatAlert(cell.detail)} in clear`;
  const delay = formatDelays(cells) ?? formatDuration(0);
  const program = isNear && !isContinued ? findOtherProgram(facts) : null;
  const fault = !isNear ? 'provider-tls' : program?.isLarge === true ? 'split-hello' : near;
  const isInTwo = fault === 'sni-reset' && program === null && cells.every(({ detail }) => detail === IN_TWO);
  const splits = isInTwo ? listAnsweredSplits(facts, host) : [];
  const isSplit = isInTwo && splits.length === 0;
  return [
    buildFinding(fault, isContinued || isGuess ? 'possible' : limitToLikely(cells, facts), cells, {
      ...(isNear ? describeProxy(facts, cells) : {}),
      ...(isBox ? describeBox(facts, kind === 'helloReset' ? 'resets connections' : 'sends an alert') : {}),
      ...program,
      ...(isSplit ? { doubt: doubtSplit(facts) } : {}),
      evidence: [
        program?.text,
        `${formatConnections(cells)}: ${what} ${delay} after the ClientHello${compareTtls(cells, host, facts.name)}`,
        `the SYN-ACK came after ${formatDuration(cell.handshakeMinUs)}`,
        ...listOtherNames(facts, host),
        ...splits,
      ],
      against: [
        ...formatWorking(facts),
        isContinued && 'the server went on after the reset: it may be forged',
      ],
    }),
  ];
}

function findClosing(facts: NameFacts, host: HostFacts): Finding[] {
  const cells = selectCells(facts, 'helloClosed').filter(
    ({ server, proxied }) => proxied > 0 || !isInside(server),
  );
  if (sumCounts(cells) < MIN_REPEATED || selectDuring(selectServed(facts), cells).length > 0) return [];
  const isProxied = cells.every(({ proxied }) => proxied > 0);
  const outside = measureOutside(host, facts.name);
  const isBox = isOfBox(cells, outside);
  const isNear = isBox || (!isProxied && isFromNear(cells, outside) === true);
  const isGuess = isBox && outside === null;
  const who = isProxied ? 'the proxy' : isNear ? 'a device between client and server' : 'the server';
  return [
    buildFinding(
      isProxied ? 'proxy-bad-gateway' : isNear ? 'sni-reset' : 'provider-tls',
      isNear && !isGuess ? 'likely' : 'possible',
      cells,
      {
        ...(isBox ? describeBox(facts, 'closes connections') : {}),
        ...(isProxied
          ? { ...describeProxy(facts, cells), alike: ['proxy-denied', 'sni-reset', 'provider-tls'] }
          : {}),
        evidence: [
          `${formatConnections(cells)}: ${who} closed before the handshake was complete${isNear ? `, ${formatDelays(cells) ?? formatDuration(0)} after the ClientHello${compareTtls(cells, host, facts.name)}` : ''}`,
        ],
        against: formatWorking(facts),
      },
    ),
  ];
}
