// Maps each outcome of a policy to its class and sign on the page.

import type { ReportWords } from '../text/english-words.ts';
import type { OutcomeKind } from '../text/policy-outcome.ts';
import { type Html, html, type IconName, icon } from './markup.ts';

export interface OutcomeStyle {
  readonly tone: 'viol' | 'susp' | 'info' | 'ok' | 'exempt' | 'none';
  readonly icon: IconName | null;
}

export const OUTCOME_STYLES: Readonly<Record<OutcomeKind, OutcomeStyle>> = {
  violation: { tone: 'viol', icon: 'violation' },
  bypass: { tone: 'viol', icon: 'violation' },
  telemetrySent: { tone: 'viol', icon: 'violation' },
  uploaded: { tone: 'viol', icon: 'violation' },
  suspected: { tone: 'susp', icon: 'suspected' },
  grace: { tone: 'info', icon: 'note' },
  updateOnly: { tone: 'info', icon: 'note' },
  telemetryOnly: { tone: 'info', icon: 'note' },
  attempted: { tone: 'info', icon: 'note' },
  exempt: { tone: 'exempt', icon: 'exempt' },
  notSince: { tone: 'ok', icon: 'good' },
  approved: { tone: 'ok', icon: 'good' },
  observed: { tone: 'none', icon: null },
};

export function outcomeTag(kind: OutcomeKind, { outcomes }: ReportWords): Html {
  const style = OUTCOME_STYLES[kind];
  return html`<span class="tag ${style.tone}">${style.icon === null ? '' : icon(style.icon)}${outcomes[kind]}</span>`;
}
