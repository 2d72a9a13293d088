// The texts of the page and of the report element, in each language that they can be had in. Errors and notes of a reading
// are those of the command line, in English.

/** Texts that the page has from the start: elements name theirs by `data-text`. */
export interface FixedTexts {
  readonly title: string;
  readonly skip: string;
  readonly pages: string;
  readonly language: string;
  readonly nightTheme: string;
  readonly heading: string;
  readonly lead: string;
  readonly dropHere: string;
  readonly chooseFiles: string;
  readonly chooseFolder: string;
  readonly useSample: string;
  readonly formats: string;
  readonly captureFiles: string;
  readonly captureFolder: string;
  readonly loading: string;
  readonly needsScript: string;
  readonly readHeading: string;
  readonly read: string;
  readonly leavesHeading: string;
  readonly leaves: string;
  readonly resultHeading: string;
  readonly result: string;
  readonly policyLabel: string;
  readonly noPolicy: string;
  readonly policyLead: string;
  readonly choosePolicy: string;
  readonly savePolicy: string;
  readonly removePolicy: string;
  readonly policyFile: string;
  readonly banTools: string;
  readonly banFrom: string;
  readonly useBan: string;
  readonly reading: string;
  readonly cancel: string;
  readonly notAllRead: string;
  readonly report: string;
  readonly saveHtml: string;
  readonly saveJson: string;
  readonly saveCsv: string;
  readonly saveWindows: string;
  readonly saveBundle: string;
  readonly bundleIsUnsigned: string;
  readonly again: string;
  readonly sendsNothing: string;
}

export interface PageTexts extends FixedTexts {
  /** BCP 47. */
  readonly tag: string;
  /** Of the language, in it. */
  readonly name: string;
  readonly ready: string;
  readonly readyOffline: string;
  readonly noReport: string;
  readonly policyRefused: string;
  readonly notSaved: string;
  /** "office.pcap: 12 MB of 1.1 GB". */
  progress(file: string, read: string, total: string): string;
  saving(name: string): string;
  readAll(packets: number, captures: number): string;
  stopped(packets: number): string;
  policyState(name: string, rules: number): string;
  readonly noFile: string;
  tooManyFiles(most: number): string;
  notReadable(reason: string): string;
  policyTooLarge(name: string, most: number): string;
  workerFailed(reason: string): string;
  readonly workerNotLoaded: string;
  notFetched(address: string, reason: string): string;
}
