// Counts of a running sensor lag behind: they are marked until their connections are silent, by the clock of the windows.
import { describe, expect, it } from 'vitest';
import type { ReportDocument } from '../../../src/model/report.ts';
import { NO_REQUEST_SEEN } from '../../../src/model/withheld.ts';
import { withOpenRequests, withOpenUse } from '../../../src/report/document/open-requests.ts';
import { unixSeconds } from '../../../src/report/text/instant-text.ts';
import { formatRange } from '../../../src/text/quantity.ts';
import { sampleAudit } from './sample-document.ts';

const document = sampleAudit();

const usesOf = ({ hosts }: ReportDocument) =>
  hosts.flatMap(({ tools, providers }) => [...tools, ...providers]);

describe('requests of a running sensor', () => {
  it('are open until the connection was silent for half a minute at the end of a window', () => {
    const lastSeconds = Math.max(...usesOf(document).map(({ lastSeen }) => unixSeconds(lastSeen)));
    const openAt = (seconds: number) => {
      const marked = withOpenRequests(document, seconds);
      const rows = [...usesOf(marked), ...marked.tools, ...(marked.findings ?? [])];
      return rows.filter(({ requests }) => requests?.isOpen === true).length;
    };
    const counted = [...usesOf(document), ...document.tools, ...(document.findings ?? [])];
    expect(openAt(0)).toBe(counted.filter(({ requests }) => requests !== null).length);
    expect(openAt(lastSeconds + 29)).toBeGreaterThan(1);
    expect(openAt(lastSeconds + 29)).toBeLessThan(openAt(0));
    expect(openAt(lastSeconds + 30)).toBe(0);
    expect(withOpenRequests(document, lastSeconds + 30)).toBe(document);
  });

  it('are not said to be none while the first may be under way', () => {
    const [use] = usesOf(document);
    if (use === undefined) throw new Error('the sample has no use');
    const withheld = [
      { field: 'requests', reason: NO_REQUEST_SEEN.text },
      { field: 'prompts', reason: NO_REQUEST_SEEN.text },
      { field: 'sessions', reason: 'other' },
    ];
    const fresh = { ...use, requests: null, withheld };
    const lastSeconds = unixSeconds(use.lastSeen);
    expect(withOpenUse(fresh, lastSeconds + 29)).toMatchObject({
      requests: { min: 0, max: 0, isOpen: true },
      withheld: [
        { field: 'prompts', reason: 'the last request of a connection is counted after 30 s of silence' },
        { field: 'sessions', reason: 'other' },
      ],
    });
    expect(withOpenUse(fresh, lastSeconds + 30)).toBe(fresh);
    const hidden = { ...fresh, withheld: [{ field: 'requests', reason: 'packets are missing' }] };
    expect(withOpenUse(hidden, lastSeconds)).toBe(hidden);
  });

  it('are shown with a sign that more may come', () => {
    expect(formatRange({ min: 38, max: 38, isOpen: true }, 'host')).toBe('38+');
    expect(formatRange({ min: 38, max: 38 }, 'host')).toBe('38');
    expect(formatRange({ min: 3, max: 5, isOpen: true }, 'host')).toBe('3–5+');
  });

  it('stay unknown where they are', () => {
    const unknown = {
      ...document,
      hosts: document.hosts.map((host) => ({
        ...host,
        tools: host.tools.map((use) => ({ ...use, requests: null })),
      })),
    };
    const [shown] = withOpenRequests(unknown, 0).hosts.flatMap(({ tools }) => tools);
    expect(shown?.requests).toBeNull();
  });
});
