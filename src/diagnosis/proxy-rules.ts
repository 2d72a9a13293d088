// Rules for proxies: refused and unanswered requests, unreachable proxies, and connections that a proxy ends.

import { findMaximum, findMinimum } from '../model/extremes.ts';
import type { Fault } from '../model/faults.ts';
import { groupBy } from '../model/grouped-by.ts';
import { SOCKS_STATUS } from '../model/outcome.ts';
import type { OutcomeCell } from '../model/usage.ts';
import { LOCAL_NAMES } from '../model/window-words.ts';
import { formatEndpoint } from '../net/address.ts';
import { listFollowedNames } from './dns-rules.ts';
import {
  describePart,
  findFirstUs,
  findLastUs,
  type HostFacts,
  isMaybeSocket,
  type NameFacts,
  runtimeLabels,
  selectCells,
  selectDuring,
  selectServed,
  sumCounts,
} from './facts.ts';
import {
  buildFinding,
  type Finding,
  formatConnections,
  formatCount,
  formatDuration,
  formatQueries,
  formatRefusal,
  isSocks,
} from './finding.ts';
import { NETWORK_LOGIN } from './portal-rule.ts';

/** RFC 9110 §15.5.8; RFC 6585 §4. */
const PROXY_AUTHENTICATION_REQUIRED = 407;
const TOO_MANY_REQUESTS = 429;
/** Maximum challenges of one connection; NTLM needs two (RFC 4559 §5). */
const MAX_CHALLENGES = 3;
/** Minimum age of a connection that a lifetime limit ended. */
const MIN_AGE_MS = 3_000;
/** The minimum is lower if the ages of all ended connections differ by at most EQUAL_AGE_MS. */
const MIN_EQUAL_AGE_MS = 1_000;
const EQUAL_AGE_MS = 300;

/** Names of private networks (RFC 6762 §3, RFC 8375 §4, ICANN's "internal" of 2024). */
const PRIVATE_NAME = /^[^.]+$|\.(?:internal|local|home\.arpa|localhost)$/;
const isOwnService = (name: string): boolean =>
  LOCAL_NAMES.some((localName) => localName === name) || PRIVATE_NAME.test(name);

const formatPlace = ({ server, port }: OutcomeCell): string => formatEndpoint(server, port);

/** Logs of proxies have the address of the server, or this one without a connection to it. */
const NO_SERVER = '0.0.0.0';

const { reply4, reply5, noMethod, loginFailed } = SOCKS_STATUS;
/** Faults of SOCKS replies: SOCKS 4 codes 91 to 93 of the protocol memo, SOCKS 5 codes of RFC 1928 §6. */
const SOCKS_FAULTS: Readonly<Record<number, Exclude<Fault, 'none'>>> = {
  [noMethod]: 'proxy-auth',
  [loginFailed]: 'proxy-auth',
  [reply4 + 91]: 'proxy-denied',
  [reply4 + 92]: 'proxy-auth',
  [reply4 + 93]: 'proxy-auth',
  [reply5 + 2]: 'proxy-denied',
  [reply5 + 7]: 'proxy-denied',
};
/** "Rejected or failed" and "general failure": the proxy denies the request, or cannot reach the server. */
const AMBIGUOUS_REPLIES: ReadonlySet<number> = new Set([reply4 + 91, reply5 + 1]);
/** True if the proxy refuses before it receives a name. */
const isLoginRefused = ({ detail }: OutcomeCell): boolean => detail === noMethod || detail === loginFailed;

/**
 * Returns the fault of a refusal. A firewall or gateway on the path refuses instead of the server; its client did not
 * contact a proxy.
 */
function findRefusalFault({ detail: status, proxied }: OutcomeCell): Exclude<Fault, 'none'> {
  if (proxied === 0) return 'gateway-denied';
  if (isSocks(status)) return SOCKS_FAULTS[status] ?? 'proxy-bad-gateway';
  if (status === PROXY_AUTHENTICATION_REQUIRED) return 'proxy-auth';
  if (status === NETWORK_LOGIN) return 'captive-portal';
  return status >= 500 ? 'proxy-bad-gateway' : 'proxy-denied';
}

