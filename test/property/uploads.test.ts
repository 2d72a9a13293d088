// Uploads are the bytes on the wire: compared with the frames of recordings, alone and as an office that merges them.
import { describe, expect, it } from 'vitest';
import { viewIpFrame } from '../../captures/ip-frame.ts';
import { attribute } from '../../src/attribution/attribute.ts';
import { catalogueFacts } from '../../src/catalogue/policy-facts.ts';
import type { UsageWindow } from '../../src/model/usage.ts';
import { evaluate } from '../../src/policy/evaluate.ts';
import { loadPolicy } from '../../src/policy/parse-policy.ts';
import { listSubjects } from '../../src/policy/subjects.ts';
import { openZone } from '../../src/time/zone.ts';
import { mergeWindows } from '../../src/window/merge-windows.ts';
import { framesOf } from './damage.ts';
import { catalogue, type Recording, recorded, recordings, shifted } from './judged-recordings.ts';

const HTTPS = 443;
/** Of the bytes on the wire. */
const MOST_WRONG = 0.02;

const POLICY = `version: 1
name: uploads
timezone: UTC
rules:
  - { id: UP, title: uploads, match: { kind: [cli, agent] }, action: allow, evidence: { confidence: possible }, upload: { above: 1 kB, per: day } }
`;
const policy = loadPolicy(POLICY, 'p.yaml', catalogueFacts(catalogue));

/** Recordings in which every TLS name is one of the tool, and no proxy: then all frames to port 443 are its uploads. */
const alone = recordings.filter(({ expect: { tools = [], provider }, name: title, sni, truth }) => {
  const [id, ...others] = tools;
  const tool = id === undefined ? undefined : catalogue.tool(id);
  if (
    tool === undefined ||
    others.length > 0 ||
    provider !== undefined ||
    truth.model_requests === 0 ||
    title.includes('proxy')
  )
    return false;
  const names = Object.keys(sni);
  const isOwn = (name: string): boolean =>
    catalogue
      .lookup(name)
      .some(({ value }) => value.tool.id === tool.id && value.endpoint.specificity !== 'shared');
  return ['cli', 'agent'].includes(tool.kind) && names.length > 0 && names.every(isOwn);
});

/** Whole frames to port 443, read without the analysis. */
function sentIn(recording: Recording): number {
  return framesOf(recording).reduce((sum, { bytes, wireLength }) => {
    const frame = viewIpFrame(bytes);
    if (frame === null || frame.protocol !== 'tcp') return sum;
    return bytes.readUInt16BE(frame.transportAt + 2) === HTTPS ? sum + wireLength : sum;
  }, 0);
}

function uploadsIn(windows: readonly UsageWindow[]): Map<string, number> {
  const { findings } = evaluate(
    policy,
    listSubjects(windows, attribute(windows, catalogue, { zone: openZone('UTC') })),
  );
  return new Map(
    findings.map(({ host, uploads = [] }) => [host, uploads.reduce((sum, { bytes }) => sum + bytes, 0)]),
  );
}

const isNear = (found: number, truth: number): boolean => Math.abs(found - truth) <= MOST_WRONG * truth;

describe('uploads within 2 % of the bytes on the wire', () => {
  it('of each recording whose names are all those of its tool', async () => {
    expect(alone.length).toBeGreaterThan(5);
    const wrong: string[] = [];
    for (const recording of alone) {
      const [found = 0] = uploadsIn(await recorded(recording)).values();
      const truth = sentIn(recording);
      if (!isNear(found, truth)) wrong.push(`${recording.name}: ${found} of ${truth}`);
    }
    expect(wrong).toEqual([]);
  });

  it('of each host of an office', async () => {
    const parts = await Promise.all(
      alone.map(async (recording, i) =>
        shifted(await recorded(recording), `10.61.0.${i + 1}`, i * 15, `s${i}`),
      ),
    );
    const found = uploadsIn(mergeWindows(...parts));
    const wrong = alone.filter((one, i) => !isNear(found.get(`10.61.0.${i + 1}`) ?? 0, sentIn(one)));
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });
});
