// Sinks of the receivers file: webhooks of chats and pagers, and mail. The outbox in front of them tries again with growing
// pauses, or after the pause that the receiver requests.

import { createHash } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { SEVERITIES } from '../../model/findings.ts';
import { html, join } from '../../report/html/markup.ts';
import { ALERT_WORDS } from '../../report/text/alert-words.ts';
import { md } from '../../text/markdown-text.ts';
import { shorten, visibleText } from '../../text/visible-text.ts';
import {
  type MailReceiver,
  mailSecurity,
  type Receiver,
  serverOfReceiver,
  type WebhookReceiver,
} from './receivers-file.ts';
import { type Alert, type AlertSink, buildRefusal, postJson, TIMEOUT_MS } from './sinks.ts';

/** Maximum number of subjects with a message in this run: those of a full day. */
const MAX_SENT = 65_536;
/** Total time of one mail: a server that sends a line every few seconds never reaches the idle timeout. */
const MAIL_MS = 30_000;

export function receiverSink(receiver: Receiver, mailMs = MAIL_MS): AlertSink {
  const send = receiver.type === 'email' ? mailSender(receiver, mailMs) : webhookSender(receiver);
  const least = SEVERITIES.indexOf(receiver.severity ?? 'info');
  const sent = new Set<string>();
  return {
    // The address is a secret.
    name: `${receiver.type} ${receiver.name}`,
    async send(alert) {
      const { severity, subject } = alert;
      // After a finding was sent, its later states are sent too.
      const isWanted = SEVERITIES.indexOf(severity) >= least || (subject !== undefined && sent.has(subject));
      if (!isWanted) return;
      await send(alert, buildMessage(alert));
      if (subject === undefined) return;
      sent.add(subject);
      const [oldest] = sent;
      if (sent.size > MAX_SENT && oldest !== undefined) sent.delete(oldest);
    },
  };
}

type Send = (alert: Alert, message: Message) => Promise<void>;

function webhookSender(receiver: WebhookReceiver): Send {
  return async (alert, message) => {
    let response: Response;
    try {
      response = await postJson(receiver.url, JSON.stringify(buildBody(receiver, alert, message)));
    } catch (error) {
      throw new Error(`not reached: ${describeError(error)}`);
    }
    await response.body?.cancel();
    if (response.ok) return;
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    throw buildRefusal(response.status, seconds > 0 ? seconds * 1000 : 0);
  };
}

const buildBody = (receiver: WebhookReceiver, alert: Alert, message: Message): object =>
  receiver.type === 'pagerduty'
    ? buildPagerduty(message, alert, receiver.routingKey)
    : CHAT_BODIES[receiver.type](message);

function mailSender(receiver: MailReceiver, mailMs: number): Send {
  return async (alert, message) => {
    // Loaded when a mail is sent: most sensors send none.
    const { createTransport } = await import('nodemailer');
    const { host, port } = serverOfReceiver(receiver);
    const { user, password, from, to } = receiver;
    const name = host.replace(/^\[|\]$/g, '');
    try {
      const { address } = await lookup(name);
      const transport = createTransport({
        ...mailSecurity(receiver),
        host: address,
        port,
        tls: { servername: name },
        ...(user === undefined || password === undefined ? {} : { auth: { user, pass: password } }),
        connectionTimeout: TIMEOUT_MS,
        greetingTimeout: TIMEOUT_MS,
        socketTimeout: TIMEOUT_MS,
        disableFileAccess: true,
        disableUrlAccess: true,
      });
      await transport.sendMail({
        ...buildMail(message, alert),
        from,
        to: [...to],
        headers: { 'Auto-Submitted': 'auto-generated' },
        signal: AbortSignal.timeout(mailMs),
      });
    } catch (error) {
      const isLate = error instanceof Error && error.name === 'AbortError';
      throw new Error(
        `not sent: ${isLate ? `not accepted within ${mailMs / 1000} s` : describeError(error)}`,
      );
    }
  };
}

/** Returns error codes only: a text of the server may repeat an address or a password. */
function describeError(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  if (error.name === 'TimeoutError') return 'no answer within 10 s';
  const cause = error.cause instanceof Error ? error.cause : error;
  const code = 'code' in cause ? String(cause.code) : error.name;
  const answer = 'responseCode' in cause ? ` ${String(cause.responseCode)}` : '';
  return `${code}${answer}`;
}

const MAX_TITLE_SIGNS = 600;
const MAX_VALUE_SIGNS = 300;
/** Events API v2. */
const MAX_SUMMARY_SIGNS = 1024;
const MAX_KEY_SIGNS = 255;
const MAX_SUBJECT_SIGNS = 150;

interface Message {
  readonly title: string;
  readonly facts: readonly (readonly [label: string, value: string])[];
  /** The finding that was sent before is withdrawn. */
  readonly isResolved: boolean;
  /** All messages about one finding of a day have the same key. */
  readonly key: string;
}

/**
 * Findings as messages of chats, pagers and mailboxes. Names from the network are text in every one of them: no markup, no
 * mention, no link and no header.
 */
