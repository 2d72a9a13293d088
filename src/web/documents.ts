// Caches a few documents of a source, so that pages need no second reading. Makes one document at a time, and makes it again
// in the background after the source has changed.

import { createHash } from 'node:crypto';
import type { HealthAnswer } from '../diagnosis/health.ts';
import type { DiagnosisResult } from '../model/diagnosis.ts';
import { WiretallyError } from '../model/errors.ts';
import type { FleetSensor } from '../model/fleet.ts';
import type { ReportDocument } from '../model/report.ts';
import type { RequestedSpan } from './address-question.ts';
import type { Identity } from './identity/identities.ts';
import { PageError } from './page-error.ts';

/** Source of the pages: makes documents about spans of time from stored windows. */
export interface PageSource {
  /** Time zone of days, and of times without a zone. */
  readonly timezone: string;
  /** Identifies the state of the stored data. Throws WiretallyError if the state is unknown. */
  version(): string | Promise<string>;
  /** Makes the report about a span. Throws WiretallyError if the stored data cannot be read. */
  document(span: RequestedSpan): Promise<ReportDocument>;
  /**
   * Makes the same report without names, fingerprints, evidence and builds of rows (UNREAD), for a first page; null if that
   * takes as long as the whole report. Absent: it always does. Throws as `document`.
   */
  summary?(span: RequestedSpan): Promise<ReportDocument | null>;
  /** Computes the health of connections in a span, with the host names of the document. Throws as `document`. */
  health(span: RequestedSpan): Promise<HealthAnswer>;
  /** Makes the diagnoses of a host, by its name in the document. Throws as `document`. */
  diagnosis(span: RequestedSpan, host: string): Promise<DiagnosisResult>;
  /**
   * Lists the sensors that deliver to the source, at a time in Unix seconds; absent without deliveries. Throws as
   * `document`.
   */
  sensors?(nowSeconds: number): Promise<readonly FleetSensor[]>;
  /** Finds the host of a pseudonym; null if it is not stored. */
  identity(pseudonym: string): Identity | null;
}

interface ReadDocument {
  readonly document: ReportDocument;
  readonly isWhole: boolean;
}

/** Maximum number of cached documents: one of 2000 hosts over 90 days takes about 60 MB. */
const MAX_DOCUMENTS = 4;
/** Above this number of waiting requests, further ones get a retry response. */
const MAX_WAITING = 16;
const VERSION_SIGNS = 16;

export class Documents {
  readonly #source: PageSource;
  readonly #documents = new Map<string, Promise<ReportDocument>>();
  readonly #summaries = new Map<string, Promise<ReportDocument | null>>();
  readonly #health = new Map<string, Promise<HealthAnswer>>();
  readonly #diagnoses = new Map<string, Promise<DiagnosisResult>>();
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  /** Version of the source at the last reading. */
  #read = '';
  #version = hashVersion('');
  readonly #listeners = new Set<() => void>();
  /** The reason why the source could not be read again, while older documents are still shown. */
  trouble: WiretallyError | null = null;
  isReady = false;
  /** False while `latest` is a summary: other pages than the first wait for a reading. */
  isWhole = false;
  /** The last document about all stored data: a summary until the look after the first one. */
  latest: ReportDocument | null = null;

  constructor(source: PageSource) {
    this.#source = source;
  }

  get timezone(): string {
    return this.#source.timezone;
  }

  /** Changes after each change of the data: content of another version is outdated. */
  get version(): string {
    return this.#version;
  }

