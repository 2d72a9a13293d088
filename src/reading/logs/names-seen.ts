// Finds logs of requests whose rows cannot show a tool: they have only clear-text HTTP, or names that were truncated to
// registered domains.

import { fnv1a } from '../../text/fnv1a.ts';
import { JoinTable } from './join-table.ts';

/** Minimum encrypted requests, and minimum distinct names, to conclude that names are truncated. */
const MIN_ROWS = 20;
const MIN_NAMES = 5;
/**
 * Minimum share of complete names. Some registered domains have three labels, for example below a hosting platform. In
 * a truncated log, less than one name in ten looks complete.
 */
const MIN_COMPLETE_SHARE = 0.1;
const [CLEAR, ENCRYPTED, CONNECTIONS, ROWS, WHOLE, NAMES, DECIDED] = [
  'clear',
  'encrypted',
  'connections',
  'rows',
  'whole',
  'names',
  'decided',
] as const;

/** Registered domains below countries: example.co.uk, example.com.br. */
const BELOW_COUNTRY = /^[^.]+\.[a-z]{1,3}\.[a-z]{2}$/i;

const isWhole = (name: string): boolean =>
  !name.startsWith('*.') && name.split('.').length > 2 && !BELOW_COUNTRY.test(name);

export class NamesSeen {
  /** Counts, which a follower saves across restarts. It contains no names. */
  readonly table = new JoinTable<number>();
  /** Cached, because every row reads it and a table is slower. */
  #isDecided = false;

  /** True if most names are complete, so that later rows do not change the result. */
  get isDecided(): boolean {
    this.#isDecided ||= this.table.has(DECIDED);
    return this.#isDecided;
  }

  /** Records a request. `isClear`: in clear text. */
  addRequest(isClear: boolean): void {
    if (this.isDecided) return;
    const fact = isClear ? CLEAR : ENCRYPTED;
    if (!this.table.has(fact)) this.table.set(fact, 1);
  }

  /** Records a connection without a name: traffic without a request is hidden and proves nothing about absent use. */
  addConnection(): void {
    if (!this.table.has(CONNECTIONS)) this.table.set(CONNECTIONS, 1);
  }

  /** Records the name of an encrypted request or of a query. */
  addName(bytes: Buffer, start: number, end: number): void {
    if (this.isDecided || start === end) return;
    const name = bytes.toString('latin1', start, end).replace(/\.$/, '');
    const rows = this.#count(ROWS);
    if (isWhole(name)) {
      const whole = this.#count(WHOLE);
      if (whole >= MIN_ROWS && whole >= MIN_COMPLETE_SHARE * rows) this.table.set(DECIDED, 1);
    }
    const key = `name ${fnv1a(name) & 0xffff}`;
    if ((this.table.get(NAMES) ?? 0) < MIN_NAMES && !this.table.has(key)) {
      this.table.set(key, 1);
      this.#count(NAMES);
    }
  }

  #count(key: string): number {
    const count = (this.table.get(key) ?? 0) + 1;
    this.table.set(key, count);
    return count;
  }

  /** Returns the reason why no row can show a tool; null: some can. */
  get blindness(): string | null {
    const [rows = 0, whole = 0, names = 0] = [ROWS, WHOLE, NAMES].map((key) => this.table.get(key) ?? 0);
    if (this.table.has(CLEAR) && !this.table.has(ENCRYPTED) && !this.table.has(CONNECTIONS))
      return 'all requests are clear-text HTTP, and AI tools use HTTPS: log encrypted requests too, as CONNECT or with their names';
    return !this.isDecided && rows >= MIN_ROWS && names >= MIN_NAMES && whole < MIN_COMPLETE_SHARE * rows
      ? 'every name is a registered domain alone, and tools differ by the names below it: log whole names'
      : null;
  }
}
