// Evaluates windows by a policy, a hosts file, advisories and pseudonyms. Loaded only if one of them is given.

import { selectHosts } from '../model/entries.ts';
import type { Policy } from '../model/policy.ts';
import type { HostAttribution } from '../model/tool.ts';
import { Evaluation } from '../policy/evaluate.ts';
import { excludesHosts } from '../policy/scope.ts';
import type { PolicySubject } from '../policy/subjects.ts';
import type { Packing } from '../report/document/uses-by-host.ts';
import { isPseudonym } from '../text/pseudonym.ts';
import { openZone } from '../time/zone.ts';
import {
  applyPolicy,
  buildEvaluationFacts,
  createSubjectBuilderFor,
  findObserved,
  subjectsInPolicy,
  withheldHosts,
} from './apply-policy.ts';
import type { PolicyView } from './inputs/policy-file.ts';
import { type AskedQuestion, buildDocument, type Evaluate, type Evaluated, reportOn } from './reported.ts';
import type { SourceRead } from './source.ts';
import { sourceWithout } from './source-part.ts';

/** Hosts that the policy withholds are absent, also from everything else that is made of the windows. */
export const evaluateBy =
  (view: PolicyView): Evaluate =>
  (all, askedQuestion, packing) => {
    const policy = packing === undefined ? null : findPolicyAlone(view, all);
    if (packing !== undefined && policy !== null)
      return evaluateInTurn(all, askedQuestion, { policy, view, packing });
    const whole = reportOn(all, askedQuestion);
    const subjects = view.onDisk === null ? null : subjectsInPolicy(all, whole.attributions, view);
    const { withheld, excluded, leastHosts } = withheldHosts(subjects, view);
    const hidden = new Set([...withheld, ...excluded]);
    const source = sourceWithout(all, hidden);
    const isWhole = hidden.size === 0;
    const reported = isWhole ? whole : reportOn(source, askedQuestion);
    const note = withheld.size === 0 ? {} : { withheld: { hosts: withheld.size, leastHosts } };
    const document = {
      ...applyPolicy(reported.document, source, reported.attributions, view, isWhole ? subjects : null),
      ...note,
    };
    return { reported, source, hidden, document };
  };

/** The policy if no host is left out and nothing else needs all rows at once; otherwise null. */
function findPolicyAlone(
  { onDisk, register, pseudonymOf, memberships, advisories = [] }: PolicyView,
  { windows }: SourceRead,
): Policy | null {
  if (onDisk === null || (register ?? null) !== null || pseudonymOf !== null || memberships !== undefined)
    return null;
  if (advisories.length > 0 || excludesHosts(onDisk.policy)) return null;
  const isOne = ({ host }: { readonly host: string }): boolean => isPseudonym(host);
  const arePseudonyms = windows.some(
    ({ hosts, rows, queriedNames, services }) =>
      selectHosts(hosts, isPseudonym).length > 0 ||
      rows.some(isOne) ||
      queriedNames.some(isOne) ||
      services?.some(isOne),
  );
  return arePseudonyms ? null : onDisk.policy;
}

/** Works host by host, because the rows of a large network do not fit into memory. */
function evaluateInTurn(
  source: SourceRead,
  askedQuestion: AskedQuestion,
  {
    policy,
    view,
    packing,
  }: { readonly policy: Policy; readonly view: PolicyView; readonly packing: Packing },
): Evaluated {
  const seeing = buildEvaluationFacts(source, policy, findObserved(source), openZone(askedQuestion.timezone));
  const evaluation = new Evaluation(policy, seeing);
  const { hosts, build } = createSubjectBuilderFor(source, view.hosts);
  const left = new Set(hosts);
  const subjects: PolicySubject[] = [];
  const add = (host: string, own?: HostAttribution): void => {
    const subject = build(host, own);
    evaluation.add(subject);
    subjects.push({ ...subject, tools: NONE, providers: NONE });
    left.delete(host);
  };
  const document = buildDocument(source, askedQuestion, packing, (own) => add(own.host, own));
  for (const host of left) add(host);
  const policyFacts = { subjects, policy, result: evaluation.finish() };
  const reported = { document, attributions: NONE };
  return {
    reported,
    source,
    hidden: new Set(),
    document: applyPolicy(document, source, NONE, view, policyFacts),
  };
}

const NONE: readonly never[] = [];
