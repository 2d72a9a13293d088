// Forms of the pages: the few requests by POST. A form is taken from a page of this server alone, and is good for one
// visitor, one subject and an hour.

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Context } from 'hono';
import { PageError } from '../page-error.ts';
import type { WebEnv } from './visitors.ts';

const FORM = 'application/x-www-form-urlencoded';
const MAX_FORM_BYTES = 4_096;

/** Throws PageError for a request that is neither asked for by GET nor a form of one of these paths. */
export function requireAsking(c: Context, forms: readonly RegExp[]): void {
  const { method, path } = c.req;
  const length = Number(c.req.header('content-length') ?? 0);
  const isChunked = c.req.header('transfer-encoding') !== undefined;
  if (method === 'POST' && forms.some((form) => form.test(path))) {
    if (isChunked || length > MAX_FORM_BYTES)
      throw new PageError(413, `this form takes ${MAX_FORM_BYTES} bytes, declared in Content-Length`);
    return;
  }
  if (method !== 'GET' && method !== 'HEAD') throw new PageError(405, 'pages are asked for by GET');
  if (isChunked || length !== 0) throw new PageError(413, 'a request has no body here');
}

/** Users allowed to send a form, and the words of a refusal. */
export interface FormRules {
  readonly tokens: FormTokens;
  readonly users: ReadonlySet<string>;
  /** "identities are opened by investigators". */
  readonly refusal: string;
  /** "host": whose page has the form. */
  readonly page: string;
}

/** The fields of a form that this visitor was given about the subject. Throws PageError 400, 403. */
export async function takeForm(
  c: Context<WebEnv>,
  { tokens, users, refusal, page }: FormRules,
  subjectOf: (fields: URLSearchParams) => string,
): Promise<{ readonly visitor: string; readonly fields: URLSearchParams }> {
  const visitor = c.get('visitor');
  if (visitor === null || !users.has(visitor)) throw new PageError(403, refusal, 'ask one of them');
  requireOwnForm(c);
  const fields = new URLSearchParams(await c.req.text());
  if (!tokens.isGood(only(fields, 'form'), visitor, subjectOf(fields)))
    throw new PageError(403, 'this form is old, or of another user', `load the page of the ${page} again`);
  return { visitor, fields };
}

/** A field that is given once; empty where it is not. */
export function only(fields: URLSearchParams, name: string): string {
  const values = fields.getAll(name);
  return values.length === 1 ? (values[0] ?? '') : '';
}

/** Every browser of today says where a form came from; what says nothing must still know the token in it. */
function requireOwnForm(c: Context): void {
  const site = c.req.header('sec-fetch-site');
  const origin = c.req.header('origin');
  const isOwn =
    site !== undefined
      ? site === 'same-origin'
      : origin === undefined || findHost(origin) === c.req.header('host');
  if (!isOwn) throw new PageError(403, 'a form of another page is not taken');
  const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== FORM) throw new PageError(400, `the form must be ${FORM}`);
}

const findHost = (origin: string): string | null => (URL.canParse(origin) ? new URL(origin).host : null);

// FormTokens: a form is good for the visitor and the host or finding that it was made for, and for an hour. Another page cannot make one.

const KEY_BYTES = 32;
const GOOD_FOR_MS = 3_600_000;

export class FormTokens {
  readonly #key = randomBytes(KEY_BYTES);

  make(visitor: string, subject: string, nowMs = Date.now()): string {
    const end = (nowMs + GOOD_FOR_MS).toString(36);
    return `${end}.${this.#seal(visitor, subject, end)}`;
  }

  isGood(token: string, visitor: string, subject: string, nowMs = Date.now()): boolean {
    const [, end, seal] = /^([0-9a-z]{1,12})\.([\w-]{43})$/.exec(token) ?? [];
    if (end === undefined || seal === undefined || Number.parseInt(end, 36) < nowMs) return false;
    return timingSafeEqual(Buffer.from(seal), Buffer.from(this.#seal(visitor, subject, end)));
  }

  #seal(visitor: string, subject: string, end: string): string {
    return createHmac('sha256', this.#key)
      .update(JSON.stringify([visitor, subject, end]))
      .digest('base64url');
  }
}
