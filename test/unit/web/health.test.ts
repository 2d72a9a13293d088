// The page of the health of connections and the same as JSON.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleAudit } from '../report/sample-document.ts';
import { HOSTILE_NAME, type MadeSite, siteOver } from './site.ts';

let site: MadeSite;
beforeAll(async () => {
  site = await siteOver(sampleAudit());
});
afterAll(() => site.close());

const textOf = async (path: string): Promise<string> => await (await fetch(`${site.url}${path}`)).text();
const answerOf = async (path: string) => JSON.parse(await textOf(`/api/v1${path}`));

describe('the page of the health of connections', () => {
  it('has figures by tool and name, and a chart over time', async () => {
    const text = await textOf('/health');
    expect(text).toContain('Connections that passed and that were stopped, per day');
    expect(text).toMatch(/<a href="\/health\?tool=claude-code">Claude Code<\/a>/);
    expect(text).toContain('20–30 ms');
    expect(text).not.toContain('style=');
  });

  it('escapes names of the network', async () => {
    for (const path of [
      '/health',
      '/health?host=10.20.1.5',
      `/health?q=${encodeURIComponent(HOSTILE_NAME)}`,
    ]) {
      const text = await textOf(path);
      expect(text).toContain('x.&lt;img src=x onerror=alert(1)&gt;.test');
      expect(text).not.toContain('<img');
    }
  });

  it('gives the diagnosis of the host that is selected, and of no other', async () => {
    const text = await textOf('/health?host=10.20.1.5');
    expect(text).toContain('Diagnosis of <span class="mono">10.20.1.5</span>');
    expect(text).toContain('tcp-blackhole');
    expect(text).not.toContain('dns-nxdomain');
    expect(await textOf('/health')).not.toContain('id="diagnosis"');
    expect(await textOf('/health?host=10.99.0.1')).toContain('No host &quot;10.99.0.1&quot; is in the data');
  });

  it('lists attempts, each with the way to the diagnosis of its host', async () => {
    expect(await textOf('/health')).toMatch(/<a href="\/health\?host=10\.20\.1\.6">10\.20\.1\.6<\/a>/);
  });

  it('is linked by the pages of hosts and tools', async () => {
    expect(await textOf('/hosts/10.20.1.5')).toContain('href="/health?host=10.20.1.5"');
    expect(await textOf('/tools/claude-code')).toContain('href="/health?tool=claude-code"');
  });
});

describe('the health of connections as JSON', () => {
  it('follows the filters', async () => {
    const { health } = await answerOf('/health');
    expect(health).toMatchObject({ step: 'day', suppressed: 0 });
    expect(health.total).toMatchObject({ hosts: 2, tried: 214, passed: 130, stopped: 75, unresolved: 9 });
    expect(health.total.steps.map(({ passed }: { passed: number }) => passed)).toEqual([90, 40, 0]);
    expect((await answerOf('/health?host=10.20.1.6')).health.total.tried).toBe(9);
    expect((await answerOf('/health?tool=codex')).health.total.tried).toBe(0);
    expect((await answerOf('/health?q=onerror')).health.total.tried).toBe(3);
  });

  it('has the diagnoses of a host that is asked for', async () => {
    const { diagnoses } = await answerOf('/health?host=10.20.1.6');
    expect(diagnoses).toMatchObject([{ host: '10.20.1.6', leg: 'resolver', fault: 'dns-nxdomain' }]);
    expect(await answerOf('/health')).not.toHaveProperty('diagnoses');
  });

  it('leaves out rows of too few hosts where identities are looked up', async () => {
    const identities = {
      investigators: new Set(['anna']),
      behind: () => null,
      writeDown: async () => undefined,
    };
    const own = await siteOver(sampleAudit(), { identities });
    const { health } = JSON.parse(await (await fetch(`${own.url}/api/v1/health`)).text());
    expect(health).toMatchObject({ tools: [], names: [], total: { tried: 0, steps: [] } });
    expect(health.suppressed).toBeGreaterThan(0);
    await own.close();
  });

  it('is refused for a tool that the catalogue has not', async () => {
    expect((await fetch(`${site.url}/api/v1/health?tool=claud-code`)).status).toBe(400);
  });
});
