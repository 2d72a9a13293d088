// Script of the page: passes files to the worker, and shows progress, errors and the report. It sends nothing.

import { PAGE_LANGUAGES, progressText, selectTexts, summaryText } from '../texts.ts';
import type {
  ChosenFile,
  ChosenPolicy,
  ErrorText,
  FromWorker,
  NamedTool,
  ReadReport,
  SavedFormat,
} from '../worker-messages.ts';
import { startAnalyzer } from './analyzer-worker.ts';
import { filesOfDrop, filesOfList, MAX_FILES, TooManyFiles } from './chosen-files.ts';
import { ReportFrame } from './report-frame.ts';

const SAMPLE = 'sample.pcap.gz';
const POLICY_FILE = /\.(?:ya?ml|json)$/i;
/** Maximum size of a policy file. */
const MAX_POLICY_BYTES = 1 << 20;
const KEPT_URL_MS = 60_000;

function requireElement<E extends HTMLElement = HTMLElement>(selector: string): E {
  const found = document.querySelector<E>(selector);
  if (found === null) throw new Error(`the page has no ${selector}`);
  return found;
}

const root = document.documentElement;
root.classList.add('js');

const theme = requireElement('#theme');
const isNightTheme = (): boolean =>
  root.dataset.theme === undefined
    ? matchMedia('(prefers-color-scheme:dark)').matches
    : root.dataset.theme === 'dark';
theme.setAttribute('aria-pressed', String(isNightTheme()));
theme.addEventListener('click', () => {
  root.dataset.theme = isNightTheme() ? 'light' : 'dark';
  theme.setAttribute('aria-pressed', String(isNightTheme()));
});

const sections = {
  choose: requireElement('#choose'),
  reading: requireElement('#reading'),
  result: requireElement('#result'),
};
const trouble = requireElement('#trouble');
const progress = requireElement<HTMLProgressElement>('#progress');
const policySection = requireElement('#policy');
const saveButtons = document.querySelectorAll<HTMLButtonElement>('[data-save]');
const openers = ['#files', '#folder', '#sample', '#policy-file', '#ban-use'].map((selector) =>
  requireElement<HTMLButtonElement>(selector),
);
const frame = new ReportFrame(requireElement('#frame'));

let texts = selectTexts(navigator.languages);
let sample: Blob | null = null;
let isReading = false;
let policy: ChosenPolicy | null = null;
/** The files of the current report. */
let chosen: readonly ChosenFile[] = [];
let reading = 0;
/** Captures that were dropped with a policy, until the policy is read. */
let waiting: readonly ChosenFile[] | null = null;

/** Functions of changing texts by element, for another language. */
const worded = new Map<string, () => string>();

function setText(selector: string, text: () => string): void {
  worded.set(selector, text);
  requireElement(selector).textContent = text();
}

function useLanguage(tags: readonly string[]): void {
  texts = selectTexts(tags);
  root.lang = texts.tag;
  // Elements refer only to texts without arguments.
  const textOf = (key: string | undefined): string => String(texts[key as keyof typeof texts]);
  document.title = texts.title;
  for (const element of document.querySelectorAll<HTMLElement>('[data-text]'))
    element.textContent = textOf(element.dataset.text);
  for (const element of document.querySelectorAll<HTMLElement>('[data-label]'))
    element.setAttribute('aria-label', textOf(element.dataset.label));
  for (const [selector, text] of worded) requireElement(selector).textContent = text();
}

function show(name: keyof typeof sections): void {
  for (const [each, section] of Object.entries(sections)) section.hidden = each !== name;
  policySection.hidden = name === 'reading';
}

function showErrors(title: 'notAllRead' | 'noReport' | 'policyRefused', errors: readonly ErrorText[]): void {
  trouble.hidden = false;
  setText('#trouble-title', () => texts[title]);
  requireElement('#errors').replaceChildren(
    ...errors.map((lines) => {
      const block = document.createElement('pre');
      block.className = 'error';
      block.textContent = lines.join('\n');
      return block;
    }),
  );
}

function clearErrors(): void {
  trouble.hidden = true;
  requireElement('#errors').replaceChildren();
}

