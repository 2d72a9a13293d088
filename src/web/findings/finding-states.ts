// Shows states of findings on pages to all users. An editor changes a state with a reason, which is logged first.

import type { Context } from 'hono';
import { FINDING_STATES, type FindingState } from '../../model/findings.ts';
import type { Finding, ReportDocument } from '../../model/report.ts';
import { type FindingChange, MAX_NAME_LENGTH, MAX_WHY_LENGTH } from '../../policy/finding-life.ts';
import { type Html, html, NOTHING } from '../../report/html/markup.ts';
import { longTime } from '../../report/text/english-words.ts';
import { STATE_WORDS } from '../../report/text/finding-life-words.ts';
import { readerZone } from '../../report/text/instant-text.ts';
import { formatCount, plural } from '../../text/quantity.ts';
import { getAddress, type Question } from '../address-question.ts';
import { type FormRules, FormTokens, takeForm, takeOnly } from '../guard/forms.ts';
import { RateLimit } from '../guard/rate-limit.ts';
import type { WebEnv } from '../guard/visitors.ts';
import { PageError } from '../page-error.ts';
import { FINDING_PATH, FINDINGS_PATH } from '../pages/links.ts';

/** The log behind the pages. */
export interface FindingStates {
  /** Names of users that may change a state; without any, states are only shown. */
  readonly editors: ReadonlySet<string>;
  /** Adds the current state of each finding to the document. */
  show(document: ReportDocument): ReportDocument;
  /** Returns the changes of one finding, in the order of the log. */
  changesOf(id: string): readonly FindingChange[];
  /** Resolves when all are on disk. Throws FINDING_LOG_INVALID, STORE_WRITE, STORE_BUSY. */
  change(changes: readonly FindingChange[]): Promise<void>;
  /** True for one line of a length that the log accepts. */
  isText(text: string, kind: 'reason' | 'name'): boolean;
}

export const FINDING_FORMS = /^\/findings?$/;
/** Maximum changes per hour: a stolen token must not close all findings of a network. */
const CHANGES = 120;
const CHANGES_SECONDS = 3_600;
/** Maximum number of findings that one form acknowledges: an editor does not read more at once. */
const MAX_AT_ONCE = 1_000;
const ACKNOWLEDGED_AT_ONCE = 5_000;
/** Maximum number of changes on a page; the log has all. */
const MAX_SHOWN = 50;

export class StateForms {
  readonly #states: FindingStates;
  readonly #forms = new FormTokens();
  readonly #limit = new RateLimit(CHANGES, CHANGES_SECONDS);
  readonly #limitAtOnce = new RateLimit(ACKNOWLEDGED_AT_ONCE, CHANGES_SECONDS);

  constructor(states: FindingStates) {
    this.#states = states;
  }

  /** Shows the changes of a finding, and for an editor the form. */
  section(document: ReportDocument, { id, life }: Finding, visitor: string | null): Html {
    const zone = readerZone(document);
    const changes = this.#states.changesOf(id);
    const shown = changes.slice(-MAX_SHOWN);
    const rows = shown.map(
      ({ time, state, who, why, assignee }) =>
        html`<tr><th scope="row">${longTime(time, zone)}</th><td>${STATE_WORDS[state]}${assignee === undefined ? '' : `: ${assignee}`}</td><td>${who}</td><td class="w">${why}</td></tr>`,
    );
    const table = html`<div class="scroll" role="region" aria-label="Changes, table" tabindex="0"><table class="ev"><caption class="sr">Changes</caption><thead><tr><th scope="col">Time</th><th scope="col">State</th><th scope="col">User</th><th scope="col">Reason</th></tr></thead><tbody>${rows}</tbody></table></div>`;
    const more = changes.length - shown.length;
    return html`<section aria-labelledby="chh"><h2 id="chh">State <span class="cnt">${life === undefined ? '' : STATE_WORDS[life.state]}</span></h2>${changes.length === 0 ? html`<p class="lead">No change was recorded.</p>` : table}${more > 0 ? html`<p class="sm soft">${plural(more, 'earlier change')} in the log.</p>` : ''}<p class="sm soft">A state hides nothing: findings of every state count in the verdict and in the totals.</p>${this.#form(visitor, id)}</section>`;
  }

  #form(visitor: string | null, id: string): Html {
    if (visitor === null || !this.#states.editors.has(visitor)) return NOTHING;
    const token = this.#forms.make(visitor, id);
    const states = [...FINDING_STATES.slice(1), FINDING_STATES[0]];
    return html`<form class="ask note" method="post" action="${FINDING_PATH}"><input type="hidden" name="form" value="${token}"><input type="hidden" name="id" value="${id}"><label>New state <select name="state">${states.map((state) => html`<option value="${state}">${STATE_WORDS[state]}</option>`)}</select></label><label>Assigned to <input name="assignee" maxlength="${MAX_NAME_LENGTH}" size="16" autocomplete="off"></label><label>Reason <input name="why" required maxlength="${MAX_WHY_LENGTH}" size="40" autocomplete="off"></label><button class="btn">Change the state</button><span class="sm soft">Time, ${visitor} and the reason are recorded.</span></form>`;
  }

