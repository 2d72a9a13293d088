// The one thing that can be asked for by POST: who a pseudonym is. For investigators, with a reason, written down first,
// and not for a form of another page.

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Context } from 'hono';
import { type Html, html, NOTHING } from '../../report/html/markup.ts';
import { RateLimit } from '../guard/rate-limit.ts';
import type { WebEnv } from '../guard/visitors.ts';
import { PageError } from '../page-error.ts';
import { hostPath } from '../pages/links.ts';
import type { Identities, Identity } from './identities.ts';

const OPENING_PATH = /^\/hosts\/[^/]+\/identity$/;
const FORM = 'application/x-www-form-urlencoded';
const MAX_FORM_BYTES = 4_096;
const LEAST_REASON = 8;
const MOST_REASON = 500;
/** A stolen session must not reveal a whole network. */
const OPENINGS = 30;
const OPENING_SECONDS = 3_600;

/** Throws PageError for a request that is neither asked for by GET nor an opening of the right form. */
export function requireAsking(c: Context, takesOpenings: boolean): void {
  const { method, path } = c.req;
  const length = Number(c.req.header('content-length') ?? 0);
  const isChunked = c.req.header('transfer-encoding') !== undefined;
  if (method === 'POST' && takesOpenings && OPENING_PATH.test(path)) {
    if (isChunked || length > MAX_FORM_BYTES)
      throw new PageError(413, `this form takes ${MAX_FORM_BYTES} bytes, declared in Content-Length`);
    return;
  }
  if (method !== 'GET' && method !== 'HEAD') throw new PageError(405, 'pages are asked for by GET');
  if (isChunked || length !== 0) throw new PageError(413, 'a request has no body here');
}

export class Openings {
  readonly #identities: Identities;
  readonly #forms = new FormTokens();
  readonly #limit = new RateLimit(OPENINGS, OPENING_SECONDS);

  constructor(identities: Identities) {
    this.#identities = identities;
  }

  /** What the page of a host has of it for this visitor. */
  form(visitor: string | null, host: string): Html {
    if (visitor === null || !this.#identities.investigators.has(visitor)) return NOTHING;
    if (this.#identities.behind(host) === null)
      return html`<p class="note">Who this host is cannot be opened here: what is kept holds no more than this name.</p>`;
    const token = this.#forms.make(visitor, host);
    return html`<form class="ask note" method="post" action="${hostPath(host)}/identity"><input type="hidden" name="form" value="${token}"><label>Why this host must be known <input name="reason" required minlength="${LEAST_REASON}" maxlength="${MOST_REASON}" size="40" autocomplete="off"></label><button class="btn">Open the identity</button><span class="sm soft">Time, ${visitor} and the reason are written down.</span></form>`;
  }

  /** Who it is, once that is written down. Throws PageError, and what keeps it from being written down. */
  async open(c: Context<WebEnv>, host: string): Promise<Identity> {
    const visitor = c.get('visitor');
    if (visitor === null || !this.#identities.investigators.has(visitor))
      throw new PageError(403, 'identities are opened by investigators', 'ask one of them');
    requireOwnForm(c);
    const fields = new URLSearchParams(await c.req.text());
    if (!this.#forms.isGood(fields.get('form') ?? '', visitor, host))
      throw new PageError(403, 'this form is old, or of somebody else', 'load the page of the host again');
    const reason = reasonOf(fields.getAll('reason'));
    const identity = this.#identities.behind(host);
    if (identity === null) throw new PageError(404, 'no more than this name is known of it');
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

/** Every browser of today says where a form came from; what says nothing must still know the token in it. */
function requireOwnForm(c: Context): void {
  const site = c.req.header('sec-fetch-site');
  const origin = c.req.header('origin');
  const isOwn =
    site !== undefined
      ? site === 'same-origin'
      : origin === undefined || hostOf(origin) === c.req.header('host');
  if (!isOwn) throw new PageError(403, 'a form of another page is not taken');
  const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== FORM) throw new PageError(400, `the form must be ${FORM}`);
}

const hostOf = (origin: string): string | null => (URL.canParse(origin) ? new URL(origin).host : null);

function reasonOf(given: readonly string[]): string {
  const reason = (given[0] ?? '').trim();
  if (given.length !== 1 || reason.length < LEAST_REASON || reason.length > MOST_REASON)
    throw new PageError(
      400,
      `a reason has ${LEAST_REASON} to ${MOST_REASON} signs`,
      'say why this host must be known, for example the number of a case',
    );
  return reason;
}

/** What an opened page shows. */
export function identityNote({ host, name, mac, addresses = [] }: Identity): Html {
  const facts = [
    ['Host', host],
    ['Name', name ?? ''],
    ['MAC', mac ?? ''],
    ['Addresses', addresses.join(', ')],
  ].filter(([, value]) => value !== '');
  return html`<section class="note" aria-labelledby="identity"><h2 id="identity">Identity</h2><dl class="facts2">${facts.map(([term = '', value = '']) => html`<div><dt>${term}</dt><dd class="mono">${value}</dd></div>`)}</dl><p class="sm soft">It was written down that you opened it. An address is a machine, not a person.</p></section>`;
}

// FormTokens: a form is good for the visitor and the host that it was made for, and for an hour. Another page cannot make one.

const KEY_BYTES = 32;
const GOOD_FOR_MS = 3_600_000;

export class FormTokens {
  readonly #key = randomBytes(KEY_BYTES);

  make(visitor: string, host: string, nowMs = Date.now()): string {
    const end = (nowMs + GOOD_FOR_MS).toString(36);
    return `${end}.${this.#seal(visitor, host, end)}`;
  }

  isGood(token: string, visitor: string, host: string, nowMs = Date.now()): boolean {
    const [, end, seal] = /^([0-9a-z]{1,12})\.([\w-]{43})$/.exec(token) ?? [];
    if (end === undefined || seal === undefined || Number.parseInt(end, 36) < nowMs) return false;
    return timingSafeEqual(Buffer.from(seal), Buffer.from(this.#seal(visitor, host, end)));
  }

  #seal(visitor: string, host: string, end: string): string {
    return createHmac('sha256', this.#key)
      .update(JSON.stringify([visitor, host, end]))
      .digest('base64url');
  }
}
