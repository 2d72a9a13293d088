// Worker of the page: reads captures and makes reports, so that the page stays responsive. Windows never leave it.

import { catalogueFacts } from '../../catalogue/policy-facts.ts';
import { usageError } from '../../model/errors.ts';
import type { ReportDocument } from '../../model/report.ts';
import type { ReadProgress } from '../../model/sensor.ts';
import { draftPolicy } from '../../policy/draft-policy.ts';
import { renderCsv } from '../../report/format/csv.ts';
import { renderJson } from '../../report/format/json.ts';
import { renderHtml } from '../../report/html/report-page.ts';
import { errorLines, errorWords } from '../../report/text/error-words.ts';
import { visibleText } from '../../text/visible-text.ts';
import { encodeWindows } from '../../window/codec.ts';
import {
  type BrowserAnalyzeOptions,
  buildEvaluation,
  buildSteering,
  type Engine,
  makeReport,
  type PageSource,
  readWith,
  reportedCaptures,
  type Steering,
} from '../analyze-in-page.ts';
import type { BrowserCore } from '../core.ts';
import { openEngine } from '../engine.ts';
import { zipBundle } from '../page-bundle.ts';
import type { CaptureBytes } from '../read-streams.ts';
import type { Ban, ChosenPolicy, ErrorText, FromWorker, SavedFormat, ToWorker } from './worker-messages.ts';

/** Used parts of the global scope of the worker: the project compiles without the DOM library. */
interface WorkerScope {
  postMessage(message: FromWorker): void;
  addEventListener(type: 'message', listener: (event: { readonly data: ToWorker }) => void): void;
}
const scope = globalThis as unknown as WorkerScope;

interface Answer {
  readonly document: ReportDocument;
  readonly source: PageSource;
  readonly captures: readonly CaptureBytes[];
  readonly asked: BrowserAnalyzeOptions;
  readonly steering: Steering;
}

type Content = readonly (string | Uint8Array<ArrayBuffer>)[];

interface Format {
  readonly name: string;
  readonly type: string;
  readonly render: (answer: Answer, core: BrowserCore) => Content | Promise<Content>;
}

/** Imported statically, so that the page makes no request after it is loaded. */
const FORMATS: Readonly<Record<SavedFormat, Format>> = {
  html: {
    name: 'wiretally-report.html',
    type: 'text/html',
    render: ({ document }, core) => renderHtml(document, { sha256: (bytes) => parseHex(core.sha256(bytes)) }),
  },
  json: {
    name: 'wiretally-report.json',
    type: 'application/json',
    render: ({ document }) => [...renderJson(document)],
  },
  csv: {
    name: 'wiretally-report.csv',
    type: 'text/csv',
    render: ({ document }) => [...renderCsv(document)],
  },
  usage: {
    name: 'wiretally.usage',
    type: 'application/octet-stream',
    render: ({ source }) => [Uint8Array.from(encodeWindows(source.windows))],
  },
  bundle: {
    name: 'wiretally-bundle.zip',
    type: 'application/zip',
    render: ({ source, captures, asked: question, steering }, core) => {
      const { policy } = steering;
      if (policy === null) throw usageError('an evidence bundle needs a policy');
      const evaluated = buildEvaluation(source, captures, question, steering, policy);
      return zipBundle(core, evaluated, policy, reportedCaptures(source, captures));
    },
  },
};

/** The last reading, for reports with other policies. */
interface Reading {
  readonly number: number;
  readonly source: PageSource;
  readonly steering: Steering;
}

let stopping = new AbortController();
let reading: Reading | null = null;
let answer: Answer | null = null;
let engine: Promise<Engine> | null = null;

const listText = (error: unknown): ErrorText => errorLines(errorWords(error));

const parseHex = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));

async function renderAnswer(answer: Answer, format: SavedFormat): Promise<Blob> {
  const { type, render } = FORMATS[format];
  const { core } = await renewEngine();
  return new Blob([...(await render(answer, core))], { type });
}

function showProgress({ bytesRead, bytesTotal, file }: ReadProgress): void {
  scope.postMessage({ kind: 'progress', bytesRead, bytesTotal: bytesTotal ?? 0, file: visibleText(file) });
}

