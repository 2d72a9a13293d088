// The one line that says how a live sensor is doing.

import type { LiveStatus } from '../../../model/sensor.ts';
import { formatBytes } from '../../../report/text/quantity.ts';

const STATE_WORDS = { up: '', noCarrier: ' no carrier', down: ' DOWN', gone: ' GONE' } as const;

/** `before` is the status that the rates are measured from. */
export function statusLine(now: LiveStatus, before: LiveStatus, seconds: number): string {
  const packets = (now.packets - before.packets) / seconds;
  const bits = ((now.bytes - before.bytes) * 8) / seconds;
  const drops = [
    `ring ${now.ringDrops - before.ringDrops}`,
    `freezes ${now.freezes - before.freezes}`,
    `interface ${now.interfaceDrops - before.interfaceDrops}`,
  ];
  const workers = now.workers.map(({ interface: name, state, isAlive, load }) => {
    const percent = load === null ? '?' : `${Math.round(load * 100)}%`;
    return `${name} ${isAlive ? percent : 'DEAD'}${STATE_WORDS[state]}`;
  });
  return [
    `${Math.round(packets)} packets/s`,
    `${rate(bits)}bit/s`,
    `flows ${now.flows} (open ${now.openFlows})`,
    `table ${((100 * now.openFlows) / Math.max(1, now.tableFlows)).toFixed(1)}% of ${now.tableFlows}`,
    `evicted ${now.evictedFlows}`,
    `drops: ${drops.join(', ')}`,
    `total ${now.packets} packets, dropped ${now.ringDrops + now.interfaceDrops}`,
    `load: ${workers.join(', ')}`,
    `memory ${formatBytes(process.memoryUsage.rss())}`,
  ].join(' · ');
}

function rate(value: number): string {
  const units = ['', 'k', 'M', 'G'] as const;
  let rest = value;
  let unit = 0;
  for (; rest >= 1000 && unit < units.length - 1; unit++) rest /= 1000;
  return `${rest.toFixed(rest < 10 && unit > 0 ? 1 : 0)} ${units[unit]}`;
}