function buildMessage({ id, line, severity, text, time, subject }: Alert): Message {
  const fields = readEventFields(line);
  const value = (name: string): string => (typeof fields[name] === 'string' ? fields[name] : '');
  const facts: readonly (readonly [string, string])[] = [
    [ALERT_WORDS.severity, severity],
    [ALERT_WORDS.rule, value('rule')],
    [ALERT_WORDS.host, value('host')],
    [ALERT_WORDS.tool, value('tool')],
    [ALERT_WORDS.result, value('result')],
    [ALERT_WORDS.confidence, value('confidence')],
    [ALERT_WORDS.first, value('first')],
    [ALERT_WORDS.last, value('last') || time],
    [ALERT_WORDS.id, id],
  ];
  return {
    title: shorten(visibleText(text), MAX_TITLE_SIGNS),
    facts: facts
      .filter(([, value]) => value !== '')
      .map(([label, value]) => [label, shorten(visibleText(value), MAX_VALUE_SIGNS)] as const),
    isResolved: fields.result === null,
    key: subject ?? id,
  };
}

/** Returns the fields of the project in the line of an event; an empty object without them. */
function readEventFields(line: string): Readonly<Record<string, unknown>> {
  try {
    const event: unknown = JSON.parse(line);
    if (typeof event !== 'object' || event === null || !('wiretally' in event)) return {};
    const { wiretally } = event;
    return typeof wiretally === 'object' && wiretally !== null ? { ...wiretally } : {};
  } catch {
    return {};
  }
}

const plainText = (text: string): object => ({ type: 'plain_text', text: escapeText(text), emoji: false });

/** Slack: "<" would begin a mention or a link, also in a text without formatting. */
const escapeText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Incoming webhook with blocks. */
function buildSlackBody({ title, facts }: Message): object {
  return {
    text: escapeText(title),
    mrkdwn: false,
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: 'section', text: plainText(title) },
      { type: 'section', fields: facts.map(([label, value]) => plainText(`${label}: ${value}`)) },
    ],
  };
}

/** A webhook of a workflow, with an Adaptive Card. Text runs have no markup, unlike text blocks. */
function buildTeamsBody({ title, facts }: Message): object {
  const line = (...inlines: readonly object[]): object => ({ type: 'RichTextBlock', inlines });
  const run = (text: string, weight: 'Default' | 'Bolder'): object => ({ type: 'TextRun', text, weight });
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          msteams: { width: 'Full' },
          body: [
            line(run(title, 'Bolder')),
            ...facts.map(([label, value]) => line(run(`${label}: `, 'Bolder'), run(value, 'Default'))),
          ],
        },
      },
    ],
  };
}

/** A zero-width space, so that "@all" mentions no one and "www.evil.example" is no link. */
const BREAK = '\u200b';

/** Incoming webhook, Markdown. */
function buildMattermost({ title, facts }: Message): object {
  const safeTitle = md(title)
    .replaceAll('@', `@${BREAK}`)
    .replaceAll('://', `:${BREAK}//`)
    .replaceAll('www.', `www${BREAK}.`);
  // A code span has neither markup nor mentions.
  const quote = (value: string): string => `\`${value.replaceAll('`', '´')}\``;
  return {
    text: [safeTitle, '', ...facts.map(([label, value]) => `- ${label}: ${quote(value)}`)].join('\n'),
  };
}

const CHAT_BODIES = { slack: buildSlackBody, teams: buildTeamsBody, mattermost: buildMattermost };

const PAGER_SEVERITY = {
  critical: 'critical',
  high: 'error',
  medium: 'warning',
  low: 'info',
  info: 'info',
} as const;

/** PagerDuty, Events API v2: messages about one finding of a day are one incident, which a withdrawal resolves. */
function buildPagerduty(message: Message, { severity, time }: Alert, routingKey: string): object {
  const { title, facts, isResolved, key } = message;
  const event = {
    routing_key: routingKey,
    dedup_key: key.length <= MAX_KEY_SIGNS ? key : createHash('sha256').update(key).digest('hex'),
  };
  if (isResolved) return { ...event, event_action: 'resolve' };
  const [, source = 'wiretally'] = facts.find(([label]) => label === ALERT_WORDS.host) ?? [];
  return {
    ...event,
    event_action: 'trigger',
    client: 'Wiretally',
    payload: {
      summary: shorten(title, MAX_SUMMARY_SIGNS),
      source,
      severity: PAGER_SEVERITY[severity],
      timestamp: time,
      custom_details: Object.fromEntries(facts),
    },
  };
}

interface Mail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** A message that is sent twice has the same id. */
  readonly messageId: string;
}

function buildMail({ title, facts }: Message, { id }: Alert): Mail {
  const rows = facts.map(([label, value]) => html`<tr><th align="left">${label}</th><td>${value}</td></tr>`);
  return {
    subject: shorten(`[wiretally] ${title}`, MAX_SUBJECT_SIGNS),
    text: [title, '', ...facts.map(([label, value]) => `${label}: ${value}`), '', ALERT_WORDS.note, ''].join(
      '\n',
    ),
    html: html`<p>${title}</p><table>${join(rows)}</table><p>${ALERT_WORDS.note}</p>`.markup,
    messageId: `<${createHash('sha256').update(id).digest('hex').slice(0, 40)}@wiretally.invalid>`,
  };
}
