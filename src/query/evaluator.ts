// Windows evaluated by a policy, a hosts file, advisories and pseudonyms. Loaded only where one of them is asked for.

import { applyPolicy, subjectsInPolicy, withheldHosts } from './apply-policy.ts';
import type { PolicyView } from './inputs/policy-file.ts';
import { type Evaluate, reportOn } from './reported.ts';
import { sourceWithout } from './source-part.ts';

/** Hosts that the policy withholds are in nothing of it: what else is made of the windows is made without them too. */
export const evaluateBy =
  (view: PolicyView): Evaluate =>
  (all, making) => {
    const whole = reportOn(all, making);
    const known = view.onDisk === null ? null : subjectsInPolicy(all, whole.attributions, view);
    const { withheld, excluded, leastHosts } = withheldHosts(known, view);
    const hidden = new Set([...withheld, ...excluded]);
    const source = sourceWithout(all, hidden);
    const isWhole = hidden.size === 0;
    const reported = isWhole ? whole : reportOn(source, making);
    const note = withheld.size === 0 ? {} : { withheld: { hosts: withheld.size, leastHosts } };
    const document = {
      ...applyPolicy(reported.document, source, reported.attributions, view, isWhole ? known : null),
      ...note,
    };
    return { reported, source, hidden, document };
  };
