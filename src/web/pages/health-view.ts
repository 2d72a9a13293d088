// The page about the sensor: its counters, losses and gaps.

import type { ReportDocument } from '../../model/report.ts';
import type { LiveStatus, SensorHealth } from '../../model/sensor.ts';
import { type Html, html, NOTHING } from '../../report/html/markup.ts';
import { copyable } from '../../report/html/phrases.ts';
import { longSpan, longTime } from '../../report/text/english-words.ts';
import { readerZone } from '../../report/text/instant-text.ts';
import { formatBytes, formatCount, formatShare } from '../../text/quantity.ts';
import { shellWord } from '../../text/shell-word.ts';
import type { Zone } from '../../time/zone.ts';

const MAX_DAYS = 100;
const STATES = { up: 'up', noCarrier: 'no carrier', down: 'down', gone: 'gone' } as const;

export function healthBody(document: ReportDocument, health: SensorHealth | null): Html {
  const zone = readerZone(document);
  return html`<h1 class="title">Sensor</h1>${health === null ? NOTHING : html`${currentTable(health, zone)}${health.status.logs === undefined ? threadTable(health) : NOTHING}`}${renderStorage(document)}${coverageTable(document, zone)}`;
}

/** Shows how to test the receivers file in a shell: the file contains secrets, and pages cannot make a sensor send. */
export const receiversSection = (file: string | null): Html =>
  file === null
    ? NOTHING
    : html`<section aria-labelledby="hr"><h2 id="hr">Receivers of findings</h2><div class="cpb">${copyable('To send a test message to each receiver', `wiretally alerts test --receivers ${shellWord(file)}`, null)}</div></section>`;

type Row = readonly [name: string, value: string];

function table(id: string, title: string, rows: readonly Row[]): Html {
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2><table class="un narrow"><caption class="sr">${title}</caption><tbody>${rows.map(([name, value]) => html`<tr><th scope="row">${name}</th><td class="n">${value}</td></tr>`)}</tbody></table></section>`;
}

const timeText = (seconds: number | null, zone: Zone): string =>
  seconds === null ? 'none yet' : longTime(new Date(seconds * 1000).toISOString(), zone);

const packetRows = (status: LiveStatus): readonly Row[] => [
  ['Packets', formatCount(status.packets)],
  ['Dropped by a full ring', formatCount(status.ringDrops)],
  ['Dropped before a ring', formatCount(status.interfaceDrops)],
  ['Times that a ring was full', formatCount(status.freezes)],
  ['Open flows', `${formatCount(status.openFlows)} of ${formatCount(status.tableFlows)} at most`],
  ['Flows evicted from a full table', formatCount(status.evictedFlows)],
];

function currentTable({ status, windows, alerts, memoryBytes, store }: SensorHealth, zone: Zone): Html {
  const { lastEndSeconds } = windows;
  const { logs } = status;
  const inputs: readonly Row[] =
    logs === undefined
      ? packetRows(status)
      : [
          ['Log files', formatCount(logs.files)],
          ['Rows', formatCount(logs.rows)],
          ['Time of the newest row', timeText(logs.newestSeconds, zone)],
          ['Not read yet', formatBytes(logs.unreadBytes)],
          ['Rows after the end of their window', formatCount(logs.lateRows)],
        ];
  return table('hn', 'Since it was started', [
    ...inputs,
    ['Records until', timeText(lastEndSeconds, zone)],
    ['Records that wait for a store', formatCount(windows.waiting)],
    ['Records discarded', formatCount(windows.lost)],
    ['Findings that wait for a receiver', formatCount(alerts.waiting)],
    ['Memory', formatBytes(memoryBytes)],
    ...(store === null
      ? []
      : ([
          ['Space for records', `${formatBytes(store.freeBytes)} of ${formatBytes(store.sizeBytes)}`],
        ] as const)),
  ]);
}

function threadTable({ status }: SensorHealth): Html {
  return html`<section aria-labelledby="ht"><h2 id="ht">Threads</h2><table class="un narrow"><caption class="sr">Threads</caption><thead><tr><th scope="col">Interface</th><th scope="col">Link</th><th scope="col">Thread</th><th scope="col" class="n">Load</th><th scope="col" class="n">Ring full</th></tr></thead><tbody>${status.workers.map((worker) => html`<tr><th scope="row">${worker.interface}</th><td>${STATES[worker.state]}</td><td>${worker.isAlive ? 'runs' : 'is being replaced'}</td><td class="n">${worker.load === null ? 'not known' : formatShare(worker.load)}</td><td class="n">${worker.ringFill === null ? 'no ring' : formatShare(worker.ringFill)}</td></tr>`)}</tbody></table></section>`;
}

function renderStorage({ stats }: ReportDocument): Html {
  const all = stats.packets + stats.kernelDrops;
  const malformed = Object.values(stats.malformed).reduce((sum, count) => sum + count, 0);
  return table('hk', 'In the shown period', [
    ['Packets', formatCount(stats.packets)],
    ['Bytes', formatBytes(stats.bytes)],
    [
      'Lost',
      `${formatCount(stats.kernelDrops)}${all === 0 ? '' : `, ${formatShare(stats.kernelDrops / all)}`}`,
    ],
    ['Not completely parsed', formatCount(malformed)],
    ['Captured in part', formatCount(stats.snaplenCut)],
    ['Flows', formatCount(stats.flows)],
    ['Flows evicted from a full table', formatCount(stats.evictedFlows)],
  ]);
}

function coverageTable({ coverage }: ReportDocument, zone: Zone): Html {
  if (coverage.length === 0) return NOTHING;
  const shown = coverage.slice(-MAX_DAYS);
  const gap = ({ from, to, reason }: ReportDocument['coverage'][number]['gaps'][number]): Html =>
    html`<div>${to === null ? `${longTime(from, zone)} on, for an unknown time` : longSpan(from, to, zone)}: ${reason}</div>`;
  return html`<section aria-labelledby="hd"><h2 id="hd">Days</h2>${shown.length < coverage.length ? html`<p class="sm soft">The last ${MAX_DAYS} of ${formatCount(coverage.length)} days.</p>` : NOTHING}<div class="scroll" role="region" aria-label="Days, table" tabindex="0"><table class="un"><caption class="sr">What was observed on each day</caption><thead><tr><th scope="col">Day</th><th scope="col" class="n">Packets</th><th scope="col" class="n">Lost</th><th scope="col">Not observed</th></tr></thead><tbody>${shown.map(({ date, packets, kernelDrops, gaps }) => html`<tr><th scope="row">${date}</th><td class="n">${formatCount(packets)}</td><td class="n">${formatCount(kernelDrops)}</td><td>${gaps.length === 0 ? '–' : gaps.map(gap)}</td></tr>`)}</tbody></table></div></section>`;
}
