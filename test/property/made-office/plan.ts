// Users of the generated office, from 10 June to 8 August 2026, with their habits: a data table.

/** As the starts were recorded: captures/README.md. */
type Way = 'p1' | 'i' | 'oauth' | 'oauth-i' | Route | Setting;
type Route = 'connect' | 'connect-lossy' | 'oauth-lossy' | 'rep1-lossy' | 'relay' | 'relay-ne';
type Setting = 'ne' | 'dt' | 'noca' | 'noupd';

export interface MadeHost {
  readonly about: string;
  /** Ways to start it, one for each start of a day, in turn. */
  readonly as: readonly Way[];
  readonly line?: 'node';
  /** Days behind the newest build; or the newest build that it takes. */
  readonly behind: number | string;
  /** Updates happen on this day of the week only (1 is Monday), else on any day, at noon. */
  readonly updatesOn?: number;
  /** From this day on … */
  readonly later?: { readonly from: string; readonly as: readonly Way[]; readonly behind: number | string };
  /** A second installation, started once a day. */
  readonly beside?: string;
  /** Start of the work of a day: from 22:00 it lasts until 02:00; on Mondays only, it lasts all week. */
  readonly begins?: 'evening' | 'monday';
  /** The part of exchanges that is lost. */
  readonly lost?: number;
  readonly isProxied?: boolean;
}

export const FIRST_DAY = '2026-06-10';
export const DAYS = 60;

export const HOSTS: readonly MadeHost[] = [
  { about: 'newest build, key, scripts', as: ['p1'], behind: 0 },
  { about: 'newest build, key, terminal', as: ['i'], behind: 0 },
  { about: 'newest build, login, scripts', as: ['oauth'], behind: 0 },
  { about: 'newest build, login, terminal', as: ['oauth-i'], behind: 0 },
  { about: 'key and login in turn', as: ['i', 'oauth-i'], behind: 0 },
  { about: 'updates on Mondays', as: ['i', 'p1'], behind: 0, updatesOn: 1 },
  { about: 'a week behind', as: ['i'], behind: 7 },
  { about: 'two weeks behind', as: ['p1'], behind: 14 },
  { about: 'thirty days behind', as: ['i'], behind: 30 },
  { about: '45 days behind', as: ['p1', 'i'], behind: 45 },
  { about: 'keeps 2.1.150', as: ['i'], behind: '2.1.150' },
  { about: 'keeps 2.1.196', as: ['p1'], behind: '2.1.196' },
  {
    about: 'keeps 2.1.190 until 20 July, then newest',
    as: ['i'],
    behind: '2.1.190',
    later: { from: '2026-07-20', as: ['i'], behind: 0 },
  },
  { about: 'newest and 2.1.143', as: ['i'], behind: 0, beside: '2.1.143' },
  { about: 'newest and 2.1.190', as: ['p1'], behind: 0, beside: '2.1.190' },
  { about: 'proxy', as: ['connect'], behind: 0, isProxied: true },
  { about: 'proxy, 1 % loss', as: ['connect-lossy'], behind: 0, isProxied: true },
  { about: 'relay', as: ['relay'], behind: 0 },
  { about: 'relay, non-essential off', as: ['relay-ne'], behind: 0 },
  {
    about: 'direct, from 6 July by a relay',
    as: ['i'],
    behind: 0,
    later: { from: '2026-07-06', as: ['relay-ne'], behind: 0 },
  },
  { about: 'non-essential off', as: ['ne'], behind: 0 },
  { about: 'telemetry off', as: ['dt'], behind: 0 },
  { about: 'no further CA', as: ['noca'], behind: 0 },
  { about: 'updater off', as: ['noupd'], behind: 0 },
  { about: 'key, 1 % loss on the way', as: ['rep1-lossy'], behind: 0 },
  { about: 'login, 1 % loss on the way', as: ['oauth-lossy'], behind: 0 },
  { about: 'key, 10 % of exchanges lost', as: ['p1'], behind: 0, lost: 0.1 },
  { about: 'login, 30 % of exchanges lost', as: ['oauth'], behind: 0, lost: 0.3 },
  { about: 'Node build 2.1.112', as: ['p1', 'i'], line: 'node', behind: '2.1.112' },
  { about: 'Node build 2.1.98', as: ['i'], line: 'node', behind: '2.1.98' },
  { about: 'newest, works past midnight', as: ['i'], behind: 0, begins: 'evening' },
  { about: '30 days behind, past midnight', as: ['i'], behind: 30, begins: 'evening' },
  { about: 'one session a week', as: ['i'], behind: 0, begins: 'monday' },
];
