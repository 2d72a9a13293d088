// Entry point of the library for pages, one file of dist/browser.

import { analyzeWith, type BrowserAnalysis, type BrowserAnalyzeOptions } from './analyze-in-page.ts';
import { type EngineFiles, openEngine } from './engine.ts';
import type { CaptureBytes } from './read-streams.ts';

export type { BrowserAnalysis, PolicyText } from './analyze-in-page.ts';
export type { EngineFiles } from './engine.ts';
export type { CaptureBytes } from './read-streams.ts';

export interface AnalyzeOptions extends BrowserAnalyzeOptions {
  /** Files of the library (default: fetched once from the folder of this file). */
  readonly files?: EngineFiles;
}

/**
 * Analyzes all captures as one: pcap or pcapng, plain, gzip or zstd. Throws POLICY_INVALID with every error of the policy. If no
 * capture can be read, throws the error of the first.
 */
export async function analyze(
  captures: readonly CaptureBytes[],
  { files, ...options }: AnalyzeOptions = {},
): Promise<BrowserAnalysis> {
  return await analyzeWith(await openEngine(files), captures, options);
}
