// Parses the receivers file: the chats, pagers and mailboxes that receive live findings. Its error messages repeat no
// value: addresses, keys and passwords are secrets.

import { z } from 'zod';
import { WiretallyError } from '../../model/errors.ts';
import { SEVERITIES } from '../../model/findings.ts';
import { schemaFaults } from '../../text/schema-fault.ts';
import { formatProblem, type Problem, problemAt, problemsAt, readTree } from '../../text/text-tree.ts';
import { CHAT_TYPES } from './receiver-names.ts';

const MAX_RECEIVERS = 32;
const MAX_MAILBOXES = 20;
const PAGERDUTY = 'https://events.pagerduty.com/v2/enqueue';
const SMTP_PORTS: Readonly<Record<string, number>> = { 'smtp:': 587, 'smtps:': 465 };

/** True for the loopback interface, whose traffic no other machine can read, so that TLS is not required. */
const isLoopback = (host: string): boolean => /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(host);

const declareSecret = (most: number): z.ZodString => z.string().min(1).max(most);
const address = declareSecret(2048).refine(
  (text) => {
    const url = URL.canParse(text) ? new URL(text) : null;
    return (
      url !== null && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname)))
    );
  },
  { error: 'must be an address with https://' },
);
const mailServer = declareSecret(512).refine(
  (text) => {
    const url = URL.canParse(text) ? new URL(text) : null;
    return url !== null && url.protocol in SMTP_PORTS && url.hostname !== '' && url.username === '';
  },
  { error: 'must be smtp://HOST:587 (with STARTTLS) or smtps://HOST:465, without a user' },
);
/** Accepts one plain mailbox: no list, no display name and no comment. */
const mailbox = z
  .string()
  .max(254)
  .regex(/^[^\s<>()[\],;:\\"@]{1,64}@[^\s<>()[\],;:\\"@]+$/, {
    error: 'must be a mail address like soc@example.com',
  });

const common = {
  name: z.string().regex(/^[\w.-]{1,64}$/, { error: 'must have 1 to 64 letters, digits, dots or hyphens' }),
  /** Findings of a lower severity are not sent. */
  severity: z.enum(SEVERITIES).optional(),
};

const receiversSchema = z.strictObject({
  receivers: z
    .array(
      z.discriminatedUnion('type', [
        z.strictObject({ ...common, type: z.literal(CHAT_TYPES), url: address }),
        z.strictObject({
          ...common,
          type: z.literal('pagerduty'),
          routingKey: declareSecret(64),
          url: address.default(PAGERDUTY),
        }),
        z.strictObject({
          ...common,
          type: z.literal('email'),
          smtp: mailServer,
          user: declareSecret(256).optional(),
          password: declareSecret(1024).optional(),
          from: mailbox,
          to: z.array(mailbox).min(1).max(MAX_MAILBOXES),
        }),
      ]),
    )
    .min(1)
    .max(MAX_RECEIVERS),
});
export type Receiver = z.infer<typeof receiversSchema>['receivers'][number];
export type MailReceiver = Extract<Receiver, { type: 'email' }>;
export type WebhookReceiver = Exclude<Receiver, MailReceiver>;

/** Throws RECEIVERS_INVALID with one line per fault. */
export function parseReceivers(text: string, file: string): readonly Receiver[] {
  const read = readTree(text);
  // The message of a parser may repeat a part of the line.
  if ('problems' in read)
    throw buildError(
      file,
      read.problems.map((problem) => ({ ...problem, message: 'is not valid YAML or JSON' })),
    );
  const { tree } = read;
  const parsed = receiversSchema.safeParse(tree.value);
  if (!parsed.success)
    throw buildError(file, problemsAt(tree, schemaFaults(parsed.error, receiversSchema, tree.value)));
  const { receivers } = parsed.data;
  receivers.forEach((receiver, i) => {
    const fault = findFault(receiver, receivers.slice(0, i));
    if (fault !== null) throw buildError(file, [problemAt(tree, ['receivers', i], fault)]);
  });
  return receivers;
}

function findFault(receiver: Receiver, before: readonly Receiver[]): string | null {
  if (before.some(({ name }) => name === receiver.name)) return 'another receiver has this name';
  if (receiver.type === 'email' && (receiver.user === undefined) !== (receiver.password === undefined))
    return 'user and password go together';
  return null;
}

const buildError = (file: string, problems: readonly Problem[]): WiretallyError =>
  new WiretallyError('RECEIVERS_INVALID', problems.map((problem) => formatProblem(file, problem)).join('\n'));

/** Returns the address of the receiver's server. */
export function serverOfReceiver(receiver: Receiver): { readonly host: string; readonly port: number } {
  const url = new URL(receiver.type === 'email' ? receiver.smtp : receiver.url);
  const byDefault = SMTP_PORTS[url.protocol] ?? (url.protocol === 'http:' ? 80 : 443);
  return { host: url.hostname, port: Number(url.port) || byDefault };
}

/** Uses TLS from the first byte; otherwise the server must offer STARTTLS, unless it is on this machine. */
export function mailSecurity({ smtp }: MailReceiver): {
  readonly secure: boolean;
  readonly requireTLS: boolean;
} {
  const { protocol, hostname } = new URL(smtp);
  return { secure: protocol === 'smtps:', requireTLS: protocol === 'smtp:' && !isLoopback(hostname) };
}