export function findProxyFaults(facts: NameFacts): Finding[] {
  return [...findStatusFaults(facts), ...findUnanswered(facts), ...findLifetime(facts)];
}

/** Reports a proxy that receives a CONNECT and does not answer. */
function findUnanswered(facts: NameFacts): Finding[] {
  const cells = selectCells(facts, 'connectUnanswered');
  const [cell] = cells;
  if (cell === undefined) return [];
  const served = selectDuring(
    selectServed(facts).filter(({ proxied }) => proxied > 0),
    cells,
  );
  if (sumCounts(served) >= sumCounts(cells)) return [];
  return [
    buildFinding('proxy-bad-gateway', sumCounts(cells) > 1 ? 'likely' : 'possible', cells, {
      at: formatPlace(cell),
      evidence: [
        `the proxy ${formatPlace(cell)} received ${formatCount(sumCounts(cells), 'CONNECT request')} and did not answer`,
      ],
      against: [served.length > 0 && `${formatConnections(served)} through the proxy worked`],
    }),
  ];
}

const COMPARE_PROGRAMS =
  'Compare the two programs in the log of the proxy: user agent, login and source decide which one passes.';
/** True if refused and passing connections alternate, which excludes a rule that was added at a certain time. */
const alternates = (cells: readonly OutcomeCell[], served: readonly OutcomeCell[]): boolean =>
  findFirstUs(served) < findLastUs(cells) && findLastUs(served) > findFirstUs(cells);

/** Describes the status of the proxy instead of the usual one of the fault. */
function describeStatus(
  fault: Fault,
  status: number,
  { at, name }: { readonly at: string; readonly name: string },
): Partial<Finding> | null {
  const proxy = at.replace('the', 'The');
  if (isSocks(status)) return null;
  if (fault === 'captive-portal')
    return {
      leg: 'proxy',
      alike: ['proxy-auth'],
      summary: `${proxy} requires a login to the network first (${status})`,
    };
  if (status === TOO_MANY_REQUESTS)
    return {
      summary: `${proxy} limits the rate of requests for ${name} (${status})`,
      advice: `On ${at}: check the limits of requests and connections for this client and for ${name}.`,
    };
  if (fault === 'proxy-auth') return { summary: `${proxy} requires authentication (${status})` };
  if (status >= 300 && status < 400)
    return { summary: `${proxy} redirects requests for ${name} to another page (${status})` };
  return fault === 'proxy-denied' ? { summary: `${proxy} refuses ${name} (${status})` } : null;
}

/**
 * Returns the texts of a SOCKS refusal. A reply that fits two faults names the other one, and the advice names settings
 * of SOCKS clients.
 */
function describeSocks(
  fault: Fault,
  { detail, count }: OutcomeCell,
  { at, name }: { readonly at: string; readonly name: string },
): Partial<Finding> {
  if (!isSocks(detail)) return {};
  const evidence = [`${at} answered ${formatCount(count, 'request')} with ${formatRefusal(detail)}`];
  if (fault === 'proxy-auth')
    return {
      evidence,
      advice:
        detail === reply4 + 92 || detail === reply4 + 93
          ? `Set ${at} up for clients without identd, or use SOCKS 5.`
          : `Configure the tool with a login for ${at} (socks5h://USER:PASSWORD@…), or allow the client there without one.`,
    };
  if (detail === reply5 + 7 || detail === reply5 + 8)
    return {
      evidence,
      summary: `${at.replace('the', 'The')} does not support the request for ${name}`,
      advice:
        detail === reply5 + 8
          ? 'Change the address type that the client requests: socks5h:// sends names, socks5:// sends addresses.'
          : 'Use a client that sends only CONNECT requests, or use another proxy.',
    };
  return {
    evidence,
    ...(AMBIGUOUS_REPLIES.has(detail)
      ? { alike: [fault === 'proxy-denied' ? 'proxy-bad-gateway' : 'proxy-denied'] }
      : {}),
  };
}

