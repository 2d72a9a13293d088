// Sinks of the receivers file: webhooks of chats and pagers, and mail. The outbox in front of them tries again with growing
// pauses; a receiver that names a pause gets that one.

import { lookup } from 'node:dns/promises';
import { SEVERITIES } from '../../model/words.ts';
import {
  type MailReceiver,
  mailSecurity,
  type Receiver,
  serverOfReceiver,
  type WebhookReceiver,
} from './receivers-file.ts';
import { type Alert, type AlertSink, postJson, refusalOf, TIMEOUT_MS } from './sinks.ts';
import {
  type Message,
  mailOf,
  mattermostBody,
  messageOf,
  pagerdutyBody,
  slackBody,
  teamsBody,
} from './templates.ts';

/** Subjects of which a message was sent in this run: those of a full day. */
const MAX_SENT = 65_536;
/** A server that sends a line every few seconds never reaches the limit of silence; a mail takes several answers. */
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
      // What becomes of a finding that was sent is sent, too.
      const isWanted = SEVERITIES.indexOf(severity) >= least || (subject !== undefined && sent.has(subject));
      if (!isWanted) return;
      await send(alert, messageOf(alert));
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
      response = await postJson(receiver.url, JSON.stringify(bodyOf(receiver, alert, message)));
    } catch (error) {
      throw new Error(`not reached: ${reasonOf(error)}`);
    }
    await response.body?.cancel();
    if (response.ok) return;
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    throw refusalOf(response.status, seconds > 0 ? seconds * 1000 : 0);
  };
}

function bodyOf(receiver: WebhookReceiver, alert: Alert, message: Message): object {
  switch (receiver.type) {
    case 'slack':
      return slackBody(message);
    case 'teams':
      return teamsBody(message);
    case 'mattermost':
      return mattermostBody(message);
    case 'pagerduty':
      return pagerdutyBody(message, alert, receiver.routingKey);
  }
}

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
        ...{ host: address, port, tls: { servername: name } },
        ...(user === undefined || password === undefined ? {} : { auth: { user, pass: password } }),
        ...{ connectionTimeout: TIMEOUT_MS, greetingTimeout: TIMEOUT_MS, socketTimeout: TIMEOUT_MS },
        ...{ disableFileAccess: true, disableUrlAccess: true },
      });
      await transport.sendMail({
        ...mailOf(message, alert),
        ...{ from, to: [...to], headers: { 'Auto-Submitted': 'auto-generated' } },
        signal: AbortSignal.timeout(mailMs),
      });
    } catch (error) {
      const isLate = error instanceof Error && error.name === 'AbortError';
      throw new Error(`not sent: ${isLate ? `not taken within ${mailMs / 1000} s` : reasonOf(error)}`);
    }
  };
}

/** Codes alone: a text of the other side may repeat an address or a password. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  if (error.name === 'TimeoutError') return 'no answer within 10 s';
  const cause = error.cause instanceof Error ? error.cause : error;
  const code = 'code' in cause ? String(cause.code) : error.name;
  const answer = 'responseCode' in cause ? ` ${String(cause.responseCode)}` : '';
  return `${code}${answer}`;
}
