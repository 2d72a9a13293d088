// <wiretally-report>: shows the report of a capture in pages of other applications, such as tickets and wikis. It reads in
// a worker; packets, windows and the report stay in the browser.

import { type PageTexts, progressText, selectTexts, summaryText } from '../texts.ts';
import type {
  ChosenFile,
  ChosenPolicy,
  ErrorText,
  FromWorker,
  ReadReport,
  SavedFormat,
} from '../worker-messages.ts';
import { type Analyzer, startAnalyzer } from './analyzer-worker.ts';
import { filesOfDrop, filesOfList, MAX_FILES, TooManyFiles } from './chosen-files.ts';
import { type ElementParts, makeParts } from './element-parts.ts';
import { ReportFrame } from './report-frame.ts';

/** Formats of `save`; "usage" contains the windows for other commands. */
export type ReportFormat = SavedFormat;

/** A blob with a name, such as a `File`. */
export interface NamedBlob extends Blob {
  /** Name in the report. */
  readonly name: string;
}

/** A policy, in YAML or JSON. */
export interface NamedPolicy {
  /** Name in errors and in the command of the report. */
  readonly name: string;
  readonly text: string;
}

/** Progress of a reading, in bytes as stored. */
export interface ReportProgress {
  readonly bytesRead: number;
  readonly bytesTotal: number;
  readonly file: string;
}

export interface ReportDone {
  readonly packets: number;
  /** Number of captures read. */
  readonly captures: number;
  /** True if the reading was cancelled: the report covers the part read so far. */
  readonly interrupted: boolean;
  /** Lines of errors for incompletely read captures, as the command line prints them. */
  readonly errors: readonly (readonly string[])[];
  readonly notes: readonly string[];
}

/** Detail of the event without a report. */
export interface ReportFailed {
  /** Lines of the error, as the command line prints them. */
  readonly error: readonly string[];
}

/** Events of the element. They bubble, and cannot be cancelled. */
interface ReportEvents {
  readonly 'wiretally-progress': CustomEvent<ReportProgress>;
  readonly 'wiretally-report': CustomEvent<ReportDone>;
  readonly 'wiretally-error': CustomEvent<ReportFailed>;
}

declare global {
  interface HTMLElementEventMap extends ReportEvents {}
  interface HTMLElementTagNameMap {
    'wiretally-report': WiretallyReport;
  }
}

/** A later request replaced this one during loading. */
class Superseded extends Error {}

interface Save {
  resolve(content: Blob): void;
  reject(reason: Error): void;
}

/**
 * Attributes: `src`, address of a capture; `policy-src`, address of a policy; `time-zone`, an IANA name (default: the
 * policy's, else the browser's). Texts are in the language of the nearest `lang`. Without `src` and `captures` it
 * shows a place to choose files. The CSS property `--wiretally-report-height` sets its height.
 */
export class WiretallyReport extends HTMLElement {
  static readonly observedAttributes: readonly string[] = ['src', 'policy-src', 'time-zone'];

  readonly #parts: ElementParts;
  readonly #frame: ReportFrame;
  #analyzer: Analyzer | null = null;
  #texts: PageTexts = selectTexts([]);
  #captures: readonly NamedBlob[] | null = null;
  #policy: NamedPolicy | null = null;
  /** Files chosen in the element itself. */
  #chosen: readonly ChosenFile[] | null = null;
  /** Files loaded from `src`. */
  #fetched: readonly ChosenFile[] | null = null;
  #loading = new AbortController();
  #isPlanned = false;
  /** Number of the reading, which changes with the files. Another policy does not read the same files again. */
  #reading = 0;
  /** Number of the current request. Answers to earlier ones are discarded. */
  #request = 0;
  #isReading = false;
  #hasReport = false;
  #saves: Save[] = [];

