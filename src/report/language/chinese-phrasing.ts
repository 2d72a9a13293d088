// How Chinese (simplified) writes dates, times, amounts and lists.

import { formatCount } from '../../text/quantity.ts';
import { clockTime, isPlain, type ReaderZone, shortDay, shortTime, unixSeconds } from '../text/instant.ts';
import { listIn, type Phrasing, quantitiesIn } from '../text/phrasing.ts';

const WEEKDAYS = ['周日', '周一', '周二', '周三', '周四', '周五', '周六'] as const;

const parts = (day: string): readonly number[] => day.split('-').map(Number);
const date = (day: string): string => {
  const [year, month, number] = parts(day);
  return `${year}年${month}月${number}日`;
};
const dayOf = (day: string): string => {
  const [, month, number] = parts(day);
  return `${month}月${number}日`;
};
const dayIn = (day: string, { plainYear }: ReaderZone): string =>
  isPlain(day, plainYear) ? dayOf(day) : date(day);
const time = (instant: string, zone: ReaderZone): string =>
  `${dayIn(zone.dayOf(unixSeconds(instant)), zone)} ${clockTime(instant, zone)}`;

export const CHINESE_PHRASING: Phrasing = {
  ...quantitiesIn((digits) => digits),
  tag: 'zh-CN',
  fullStop: '。',
  listSeparator: '、',
  clauseSeparator: '；',
  date,
  day: dayOf,
  dayIn,
  span: (first, last) =>
    first === last
      ? date(first)
      : `${date(first)}至${first.slice(0, 4) === last.slice(0, 4) ? dayOf(last) : date(last)}`,
  time,
  days: (amount) => `${formatCount(amount)} 天`,
  weekday: (day) => WEEKDAYS[new Date(`${day}T00:00:00Z`).getUTCDay()] ?? '',
  month: (day) => `${parts(day)[1]}月`,
  shortDay,
  shortTime,
  between: (from, to) => `${from} 至 ${to}`,
  and: (names) => listIn(names, '、', '和'),
  andMore: (names, more) =>
    `${names.join('、')}${more > 0 ? ` 等 ${formatCount(names.length + more)} 项` : ''}`,
};