/** Returns the advice that the client must not use the proxy for this name, whatever it answers. */
const adviseBypass = (name: string): Pick<Finding, 'leg' | 'summary' | 'advice'> => ({
  leg: 'client',
  summary: `The program sends requests for ${name} to the proxy, which cannot reach the client's own services`,
  advice: `Set NO_PROXY=${[...new Set([name, ...LOCAL_NAMES])].join(',')} for the program, in upper and lower case.`,
});

function findStatusFaults(facts: NameFacts): Finding[] {
  return selectCells(facts, 'connectStatus').flatMap((cell) => {
    const fault = findRefusalFault(cell);
    const isProxied = cell.proxied > 0;
    const served = selectServed(facts).filter(({ proxied }) => proxied > 0 === isProxied);
    const direct =
      isProxied && served.length === 0 ? selectServed(facts).filter(({ proxied }) => proxied === 0) : [];
    const isSocket = isMaybeSocket(facts, [cell], direct);
    const loggedIn = fault === 'proxy-auth' ? selectDuring(served, [cell]) : [];
    // An answered challenge is part of the login.
    if (findLastUs(loggedIn) >= findFirstUs([cell]) && cell.count <= sumCounts(loggedIn) * MAX_CHALLENGES)
      return [];
    const passing = runtimeLabels(facts.runtimes.filter(({ isKnown, answered }) => isKnown && answered > 0));
    const hasServer = cell.server !== NO_SERVER;
    const proxy = hasServer ? `the proxy ${formatPlace(cell)}` : 'the proxy';
    return [
      buildFinding(
        fault,
        loggedIn.length > 0 || AMBIGUOUS_REPLIES.has(cell.detail) ? 'likely' : 'certain',
        [cell],
        {
          ...(hasServer ? { at: formatPlace(cell) } : {}),
          ...(isProxied ? describeStatus(fault, cell.detail, { at: proxy, name: facts.name }) : {}),
          ...(loggedIn.length > 0
            ? {
                summary: `The proxy ${formatPlace(cell)} repeatedly requires a login from one program and accepts another one`,
              }
            : {}),
          ...(fault === 'proxy-denied' && passing !== '' && alternates([cell], served)
            ? {
                isReachedByOther: true,
                advice: COMPARE_PROGRAMS,
                summary: `A program gets ${formatRefusal(cell.detail)} from ${proxy} for ${facts.name}, and ${passing} passes`,
              }
            : {}),
          ...(direct.length > 0
            ? {
                summary: `${describePart(isSocket)} goes to ${facts.name} through ${proxy}, which answers with ${formatRefusal(cell.detail)}, and requests without a proxy are answered`,
                advice: `On the client, add ${facts.name} to NO_PROXY${isSocket ? ', or disable WebSockets in the tool' : ''}; or allow ${facts.name} on the proxy.`,
              }
            : {}),
          ...(isProxied && isOwnService(facts.name) ? adviseBypass(facts.name) : {}),
          evidence: [
            isProxied
              ? `${proxy} answered ${formatCount(cell.count, isOwnService(facts.name) ? 'request' : 'CONNECT request')} with ${formatRefusal(cell.detail)}`
              : `a firewall or web gateway on the path refused ${formatCount(cell.count, 'connection')}${hasServer ? ` to ${formatPlace(cell)}` : ''}`,
          ],
          ...describeSocks(fault, cell, { at: proxy, name: facts.name }),
          against: [
            served.length > 0 &&
              `${formatConnections(served)} through the ${isProxied ? 'proxy' : 'gateway'} worked`,
          ],
        },
      ),
    ];
  });
}

