// External dynamic lists of PAN-OS: one of domains, for DNS security and policies, and one of URLs, for URL filtering.

import { bareLists, type ListForm } from './lists.ts';
import { type DeviceWords, type ExportContext, type ExportFile, planBlocks } from './plan.ts';

const WORDS: DeviceWords = {
  blocks:
    'what the rules say that use the lists: DNS questions (domain list), and TLS by server name or decrypted requests (URL list)',
  lets: 'names in QUIC where the application "quic" is not blocked; clients whose traffic or questions do not pass the firewall',
};

export const PALOALTO_DOMAINS: ListForm = {
  exact: (name) => [name],
  suffix: (name) => [name, `*.${name}`],
  glob: null,
};

/** With a slash at the end: without it an entry also means longer names that begin with it. */
const URLS: ListForm = {
  exact: (name) => [`${name}/`],
  suffix: (name) => [`${name}/`, `*.${name}/`],
  // "*" stands for a whole part of the name.
  glob: (name) => (name.split('.').every((part) => part === '*' || !part.includes('*')) ? [`${name}/`] : []),
};

export function exportPaloalto(context: ExportContext): ExportFile[] {
  return planBlocks(context).flatMap((plan) =>
    bareLists(context, plan, WORDS, [
      { ending: 'paloalto-domains.txt', form: PALOALTO_DOMAINS },
      { ending: 'paloalto-urls.txt', form: URLS },
    ]),
  );
}
