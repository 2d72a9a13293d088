// A DNS filter list for AdGuard Home: "|name^" is the name alone, "||name^" the name and all below it.

import { commentedList, type ListForm } from './lists.ts';
import { type DeviceWords, type ExportContext, type ExportFile, planBlocks } from './plan.ts';

const WORDS: DeviceWords = {
  blocks: 'DNS questions to AdGuard Home for these names; "*" inside a name also means several parts of it',
  lets: 'clients that ask another resolver (DNS over HTTPS too) or know the address',
};

export const ADGUARD: ListForm = {
  exact: (name) => [`|${name}^`],
  suffix: (name) => [`||${name}^`],
  glob: (name) => [`|${name}^`],
};

export function exportAdguard(context: ExportContext): ExportFile[] {
  return planBlocks(context).map((plan) =>
    commentedList(context, plan, WORDS, { sign: '!', form: ADGUARD, ending: 'adguard.txt' }),
  );
}
