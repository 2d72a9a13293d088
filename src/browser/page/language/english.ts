// The texts of the page in English.

import { formatCount, plural } from '../../../text/quantity.ts';
import type { PageTexts } from './texts.ts';

export const ENGLISH: PageTexts = {
  tag: 'en',
  name: 'English',
  title: 'Analyze a capture – Wiretally',
  skip: 'Skip to the content',
  pages: 'Pages',
  language: 'Language',
  nightTheme: 'Dark',
  heading: 'Analyze a packet capture in this browser',
  lead: 'The page reports which hosts use which AI coding tools, since when and how much. The capture is read on this machine. No packet, name or report is sent to a server.',
  dropHere: 'Drop capture files or a folder here',
  chooseFiles: 'Choose files',
  chooseFolder: 'Choose a folder',
  useSample: 'Use the sample capture',
  formats:
    'pcap or pcapng, plain or compressed with gzip or zstd. Several files are read as one capture, in the order of time.',
  captureFiles: 'Capture files',
  captureFolder: 'Folder of captures',
  loading: 'Loading the analyzer.',
  needsScript:
    'This page needs JavaScript: it reads the capture itself. The command line does the same: wiretally analyze FILE --format html',
  readHeading: 'What is read',
  read: 'Packet headers and the readable part of TLS and QUIC handshakes. Nothing is decrypted. The report has no payload and no address of a page.',
  leavesHeading: 'What leaves the machine',
  leaves:
    'Nothing. After this page is loaded it sends no request, and its content security policy allows none to another server. Disconnect the network first to verify it: the page works without.',
  resultHeading: 'What comes out',
  result:
    'The report of wiretally analyze: hosts, tools, evidence, telemetry, connection faults, and what is not visible. It can be saved as HTML, JSON or CSV, and its windows as a .usage file for other commands. With a policy, an evidence bundle can be saved too.',
  policyLabel: 'Policy:',
  noPolicy: 'none',
  policyLead:
    'With a policy, the report says which hosts comply with it. Drop a policy file (YAML or JSON), choose one, or fill in the form. It is evaluated like wiretally analyze --policy.',
  choosePolicy: 'Choose a policy file',
  savePolicy: 'Save the policy',
  removePolicy: 'Remove the policy',
  policyFile: 'Policy file',
  banTools: 'Ban these tools',
  banFrom: 'From this date',
  useBan: 'Use this ban',
  reading: 'Reading the capture',
  cancel: 'Cancel',
  notAllRead: 'Not everything was read',
  report: 'Report',
  saveHtml: 'Save HTML',
  saveJson: 'Save JSON',
  saveCsv: 'Save CSV',
  saveWindows: 'Save windows',
  saveBundle: 'Save evidence bundle (unsigned)',
  bundleIsUnsigned:
    'An evidence bundle of this page is not signed: its checksums show changed files, not who wrote it. For a signed bundle, run wiretally analyze with --bundle and --sign-key.',
  again: 'Analyze another capture',
  sendsNothing: 'This page sends nothing.',
  ready: 'Ready.',
  readyOffline: 'Ready. The page now works without a network.',
  noReport: 'No report',
  policyRefused: 'The policy cannot be used',
  notSaved: 'Not saved',
  progress: (file, read, total) => `${file}: ${read} of ${total}`,
  saving: (name) => `Making ${name}.`,
  readAll: (packets, captures) => `${plural(packets, 'packet')} of ${plural(captures, 'capture')} read.`,
  stopped: (packets) =>
    `Stopped after ${plural(packets, 'packet')}. The report shows what was read until then.`,
  policyState: (name, rules) => `${name}, ${plural(rules, 'rule')}`,
  noFile: 'no capture was given: the folder has no file',
  tooManyFiles: (most) =>
    `more than ${formatCount(most)} files: choose a smaller folder, or run wiretally analyze`,
  notReadable: (reason) => `a dropped file cannot be read: ${reason}`,
  policyTooLarge: (name, most) => `${name}: larger than ${formatCount(most)} bytes, which is no policy`,
  workerFailed: (reason) => `the worker of this page failed: ${reason}`,
  workerNotLoaded: 'it could not be loaded',
  notFetched: (address, reason) => `${address}: cannot be loaded: ${reason}`,
};