  constructor() {
    super();
    this.#parts = makeParts(this.attachShadow({ mode: 'open' }), {
      choose: (list) => void this.#choose(() => filesOfList(list)),
      drop: (transfer) => void this.#choose(() => filesOfDrop(transfer)),
      cancel: () => this.cancel(),
    });
    this.#frame = new ReportFrame(this.#parts.frame);
  }

  /** Files to read as one capture; null uses `src`, or shows the place to choose files. Setting them starts a reading. */
  get captures(): readonly NamedBlob[] | null {
    return this.#captures;
  }
  set captures(captures: readonly NamedBlob[] | null) {
    this.#captures = captures;
    this.#reading++;
    this.#plan();
  }

  /** Policy instead of `policy-src`. Setting it makes the report again. */
  get policy(): NamedPolicy | null {
    return this.#policy;
  }
  set policy(policy: NamedPolicy | null) {
    this.#policy = policy;
    this.#plan();
  }

  get src(): string {
    return this.getAttribute('src') ?? '';
  }
  set src(address: string) {
    this.setAttribute('src', address);
  }

  /** Ends a reading; the report covers the part read so far. */
  cancel(): void {
    if (this.#isReading) this.#analyzer?.send({ kind: 'stop' });
    else this.#loading.abort(new Error('cancelled'));
  }

  /** Returns the report as a file; "bundle" requires a policy. Rejects without a report. */
  save(format: ReportFormat): Promise<Blob> {
    const analyzer = this.#analyzer;
    if (analyzer === null || !this.#hasReport) return Promise.reject(new Error('there is no report to save'));
    return new Promise((resolve, reject) => {
      this.#saves.push({ resolve, reject });
      analyzer.send({ kind: 'save', format });
    });
  }

  connectedCallback(): void {
    const language = this.closest('[lang]')?.getAttribute('lang') ?? '';
    this.#texts = selectTexts(language === '' ? navigator.languages : [language]);
    this.#parts.word(this.#texts);
    this.#analyzer = startAnalyzer(
      new URL('worker.js', import.meta.url),
      (message) => this.#receive(message),
      (reason) => {
        this.#rejectSaves(reason);
        this.#fail([this.#texts.workerFailed(reason === '' ? this.#texts.workerNotLoaded : reason)]);
      },
    );
    this.#plan();
  }

  disconnectedCallback(): void {
    this.#loading.abort(new Superseded());
    this.#analyzer?.close();
    this.#analyzer = null;
    this.#request++;
    this.#isReading = false;
    this.#hasReport = false;
    this.#frame.clear();
    this.#rejectSaves('the element was removed');
  }

  attributeChangedCallback(name: string): void {
    if (name === 'src') {
      this.#fetched = null;
      this.#reading++;
    }
    this.#plan();
  }

  /** Updates once for all properties that are set in one turn. */
  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    queueMicrotask(() => {
      this.#isPlanned = false;
      if (this.isConnected) void this.#make();
    });
  }

  async #make(): Promise<void> {
    this.#loading.abort(new Superseded());
    this.#loading = new AbortController();
    const { signal } = this.#loading;
    if (this.#isReading) this.#analyzer?.send({ kind: 'stop' });
    this.#isReading = false;
    const request = ++this.#request;
    try {
      const files = await this.#files(signal);
      if (files === null) {
        this.#parts.showChooser();
        return;
      }
      const policy = await this.#policyToUse(signal);
      if (request !== this.#request) return;
      this.#read(files, policy);
    } catch (error) {
      if (error instanceof Superseded || request !== this.#request) return;
      this.#fail([error instanceof Error ? error.message : String(error)]);
    }
  }

  #read(files: readonly ChosenFile[], policy: ChosenPolicy | null): void {
    this.#isReading = true;
    this.#hasReport = false;
    this.#parts.showProgress(null, '');
    const timezone = this.getAttribute('time-zone') ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
    const [reading, request] = [this.#reading, this.#request];
    this.#analyzer?.send({ kind: 'read', reading, request, files, timezone, policy });
  }

  async #files(signal: AbortSignal): Promise<readonly ChosenFile[] | null> {
    if (this.#captures !== null) return this.#captures.map((file) => ({ name: file.name, file }));
    if (this.src === '') return this.#chosen;
    this.#parts.showProgress(null, this.#texts.loading);
    this.#fetched ??= [{ name: nameIn(this.src), file: await this.#fetch(this.src, signal) }];
    return this.#fetched;
  }

  async #policyToUse(signal: AbortSignal): Promise<ChosenPolicy | null> {
    const address = this.getAttribute('policy-src') ?? '';
    if (this.#policy !== null || address === '') return this.#policy;
    return { name: nameIn(address), text: await (await this.#fetch(address, signal)).text() };
  }

  /** Fetches with the cookies of the page, as the browser does for images. */
  async #fetch(address: string, signal: AbortSignal): Promise<Blob> {
    try {
      const response = await fetch(new URL(address, document.baseURI), { signal });
      if (!response.ok) throw new Error(`status ${response.status}`);
      return await response.blob();
    } catch (error) {
      if (error instanceof Superseded) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(this.#texts.notFetched(address, reason));
    }
  }

  async #choose(list: () => ChosenFile[] | Promise<ChosenFile[]>): Promise<void> {
    try {
      const files = await list();
      if (files.length === 0) throw new Error(this.#texts.noFile);
      this.#chosen = files;
      this.#reading++;
      this.#plan();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#fail([error instanceof TooManyFiles ? this.#texts.tooManyFiles(MAX_FILES) : reason]);
    }
  }

  #receive(message: FromWorker): void {
    if (message.kind === 'saved') this.#saves.shift()?.resolve(message.content);
    else if (message.kind === 'failed') {
      const { of, error } = message;
      if (of === 'save') this.#saves.shift()?.reject(new Error(error.join('\n')));
      else this.#fail(error);
    } else if (message.kind === 'progress') {
      if (!this.#isReading) return;
      const { bytesRead, bytesTotal, file } = message;
      this.#parts.showProgress(bytesRead / Math.max(1, bytesTotal), progressText(this.#texts, message));
      this.#dispatch('wiretally-progress', { bytesRead, bytesTotal, file });
    } else if (message.kind === 'report') {
      if (message.request === this.#request) this.#show(message.report);
    } else if (message.kind === 'unread') {
      if (message.request === this.#request) this.#fail(message.error);
    }
  }

  #show(report: ReadReport): void {
    const { html, packets, captures, interrupted, errors, notes } = report;
    this.#isReading = false;
    this.#hasReport = true;
    this.#parts.showResult(summaryText(this.#texts, report), errors, notes);
    this.#frame.show(html, this.#texts.report);
    this.#dispatch('wiretally-report', { packets, captures, interrupted, errors, notes });
  }

  #fail(error: ErrorText): void {
    this.#isReading = false;
    this.#hasReport = false;
    this.#frame.clear();
    const canChoose = this.#captures === null && this.src === '';
    this.#chosen = null;
    this.#parts.showFailure(this.#texts.noReport, error, canChoose);
    this.#dispatch('wiretally-error', { error });
  }

  #rejectSaves(reason: string): void {
    const saves = this.#saves;
    this.#saves = [];
    for (const { reject } of saves) reject(new Error(reason));
  }

  #dispatch<K extends keyof ReportEvents>(name: K, detail: ReportEvents[K]['detail']): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
  }
}

function nameIn(address: string): string {
  const { pathname } = new URL(address, document.baseURI);
  const name = pathname.slice(pathname.lastIndexOf('/') + 1);
  try {
    return decodeURIComponent(name) || 'capture';
  } catch {
    return name;
  }
}

if (customElements.get('wiretally-report') === undefined)
  customElements.define('wiretally-report', WiretallyReport);