  /** Records the change of the form; returns the id of the finding. Throws PageError, and errors of the log. */
  async change(c: Context<WebEnv>, document: ReportDocument): Promise<string> {
    const { visitor, fields } = await takeForm(c, this.#rules('finding'), (form) => takeOnly(form, 'id'));
    const id = takeOnly(fields, 'id');
    if (document.findings?.some((finding) => finding.id === id) !== true)
      throw new PageError(404, 'no finding of the stored data has this ID');
    const change = this.#changeOf(fields, id, visitor);
    await this.#limit.take(visitor);
    await this.#states.change([change]);
    return id;
  }

  /**
   * Shows the form that acknowledges all new findings of one host or rule. It is valid for the findings that the page showed:
   * a finding that arrives later needs a new form.
   */
  formAtOnce(question: Question, part: ReportDocument, visitor: string | null): Html {
    if (visitor === null || !this.#states.editors.has(visitor)) return NOTHING;
    if (!isNarrow(question))
      return html`<p class="sm soft">To acknowledge several findings at once, filter by one rule or one host.</p>`;
    const { ids, all } = listNew(part);
    if (all === 0) return NOTHING;
    const count = ids.length === all ? '' : ` the first ${formatCount(ids.length)} of`;
    return html`<form class="ask note" method="post" action="${getAddress(FINDINGS_PATH, question)}"><input type="hidden" name="form" value="${this.#forms.make(visitor, ids.join('\n'))}"><label>Reason <input name="why" required maxlength="${MAX_WHY_LENGTH}" size="40" autocomplete="off"></label><button class="btn">Acknowledge${count} ${plural(all, 'new finding')}</button><span class="sm soft">Findings of this list on all its pages. The log gets an entry for each, with the time, ${visitor} and the reason.</span></form>`;
  }

  /** Acknowledges the new findings of the list. Throws PageError, and errors of the log. */
  async acknowledge(c: Context<WebEnv>, question: Question, part: ReportDocument): Promise<void> {
    if (!isNarrow(question))
      throw new PageError(400, 'findings are acknowledged by rule or by host', 'filter by one of them');
    const { ids } = listNew(part);
    const { visitor, fields } = await takeForm(c, this.#rules('findings'), () => ids.join('\n'));
    const why = this.#readReason(fields);
    await this.#limitAtOnce.take(visitor, ids.length);
    const time = new Date().toISOString();
    await this.#states.change(
      ids.map((finding) => ({ time, finding, state: 'acknowledged', who: visitor, why })),
    );
  }

  #rules(page: string): FormRules {
    return {
      tokens: this.#forms,
      users: this.#states.editors,
      page,
      refusal: 'only editors change states of findings',
    };
  }

  #readReason(fields: URLSearchParams): string {
    const why = takeOnly(fields, 'why').trim();
    if (this.#states.isText(why, 'reason')) return why;
    throw new PageError(400, `a reason is one line of 1 to ${MAX_WHY_LENGTH} characters`);
  }

  #changeOf(fields: URLSearchParams, finding: string, who: string): FindingChange {
    const state = FINDING_STATES.find((candidate) => candidate === takeOnly(fields, 'state'));
    if (state === undefined) throw new PageError(400, 'unknown state');
    const [why, assignee] = [this.#readReason(fields), takeOnly(fields, 'assignee').trim()];
    requireAssignee(state, assignee, this.#states.isText(assignee, 'name'));
    return {
      time: new Date().toISOString(),
      finding,
      state,
      who,
      why,
      ...(state === 'assigned' ? { assignee } : {}),
    };
  }
}

const isNarrow = ({ host, rule }: Question): boolean => host !== '' || rule !== '';

/** Lists the new findings, at most as many as one form acknowledges. */
function listNew({ findings = [] }: ReportDocument): {
  readonly ids: readonly string[];
  readonly all: number;
} {
  const found = findings.filter(({ life }) => life?.state === 'new').map(({ id }) => id);
  return { ids: found.slice(0, MAX_AT_ONCE), all: found.length };
}

function requireAssignee(state: FindingState, assignee: string, isText: boolean): void {
  if (state === 'assigned' && !isText)
    throw new PageError(
      400,
      `a name is one line of 1 to ${MAX_NAME_LENGTH} characters`,
      'fill in Assigned to',
    );
  if (state !== 'assigned' && assignee !== '')
    throw new PageError(400, 'a name is allowed only with the state assigned', 'leave Assigned to empty');
}
