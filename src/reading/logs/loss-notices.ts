// Recognizes notices of syslog servers about messages that they did not write. Sources: rsyslog, runtime/ratelimit.c and
// plugins/imuxsock; systemd, journald-rate-limit; FreeBSD syslogd(8) and rsyslog, "$RepeatedMsgReduction".

/** Maximum length of a notice. */
const MAX_NOTICE = 512;
/** The message before this one was written, and these have the same content. */
const REPEATED = /(?:^|[ :])(?:last )?message repeated \d{1,9} times/;
const LOST =
  /(?:\blost (\d{1,9}) messages(?: from pid (\d{1,10}))?|\b(\d{1,9}) messages lost due to rate-limiting|\bSuppressed (\d{1,9}) messages from (\S{1,256}))/;
/** The program of a line, and its process: "sshd[12]: ". */
const PROGRAM = /(?:^|[ \t])([A-Za-z][\w./-]{0,63})(?:\[(\d{1,10})\])?: /;
/** Units that write the messages of containers, whatever their program. */
const RUNTIMES: ReadonlySet<string> = new Set(['docker', 'container']);

/** `lost`: number of messages that are missing. `from`: their program or process, as `writersOf` names it. */
interface Notice {
  readonly lost: number;
  readonly from: string | null;
}

/** Returns null for a line that is no notice. */
export function findNotice(text: string): Notice | null {
  if (REPEATED.test(text)) return { lost: 0, from: null };
  const parts = LOST.exec(text);
  if (parts === null) return null;
  const [, ofServer, pid, ofJournal, ofUnit, unit = ''] = parts;
  return {
    lost: Number(ofServer ?? ofJournal ?? ofUnit),
    from: pid === undefined ? nameOfUnit(unit) : pid,
  };
}

/** Reads the text of a line that may be a notice; null: it is longer. */
export const shortText = (bytes: Buffer, start: number, end: number): string | null =>
  end - start > MAX_NOTICE ? null : bytes.toString('latin1', start, end);

/** Returns the name of a program, as the unit that runs it has it: "CRON" and "cron.service", "sshd" and "ssh.service". */
const plainName = (program: string): string => program.toLowerCase().replace(/d$/, '');

/** "/system.slice/ssh.service" */
function nameOfUnit(unit: string): string | null {
  const name = plainName(
    (unit.split('/').at(-1) ?? '').replace(/(?:@[^.]*)?\.(?:service|scope|socket)$/, ''),
  );
  return name === '' || RUNTIMES.has(name) ? null : name;
}

/** Returns the program of a line and its process. */
export function writersOf(text: string): readonly string[] {
  const [, program, pid] = PROGRAM.exec(text) ?? [];
  return program === undefined ? [] : [plainName(program), ...(pid === undefined ? [] : [pid])];
}
