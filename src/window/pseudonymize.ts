// Replaces hosts in windows by pseudonyms, for sensors whose windows leave the organization.

import type { EchAnswer, UsageWindow } from '../model/usage.ts';
import { compareText } from '../net/address.ts';
import { isPrivate } from '../net/private-networks.ts';
import { renameParts } from './host-parts.ts';
import { sumEchAnswers } from './sums.ts';

/** The same windows with other names for hosts; MACs, host names, VLANs and community IDs go. */
export function pseudonymizeWindows(
  windows: readonly UsageWindow[],
  nameOf: (host: string) => string,
): UsageWindow[] {
  return windows.map(({ sharedMacs: _shared, ...window }) => ({
    ...window,
    ...renameParts(window, nameOf),
    hosts: window.hosts
      .map(({ addresses: _, macs: _macs, claims: _claims, ...totals }) => ({
        ...totals,
        host: nameOf(totals.host),
        mac: null,
        macFrom: null,
        names: [],
        vlans: [],
      }))
      .sort((a, b) => compareText(a.host, b.host)),
    rows: window.rows
      .map((row) => ({ ...row, host: nameOf(row.host), communityIds: [], macs: [] }))
      .sort((a, b) => compareText(a.host, b.host)),
    asked: window.asked
      .map((asked) => ({
        ...asked,
        host: nameOf(asked.host),
        echAnswers: renameResolvers(asked.echAnswers, nameOf),
      }))
      .sort((a, b) => compareText(a.host, b.host)),
  }));
}

/** A resolver with a private address is a machine of the network. */
function renameResolvers(answers: readonly EchAnswer[], nameOf: (host: string) => string): EchAnswer[] {
  const renamed = ({ resolver, ...answer }: EchAnswer): EchAnswer => ({
    ...answer,
    resolver: isPrivate(resolver) ? nameOf(resolver) : resolver,
  });
  return sumEchAnswers(answers.map((answer) => [renamed(answer)]));
}
