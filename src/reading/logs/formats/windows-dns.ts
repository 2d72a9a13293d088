// Reads the debug log of the DNS server of Windows: packets from clients, with local times in the machine's date
// format. Server 2003 writes dates without separators and packets without an identifier.

import { addDnsRow, type LocalTime, lineFormat, localTime, parseRcode } from '../dns-row.ts';
import { type LogFormat, type LogSample, NO_ROW, OF_QUESTIONS } from '../records.ts';

const DATE =
  /^(?:(\d{1,4})[./-] ?(\d{1,2})[./-] ?(\d{1,4})\.?|(\d{4})(\d\d)(\d\d))[T ](?:(오전|上午|午前)|(오후|下午|午後))? ?(\d{1,2})[:.](\d\d)[:.](\d\d)(?: (?:([Aa])|([Pp]))\.?[Mm]\.?)? /;
const ROW =
  /^.{8,40}? [0-9A-Fa-f]{3,4} PACKET +(?:[0-9A-F]{8,16} )?(?:UDP|TCP) (Rcv|Snd) ([0-9a-fA-F.:]+) +[0-9a-f]{4} (R| ) ([QNU?]) \[([0-9a-f]{4}) [^\]]*?([A-Z]+)\] (\S+) +(.+)$/;
/**
 * Matches a packet in any line, so that one in an unknown form counts as ignored and not as a detail of another packet.
 */
const PACKET = /\bPACKET +(?:[0-9A-F]{8,16} |UDP |TCP )/;
const LABEL = /\((\d+)\)([^(]*)/g;

/** Returns true if a line has a first number above 12, so that the locale writes the day first. */
function isDayFirst({ lines }: LogSample): boolean {
  return lines.some((line) => {
    const parts = DATE.exec(line);
    return parts !== null && Number(parts[1]) > 12 && Number(parts[1]) < 32;
  });
}

function parseTime(line: string, dayFirst: boolean, at: LocalTime): number {
  const parts = DATE.exec(line);
  if (parts === null) return Number.NaN;
  const numbers = parts.map(Number);
  const date = numbers.slice(1, 7).filter((number) => !Number.isNaN(number));
  const [a = 0, b = 0, c = 0] = date;
  const [hour = 0, minute = 0, second = 0] = numbers.slice(9, 12);
  const isDotted = line[parts[1]?.length ?? 0] === '.';
  const [year, month, day] = a > 31 ? [a, b, c] : dayFirst || isDotted ? [c, b, a] : [c, a, b];
  const isMorning = (parts[7] ?? parts[12]) !== undefined;
  const isEvening = (parts[8] ?? parts[13]) !== undefined;
  const hours = isMorning || isEvening ? (hour % 12) + (isEvening ? 12 : 0) : hour;
  return at(year < 100 ? 2000 + year : year, month, day, hours, minute, second);
}

/** Parses a name such as "(3)api(7)example(3)com(0)". */
const parseName = (written: string): string =>
  [...written.matchAll(LABEL)]
    .map(([, , label]) => (label ?? '').trim())
    .filter((label) => label !== '')
    .join('.');

export const WINDOWS_DNS: LogFormat = {
  id: 'windows-dns',
  title: 'Windows DNS debug log',
  recognizes: ({ lines }) =>
    lines.some((line) => line.startsWith('DNS Server log file creation') || ROW.test(line)),
  reader: (records, { zone }) => {
    const at = localTime(zone);
    return lineFormat(
      'packets',
      (line, sample) => parseTime(line, isDayFirst(sample), at),
      (sample) => {
        const dayFirst = isDayFirst(sample);
        return (line) => {
          const row = ROW.exec(line);
          if (row === null) return PACKET.test(line) ? 'packet in an unknown form' : NO_ROW;
          const us = parseTime(line, dayFirst, at);
          if (!(us > 0)) return 'no time';
          const [, direction, client = '', response, opcode, , code = '', type = '', written = ''] = row;
          if (opcode !== 'Q') return NO_ROW;
          const query = { us, client, name: parseName(written), type };
          if (direction === 'Rcv' && response === ' ') return addDnsRow(records, { ...query, answer: null });
          if (direction !== 'Snd' || response !== 'R') return NO_ROW; // queries of the server to other servers, and their answers
          return addDnsRow(records, { ...query, answer: { addresses: [], rcode: parseRcode(code) } }, false);
        };
      },
    );
  },
  ...OF_QUESTIONS,
};
