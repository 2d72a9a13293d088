// The table of commands: one file each, loaded when its command is asked for, so that a short command starts fast.

import type { DefineVerb } from './verbs/define-verb.ts';

/** Headings of the help, in its order. */
type VerbGroup = 'Analyze' | 'Policy and evidence' | 'History' | 'Live' | 'Fleet' | 'Catalogue' | 'Setup';

type Load = () => Promise<DefineVerb>;

export interface Verb {
  readonly name: string;
  readonly group: VerbGroup;
  readonly summary: string;
  /** Absent for a command of commands alone. */
  readonly load?: Load;
  /** Commands below it, in addition to those that its own file defines. */
  readonly subs?: readonly SubVerb[];
}

export interface SubVerb {
  readonly name: string;
  readonly summary: string;
  readonly load: Load;
}

const loadAnalyze: Load = async () => (await import('./verbs/analyze.ts')).defineAnalyze;
const loadHellos: Load = async () => (await import('./verbs/hellos.ts')).defineHellos;
const loadFlows: Load = async () => (await import('./verbs/flows.ts')).defineFlows;
const loadMerge: Load = async () => (await import('./verbs/merge.ts')).defineMerge;
const loadSql: Load = async () => (await import('./verbs/sql/sql.ts')).defineSql;
const loadShip: Load = async () => (await import('./verbs/fleet/ship.ts')).defineShip;
const loadCollect: Load = async () => (await import('./verbs/fleet/collect.ts')).defineCollect;
const loadAggregate: Load = async () => (await import('./verbs/fleet/aggregate.ts')).defineAggregate;
const loadSensors: Load = async () => (await import('./verbs/fleet/sensors.ts')).defineSensors;
const loadConfigure: Load = async () => (await import('./verbs/fleet/configure.ts')).defineConfigure;

export const VERBS: readonly Verb[] = [
  {
    name: 'analyze',
    group: 'Analyze',
    summary: 'Analyze captures, windows or a store; report AI tool use per host',
    load: loadAnalyze,
  },
  {
    name: 'explain',
    group: 'Analyze',
    summary: 'Explain the evidence for and against a tool on a host',
    load: async () => (await import('./verbs/explain.ts')).defineExplain,
  },
  {
    name: 'diagnose',
    group: 'Analyze',
    summary: 'Diagnose why connections of AI tools fail: where, since when, what to do',
    load: async () => (await import('./verbs/diagnose.ts')).defineDiagnose,
  },
  {
    name: 'profile',
    group: 'Analyze',
    summary: 'Profile the traffic of a tool: names, roles, bytes, intervals, telemetry',
    load: async () => (await import('./verbs/profile.ts')).defineProfile,
  },
  {
    name: 'dump',
    group: 'Analyze',
    summary: 'Print ClientHellos or flows of captures as NDJSON',
    subs: [
      { name: 'hellos', summary: 'Print one NDJSON line per complete ClientHello', load: loadHellos },
      { name: 'flows', summary: 'Print one NDJSON line per flow', load: loadFlows },
    ],
  },
  {
    name: 'slice',
    group: 'Analyze',
    summary: 'Write the packets of a finding, or of a tool on a host, to a capture file',
    load: async () => (await import('./verbs/slice.ts')).defineSlice,
  },
  {
    name: 'policy',
    group: 'Policy and evidence',
    summary: 'Create, check, test, explain or export a policy',
    load: async () => (await import('./verbs/policy/policy.ts')).definePolicy,
  },
  {
    name: 'finding',
    group: 'Policy and evidence',
    summary: 'Acknowledge, assign or close findings in a signed log; list and verify it',
    load: async () => (await import('./verbs/finding/finding.ts')).defineFinding,
  },
  {
    name: 'advisory',
    group: 'Policy and evidence',
    summary: 'List hosts that ran an affected version, by day; check or import advisories',
    load: async () => (await import('./verbs/advisory/advisory.ts')).defineAdvisory,
  },
  {
    name: 'attest',
    group: 'Policy and evidence',
    summary: 'State that a tool was not observed, or why no statement is possible',
    load: async () => (await import('./verbs/attest.ts')).defineAttest,
  },
  {
    name: 'verify',
    group: 'Policy and evidence',
    summary: 'Verify an evidence bundle and re-evaluate its windows',
    load: async () => (await import('./verbs/verify.ts')).defineVerify,
  },
  {
    name: 'reidentify',
    group: 'Policy and evidence',
    summary: 'Look up the host behind a pseudonym; the lookup is logged',
    load: async () => (await import('./verbs/reidentify.ts')).defineReidentify,
  },
  {
    name: 'store',
    group: 'History',
    summary: 'Inspect, query, merge, prune or compact stored windows',
    load: async () => (await import('./verbs/store.ts')).defineStore,
    subs: [
      { name: 'merge', summary: 'Merge .usage files into one', load: loadMerge },
      { name: 'sql', summary: 'Query a store in SQL, read-only', load: loadSql },
    ],
  },
  {
    name: 'serve',
    group: 'History',
    summary: 'Serve a store to browsers and programs (HTML pages, JSON API, metrics)',
    load: async () => (await import('./verbs/serve/serve.ts')).defineServe,
  },
  {
    name: 'watch',
    group: 'Live',
    summary: 'Monitor live interfaces, or logs of other sensors, and report AI tool use',
    load: async () => (await import('./verbs/watch.ts')).defineWatch,
  },
  {
    name: 'alerts',
    group: 'Live',
    summary: 'Test the receivers of live findings: Slack, Teams, Mattermost, PagerDuty, mail',
    load: async () => (await import('./verbs/alerts/alerts.ts')).defineAlerts,
  },
  {
    name: 'fleet',
    group: 'Fleet',
    summary: 'Deliver, collect and aggregate windows of many sensors',
    subs: [
      {
        name: 'ship',
        summary: 'Deliver windows of a sensor to a broker, a server or a folder',
        load: loadShip,
      },
      { name: 'collect', summary: 'Collect delivered windows into a store', load: loadCollect },
      { name: 'aggregate', summary: 'Aggregate windows of a store into period sums', load: loadAggregate },
      {
        name: 'sensors',
        summary: 'List sensors: last window, lag, coverage, drops, versions, clock',
        load: loadSensors,
      },
      {
        name: 'configure',
        summary: 'Sign and distribute policy, hosts file and catalogue to sensors',
        load: loadConfigure,
      },
    ],
  },
  {
    name: 'catalogue',
    group: 'Catalogue',
    summary: 'Browse and extend the tool catalogue',
    load: async () => (await import('./verbs/catalogue.ts')).defineCatalogue,
  },
  {
    name: 'config',
    group: 'Setup',
    summary: 'Check a configuration; show each value and its source',
    load: async () => (await import('./verbs/config.ts')).defineConfig,
  },
  {
    name: 'doctor',
    group: 'Setup',
    summary: 'Check engine, permissions, interfaces and versions',
    load: async () => (await import('./verbs/doctor/doctor.ts')).defineDoctor,
  },
  {
    name: 'completion',
    group: 'Setup',
    summary: 'Print a shell completion script: bash, zsh, fish',
    load: async () => (await import('./verbs/completion.ts')).defineCompletion,
  },
];
