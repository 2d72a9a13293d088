// Lists of Cloudflare Gateway as CSV: hosts (selector "Host": the name alone) and domains (selector "Domain": names below too).

import { bareLists, type ListForm } from './lists.ts';
import { type DeviceWords, type ExportContext, type ExportFile, planBlocks } from './plan.ts';

const WORDS: DeviceWords = {
  blocks:
    'DNS questions, TLS by server name and decrypted requests, as the policies say that use the lists: hosts with the selector Host, domains with Domain',
  lets: 'clients that are not sent through Gateway, or ask another resolver',
};

/** Of a list on accounts without a contract. */
const MOST_ENTRIES = 1000;

const NOTHING = (): readonly string[] => [];
const HOSTS: ListForm = { exact: (name) => [name], suffix: NOTHING, glob: null };
const DOMAINS: ListForm = { exact: NOTHING, suffix: (name) => [name], glob: null };
const HEAD = 'value\n';

export function exportCloudflare(context: ExportContext): ExportFile[] {
  return planBlocks(context).flatMap((plan) =>
    bareLists(context, plan, WORDS, [
      { ending: 'cloudflare-hosts.csv', form: HOSTS, head: HEAD },
      { ending: 'cloudflare-domains.csv', form: DOMAINS, head: HEAD },
    ])
      .filter(({ text }) => text !== HEAD)
      .flatMap((file) => (file.isNotes === true ? [file] : inParts(file))),
  );
}

/** A list takes a thousand entries: what is more goes into further ones. */
function inParts(file: ExportFile): ExportFile[] {
  const lines = file.text.slice(HEAD.length).split('\n').slice(0, -1);
  if (lines.length <= MOST_ENTRIES) return [file];
  const count = Math.ceil(lines.length / MOST_ENTRIES);
  return Array.from({ length: count }, (_, i) => ({
    name: file.name.replace(/\.csv$/, `-${i + 1}.csv`),
    text: `${HEAD}${lines.slice(i * MOST_ENTRIES, (i + 1) * MOST_ENTRIES).join('\n')}\n`,
  }));
}
