// Shows one line of progress on stderr during a long reading: share, rate and remaining time. Only on a terminal.

import type { ReadProgress } from '../../model/sensor.ts';
import { uptimeMs } from '../../reading/captures/uptime.ts';
import { formatBytes } from '../../text/quantity.ts';
import { visibleText } from '../../text/visible-text.ts';
import { showsUnicode } from './terminal.ts';

/** Shorter work shows no progress. */
const QUIET_MS = 1000;
const BAR_SIGNS = 36;
const DEFAULT_COLUMNS = 80;

export interface ProgressLine {
  update(progress: ReadProgress): void;
  /** Erases the line, so that results are not appended to it. */
  end(): void;
}

export function openProgress(isQuiet: boolean): ProgressLine {
  const startMs = uptimeMs();
  let isShown = false;
  if (isQuiet || process.stderr.isTTY !== true) return { update: () => {}, end: () => {} };
  return {
    update(progress) {
      const elapsedMs = uptimeMs() - startMs;
      if (elapsedMs < QUIET_MS) return;
      isShown = true;
      const columns = process.stderr.columns ?? DEFAULT_COLUMNS;
      process.stderr.write(`\r${progressText(progress, elapsedMs, columns, showsUnicode())}\u001b[K`);
    },
    end() {
      if (isShown) process.stderr.write('\r\u001b[K');
    },
  };
}

/** Formats a line such as "demo.pcap  ━━━───  62 %  1.2 GB of 1.9 GB, 540 MB/s  0:02". */
export function progressText(
  progress: ReadProgress,
  elapsedMs: number,
  columns: number,
  unicode: boolean,
): string {
  const bytesPerMs = progress.bytesRead / Math.max(1, elapsedMs);
  const rate = `${formatBytes(bytesPerMs * 1000)}/s`;
  const name = visibleText(progress.file.split('/').at(-1) ?? progress.file);
  if (progress.bytesTotal === null || progress.bytesTotal === 0) {
    return `${name === '-' ? 'stdin' : name}  ${formatBytes(progress.bytesRead)}, ${rate}`.slice(
      0,
      columns - 1,
    );
  }
  const share = Math.min(1, progress.bytesRead / progress.bytesTotal);
  const leftSeconds = Math.round(
    (progress.bytesTotal - progress.bytesRead) / Math.max(1e-9, bytesPerMs) / 1000,
  );
  const numbers = `${String(Math.floor(share * 100)).padStart(3)} %  ${formatBytes(progress.bytesRead)} of ${formatBytes(progress.bytesTotal)}, ${rate}  ${clock(leftSeconds)}`;
  const room = Math.min(BAR_SIGNS, columns - 1 - name.length - numbers.length - 4);
  return room < 8 ? numbers.slice(0, columns - 1) : `${name}  ${bar(share, room, unicode)}  ${numbers}`;
}

function bar(share: number, signs: number, unicode: boolean): string {
  const filled = Math.round(share * signs);
  return unicode
    ? '━'.repeat(filled) + '─'.repeat(signs - filled)
    : `[${'#'.repeat(filled)}${'.'.repeat(signs - filled)}]`;
}

function clock(seconds: number): string {
  const rest = String(seconds % 60).padStart(2, '0');
  return `${Math.floor(seconds / 60)}:${rest}`;
}
