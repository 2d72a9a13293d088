// Replaces hosts in windows by pseudonyms, for sensors whose windows leave the organization.

import type { EchAnswer, HostTotals, UsageRow, UsageWindow } from '../model/usage.ts';
import { ANY_NETWORK } from '../model/window-words.ts';
import { compareText, parseNetwork } from '../net/address.ts';
import { renamePrivate } from '../net/private-networks.ts';
import { isPseudonym } from '../text/pseudonym.ts';
import { renameParts } from './host-parts.ts';
import { sumEchAnswers } from './sums.ts';

/** Replaces the names of hosts and every private address, and removes MACs, host names, VLANs and Community IDs. */
export function pseudonymizeWindows(
  windows: readonly UsageWindow[],
  nameOf: (host: string) => string,
): UsageWindow[] {
  return windows.map(({ sharedMacs: _shared, ...window }) => ({
    ...window,
    ...withoutHosts(window),
    ...renameParts(window, nameOf, (address) => renamePrivate(address, nameOf)),
    hosts: [...window.hosts]
      .map(({ addresses: _, macs: _macs, claims: _claims, ...totals }) => ({
        ...totals,
        host: nameOf(totals.host),
        mac: null,
        macFrom: null,
        names: [],
        vlans: [],
      }))
      .sort((a, b) => compareText(a.host, b.host)),
    rows: window.rows.map((row) => renameRow(row, nameOf)).sort((a, b) => compareText(a.host, b.host)),
    queriedNames: window.queriedNames
      .map((queried) => ({
        ...queried,
        host: nameOf(queried.host),
        addresses: renameAll(queried.addresses, nameOf),
        echAnswers: renameResolvers(queried.echAnswers, nameOf),
      }))
      .sort((a, b) => compareText(a.host, b.host)),
  }));
}

/** An excluded network of one address identifies a host, so the window records only that some hosts were left out. */
const withoutHosts = ({ excluded }: UsageWindow): Pick<UsageWindow, 'excluded'> =>
  excluded?.some(isOneAddress) === true ? { excluded: [ANY_NETWORK] } : {};

function isOneAddress(text: string): boolean {
  const network = parseNetwork(text);
  return network !== null && network.bits === network.bytes.length * 8;
}

/** True if the window has no local address and no fact that could identify a host. Flow ids are unkeyed hashes of addresses. */
export function holdsPseudonymsAlone(window: UsageWindow): boolean {
  let isClear = window.sharedMacs === undefined;
  pseudonymizeWindows([window], (host) => {
    isClear &&= isPseudonym(host);
    return host;
  });
  isClear &&= window.excluded?.some(isOneAddress) !== true;
  return isClear && window.hosts.every(isUntraced) && window.rows.every(hasNoTrace);
}

const isUntraced = ({ mac, addresses, macs, claims, names, vlans }: HostTotals): boolean =>
  mac === null &&
  addresses === undefined &&
  macs === undefined &&
  claims === undefined &&
  names.length + vlans.length === 0;

const hasNoTrace = ({ communityIds, macs }: UsageRow): boolean => communityIds.length + macs.length === 0;

const renameRow = (row: UsageRow, nameOf: (host: string) => string): UsageRow => ({
  ...row,
  host: nameOf(row.host),
  name: row.name.startsWith('[') ? `[${renamePrivate(row.name.slice(1, -1), nameOf)}]` : row.name,
  servers: renameAll(row.servers, nameOf),
  communityIds: [],
  macs: [],
});

const renameAll = (addresses: readonly string[], nameOf: (host: string) => string): string[] =>
  addresses.map((address) => renamePrivate(address, nameOf)).sort(compareText);

/** Renames resolvers with a private address, because they are machines of the network. */
function renameResolvers(answers: readonly EchAnswer[], nameOf: (host: string) => string): EchAnswer[] {
  const renamed = ({ resolver, ...answer }: EchAnswer): EchAnswer => ({
    ...answer,
    resolver: renamePrivate(resolver, nameOf),
  });
  return sumEchAnswers(answers.map((answer) => [renamed(answer)]));
}
