// Orders as the pages offer them, and what stands in the column of the one that was chosen.

import type { HostReport, ReportDocument } from '../../model/report.ts';
import type { ChosenOrder } from '../../report/html/page-model.ts';
import { longTime } from '../../report/text/instant.ts';
import { formatBytes, formatCount } from '../../report/text/quantity.ts';
import { openZone } from '../../time/zone.ts';
import { hostKeys, type Order, orderOf, type Sort } from '../order.ts';

export type OrderWords = readonly (readonly [Sort, string])[];

export const HOST_ORDERS: OrderWords = [
  ['address', 'address'],
  ['name', 'name'],
  ['minutes', 'active minutes'],
  ['sent', 'bytes sent'],
  ['received', 'bytes received'],
  ['first', 'first seen'],
  ['last', 'last seen'],
  ['findings', 'findings'],
];

export const TOOL_ORDERS: OrderWords = [
  ['name', 'name'],
  ['hosts', 'hosts'],
  ['minutes', 'active minutes'],
  ['sent', 'bytes sent'],
  ['received', 'bytes received'],
  ['first', 'first seen'],
  ['findings', 'findings'],
];

export const FINDING_ORDERS: OrderWords = [
  ['address', 'host'],
  ['name', 'name of the host'],
  ['tool', 'tool'],
  ['minutes', 'active minutes'],
  ['sent', 'payload sent'],
  ['first', 'first'],
  ['last', 'last'],
];

/** Null for the usual order, by outcome. */
export function chosenOrder(document: ReportDocument, sort: Sort): ChosenOrder | null {
  const { order, isTurned } = orderOf(sort);
  const words = HOST_ORDERS.find(([each]) => each === order)?.[1];
  if (order === null || words === undefined) return null;
  const key = hostKeys(document.findings ?? [])[order];
  const text = textOf(order, document.period.timezone);
  const column =
    key === undefined || text === null
      ? null
      : {
          head: `${words.charAt(0).toUpperCase()}${words.slice(1)}`,
          text: (host: HostReport) => text(key(host)),
        };
  return { words: `${words}, as was chosen${isTurned ? ', the other way round' : ''}`, column };
}

/** Null where a row says it anyway. */
function textOf(order: Order, timezone: string): ((key: number | string | null) => string) | null {
  if (order === 'address' || order === 'name' || order === 'tool' || order === 'hosts') return null;
  const zone = openZone(timezone);
  return (key) => {
    if (key === null) return '–';
    if (typeof key === 'string') return longTime(key, zone);
    return order === 'sent' || order === 'received' ? formatBytes(key) : formatCount(key);
  };
}