/** Reports connections that end at the same age. `detail`: twice the age in seconds, plus one for a reset. */
function findLifetime(facts: NameFacts): Finding[] {
  const ended = selectCells(facts, 'closedInAnswer').filter(({ proxied }) => proxied > 0);
  const isOfOneAge =
    sumCounts(ended) > 1 &&
    findMaximum(ended.map(({ valueMax }) => valueMax)) - findMinimum(ended.map(({ valueMin }) => valueMin)) <=
      EQUAL_AGE_MS;
  const cells = ended.filter(({ valueMin }) => valueMin >= (isOfOneAge ? MIN_EQUAL_AGE_MS : MIN_AGE_MS));
  const [mostFrequent] = cells.toSorted((a, b) => b.count - a.count || b.detail - a.detail);
  if (mostFrequent === undefined) return [];
  const same = cells.filter(({ detail }) => Math.abs(detail - mostFrequent.detail) <= 3);
  const isReset = same.some(({ detail }) => detail % 2 === 1);
  // After complete answers, a silence before the end is that of an idle connection.
  const isAnswered = facts.exchanges.length > 0 && facts.exchanges.every(({ bytesDown }) => bytesDown > 0);
  const isSilent = mostFrequent.delayMinUs > (isAnswered ? 1_000_000 : 5_000_000);
  if (isSilent) return [];
  return [
    buildFinding('proxy-lifetime', sumCounts(same) > 1 || isReset ? 'likely' : 'possible', same, {
      at: formatPlace(mostFrequent),
      evidence: [
        `the proxy ${formatPlace(mostFrequent)} ended ${formatConnections(same)} in the middle of an answer, at an age of ${formatDuration(mostFrequent.valueMin * 1000)}`,
      ],
      against: [sumCounts(same) <= 1 && 'it was seen only once'],
    }),
  ];
}

/** Failed TCP connections to a resolver are a DNS fault; the DNS rules report them. */
const DNS_PORT = 53;
/** Ports of proxies only: Squid and SOCKS. Web servers use other proxy ports too. */
const PROXY_PORTS: ReadonlySet<number> = new Set([1080, 3128]);

/** Reports connections to a proxy that fail before any name is known. */
export function findUnreached(facts: NameFacts, host: HostFacts): Finding[] {
  const all = selectCells(facts, 'synSilent', 'synReset').filter(({ port }) => port !== DNS_PORT);
  const used = new Set(
    host.names.flatMap(({ cells }) => cells.flatMap((cell) => (cell.proxied > 0 ? [formatPlace(cell)] : []))),
  );
  const isProxy = (cell: OutcomeCell): boolean =>
    facts.name !== '' || PROXY_PORTS.has(cell.port) || used.has(formatPlace(cell));
  const proxies = all.filter(isProxy);
  const cells = proxies.length > 0 ? proxies : all;
  const [cell] = cells;
  const failed = new Set(cells.map(formatPlace));
  const isOpen = facts.cells.some((other) => other.handshakeMinUs > 0 && failed.has(formatPlace(other)));
  if (cell === undefined || isOpen) return [];
  const isReset = cells.some(({ kind }) => kind === 'synReset');
  const isRepeated = cells.some(({ value, count }) => value > count) || sumCounts(cells) > 1;
  if (!isReset && !isRepeated) return [];
  const confidence = proxies.length === 0 ? 'possible' : isRepeated && isReset ? 'certain' : 'likely';
  const worked = sumCounts(
    host.names.flatMap(selectServed).filter((other) => other.proxied > 0 && failed.has(formatPlace(other))),
  );
  return [
    buildFinding('proxy-unreachable', confidence, cells, {
      at: formatPlace(cell),
      alike: [isReset ? 'tcp-refused' : 'tcp-blackhole'],
      evidence: [
        `${formatConnections(cells)} to the proxy port ${formatPlace(cell)} ${isReset ? 'were reset' : 'got no answer'}`,
      ],
      worked,
      ...(worked === 0
        ? {}
        : { summary: `The proxy ${formatPlace(cell)} does not accept connections any more` }),
      against: [
        proxies.length === 0 && `port ${cell.port} may be that of another server`,
        worked > 0 && `${formatCount(worked, 'connection')} through the proxy worked`,
      ],
    }),
  ];
}

