// Script of the example page, which shows how another application uses the report element.

// Other applications import these types from 'wiretally/browser/element'.
import type { WiretallyReport } from './report-element.ts';

const report = document.querySelector<WiretallyReport>('#report');
const log = document.querySelector('#log');
const json = document.querySelector<HTMLButtonElement>('#json');
const input = document.querySelector<HTMLInputElement>('#captures');
if (report === null || log === null || json === null || input === null)
  throw new Error('the example page lacks an element');

// The attachment is loaded with the page, so that the page sends nothing later.
const attachment = fetch('sample.pcap.gz').then((response) => response.blob());
document.querySelector('#attachment')?.addEventListener('click', async () => {
  report.captures = [new File([await attachment], 'sample.pcap.gz')];
});
input.addEventListener('change', () => {
  report.captures = [...(input.files ?? [])];
});

report.addEventListener('wiretally-progress', ({ detail }) => {
  log.textContent = `${Math.round((100 * detail.bytesRead) / detail.bytesTotal)} % read`;
});
report.addEventListener('wiretally-report', ({ detail }) => {
  log.textContent = `${detail.packets} packets read`;
  json.disabled = false;
});
report.addEventListener('wiretally-error', ({ detail }) => {
  log.textContent = `no report: ${detail.error[0]}`;
  json.disabled = true;
});

json.addEventListener('click', async () => {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await report.save('json'));
  link.download = 'report.json';
  link.click();
});
