// Recognizes notices of syslog servers about messages that they did not write. Sources: rsyslog, runtime/ratelimit.c and
// plugins/imuxsock; systemd, journald-rate-limit; FreeBSD syslogd(8) and rsyslog, "$RepeatedMsgReduction".

/** Maximum length of a notice. */
const MAX_NOTICE = 512;
/** The message before this one was written, and these have the same content. */
const REPEATED = /(?:^|[ :])(?:last )?message repeated \d{1,9} times/;
const LOST =
  /(?:\blost (\d{1,9}) messages|\b(\d{1,9}) messages lost due to rate-limiting|\bSuppressed (\d{1,9}) messages from )/;

/** `lost`: number of messages that are missing. */
interface Notice {
  readonly lost: number;
}

/** Returns null for a line that is no notice. */
export function findNotice(bytes: Buffer, start: number, end: number): Notice | null {
  if (end - start > MAX_NOTICE) return null;
  const text = bytes.toString('latin1', start, end);
  if (REPEATED.test(text)) return { lost: 0 };
  const parts = LOST.exec(text);
  return parts === null ? null : { lost: Number(parts[1] ?? parts[2] ?? parts[3]) };
}
