// Selects the rules and names of a draft to keep: those that find the tool in no recording of another program, and in
// at least one of its own.

import type { Catalogue } from '../../catalogue/catalogue.ts';
import { matchesName } from '../../catalogue/name-index.ts';
import type { EvidenceRule, ToolEntry } from '../../catalogue/schema.ts';
import { addTo } from '../../model/grouped-by.ts';
import { compareText } from '../../net/address.ts';
import { gatherEvidence } from '../evidence/evidence.ts';
import type { GatheredItem } from '../evidence/item.ts';
import { isDirectIn } from '../sums/tools-in-period.ts';
import type { DraftedRules } from './draft-rules.ts';
import type { Recorded } from './recorded.ts';

/** A dropped rule or name, with the reason. */
export interface LeftOut {
  readonly what: string;
  /** A recording in which it would find the tool, which did not run; null if it finds the tool in none of its own. */
  readonly recording: string | null;
}

export interface Selected {
  readonly entry: ToolEntry;
  readonly leftOut: readonly LeftOut[];
}

/** Maximum number of rounds: a removed name may enable another rule, and each round removes at least one. */
const MAX_ROUNDS = 20;

/** `isFixed`: names of an entry that people wrote are not changed. */
export function selectRules(
  base: ToolEntry,
  drafted: DraftedRules,
  own: readonly Recorded[],
  others: readonly Recorded[],
  catalogue: Catalogue,
  isFixed: (host: string) => boolean,
): Selected {
  const leftOut: LeftOut[] = [];
  let rules = [...drafted.rules];
  let names = base;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const entry = withRules(names, { ...drafted, rules });
    const accusing = findStrong(entry, others, catalogue);
    const blamed = new Map(accusing.map(({ recording, item }) => [item.rule, recording]));
    const bad = rules.filter(({ id }) => blamed.has(id));
    const strange = findAccusingNames(names, accusing, isFixed);
    if (bad.length + strange.size === 0) break;
    for (const rule of bad)
      leftOut.push({ what: describeRule(rule), recording: blamed.get(rule.id) ?? null });
    for (const [host, recording] of strange) leftOut.push({ what: `${host} as its own name`, recording });
    rules = rules.filter((rule) => !bad.includes(rule));
    names = withShared(names, strange);
  }
  const whole = withRules(names, { ...drafted, rules });
  const proving = new Set(findStrong(whole, own, catalogue).map(({ item }) => item.rule));
  const idle = rules.filter(({ id }) => !proving.has(id));
  for (const rule of idle) leftOut.push({ what: describeRule(rule), recording: null });
  rules = rules.filter((rule) => !idle.includes(rule));
  return { entry: withRules(names, { ...drafted, rules: mergeAlikeRules(rules) }), leftOut };
}

interface StrongItem {
  readonly recording: string;
  readonly item: GatheredItem;
}

/** Lists evidence that makes the tool certain or likely, or that has the highest grade of its rule. */
function findStrong(entry: ToolEntry, recordings: readonly Recorded[], catalogue: Catalogue): StrongItem[] {
  const weak = new Set(
    (entry.evidence ?? []).flatMap((rule) =>
      rule.kind === 'companion' && rule.gives === 'possible' ? [rule.id] : [],
    ),
  );
  const learnt = catalogue.with(entry);
  const compiled = learnt.compiled(entry);
  const isDirect = isDirectIn(learnt);
  return recordings.flatMap(({ name, periods }) =>
    periods.flatMap((period) =>
      gatherEvidence(compiled, period, isDirect)
        .filter(({ grade, rule }) => grade !== null && (grade !== 'possible' || weak.has(rule)))
        .map((item) => ({ recording: name, item })),
    ),
  );
}

/** Lists exclusive names of the entry that find the tool in a recording in which it did not run. */
function findAccusingNames(
  { endpoints, evidence }: ToolEntry,
  accusing: readonly StrongItem[],
  isFixed: (host: string) => boolean,
): ReadonlyMap<string, string> {
  const declared = new Set((evidence ?? []).map(({ id }) => id));
  const strange = new Map<string, string>();
  for (const { recording, item } of accusing) {
    if (item.ruleKind !== 'name' || declared.has(item.rule)) continue;
    for (const { host, specificity } of endpoints) {
      const isSelected = item.channels.some(({ name }) => matchesName(host, name));
      if (specificity === 'tool' && isSelected && !isFixed(host)) strange.set(host, recording);
    }
  }
  return strange;
}

