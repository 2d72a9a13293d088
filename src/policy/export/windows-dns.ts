// Exports a PowerShell script with query resolution policies for DNS servers of Windows Server 2016 and later.

import { parseNetwork } from '../../net/address.ts';
import { listEntries } from './lists.ts';
import { NAMES_BELOW } from './name-lists.ts';
import type { BlockPlan, PlanFormat } from './plan.ts';

/** Maximum names in one policy, because its conditions are one line of text. */
const NAMES_OF_POLICY = 50;

export const WINDOWS_DNS: PlanFormat = {
  ending: 'windows-dns.ps1',
  sign: '#',
  words: {
    blocks: 'DNS queries to the server for these names: it answers that it refuses (DENY)',
    lets: 'clients that ask another resolver (DNS over HTTPS too) or know the address',
  },
  notes: ({ names }) => [
    ...names
      .filter(({ match }) => match === 'glob')
      .map(({ name }) => `Not carried over: ${name}: a policy knows no wildcard inside a name`),
    'Run it on the DNS server, as an administrator of it; running it again replaces what it made before',
  ],
  text: (plan) => `${listScript(plan).join('\n')}\n`,
};

function listScript(plan: BlockPlan): string[] {
  const base = `Wiretally-${plan.rule.id}`;
  const lines = [
    "$ErrorActionPreference = 'Stop'",
    `Get-DnsServerQueryResolutionPolicy | Where-Object { $_.Name -like ${quoteText(`${base}-*`)} } | Remove-DnsServerQueryResolutionPolicy -Force`,
    `Get-DnsServerClientSubnet | Where-Object { $_.Name -like ${quoteText(`${base}-*`)} } | Remove-DnsServerClientSubnet -Force`,
  ];
  const sources = addSubnets(`${base}-sources`, plan.sources, lines);
  const passing = addSubnets(`${base}-passing`, plan.passing, lines);
  const who = [
    ...(sources === null ? [] : [`EQ,${sources}`]),
    ...(passing === null ? [] : [`NE,${passing}`]),
  ];
  const condition = who.length === 0 ? '' : ` -ClientSubnet ${quoteText(who.join(';'))}`;
  const names = listEntries(plan, NAMES_BELOW).map(({ line }) => line);
  for (let at = 0; at < names.length; at += NAMES_OF_POLICY) {
    const part = names.slice(at, at + NAMES_OF_POLICY).join(',');
    const name = quoteText(`${base}-${at / NAMES_OF_POLICY + 1}`);
    lines.push(
      `Add-DnsServerQueryResolutionPolicy -Name ${name} -Action DENY -ApplyOnRecursion -Fqdn ${quoteText(`EQ,${part}`)}${condition}`,
    );
  }
  return lines;
}

/** Returns the name of the client subnet that the script creates; null without networks. */
function addSubnets(name: string, networks: readonly string[], lines: string[]): string | null {
  if (networks.length === 0) return null;
  const isFour = (cidr: string): boolean => parseNetwork(cidr)?.bytes.length === 4;
  const four = networks.filter(isFour);
  const six = networks.filter((cidr) => !isFour(cidr));
  const parts = [
    ...(four.length === 0 ? [] : [`-IPv4Subnet ${four.map(quoteText).join(',')}`]),
    ...(six.length === 0 ? [] : [`-IPv6Subnet ${six.map(quoteText).join(',')}`]),
  ];
  lines.push(`Add-DnsServerClientSubnet -Name ${quoteText(name)} ${parts.join(' ')}`);
  return name;
}

/** Quotes a literal string of PowerShell, in which nothing is expanded. */
const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;
