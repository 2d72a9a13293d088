// Windows without some of their hosts.

import type { UsageWindow } from '../model/usage.ts';
import { filterServices } from './services.ts';

export function withoutHosts(windows: readonly UsageWindow[], hosts: ReadonlySet<string>): UsageWindow[] {
  const isLeft = ({ host }: { readonly host: string }): boolean => !hosts.has(host);
  return windows.map(({ services, ...window }) => ({
    ...window,
    ...filterServices({ ...(services && { services }) }, (host) => !hosts.has(host)),
    hosts: window.hosts.filter(isLeft),
    rows: window.rows.filter(isLeft),
    asked: window.asked.filter(isLeft),
  }));
}