function showReport(report: ReadReport): void {
  const { html, hasPolicy, errors, notes } = report;
  frame.show(html, texts.report);
  setText('#summary', () => summaryText(texts, report));
  const list = requireElement('#notes');
  list.hidden = notes.length === 0;
  list.replaceChildren(
    ...notes.map((note) => {
      const item = document.createElement('li');
      item.textContent = note;
      return item;
    }),
  );
  for (const id of ['#save-bundle', '#unsigned']) requireElement(id).hidden = !hasPolicy;
  setText('#save-state', () => '');
  if (errors.length === 0) clearErrors();
  else showErrors('notAllRead', errors);
  show('result');
  requireElement('#result-title').focus();
}

function showFailure(error: ErrorText): void {
  frame.clear();
  showErrors('noReport', [error]);
  show('choose');
  requireElement('#trouble-title').focus();
}

function save(content: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT_URL_MS);
}

function endSaving(state: () => string = () => ''): void {
  setText('#save-state', state);
  for (const button of saveButtons) button.disabled = false;
}

function receive(message: FromWorker): void {
  switch (message.kind) {
    case 'ready':
      void handleLoaded(message.tools);
      return;
    case 'progress': {
      progress.max = Math.max(1, message.bytesTotal);
      progress.value = message.bytesRead;
      setText('#progress-text', () => progressText(texts, message));
      return;
    }
    case 'report':
      isReading = false;
      showReport(message.report);
      return;
    case 'unread':
      isReading = false;
      showFailure(message.error);
      return;
    case 'policy':
      usePolicy(message.policy, () => texts.policyState(message.name, message.rules));
      return;
    case 'saved':
      endSaving();
      save(message.content, message.name);
      return;
    case 'failed':
      if (message.of === 'policy') refusePolicy(message.error);
      else if (message.of === 'save') endSaving(() => `${texts.notSaved}: ${message.error.join(' ')}`);
      else showFailure(message.error);
  }
}

const analyzer = startAnalyzer('worker.js', receive, (reason) => {
  isReading = false;
  endSaving();
  showFailure([texts.workerFailed(reason === '' ? texts.workerNotLoaded : reason)]);
});

/** Loads the sample too, so that the page makes no later request. */
async function handleLoaded(tools: readonly NamedTool[]): Promise<void> {
  if (root.dataset.ready !== undefined) return;
  const response = await fetch(SAMPLE).catch(() => null);
  if (response?.ok === true) sample = await response.blob();
  requireElement('#ban-tools').replaceChildren(
    ...[...tools]
      .sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1))
      .map(({ id, name }) => new Option(name, id)),
  );
  for (const opener of openers) opener.disabled = false;
  requireElement<HTMLButtonElement>('#sample').disabled = sample === null;
  setText('#state', () => texts.ready);
  root.dataset.ready = '';
  await keepOffline();
}

/** Registers the service worker. Browsers allow it for https and the local machine. */
async function keepOffline(): Promise<void> {
  if (!('serviceWorker' in navigator)) return;
  try {
    await navigator.serviceWorker.register('service-worker.js');
    await navigator.serviceWorker.ready;
    root.dataset.offline = '';
    setText('#state', () => texts.readyOffline);
  } catch {
    // Private windows and some settings refuse it; the page still works online.
  }
}

function read(files: readonly ChosenFile[]): void {
  if (isReading) return;
  if (files.length === 0) {
    showFailure([texts.noFile]);
    return;
  }
  chosen = files;
  reading++;
  makeReport();
}

function makeReport(): void {
  isReading = true;
  clearErrors();
  progress.removeAttribute('value');
  setText('#progress-text', () => '');
  show('reading');
  requireElement('#reading-title').focus();
  analyzer.send({ kind: 'read', reading, request: reading, files: chosen, timezone: zoneHere(), policy });
}

const zoneHere = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Applies a policy: makes the current report again, without reading the captures again. */
function usePolicy(used: ChosenPolicy | null, state: () => string): void {
  policy = used;
  setText('#policy-state', state);
  for (const id of ['#policy-save', '#policy-remove']) requireElement(id).hidden = used === null;
  clearErrors();
  const captures = waiting;
  waiting = null;
  if (captures !== null) read(captures);
  else if (!sections.result.hidden) makeReport();
}

function refusePolicy(error: ErrorText): void {
  waiting = null;
  showErrors('policyRefused', [error]);
  requireElement('#trouble-title').focus();
}

