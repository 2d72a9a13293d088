// A list for Pi-hole (5.16 and later): names alone, and "||name^" for a name with all below it.

import { commentedList, type ListForm } from './lists.ts';
import { type DeviceWords, type ExportContext, type ExportFile, planBlocks } from './plan.ts';

const WORDS: DeviceWords = {
  blocks: 'DNS questions to the Pi-hole for these names',
  lets: 'clients that ask another resolver (DNS over HTTPS too) or know the address',
};

export const PIHOLE: ListForm = {
  exact: (name) => [name],
  suffix: (name) => [`||${name}^`],
  glob: null,
};

export function exportPihole(context: ExportContext): ExportFile[] {
  return planBlocks(context).map((plan) =>
    commentedList(context, plan, WORDS, { sign: '#', form: PIHOLE, ending: 'pihole.txt' }),
  );
}
