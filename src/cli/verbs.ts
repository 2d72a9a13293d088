// The table of verbs: one file each, loaded when its verb is asked for, so that a short command starts fast.

import type { DefineVerb } from './verbs/define-verb.ts';

export interface Verb {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<DefineVerb>;
}

export const VERBS: readonly Verb[] = [
  {
    name: 'analyze',
    summary: 'captures → which host used which AI coding tool, since when, how much',
    load: async () => (await import('./verbs/analyze.ts')).defineAnalyze,
  },
  {
    name: 'watch',
    summary: 'the same, live, on one or more interfaces',
    load: async () => (await import('./verbs/watch.ts')).defineWatch,
  },
  {
    name: 'handshakes',
    summary: 'one NDJSON line per complete ClientHello',
    load: async () => (await import('./verbs/handshakes.ts')).defineHandshakes,
  },
  {
    name: 'flows',
    summary: 'one NDJSON line per flow',
    load: async () => (await import('./verbs/flows.ts')).defineFlows,
  },
  {
    name: 'report',
    summary: '.usage files → any format',
    load: async () => (await import('./verbs/report.ts')).defineReport,
  },
  {
    name: 'merge',
    summary: 'many .usage files → one',
    load: async () => (await import('./verbs/merge.ts')).defineMerge,
  },
  {
    name: 'explain',
    summary: 'what spoke for and against a tool on a host, in plain words',
    load: async () => (await import('./verbs/explain.ts')).defineExplain,
  },
  {
    name: 'advisory',
    summary: 'which hosts ran an affected version, on which days; check an advisory',
    load: async () => (await import('./verbs/advisory/advisory.ts')).defineAdvisory,
  },
  {
    name: 'profile',
    summary: 'what a tool talks to: names, roles, bytes, cadence, telemetry share',
    load: async () => (await import('./verbs/profile.ts')).defineProfile,
  },
  {
    name: 'catalogue',
    summary: 'what is known of tools: list, show, test, learn, lint',
    load: async () => (await import('./verbs/catalogue.ts')).defineCatalogue,
  },
  {
    name: 'audit',
    summary: 'captures or .usage files held against a policy → findings, evidence bundle',
    load: async () => (await import('./verbs/audit.ts')).defineAudit,
  },
  {
    name: 'verify',
    summary: 'checks an evidence bundle',
    load: async () => (await import('./verbs/verify.ts')).defineVerify,
  },
  {
    name: 'policy',
    summary: 'begin, check, test, explain or export a policy',
    load: async () => (await import('./verbs/policy/policy.ts')).definePolicy,
  },
  {
    name: 'store',
    summary: 'what is kept, and retention: info, prune, compact',
    load: async () => (await import('./verbs/store.ts')).defineStore,
  },
  {
    name: 'sql',
    summary: 'a question in SQL to a store, read-only',
    load: async () => (await import('./verbs/sql/sql.ts')).defineSql,
  },
  {
    name: 'ship',
    summary: 'deliver the windows of a sensor, to a broker or a folder',
    load: async () => (await import('./verbs/fleet/ship.ts')).defineShip,
  },
  {
    name: 'collect',
    summary: 'take what sensors ship into a store',
    load: async () => (await import('./verbs/fleet/collect.ts')).defineCollect,
  },
  {
    name: 'judge',
    summary: 'make the period sums of a store, of all hosts or of a shard of them',
    load: async () => (await import('./verbs/fleet/judge.ts')).defineJudge,
  },
  {
    name: 'sensors',
    summary: 'the sensors of a fleet: last window, lag, coverage, drops, versions, clock',
    load: async () => (await import('./verbs/fleet/sensors.ts')).defineSensors,
  },
  {
    name: 'handout',
    summary: 'give sensors their policy, hosts file and catalogue, signed',
    load: async () => (await import('./verbs/fleet/handout.ts')).defineHandout,
  },
  {
    name: 'serve',
    summary: 'pages for a browser, and an interface for programs, over what is kept',
    load: async () => (await import('./verbs/serve/serve.ts')).defineServe,
  },
  {
    name: 'reidentify',
    summary: 'which host a pseudonym stands for; the look-up is written down',
    load: async () => (await import('./verbs/reidentify.ts')).defineReidentify,
  },
  {
    name: 'config',
    summary: 'check a configuration; show each value and where it comes from',
    load: async () => (await import('./verbs/config.ts')).defineConfig,
  },
  {
    name: 'doctor',
    summary: 'engine, permissions, interfaces, versions',
    load: async () => (await import('./verbs/doctor/doctor.ts')).defineDoctor,
  },
  {
    name: 'completion',
    summary: 'a script that completes words at the tab key: bash, zsh, fish',
    load: async () => (await import('./verbs/completion.ts')).defineCompletion,
  },
];
