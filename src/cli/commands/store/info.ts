// `wiretally store info STORE`: prints sensors, period, windows and damage of a store.

import { secondTime } from '../../../report/text/instant-text.ts';
import type { StoreInfo } from '../../../store/store.ts';
import { formatBytes, formatCount, plural } from '../../../text/quantity.ts';
import { visibleText } from '../../../text/visible-text.ts';
import { formatInstant } from '../../../time/instant.ts';
import { US } from '../../../time/units.ts';
import { openZone } from '../../../time/zone.ts';
import { defineCommand, example } from '../../command.ts';
import { storeArgument, withStore } from '../../input/open-store.ts';
import { commonOptions, outputOptions } from '../../input/options.ts';
import { printReadSummary } from '../../output/read-summary.ts';
import { writeJson, writeOut } from '../../output/stdout.ts';

export const command = defineCommand({
  summary: 'Print sensors, period, size and damage of a store',
  arguments: [storeArgument],
  options: { ...outputOptions, ...commonOptions },
  examples: [
    example('store info history.duckdb', 'Print sensors, period, damage'),
    example('store info office.usage --json', 'Print JSON'),
  ],
  async run([path = ''], options) {
    return await withStore(path, null, async (store) => {
      const { damage, ...figures } = await store.info();
      if (options.format === 'json') await writeJson({ ...figures, damaged: damage.length });
      else await writeOut(formatInfo(figures));
      return printReadSummary({ errors: damage, notes: [], inputsRead: 1, interrupted: false }, options);
    });
  },
});

function formatInfo(info: Omit<StoreInfo, 'damage'>): string {
  const formatTime = (seconds: number | null): string =>
    seconds === null ? 'nothing' : `${secondTime(formatInstant(seconds * US), openZone('UTC'))} (UTC)`;
  return [
    `${visibleText(info.path)}: ${info.kind}, ${formatBytes(info.bytes)}`,
    `  records  ${formatCount(info.windows)}`,
    ...(info.checked < info.windows
      ? [`  checked  the newest ${plural(info.checked, 'record')} for damage`]
      : []),
    `  from     ${formatTime(info.firstSeconds)}`,
    `  until    ${formatTime(info.lastSeconds)}`,
    `  sensors  ${info.sensors.map(visibleText).join(', ') || 'none'}`,
    '',
  ].join('\n');
}
