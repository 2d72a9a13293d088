// How far the estimates of a tool can be trusted, in one sentence: what recordings with known content showed.

import type { ToolEntry } from '../../catalogue/schema.ts';

/** "uncalibrated" where no recording of the tool exists. */
export function calibrationOf(tool: ToolEntry, isCutByPackets: boolean): string {
  const said = `${calibrationOfTool(tool)}${compressionOf(tool)}`;
  return isCutByPackets
    ? `${said}; here by lengths of packets, because record headers are not in the capture`
    : said;
}

/** What is counted is what was sent: a reader must not take it for what was said. */
function compressionOf({ exchange }: ToolEntry): string {
  if (exchange?.compressed === undefined) return '';
  const { since, telemetryTimes } = exchange.compressed;
  return `; bytes are counted as sent: version ${since} and later, and earlier ones by setting, may compress them, so that telemetry may hold up to ${telemetryTimes} times as much`;
}

function calibrationOfTool({ calibration }: ToolEntry): string {
  if (calibration === undefined) return 'uncalibrated';
  const { recordings, requests, telemetry } = calibration;
  const parts: string[] = [];
  if (requests !== undefined) {
    const exactly = `requests told exactly in ${requests.exact} of ${requests.of} recordings`;
    const spread = requests.inRange === requests.exact ? '' : `, in range in ${requests.inRange}`;
    parts.push(exactly + spread);
  }
  if (telemetry !== undefined) {
    const sign = telemetry.worstPercent > 0 ? '+' : '';
    parts.push(`telemetry off by ${sign}${telemetry.worstPercent} % at most in ${telemetry.of}`);
  }
  if (parts.length === 0) return `uncalibrated: ${recordings} recordings without requests or telemetry`;
  return `${parts.join('; ')} (versions ${calibration.versions.join(', ')})`;
}
