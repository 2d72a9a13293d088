// Tools whose model traffic goes through a company gateway: no wrong tool may be reported, and the use must be.
import { type CaseMaterial, type Family, pick, type Workshop } from './case.ts';
import { type Recording, usesProxy } from './library.ts';
import { truthOf } from './scene.ts';

const GATEWAYS = ['ai-gateway.corp.example', 'llm.intranet.example', 'genai-proxy.bigbank.test'];
/** One or two requests to an unknown name may be any program's. */
const ENOUGH_REQUESTS = 4;
const MODEL_NAMES = new Set([
  'api.anthropic.com',
  'api.openai.com',
  'chatgpt.com',
  'generativelanguage.googleapis.com',
  'cloudcode-pa.googleapis.com',
  'dashscope.aliyuncs.com',
  'api.x.ai',
  'api.individual.githubcopilot.com',
  'api.kimi.com',
  'openrouter.ai',
]);
const RUNTIMES: readonly (readonly [string, RegExp])[] = [
  ['bun', /^bun/],
  ['node', /^node(?! SEA)/],
  ['rustls', /rustls/],
  ['native-tls', /native-tls|runtime\.node/],
];

function throughGateway(workshop: Workshop, runtime: RegExp, all: boolean): CaseMaterial {
  const { library, random, scene } = workshop;
  const list = library.all
    .filter(({ tools, possible, requests }) => tools.length + possible.length > 0 && requests > 1)
    .filter((one) => !one.name.startsWith('base-') && runtime.test(one.runtime))
    .filter((one) => one.serverNames.some((name) => MODEL_NAMES.has(name)) && !usesProxy(one));
  const recording: Recording = pick(random, list);
  const machine = scene.machine();
  const gateway = pick(random, GATEWAYS);
  const frames = scene.play(recording, machine, 0, (name) => (all || MODEL_NAMES.has(name) ? gateway : name));
  const truth = truthOf(machine, [recording]);
  return {
    about: `${recording.name}, ${all ? 'everything' : 'the model'} through ${gateway}`,
    captures: [frames],
    machines: [
      {
        ...truth,
        mustReport: recording.requests >= ENOUGH_REQUESTS,
        // What can be named depends on the names that are left, and requests of the gateway may be a relay's.
        uses: truth.uses.map((use) => ({ ...use, mustName: false, requests: null })),
      },
    ],
  };
}

export const GATEWAY_FAMILIES: readonly Family[] = RUNTIMES.map(([name, runtime]) => ({
  name: `gateway-${name}`,
  make: (workshop, index) => throughGateway(workshop, runtime, index % 2 === 1),
}));