  /** Calls the listener after each change; returns a function that removes it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Throws PageError if too many requests wait, and the errors of the source. */
  async findDocument(span: RequestedSpan): Promise<ReportDocument> {
    const document = await this.#findCached(this.#documents, spanKey(span), () =>
      this.#source.document(span),
    );
    this.isReady = true;
    return document;
  }

  /** A summary, or the whole document where that is known or takes no longer. Throws as `findDocument`. */
  async summary(span: RequestedSpan): Promise<ReportDocument> {
    return (await this.#findSummary(span)).document;
  }

  async #findSummary(span: RequestedSpan): Promise<ReadDocument> {
    const { summary } = this.#source;
    const key = spanKey(span);
    const isCached = summary === undefined || this.#documents.has(key);
    const document = isCached ? null : await this.#findCached(this.#summaries, key, () => summary(span));
    if (document === null) return { document: await this.findDocument(span), isWhole: true };
    this.isReady = true;
    return { document, isWhole: false };
  }

  /** Throws as `findDocument`. */
  health(span: RequestedSpan): Promise<HealthAnswer> {
    return this.#findCached(this.#health, spanKey(span), () => this.#source.health(span));
  }

  /** Throws as `findDocument`. */
  diagnosis(span: RequestedSpan, host: string): Promise<DiagnosisResult> {
    return this.#findCached(this.#diagnoses, `${spanKey(span)} ${host}`, () =>
      this.#source.diagnosis(span, host),
    );
  }

  async #findCached<T>(all: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
    const existing = all.get(key);
    if (existing !== undefined) {
      // Moved to the end: the least recently used document is evicted first.
      all.delete(key);
      all.set(key, existing);
      return await existing;
    }
    if (this.#waiting >= MAX_WAITING)
      throw new PageError(503, `${MAX_WAITING} queries already wait for the source`, 'retry in some seconds');
    const pending = this.#inTurn(make);
    keep(all, key, pending);
    try {
      return await pending;
    } catch (error) {
      if (all.get(key) === pending) all.delete(key);
      throw error;
    }
  }

  /**
   * Reads again after the source has changed. Until then, older documents are shown. The first call makes a summary, so that
   * there is something to show, and the next one the whole document. Never rejects.
   */
  async refresh(): Promise<void> {
    try {
      const version = await this.#source.version();
      if (version === this.#read && this.isReady) {
        if (!this.isWhole) {
          this.latest = await this.findDocument({});
          this.#summaries.clear();
          this.isWhole = true;
        }
        this.trouble = null;
        return;
      }
      // Requests before the first document wait for the same one.
      const { document, isWhole } = this.isReady
        ? { document: await this.#inTurn(() => this.#source.document({})), isWhole: true }
        : await this.#findSummary({});
      this.#read = version;
      this.#version = hashVersion(version);
      this.latest = document;
      for (const cache of [this.#documents, this.#summaries, this.#health, this.#diagnoses]) cache.clear();
      keep<Promise<ReportDocument | null>>(
        isWhole ? this.#documents : this.#summaries,
        spanKey({}),
        Promise.resolve(document),
      );
      this.isReady = true;
      this.isWhole = isWhole;
      this.trouble = null;
      for (const listener of this.#listeners) listener();
    } catch (error) {
      this.trouble = error instanceof WiretallyError ? error : new WiretallyError('INTERNAL', String(error));
    }
  }

  #inTurn<T>(make: () => Promise<T>): Promise<T> {
    this.#waiting++;
    const turn = this.#last.then(make).finally(() => {
      this.#waiting--;
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

const spanKey = ({ since, until }: RequestedSpan): string => `${since ?? ''}|${until ?? ''}`;

function keep<T>(all: Map<string, T>, key: string, value: T): void {
  all.set(key, value);
  const [oldest] = all.keys();
  if (all.size > MAX_DOCUMENTS && oldest !== undefined) all.delete(oldest);
}

/** Shortens a version to a hash without paths and sizes of stored files. */
function hashVersion(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, VERSION_SIGNS);
}

export interface FleetStates {
  /** Time of the answer, Unix time in milliseconds. */
  readonly atMs: number;
  readonly sensors: readonly FleetSensor[];
}

const MIN_AGE_MS = 10_000;
/** Queries take at most a tenth of the time, because each copies a store that is being written. */
const SHARE = 9;

/** Caches the sensors that deliver to a source, independent of the number of requests. */
export class FleetSensors {
  readonly #source: PageSource;
  #answer: Promise<FleetStates> | null = null;
  /** Time until which the cached answer is valid. */
  #freshUntilMs = 0;

  constructor(source: PageSource) {
    this.#source = source;
  }

  /** Throws the errors of the source. */
  states(): Promise<FleetStates> {
    if (this.#answer !== null && Date.now() < this.#freshUntilMs) return this.#answer;
    this.#freshUntilMs = Number.POSITIVE_INFINITY;
    const states = this.#ask();
    this.#answer = states;
    return states;
  }

  async #ask(): Promise<FleetStates> {
    const atMs = Date.now();
    try {
      return { atMs, sensors: (await this.#source.sensors?.(atMs / 1000)) ?? [] };
    } finally {
      const endMs = Date.now();
      this.#freshUntilMs = endMs + Math.max(MIN_AGE_MS, SHARE * (endMs - atMs));
    }
  }
}
