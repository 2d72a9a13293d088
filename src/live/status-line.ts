// The one line that says how a live sensor is doing.

import type { LiveStatus, LogStatus } from '../model/sensor.ts';
import { formatBytes, plural } from '../text/quantity.ts';

const STATE_WORDS = { up: '', noCarrier: ' no carrier', down: ' DOWN', gone: ' GONE' } as const;

/** `before` is the status that the rates are measured from. */
export function statusLine(now: LiveStatus, before: LiveStatus, seconds: number): string {
  if (now.logs !== undefined) return logsLine(now.logs, before.logs, seconds);
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

function logsLine(now: LogStatus, before: LogStatus | undefined, seconds: number): string {
  const lag = now.newestSeconds === null ? null : Math.max(0, Date.now() / 1000 - now.newestSeconds);
  return [
    `${Math.round((now.rows - (before?.rows ?? 0)) / seconds)} rows/s`,
    `${now.rows} rows of ${plural(now.files, 'file')}`,
    lag === null ? 'no row yet' : `newest row ${Math.round(lag)} s old`,
    `${formatBytes(now.unreadBytes)} not read yet`,
    `late rows ${now.lateRows}`,
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