/** Reports a SOCKS proxy that requires a login or refuses this one, before any name is known. */
export function findBadLogin(facts: NameFacts, host: HostFacts): Finding[] {
  return [...groupBy(selectCells(facts, 'connectStatus').filter(isLoginRefused), formatPlace)].flatMap(
    ([at, cells]) => {
      const [cell] = cells;
      const served = host.names
        .flatMap(selectServed)
        .filter((other) => other.proxied > 0 && formatPlace(other) === at);
      if (cell === undefined) return [];
      return [
        buildFinding('proxy-auth', served.length === 0 ? 'certain' : 'likely', cells, {
          at,
          evidence: [],
          against: [served.length > 0 && `${formatConnections(served)} through the proxy worked`],
          ...describeSocks(
            'proxy-auth',
            { ...cell, count: sumCounts(cells) },
            { at: `the proxy ${at}`, name: '' },
          ),
        }),
      ];
    },
  );
}

/** Reports programs that begin with TLS at the port of a proxy, which expects clear text. */
export function findProxyTls(facts: NameFacts): Finding[] {
  const stated = selectCells(facts, 'connectStatus').filter(
    ({ proxied, detail }) => proxied === 0 && detail >= 400,
  );
  const ended = selectCells(facts, 'helloClosed', 'helloReset', 'helloUnanswered');
  const cells = [...stated, ...ended];
  const [cell] = cells;
  if (cell === undefined || isSocks(cell.detail) || selectServed(facts).length > 0) return [];
  const at = formatPlace(cell);
  const count = sumCounts(cells);
  return [
    buildFinding(
      'proxy-unreachable',
      stated.length > 0 ? 'certain' : count > 1 ? 'likely' : 'possible',
      cells,
      {
        at,
        leg: 'client',
        alike: [],
        summary: `A program uses TLS with the proxy ${at}, which expects clear text`,
        evidence: [
          stated.length > 0
            ? `${at} answered ${formatCount(sumCounts(stated), 'ClientHello')} with HTTP in clear text`
            : `${at} did not answer ${formatCount(count, 'ClientHello')}`,
        ],
        advice: `On the client, write the address of the proxy with http:// instead of https:// in HTTPS_PROXY, or use the TLS port of the proxy.`,
      },
    ),
  ];
}

/** Reports a proxy whose name cannot be resolved. */
export function findUnresolved(facts: NameFacts, host: HostFacts): Finding[] {
  // Systems query the name of a PAC file without configuration (WPAD). Without an answer, the network has none.
  if (facts.name.startsWith('wpad.')) return [];
  const cells = selectCells(facts, 'dnsError', 'dnsUnanswered', 'dnsZero');
  if (cells.length === 0 || selectCells(facts, 'dnsAnswered', 'dnsPrivate').length > 0) return [];
  const used = [
    ...facts.cells.filter(({ kind }) => kind === 'served' || kind === 'opened'),
    ...host.names.flatMap((other) => other.cells.filter(({ proxied }) => proxied > 0)),
  ];
  const against = listFollowedNames(facts, host, used);
  const isStated = cells.some(({ kind }) => kind !== 'dnsUnanswered');
  const isDoubtful = against.length > 0 || (!isStated && sumCounts(cells) < 2);
  return [
    buildFinding('proxy-unreachable', isDoubtful ? 'possible' : isStated ? 'certain' : 'likely', cells, {
      against,
      leg: 'resolver',
      at: facts.name,
      alike: [isStated ? 'dns-nxdomain' : 'dns-timeout'],
      advice: `Check the name of the proxy in the settings of the client, or add ${facts.name} to the resolver ${[...new Set(cells.map(({ server }) => server))].sort().join(', ')}.`,
      evidence: [
        `the resolver gave no address for the proxy name ${facts.name} (${formatQueries(sumCounts(cells))})`,
      ],
    }),
  ];
}
