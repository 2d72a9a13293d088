// Exports lists of names for resolvers, filters and firewalls.

import { exportLists, type ListForm, type ListFormat, writeLists } from './lists.ts';
import { type ExportContext, type ExportFile, planBlocks } from './plan.ts';

/** Writes names unchanged. NAMES_BELOW adds an entry for all names below a suffix. */
const NAMES: ListForm = { exact: (name) => [name], suffix: (name) => [name], glob: null };
export const NAMES_BELOW: ListForm = { ...NAMES, suffix: (name) => [name, `*.${name}`] };
const OTHER_RESOLVER = 'clients that ask another resolver (DNS over HTTPS too) or know the address';

/** A destination list of Cisco Umbrella, one domain per line. Each includes its subdomains. */
export const UMBRELLA: ListFormat = {
  words: {
    blocks:
      'DNS queries to Umbrella for these names and all names below them, even where the rule lists the name alone',
    lets: OTHER_RESOLVER,
  },
  lists: [{ ending: 'umbrella.txt', form: NAMES }],
};

/** A DNS filter list for AdGuard Home: "|name^" matches the name only, "||name^" the name and all below it. */
export const ADGUARD: ListFormat = {
  words: {
    blocks: 'DNS queries to AdGuard Home for these names; "*" inside a name also means several parts of it',
    lets: OTHER_RESOLVER,
  },
  sign: '!',
  lists: [
    {
      ending: 'adguard.txt',
      form: {
        exact: (name) => [`|${name}^`],
        suffix: (name) => [`||${name}^`],
        glob: (name) => [`|${name}^`],
      },
    },
  ],
};

/** A list for Pi-hole (5.16 and later): plain names, and "||name^" for a name with all below it. */
export const PIHOLE: ListFormat = {
  words: { blocks: 'DNS queries to the Pi-hole for these names', lets: OTHER_RESOLVER },
  sign: '#',
  lists: [{ ending: 'pihole.txt', form: { ...NAMES, suffix: (name) => [`||${name}^`] } }],
};

const inDnsmasq = (name: string): string[] => [`address=/${name}/`];

/** Configuration of dnsmasq that answers NXDOMAIN for the name and all below it. */
export const DNSMASQ: ListFormat = {
  words: {
    blocks:
      'DNS queries to dnsmasq for these names and all names below them, even where the rule lists the name alone',
    lets: OTHER_RESOLVER,
  },
  sign: '#',
  lists: [{ ending: 'dnsmasq.conf', form: { exact: inDnsmasq, suffix: inDnsmasq, glob: null } }],
};

/**
 * External dynamic lists of PAN-OS: one of domains, for DNS security and policies, and one of URLs, for URL filtering.
 */
export const PALOALTO: ListFormat = {
  words: {
    blocks:
      'as set in the rules that use the lists: DNS queries (domain list), and TLS by server name or decrypted requests (URL list)',
    lets: 'names in QUIC where the application "quic" is not blocked; clients whose traffic or questions do not pass the firewall',
  },
  lists: [
    { ending: 'paloalto-domains.txt', form: NAMES_BELOW },
    {
      ending: 'paloalto-urls.txt',
      // The entry ends with a slash, because otherwise it also matches longer names that begin with it.
      form: {
        exact: (name) => [`${name}/`],
        suffix: (name) => [`${name}/`, `*.${name}/`],
        // "*" matches a whole label of the name.
        glob: (name) =>
          name.split('.').every((part) => part === '*' || !part.includes('*')) ? [`${name}/`] : [],
      },
    },
  ],
};

export const FORTIGATE: ListFormat = {
  words: {
    blocks:
      'DNS queries (list of type domain in a DNS filter), and packets to networks that the vendor owns (list of type address in a policy)',
    lets: 'clients that ask another resolver, not through the firewall; names on shared clouds, once their address is known',
  },
  lists: [{ ending: 'fortigate-domains.txt', form: { ...NAMES_BELOW, glob: (name) => [name] } }],
};

/**
 * Exports external resources of FortiOS: a list of domains for DNS filters, and one of addresses for firewall policies.
 */
export function exportFortigate(context: ExportContext): ExportFile[] {
  return planBlocks(context).flatMap((plan) => {
    const files = writeLists(context, plan, FORTIGATE);
    const text = plan.networks.map(({ cidr }) => `${cidr}\n`).join('');
    const addresses = { name: `wiretally-${plan.rule.id}.fortigate-addresses.txt`, text };
    return text === '' ? files : files.toSpliced(1, 0, addresses);
  });
}

/** Maximum entries of a list on accounts without a contract. */
const MAX_LIST_ENTRIES = 1000;
const NOTHING = (): readonly string[] => [];
const HEAD = 'value\n';
export const CLOUDFLARE: ListFormat = {
  words: {
    blocks:
      'DNS queries, TLS by server name and decrypted requests, as set in the policies that use the lists: hosts with the selector Host, domains with Domain',
    lets: 'clients that are not sent through Gateway, or ask another resolver',
  },
  lists: [
    { ending: 'cloudflare-hosts.csv', form: { ...NAMES, suffix: NOTHING }, head: HEAD },
    { ending: 'cloudflare-domains.csv', form: { ...NAMES, exact: NOTHING }, head: HEAD },
  ],
};

/**
 * Exports lists of Cloudflare Gateway as CSV: hosts (selector "Host": the name only) and domains (selector "Domain":
 * names below too).
 */
export function exportCloudflare(context: ExportContext): ExportFile[] {
  return exportLists(context, CLOUDFLARE)
    .filter(({ text }) => text !== HEAD)
    .flatMap((file) => (file.isNotes === true ? [file] : splitFile(file)));
}

/** Splits entries above the maximum into further lists. */
function splitFile(file: ExportFile): ExportFile[] {
  const lines = file.text.slice(HEAD.length).split('\n').slice(0, -1);
  if (lines.length <= MAX_LIST_ENTRIES) return [file];
  const count = Math.ceil(lines.length / MAX_LIST_ENTRIES);
  return Array.from({ length: count }, (_, i) => ({
    name: file.name.replace(/\.csv$/, `-${i + 1}.csv`),
    text: `${HEAD}${lines.slice(i * MAX_LIST_ENTRIES, (i + 1) * MAX_LIST_ENTRIES).join('\n')}\n`,
  }));
}
