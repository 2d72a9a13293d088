// What is said while an interface of a live sensor is down: since when nothing is observed.

import type { SensorHealth } from '../../model/sensor.ts';
import { visibleText } from '../../text/visible-text.ts';
import { clockTime, formatDay, type ReaderZone } from './instant.ts';

/** "uxm0 down since 21:30 UTC: nothing is observed"; with its day where that is another one than `nowSeconds` is on. */
export function blindSentences(
  health: SensorHealth | null,
  zone: ReaderZone,
  nowSeconds: number | null,
): readonly string[] {
  if (health === null) return [];
  const { down = [], workers } = health.status;
  const isAll = workers.every((worker) => down.some((each) => each.interface === worker.interface));
  return down.map(({ interface: name, sinceSeconds }) => {
    const instant = new Date(sinceSeconds * 1000).toISOString();
    const day = zone.dayOf(sinceSeconds);
    const on = nowSeconds === null || day === zone.dayOf(nowSeconds) ? '' : `${formatDay(day)} `;
    const what = isAll ? 'nothing is observed' : 'nothing of it is observed';
    return `${visibleText(name)} down since ${on}${clockTime(instant, zone)} ${zone.name}: ${what}`;
  });
}
