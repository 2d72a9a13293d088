// Handles the form that looks up a pseudonym: only for investigators, with a reason that is logged first, and never for a form
// of another website.

import type { Context } from 'hono';
import { type Html, html, NOTHING } from '../../report/html/markup.ts';
import { FormTokens, takeForm, takeOnly } from '../guard/forms.ts';
import { RateLimit } from '../guard/rate-limit.ts';
import type { WebEnv } from '../guard/visitors.ts';
import { PageError } from '../page-error.ts';
import { hostPath } from '../pages/links.ts';
import type { Identities, Identity } from './identities.ts';

export const LOOKUP_PATH = /^\/hosts\/[^/]+\/identity$/;
const MIN_REASON = 8;
const MAX_REASON = 500;
/** Maximum lookups per hour: a stolen token must not reveal a whole network. */
const MAX_LOOKUPS = 30;
const LOOKUP_SECONDS = 3_600;

export class PseudonymLookups {
  readonly #identities: Identities;
  readonly #forms = new FormTokens();
  readonly #limit = new RateLimit(MAX_LOOKUPS, LOOKUP_SECONDS);

  constructor(identities: Identities) {
    this.#identities = identities;
  }

  /** Returns the lookup form on the page of a host. */
  form(visitor: string | null, host: string): Html {
    if (visitor === null || !this.#identities.investigators.has(visitor)) return NOTHING;
    if (this.#identities.behind(host) === null)
      return html`<p class="note">The identity of this host cannot be looked up here: the stored data contains only this name.</p>`;
    const token = this.#forms.make(visitor, host);
    return html`<form class="ask note" method="post" action="${hostPath(host)}/identity#main"><input type="hidden" name="form" value="${token}"><label>Reason of the lookup <input name="reason" required minlength="${MIN_REASON}" maxlength="${MAX_REASON}" size="40" autocomplete="off"></label><button class="btn">Look up the identity</button><span class="sm soft">Time, ${visitor} and the reason are logged.</span></form>`;
  }

  /** Logs the lookup, then returns the host. Throws PageError, and errors of the log. */
  async lookUp(c: Context<WebEnv>, host: string): Promise<Identity> {
    const rules = {
      tokens: this.#forms,
      users: this.#identities.investigators,
      refusal: 'only investigators look up identities',
      page: 'host',
    };
    const { visitor, fields } = await takeForm(c, rules, () => host);
    const reason = requireReason(takeOnly(fields, 'reason'));
    const identity = this.#identities.behind(host);
    if (identity === null) throw new PageError(404, 'the stored data contains only this name');
    await this.#limit.take(visitor);
    await this.#identities.writeDown({
      time: new Date().toISOString(),
      user: visitor,
      pseudonym: host,
      reason,
    });
    return identity;
  }
}

function requireReason(given: string): string {
  const reason = given.trim();
  if (reason.length < MIN_REASON || reason.length > MAX_REASON)
    throw new PageError(
      400,
      `a reason has ${MIN_REASON} to ${MAX_REASON} characters`,
      'enter the reason, for example a case number',
    );
  return reason;
}

/** Shows the result of a lookup. */
export function identityNote({ host, name, mac, addresses = [] }: Identity): Html {
  const facts = [
    ['Host', host],
    ['Name', name ?? ''],
    ['MAC', mac ?? ''],
    ['Addresses', addresses.join(', ')],
  ].filter(([, value]) => value !== '');
  return html`<section class="note" aria-labelledby="identity"><h2 id="identity">Identity</h2><dl class="facts2">${facts.map(([term = '', value = '']) => html`<div><dt>${term}</dt><dd class="mono">${value}</dd></div>`)}</dl><p class="sm soft">The lookup was logged. An address identifies a machine, not a person.</p></section>`;
}