async function readPolicy(file: Blob, name: string): Promise<void> {
  if (isReading) return;
  if (file.size > MAX_POLICY_BYTES) refusePolicy([texts.policyTooLarge(name, MAX_POLICY_BYTES)]);
  else analyzer.send({ kind: 'policy', policy: { name, text: await file.text() } });
}

/** Sorts files: policies are recognized by their names, all others are captures. Files in folders are never policies. */
function take(files: readonly ChosenFile[]): void {
  const policies = files.filter(({ name, isOptional }) => isOptional === undefined && POLICY_FILE.test(name));
  const captures = files.filter((file) => !policies.includes(file));
  const [first] = policies;
  if (first === undefined || (captures.length > 0 && policies.length > 1)) {
    read(files);
    return;
  }
  waiting = captures.length === 0 ? null : captures;
  void readPolicy(first.file, first.name);
}

/** Accepts no other files while a capture is read. */
async function takeWhenListed(list: () => ChosenFile[] | Promise<ChosenFile[]>): Promise<void> {
  if (isReading) return;
  try {
    take(await list());
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    showFailure([error instanceof TooManyFiles ? texts.tooManyFiles(MAX_FILES) : texts.notReadable(reason)]);
  }
}

const zone = requireElement('#drop');
document.addEventListener('dragover', (event) => {
  event.preventDefault();
  zone.classList.add('over');
});
document.addEventListener('dragleave', (event) => {
  if (event.relatedTarget === null) zone.classList.remove('over');
});
document.addEventListener('drop', (event) => {
  event.preventDefault();
  zone.classList.remove('over');
  const { dataTransfer } = event;
  if (root.dataset.ready !== undefined && dataTransfer !== null)
    void takeWhenListed(() => filesOfDrop(dataTransfer));
});

for (const name of ['file', 'folder']) {
  const input = requireElement<HTMLInputElement>(`#${name}-input`);
  requireElement(name === 'file' ? '#files' : '#folder').addEventListener('click', () => input.click());
  input.addEventListener('change', () => {
    void takeWhenListed(() => filesOfList(input.files));
    input.value = '';
  });
}
requireElement('#sample').addEventListener('click', () => {
  if (sample !== null) read([{ name: SAMPLE, file: sample }]);
});
const policyInput = requireElement<HTMLInputElement>('#policy-input');
requireElement('#policy-file').addEventListener('click', () => policyInput.click());
policyInput.addEventListener('change', () => {
  const file = policyInput.files?.[0];
  policyInput.value = '';
  if (file !== undefined) void readPolicy(file, file.name);
});
requireElement('#policy-remove').addEventListener('click', () => usePolicy(null, () => texts.noPolicy));
requireElement('#policy-save').addEventListener('click', () => {
  if (policy !== null) save(new Blob([policy.text], { type: 'application/yaml' }), policy.name);
});
requireElement('#ban').addEventListener('submit', (event) => {
  event.preventDefault();
  const tools = [...requireElement<HTMLSelectElement>('#ban-tools').selectedOptions].map(
    ({ value }) => value,
  );
  const from = requireElement<HTMLInputElement>('#ban-from').value;
  analyzer.send({ kind: 'ban', ban: { tools, from, timezone: zoneHere() } });
});
requireElement('#stop').addEventListener('click', () => analyzer.send({ kind: 'stop' }));
requireElement('#again').addEventListener('click', () => {
  clearErrors();
  frame.clear();
  show('choose');
  requireElement('#files').focus();
});
for (const button of saveButtons)
  button.addEventListener('click', () => {
    const name = button.textContent ?? '';
    for (const each of saveButtons) each.disabled = true;
    setText('#save-state', () => texts.saving(name));
    analyzer.send({ kind: 'save', format: button.dataset.save as SavedFormat });
  });

const languages = requireElement<HTMLSelectElement>('#language');
languages.replaceChildren(...PAGE_LANGUAGES.map(({ tag, name }) => new Option(name, tag)));
setText('#state', () => texts.loading);
setText('#policy-state', () => texts.noPolicy);
useLanguage(navigator.languages);
languages.value = texts.tag;
languages.addEventListener('change', () => useLanguage([languages.value]));
