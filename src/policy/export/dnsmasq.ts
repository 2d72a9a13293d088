// Configuration of dnsmasq: the name and all below it do not exist.

import { commentedList, type ListForm } from './lists.ts';
import { type DeviceWords, type ExportContext, type ExportFile, planBlocks } from './plan.ts';

const WORDS: DeviceWords = {
  blocks:
    'DNS questions to dnsmasq for these names and all names below them, also below names of which the rule means one alone',
  lets: 'clients that ask another resolver (DNS over HTTPS too) or know the address',
};

export const DNSMASQ: ListForm = {
  exact: (name) => [`address=/${name}/`],
  suffix: (name) => [`address=/${name}/`],
  glob: null,
};

export function exportDnsmasq(context: ExportContext): ExportFile[] {
  return planBlocks(context).map((plan) =>
    commentedList(context, plan, WORDS, { sign: '#', form: DNSMASQ, ending: 'dnsmasq.conf' }),
  );
}
