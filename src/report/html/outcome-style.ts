// How each outcome of a policy looks on the page: its class, its sign, the heading of its group.

import { type OutcomeKind, SEVERITY_ORDER } from '../text/outcome.ts';
import { OUTCOME_WORDS } from '../text/words.ts';
import { type Html, html, type IconName, icon } from './markup.ts';

export interface OutcomeStyle {
  readonly tone: 'viol' | 'susp' | 'info' | 'ok' | 'exempt' | 'none';
  readonly icon: IconName | null;
  readonly group: string;
}

export const OUTCOME_STYLES: Readonly<Record<OutcomeKind, OutcomeStyle>> = {
  violation: { tone: 'viol', icon: 'violation', group: 'Used while the rule was in force' },
  bypass: { tone: 'viol', icon: 'violation', group: 'Used around the required gateways' },
  suspected: { tone: 'susp', icon: 'suspected', group: 'Suspected' },
  grace: { tone: 'info', icon: 'note', group: 'Seen in the grace period only' },
  updateOnly: { tone: 'info', icon: 'note', group: 'Only an update seen' },
  telemetryOnly: { tone: 'info', icon: 'note', group: 'Only telemetry seen' },
  attempted: { tone: 'info', icon: 'note', group: 'Attempted, and stopped before any request' },
  exempt: { tone: 'exempt', icon: 'exempt', group: 'Exempt' },
  notSince: { tone: 'ok', icon: 'good', group: 'Not seen since the rule took effect' },
  approved: { tone: 'ok', icon: 'good', group: 'Approved tools only' },
  observed: { tone: 'none', icon: null, group: 'Other AI coding tools only' },
};

/** The order of groups; within one, rows are by host: this is no ranking of people. */
export const OUTCOME_ORDER: readonly OutcomeKind[] = [...SEVERITY_ORDER, 'notSince', 'approved', 'observed'];

export function outcomeTag(kind: OutcomeKind): Html {
  const style = OUTCOME_STYLES[kind];
  return html`<span class="tag ${style.tone}">${style.icon === null ? '' : icon(style.icon)}${OUTCOME_WORDS[kind]}</span>`;
}
