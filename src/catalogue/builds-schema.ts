// Schema of `builds`: what each build of a tool shows when it starts. See docs/catalogue.md.

import { z } from 'zod';
import { isVersion } from '../text/version.ts';

const name = z
  .string()
  .regex(/^[a-z0-9*_[\].:-]+$/, 'a server name in lower case, "*.suffix", or with "*" for a part of it');
const id = z.string().regex(/^[a-z0-9][a-z0-9.-]*$/, 'an id: lower-case letters, digits, "-" and "."');
const date = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'a date, YYYY-MM-DD');
const version = z.string().refine(isVersion, 'a version of three numbers, as "2.1.190"');
const span = z.tuple([version.nullable(), version.nullable()]);
const names = z.array(name).min(1);
/** Builds that show the mark; null: open to that side. */
const spans = { in: z.array(span).min(1) };

const markSchema = z.discriminatedUnion('kind', [
  /** A form of the ClientHello. */
  z.strictObject({
    id,
    kind: z.literal('form'),
    names,
    alpn: z.array(z.string()),
    forms: z
      .array(
        z.strictObject({
          ja4: z.string().regex(/^[tqd]\w{9}_[0-9a-f]{12}_[0-9a-f]{12}$/, 'a JA4 fingerprint'),
          ja3: z
            .string()
            .regex(/^[0-9a-f]{32}$/)
            .optional(),
        }),
      )
      .min(1),
    ...spans,
  }),
  /** A small call of a start, by its size. */
  z.strictObject({
    id,
    kind: z.literal('call'),
    names,
    alpn: z.array(z.string()),
    /** Bytes inside TLS records. */
    up: z.int().min(100).max(4095),
    /** The same through an HTTP proxy; absent: not made there. */
    viaProxy: z.int().min(100).max(4095).optional(),
    /** Sent only by builds of these work modes; absent: by all. */
    way: z.enum(['key', 'login']).optional(),
    /** What of a user's settings changes the size. */
    moves: z.string().optional(),
    ...spans,
  }),
  /** A name that is queried at a start. */
  z.strictObject({ id, kind: z.literal('name'), names, ...spans }),
  /** This many known calls of a start, and no hello with these protocols. */
  z.strictObject({
    id,
    kind: z.literal('absent'),
    names,
    alpn: z.array(z.string()),
    needs: z.int().min(3),
    ...spans,
  }),
]);

const lineSchema = z.strictObject({
  id,
  /** Recorded platforms, in the terms of advisories. */
  platforms: z.array(id).min(1),
  runtimes: z.array(id).min(1),
  recorded: z.strictObject({ from: version, to: version, builds: z.int().min(1) }),
  marks: z.array(markSchema).min(1),
});

export const buildsSchema = z.strictObject({
  /** Why some or all builds are indistinguishable. */
  cannotSay: z.string().min(10).optional(),
  /** Builds of one kind; empty where they are indistinguishable. */
  lines: z.array(lineSchema),
  /** Date of a build, or an upper bound. */
  dates: z.record(version, date).optional(),
  /** Bytes of the program that an update fetches, by version. */
  download: z.strictObject({ names, bytes: z.record(version, z.int().min(1)) }).optional(),
  source: z.string().min(3),
  date,
});

export type BuildFacts = z.infer<typeof buildsSchema>;
export type BuildLine = BuildFacts['lines'][number];
export type BuildMark = BuildLine['marks'][number];