/** Returns a new engine for each reading, so that a hostile capture cannot affect the next one. */
async function renewEngine(): Promise<Engine> {
  engine ??= openEngine();
  try {
    return await engine;
  } catch (error) {
    engine = null;
    throw error;
  }
}

async function read(
  { reading: number, request, files, timezone, policy }: Extract<ToWorker, { kind: 'read' }>,
  signal: AbortSignal,
): Promise<void> {
  answer = null;
  const captures = files.map(({ name, file, isOptional = false }) => ({
    name,
    isOptional,
    size: file.size,
    stream: () => file.stream(),
  }));
  const opened = await renewEngine();
  const choices = {
    ...(policy === null ? {} : { policy }),
    ...(timezone === 'UTC' || policy !== null ? {} : { timezone }),
  };
  const steering = buildSteering(opened, choices);
  if (reading === null || reading.number !== number || !isReadAs(reading.steering, steering)) {
    reading = null;
    engine = null;
    const source = await readWith(
      opened,
      captures,
      { ...choices, signal, onProgress: showProgress },
      steering,
    );
    reading = { number, source, steering };
  }
  const { source } = reading;
  const document = makeReport(source, captures, choices, steering);
  answer = { document, source, captures, asked: choices, steering };
  scope.postMessage({
    kind: 'report',
    request,
    report: {
      html: await renderAnswer(answer, 'html'),
      packets: document.stats.packets,
      captures: source.captures.length,
      interrupted: source.interrupted,
      hasPolicy: steering.policy !== null,
      errors: source.errors.map(listText),
      notes: source.notes.map(visibleText),
    },
  });
}

/** True if both give the same windows and days. */
const isReadAs = (a: Steering, b: Steering): boolean =>
  a.timezone === b.timezone && a.exclude.join() === b.exclude.join();

async function checkPolicy(policy: ChosenPolicy): Promise<void> {
  const { policy: read } = buildSteering(await renewEngine(), { policy });
  if (read === null) return;
  const { name, rules } = read.policy;
  scope.postMessage({ kind: 'policy', policy, name: visibleText(name), rules: rules.length });
}

async function banPolicy({ tools, from, timezone }: Ban): Promise<void> {
  const { catalogue } = await renewEngine();
  const wish = { ban: tools, allow: [], from, exempt: [], timezone };
  await checkPolicy({ name: 'ban.yaml', text: draftPolicy(wish, catalogueFacts(catalogue)) });
}

async function save(format: SavedFormat): Promise<void> {
  if (answer === null) throw usageError('there is no report to save');
  const { name } = FORMATS[format];
  scope.postMessage({ kind: 'saved', format, name, content: await renderAnswer(answer, format) });
}

async function answerQuestion(message: ToWorker, signal: AbortSignal): Promise<void> {
  switch (message.kind) {
    case 'read':
      return await read(message, signal);
    case 'policy':
      return await checkPolicy(message.policy);
    case 'ban':
      return await banPolicy(message.ban);
    case 'save':
      return await save(message.format);
  }
}

/** Answers messages one after the other, and shows errors. Opens the engine of the next reading in advance. */
async function answerMessage(message: ToWorker, signal: AbortSignal): Promise<void> {
  try {
    await answerQuestion(message, signal);
  } catch (error) {
    const text = listText(error);
    if (message.kind === 'read') scope.postMessage({ kind: 'unread', request: message.request, error: text });
    else scope.postMessage({ kind: 'failed', of: message.kind === 'save' ? 'save' : 'policy', error: text });
  }
  await renewEngine().catch(() => null);
}

async function start(): Promise<void> {
  try {
    const { catalogue } = await renewEngine();
    const tools = catalogueFacts(catalogue).tools.map(({ id, name }) => ({ id, name }));
    scope.postMessage({ kind: 'ready', tools });
  } catch (error) {
    scope.postMessage({ kind: 'failed', of: 'start', error: listText(error) });
  }
}

let queue: Promise<void> = start();
scope.addEventListener('message', ({ data }) => {
  if (data.kind === 'stop') return stopping.abort();
  if (data.kind === 'read') stopping = new AbortController();
  const { signal } = stopping;
  queue = queue.then(() => answerMessage(data, signal));
});
