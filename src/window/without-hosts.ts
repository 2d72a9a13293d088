// Windows without some of their hosts.

import type { UsageWindow } from '../model/usage.ts';

export function withoutHosts(windows: readonly UsageWindow[], hosts: ReadonlySet<string>): UsageWindow[] {
  const isLeft = ({ host }: { readonly host: string }): boolean => !hosts.has(host);
  return windows.map((window) => ({
    ...window,
    hosts: window.hosts.filter(isLeft),
    rows: window.rows.filter(isLeft),
    asked: window.asked.filter(isLeft),
    ...(window.outcomes === undefined ? {} : { outcomes: window.outcomes.filter(isLeft) }),
  }));
}
