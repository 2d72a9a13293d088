// Lists the commands in the order of the help. Each is loaded on demand, so that short commands start fast.

import { CHATS_AND_PAGERS } from '../live/alerts/receiver-names.ts';
import type { Command, CommandGroup } from './command.ts';

interface ListedCommand {
  readonly name: string;
  readonly load: () => Promise<{ readonly command: Command }>;
}

interface CommandFamily {
  readonly name: string;
  readonly group: CommandGroup;
  readonly summary: string;
  readonly commands: readonly ListedCommand[];
}

export const COMMANDS: readonly (ListedCommand | CommandFamily)[] = [
  { name: 'analyze', load: () => import('./commands/analyze.ts') },
  { name: 'explain', load: () => import('./commands/explain.ts') },
  { name: 'diagnose', load: () => import('./commands/diagnose.ts') },
  { name: 'profile', load: () => import('./commands/profile.ts') },
  {
    name: 'dump',
    group: 'Analyze',
    summary: 'Print ClientHellos or flows of captures as NDJSON',
    commands: [
      { name: 'hellos', load: () => import('./commands/dump/hellos.ts') },
      { name: 'flows', load: () => import('./commands/dump/flows.ts') },
    ],
  },
  { name: 'slice', load: () => import('./commands/slice.ts') },
  {
    name: 'policy',
    group: 'Policy and evidence',
    summary: 'Create, check, test, explain or export a policy',
    commands: [
      { name: 'init', load: () => import('./commands/policy/init.ts') },
      { name: 'check', load: () => import('./commands/policy/check.ts') },
      { name: 'test', load: () => import('./commands/policy/test.ts') },
      { name: 'explain', load: () => import('./commands/policy/explain.ts') },
      { name: 'export', load: () => import('./commands/policy/export.ts') },
      { name: 'schema', load: () => import('./commands/policy/schema.ts') },
    ],
  },
  {
    name: 'finding',
    group: 'Policy and evidence',
    summary: 'Acknowledge, assign or close findings in a signed log; list and verify it',
    commands: [
      { name: 'list', load: () => import('./commands/finding/list.ts') },
      { name: 'acknowledge', load: () => import('./commands/finding/acknowledge.ts') },
      { name: 'assign', load: () => import('./commands/finding/assign.ts') },
      { name: 'request-exception', load: () => import('./commands/finding/request-exception.ts') },
      { name: 'close', load: () => import('./commands/finding/close.ts') },
      { name: 'reopen', load: () => import('./commands/finding/reopen.ts') },
      { name: 'verify', load: () => import('./commands/finding/verify.ts') },
    ],
  },
  { name: 'advisory', load: () => import('./commands/advisory.ts') },
  { name: 'attest', load: () => import('./commands/attest.ts') },
  { name: 'verify', load: () => import('./commands/verify.ts') },
  { name: 'reidentify', load: () => import('./commands/reidentify.ts') },
  {
    name: 'store',
    group: 'History',
    summary: 'Inspect, query, merge, prune or compact a store',
    commands: [
      { name: 'info', load: () => import('./commands/store/info.ts') },
      { name: 'prune', load: () => import('./commands/store/prune.ts') },
      { name: 'compact', load: () => import('./commands/store/compact.ts') },
      { name: 'merge', load: () => import('./commands/store/merge.ts') },
      { name: 'sql', load: () => import('./commands/store/sql.ts') },
    ],
  },
  { name: 'serve', load: () => import('./commands/serve.ts') },
  { name: 'watch', load: () => import('./commands/watch.ts') },
  {
    name: 'alerts',
    group: 'Live',
    summary: `Test the receivers of live findings: ${CHATS_AND_PAGERS}, mail`,
    commands: [{ name: 'test', load: () => import('./commands/alerts/test.ts') }],
  },
  {
    name: 'fleet',
    group: 'Fleet',
    summary: 'Deliver, collect and aggregate records of many sensors',
    commands: [
      { name: 'ship', load: () => import('./commands/fleet/ship.ts') },
      { name: 'collect', load: () => import('./commands/fleet/collect.ts') },
      { name: 'aggregate', load: () => import('./commands/fleet/aggregate.ts') },
      { name: 'sensors', load: () => import('./commands/fleet/sensors.ts') },
      { name: 'configure', load: () => import('./commands/fleet/configure.ts') },
    ],
  },
  {
    name: 'catalogue',
    group: 'Catalogue',
    summary: 'Browse and extend the tool catalogue',
    commands: [
      { name: 'list', load: () => import('./commands/catalogue/list.ts') },
      { name: 'show', load: () => import('./commands/catalogue/show.ts') },
      { name: 'page', load: () => import('./commands/catalogue/page.ts') },
      { name: 'test', load: () => import('./commands/catalogue/test.ts') },
      { name: 'status', load: () => import('./commands/catalogue/status.ts') },
      { name: 'learn', load: () => import('./commands/catalogue/learn.ts') },
      { name: 'lint', load: () => import('./commands/catalogue/lint.ts') },
    ],
  },
  {
    name: 'config',
    group: 'Setup',
    summary: 'Check a configuration; show each value and its source',
    commands: [
      { name: 'check', load: () => import('./commands/config/check.ts') },
      { name: 'show', load: () => import('./commands/config/show.ts') },
    ],
  },
  { name: 'doctor', load: () => import('./commands/doctor.ts') },
  { name: 'completion', load: () => import('./commands/completion.ts') },
];