const withShared = (entry: ToolEntry, names: ReadonlyMap<string, string>): ToolEntry => ({
  ...entry,
  endpoints: entry.endpoints.map((endpoint) =>
    names.has(endpoint.host) ? { ...endpoint, specificity: 'shared' as const } : endpoint,
  ),
});

/** Adds rules to the entry. Sizes of a start are kept if a rule or an own name needs them. */
function withRules(entry: ToolEntry, { rules, startUp }: DraftedRules): ToolEntry {
  const own = new Set(entry.endpoints.filter((e) => e.specificity === 'tool').map(({ host }) => host));
  const startUpNames = new Set(rules.flatMap((rule) => (rule.kind === 'startUp' ? rule.names : [])));
  const sizes = startUp.filter(({ names }) => names.some((name) => startUpNames.has(name) || own.has(name)));
  const evidence = [...(entry.evidence ?? []), ...rules];
  const starts = [...(entry.startUp ?? []), ...sizes];
  return {
    ...entry,
    ...(evidence.length === 0 ? {} : { evidence }),
    ...(starts.length === 0 ? {} : { startUp: starts }),
  };
}

function describeRule(rule: EvidenceRule): string {
  const word = KIND_WORDS[rule.kind] ?? rule.kind;
  const names = rule.kind === 'companion' ? namesBeside(rule) : rule.kind === 'relay' ? [] : rule.names;
  return `${word} ${(names ?? []).join(', ')}`.trim();
}

/** Returns the names that identify the tool: of two sets, only the second, because many tools have names of the first. */
const namesBeside = ({ names }: Extract<EvidenceRule, { kind: 'companion' }>): string[] =>
  names.length > 2 ? names.flat() : (names.at(-1) ?? []);

const KIND_WORDS: Readonly<Partial<Record<EvidenceRule['kind'], string>>> = {
  name: 'name rule',
  companion: 'names seen together with',
  pair: 'pair of hello forms to',
  startUp: 'calls at the start to',
  sideCalls: 'small calls to',
};

/** Merges rules of one kind that differ in one name. */
function mergeAlikeRules(rules: readonly EvidenceRule[]): EvidenceRule[] {
  const groups = new Map<string, EvidenceRule[]>();
  for (const rule of rules) {
    const runtimes = 'runtimes' in rule ? (rule.runtimes ?? []).join() : '';
    const isAlone =
      rule.kind === 'pair' ||
      rule.kind === 'sideCalls' ||
      (rule.kind === 'companion' && rule.names.length > 2);
    const models = rule.kind === 'companion' ? rule.names[0]?.join() : '';
    const key = isAlone ? rule.id : `${rule.kind} ${runtimes} ${models}`;
    addTo(groups, key, rule);
  }
  const taken = new Set<string>();
  return [...groups.values()].map((group) => {
    const rule = mergeRules(group);
    const kind = `drafted-${ID_WORDS[rule.kind] ?? rule.kind}`;
    let id = kind;
    for (let i = 2; taken.has(id); i++) id = `${kind}-${i}`;
    taken.add(id);
    return { ...rule, id };
  });
}

const ID_WORDS: Readonly<Partial<Record<EvidenceRule['kind'], string>>> = {
  startUp: 'start',
  sideCalls: 'side-calls',
};

function mergeRules(rules: readonly EvidenceRule[]): EvidenceRule {
  const [first, ...more] = rules;
  if (first === undefined) throw new RangeError('a group of rules is never empty');
  if (more.length === 0) return first;
  if (first.kind === 'companion') {
    const all = rules.flatMap((rule) => (rule.kind === 'companion' ? [rule.names] : []));
    const beside = [...new Set(all.flatMap((names) => names.at(-1) ?? []))].sort(compareText);
    return { ...first, names: [first.names[0] ?? [], beside] };
  }
  if (first.kind !== 'name' && first.kind !== 'startUp') return first;
  const names = rules.flatMap((rule) => (rule.kind === 'name' || rule.kind === 'startUp' ? rule.names : []));
  return { ...first, names: [...new Set(names)].sort(compareText) };
}
