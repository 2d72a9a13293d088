// A destination list of Cisco Umbrella, one domain in a line: each means its subdomains too.

import { bareLists, type ListForm } from './lists.ts';
import { type DeviceWords, type ExportContext, type ExportFile, planBlocks } from './plan.ts';

const WORDS: DeviceWords = {
  blocks:
    'DNS questions to Umbrella for these names and all names below them, also below names of which the rule means one alone',
  lets: 'clients that ask another resolver (DNS over HTTPS too) or know the address',
};

export const UMBRELLA: ListForm = { exact: (name) => [name], suffix: (name) => [name], glob: null };

export function exportUmbrella(context: ExportContext): ExportFile[] {
  return planBlocks(context).flatMap((plan) =>
    bareLists(context, plan, WORDS, [{ ending: 'umbrella.txt', form: UMBRELLA }]),
  );
}
