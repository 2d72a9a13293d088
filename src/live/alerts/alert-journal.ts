// The journal of an outbox: one JSON line per finding, with the receivers that it is for, and one per delivery.

import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { parseJson } from '../../text/json-text.ts';
import type { Alert } from './sinks.ts';

/** Fields that a journal depends on. */
const alertSchema: z.ZodType<Alert> = z.looseObject({
  id: z.string(),
  time: z.string(),
  severity: z.string() as z.ZodType<Alert['severity']>,
  line: z.string(),
  text: z.string(),
  subject: z.string().exactOptional(),
  get atStop() {
    return alertSchema.exactOptional();
  },
});

/** `sinks`: names of the receivers of a finding. */
const sinks = z.array(z.string()).readonly();

const entrySchema = z.union([
  z.object({ sent: z.string(), sink: z.string() }),
  /** Final state of a provisional finding that has none yet: written when the journal is compacted. */
  z.object({ atStop: alertSchema }),
  z.object({ known: z.string(), sinks }),
  z.object({ alert: alertSchema, sinks }),
]);
export type JournalEntry = z.infer<typeof entrySchema>;

export interface JournalRead {
  /** Names of the receivers of each finding, by id, the oldest first. */
  readonly known: ReadonlyMap<string, readonly string[]>;
  /** Alerts without a recorded delivery, by sink and id. */
  readonly waiting: ReadonlyMap<string, ReadonlyMap<string, Alert>>;
  /** Final states of provisional findings that have none yet, by subject. */
  readonly provisional: ReadonlyMap<string, Alert>;
  readonly lines: number;
  /** True if the journal ends inside a line. */
  readonly isTorn: boolean;
}

/** Reads a journal. A line that a crash truncated was never acknowledged and is skipped. */
export function readJournal(file: string): JournalRead {
  const delivered = new Map<string, readonly string[]>();
  const waiting = new Map<string, Map<string, Alert>>();
  const provisional = new Map<string, Alert>();
  const shared = new Map<string, readonly string[]>();
  let lines = 0;
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  for (const line of text.split('\n')) {
    const entry = parseEntry(line);
    if (entry === null) continue;
    lines++;
    if ('sent' in entry) {
      waiting.get(entry.sink)?.delete(entry.sent);
      continue;
    }
    if ('atStop' in entry) {
      const { subject } = entry.atStop;
      if (subject !== undefined) provisional.set(subject, entry.atStop);
      continue;
    }
    const { sinks } = entry;
    const id = 'known' in entry ? entry.known : entry.alert.id;
    delivered.set(id, shareSinks(shared, [...new Set([...(delivered.get(id) ?? []), ...sinks])]));
    if ('known' in entry) continue;
    noteState(provisional, entry.alert);
    for (const sink of sinks) {
      const list = waiting.get(sink);
      if (list === undefined) waiting.set(sink, new Map([[id, entry.alert]]));
      else list.set(id, entry.alert);
    }
  }
  return { known: delivered, waiting, provisional, lines, isTorn: text !== '' && !text.endsWith('\n') };
}

/** Keeps the final state of each provisional finding until an alert of its subject has another one. */
export function noteState(provisional: Map<string, Alert>, { subject, atStop }: Alert): void {
  if (subject === undefined) return;
  if (atStop === undefined) provisional.delete(subject);
  else provisional.set(subject, atStop);
}

/**
 * Lists the alerts that some receiver did not accept, each once, in the order in which they were raised; then missing final
 * states.
 */
export function listUndelivered({ known, waiting, provisional }: JournalRead): Alert[] {
  const alerts = new Map([...waiting.values()].flatMap((list) => [...list]));
  return [...[...known.keys()].flatMap((id) => alerts.get(id) ?? []), ...provisional.values()];
}

/** Thousands of findings go to the same few receivers, so they share one list. */
function shareSinks(shared: Map<string, readonly string[]>, sinks: readonly string[]): readonly string[] {
  const key = sinks.join('\n');
  const joined = shared.get(key) ?? sinks;
  shared.set(key, joined);
  return joined;
}

/** Returns null for an invalid line. */
function parseEntry(line: string): JournalEntry | null {
  const entry = parseJson(line);
  return entrySchema.safeParse(entry).success ? (entry as JournalEntry) : null;
}
