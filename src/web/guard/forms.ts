// Checks forms, the only POST requests. A form must come from a page of this server, and is valid for one user, one subject
// and one hour.

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Context } from 'hono';
import { PageError } from '../page-error.ts';
import type { WebEnv } from './visitors.ts';

const FORM = 'application/x-www-form-urlencoded';
const MAX_FORM_BYTES = 4_096;

/** Throws PageError for a request that is neither a GET nor a form on one of these paths. */
export function requireAsking(c: Context, forms: readonly RegExp[]): void {
  const { method, path } = c.req;
  const length = Number(c.req.header('content-length') ?? 0);
  const isChunked = c.req.header('transfer-encoding') !== undefined;
  if (method === 'POST' && forms.some((form) => form.test(path))) {
    if (isChunked || length > MAX_FORM_BYTES)
      throw new PageError(413, `this form takes ${MAX_FORM_BYTES} bytes, declared in Content-Length`);
    return;
  }
  if (method !== 'GET' && method !== 'HEAD') throw new PageError(405, 'pages are requested with GET');
  if (isChunked || length !== 0) throw new PageError(413, 'a request must not have a body here');
}

/** Users allowed to send a form, and the words of a refusal. */
export interface FormRules {
  readonly tokens: FormTokens;
  readonly users: ReadonlySet<string>;
  /** Reason for other users, for example "only investigators look up identities". */
  readonly refusal: string;
  /** Kind of the page with the form, for example "host". */
  readonly page: string;
}

/** Reads a form that was issued to this user for this subject. Throws PageError 400, 403. */
export async function takeForm(
  c: Context<WebEnv>,
  { tokens, users, refusal, page }: FormRules,
  subjectOf: (fields: URLSearchParams) => string,
): Promise<{ readonly visitor: string; readonly fields: URLSearchParams }> {
  const visitor = c.get('visitor');
  if (visitor === null || !users.has(visitor)) throw new PageError(403, refusal, 'ask one of them');
  requireOwnForm(c);
  const fields = new URLSearchParams(await c.req.text());
  if (!tokens.isGood(takeOnly(fields, 'form'), visitor, subjectOf(fields)))
    throw new PageError(403, 'this form is old, or of another user', `load the page of the ${page} again`);
  return { visitor, fields };
}

/** Returns a field that occurs exactly once; otherwise an empty text. */
export function takeOnly(fields: URLSearchParams, name: string): string {
  const values = fields.getAll(name);
  return values.length === 1 ? (values[0] ?? '') : '';
}

/** Current browsers send the origin of a form. Without an origin, only the token of the form is checked. */
function requireOwnForm(c: Context): void {
  const site = c.req.header('sec-fetch-site');
  const origin = c.req.header('origin');
  const isOwn =
    site !== undefined
      ? site === 'same-origin'
      : origin === undefined || findHost(origin) === c.req.header('host');
  if (!isOwn) throw new PageError(403, 'a form of another page is not accepted');
  const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== FORM) throw new PageError(400, `the form must be ${FORM}`);
}

const findHost = (origin: string): string | null => (URL.canParse(origin) ? new URL(origin).host : null);

// FormTokens: a form is valid for the user and the host or finding that it was made for, and for one hour. Other websites
// cannot make one.

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
