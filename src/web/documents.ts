// Caches documents of a source, so that a page costs no second reading: few of them, one made at a time, made again in the
// background when the source has changed.

import { createHash } from 'node:crypto';
import type { HealthAnswer } from '../diagnosis/health.ts';
import type { DiagnosisResult } from '../model/diagnosis.ts';
import { WiretallyError } from '../model/errors.ts';
import type { FleetSensor } from '../model/fleet.ts';
import type { ReportDocument } from '../model/report.ts';
import type { RequestedSpan } from './address-question.ts';
import type { Identity } from './identity/identities.ts';
import { PageError } from './page-error.ts';

/** Pages are made from documents about spans of time, from any source that keeps windows. */
export interface PageSource {
  /** Zone of days and of times without one. */
  readonly timezone: string;
  /** Changes with the stored data. Throws WiretallyError if that is unknown. */
  version(): string | Promise<string>;
  /** The report about a span. Throws WiretallyError where what is kept cannot be read. */
  document(span: RequestedSpan): Promise<ReportDocument>;
  /** Health of the connections in a span, with hosts as the document names them. Throws as `document`. */
  health(span: RequestedSpan): Promise<HealthAnswer>;
  /** Diagnoses of a host, by the name that the document has for it. Throws as `document`. */
  diagnosis(span: RequestedSpan, host: string): Promise<DiagnosisResult>;
  /** The sensors that deliver to it, at a time in Unix seconds; absent: none do. Throws as `document`. */
  sensors?(nowSeconds: number): Promise<readonly FleetSensor[]>;
  /** Who stands behind a pseudonym of a document; null where that is not kept. */
  identity(pseudonym: string): Identity | null;
}

/** A document of 2000 hosts over 90 days takes some 60 MB. */
const MOST = 4;
/** Above this number of waiting requests, further ones get a retry response. */
const MAX_WAITING = 16;
const VERSION_SIGNS = 16;

export class Documents {
  readonly #source: PageSource;
  readonly #made = new Map<string, Promise<ReportDocument>>();
  readonly #health = new Map<string, Promise<HealthAnswer>>();
  readonly #diagnoses = new Map<string, Promise<DiagnosisResult>>();
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  /** The source described itself in this way when it was last read. */
  #read = '';
  #version = parseVersion('');
  readonly #listeners = new Set<() => void>();
  /** The reason why the source could not be read again, while older documents are still shown. */
  trouble: WiretallyError | null = null;
  isReady = false;
  /** About all that is kept, as it was read last. */
  latest: ReportDocument | null = null;

  constructor(source: PageSource) {
    this.#source = source;
  }

  get timezone(): string {
    return this.#source.timezone;
  }

  /** Another word after each change: what was made of another version is old. */
  get version(): string {
    return this.#version;
  }

  /** Calls after each change; returns what ends that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Throws PageError when too many questions wait already, and what the source throws. */
  async about(span: RequestedSpan): Promise<ReportDocument> {
    const document = await this.#known(this.#made, spanKey(span), () => this.#source.document(span));
    this.isReady = true;
    return document;
  }

  /** Throws as `about`. */
  health(span: RequestedSpan): Promise<HealthAnswer> {
    return this.#known(this.#health, spanKey(span), () => this.#source.health(span));
  }

  /** Throws as `about`. */
  diagnosis(span: RequestedSpan, host: string): Promise<DiagnosisResult> {
    return this.#known(this.#diagnoses, `${spanKey(span)} ${host}`, () => this.#source.diagnosis(span, host));
  }

  async #known<T>(all: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
    const known = all.get(key);
    if (known !== undefined) {
      // Behind the others: the one asked for longest ago goes first.
      all.delete(key);
      all.set(key, known);
      return await known;
    }
    if (this.#waiting >= MAX_WAITING)
      throw new PageError(
        503,
        `${MAX_WAITING} questions wait for the source already`,
        'ask again in some seconds',
      );
    const made = this.#inTurn(make);
    keep(all, key, made);
    try {
      return await made;
    } catch (error) {
      if (all.get(key) === made) all.delete(key);
      throw error;
    }
  }

  /** Reads again when the source has changed. Until that is done the older documents are shown. Never rejects. */
  async refresh(): Promise<void> {
    try {
      const said = await this.#source.version();
      if (said === this.#read && this.isReady) {
        this.trouble = null;
        return;
      }
      // Requests that came before the first document wait for the same one.
      const document = this.isReady
        ? await this.#inTurn(() => this.#source.document({}))
        : await this.about({});
      this.#read = said;
      this.#version = parseVersion(said);
      this.latest = document;
      for (const cache of [this.#made, this.#health, this.#diagnoses]) cache.clear();
      keep(this.#made, spanKey({}), Promise.resolve(document));
      this.isReady = true;
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

function keep<T>(all: Map<string, T>, key: string, made: T): void {
  all.set(key, made);
  const [oldest] = all.keys();
  if (all.size > MOST && oldest !== undefined) all.delete(oldest);
}

/** Short, and without the paths and sizes of what is kept. */
function parseVersion(said: string): string {
  return createHash('sha256').update(said).digest('base64url').slice(0, VERSION_SIGNS);
}

export interface FleetStates {
  /** Time of the answer, Unix time in milliseconds. */
  readonly atMs: number;
  readonly sensors: readonly FleetSensor[];
}

const LEAST_AGE_MS = 10_000;
/** Queries take a tenth of the time at most: a store with a writer is copied for each. */
const SHARE = 9;

/** The sensors that deliver to a source: asked of it now and then, however many look. */
export class FleetSensors {
  readonly #source: PageSource;
  #answer: Promise<FleetStates> | null = null;
  /** Until when it holds. */
  #freshUntilMs = 0;

  constructor(source: PageSource) {
    this.#source = source;
  }

  /** Throws what the source throws. */
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
      this.#freshUntilMs = endMs + Math.max(LEAST_AGE_MS, SHARE * (endMs - atMs));
    }
  }
}
