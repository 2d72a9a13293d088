// The query log of BIND: time, category and severity in front are options; times are local, without a zone.

import { addDnsRow, type LocalTime, lineFormat, localTime, monthOf, syslogLine } from '../dns-row.ts';
import { type LogFormat, NO_ROW, OF_QUESTIONS } from '../records.ts';

const TIME = /^(\d\d)-([A-Z][a-z]{2})-(\d{4}) (\d\d):(\d\d):(\d\d)\.(\d{3}) /;
const ROW =
  /\bclient (?:@0x[0-9a-f]+ )?([0-9a-fA-F.:]+)#\d+ \(([^)]*)\):(?: view \S+:)? query: (\S+) \S+ ([A-Z0-9]+) /;
const DENIED = /\bclient (?:@0x[0-9a-f]+ )?([0-9a-fA-F.:]+)#\d+ \(([^)]*)\):(?: view \S+:)? query .*denied/;

function timeOf(line: string, at: LocalTime, modifiedUs: number): number {
  const parts = TIME.exec(line);
  if (parts === null) {
    const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?=Z? )/.exec(line)?.[0];
    if (iso === undefined) return syslogLine(line, at, modifiedUs)?.us ?? Number.NaN;
    return line[iso.length] === 'Z' ? Date.parse(`${iso}Z`) * 1000 : localIso(iso, at);
  }
  const [, day, month, year, hour, minute, second, millis] = parts;
  const us = at(
    Number(year),
    monthOf(month ?? ''),
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
  return us + Number(millis) * 1000;
}

function localIso(text: string, at: LocalTime): number {
  const [year, month, day, hour, minute, second] = text.split(/[-T:.]/).map(Number);
  return at(year ?? 0, month ?? 1, day ?? 1, hour ?? 0, minute ?? 0, second ?? 0);
}

export const BIND: LogFormat = {
  id: 'bind',
  title: 'BIND query log',
  recognizes: ({ lines }) => lines.some((line) => ROW.test(line)),
  reader: (records, { zone }) => {
    const at = localTime(zone);
    return lineFormat(
      'queries',
      (line, { modifiedUs }) => timeOf(line, at, modifiedUs),
      ({ modifiedUs }) =>
        (line) => {
          const row = ROW.exec(line) ?? DENIED.exec(line);
          if (row === null) return / query: /.test(line) ? 'question in an unknown form' : NO_ROW;
          const us = timeOf(line, at, modifiedUs);
          if (!(us > 0)) return 'no time';
          const [, client = '', inner = '', name = inner, type = ''] = row;
          return addDnsRow(records, { us, client, name, type, answer: null });
        },
    );
  },
  ...OF_QUESTIONS,
};
