import { describe, expect, it } from 'vitest';
import {
  type ExchangeShape,
  findAgentLoop,
  findMessage,
  findMessageLoop,
  findStreamedCall,
} from '../../../src/catalogue/agent-loop.ts';

/** Seconds after the start, bytes up, bytes down, records down, seconds of the answer. */
type Seen = readonly [
  atSeconds: number,
  bytesUp: number,
  bytesDown: number,
  recordsDown: number,
  answers: number,
];

function shapeOf([, bytesUp, bytesDown, recordsDown, answers]: Seen): ExchangeShape {
  return { bytesUp, bytesDown, recordsDown, uploadMs: 0, waitMs: 500, answerMs: answers * 1000 };
}

function loopOf(seen: readonly Seen[]): ReturnType<typeof findAgentLoop> {
  return findAgentLoop(seen.flatMap((one) => findStreamedCall(one[0] * 1_000_000, shapeOf(one)) ?? []));
}

function messagesOf(seen: readonly Seen[]): ReturnType<typeof findMessageLoop> {
  return findMessageLoop(seen.flatMap((one) => findMessage(one[0] * 1_000_000, shapeOf(one)) ?? []));
}

describe('an agent’s loop', () => {
  it('is three requests that grow, each soon after a streamed answer', () => {
    const loop = loopOf([
      [0, 12_000, 2400, 9, 0.3],
      [2, 21_000, 3800, 19, 0.7],
      [5, 24_000, 6800, 42, 1.6],
    ]);
    expect(loop).toEqual({ fromBytes: 12_000, toBytes: 24_000, steps: 2, following: 2 });
  });

  it('tells which requests came with a user in between', () => {
    const loop = loopOf([
      [0, 10_000, 4100, 20, 0.8],
      [4, 19_000, 4700, 25, 1],
      [7, 21_500, 5500, 32, 1.1],
      [60, 22_400, 3700, 18, 0.6],
    ]);
    expect(loop).toMatchObject({ steps: 3, following: 2 });
  });

  it.each<{ name: string; seen: readonly Seen[] }>([
    { name: 'one prompt of a script with a streamed answer', seen: [[0, 3000, 8000, 60, 4]] },
    {
      name: 'two requests, the second a little longer',
      seen: [
        [0, 30_000, 5000, 30, 2],
        [4, 31_000, 5000, 30, 2],
      ],
    },
    {
      name: 'a script that asks the same again and again',
      seen: [0, 5, 10, 15].map((at) => [at, 30_000, 5000, 30, 2] as const),
    },
    {
      name: 'people who read and write between requests',
      seen: [0, 60, 130, 200].map((at, i) => [at, 9000 + i * 2000, 5000, 30, 4] as const),
    },
    {
      name: 'uploads of a backup, each larger, with a tiny answer',
      seen: [0, 5, 10, 15].map((at, i) => [at, 500_000 + i * 20_000, 250, 1, 0] as const),
    },
    {
      name: 'a log shipper over HTTP/2, acknowledged in records of a few bytes',
      seen: [0, 5, 10, 15].map((at, i) => [at, 12_000 + i * 3000, 880, 40, 4] as const),
    },
    {
      name: 'downloads in full records behind growing requests',
      seen: [0, 5, 10, 15].map((at, i) => [at, 8000 + i * 500, 2_000_000, 125, 3] as const),
    },
    {
      name: 'a query whose answer is there at once',
      seen: [0, 5, 10, 15].map((at, i) => [at, 20_000 + i * 500, 9000, 12, 0.05] as const),
    },
    {
      name: 'polling with streamed answers',
      seen: [0, 5, 10, 15].map((at, i) => [at, 900 + i * 100, 9000, 40, 4] as const),
    },
    {
      name: 'a stream of video or of a game behind one request',
      seen: [[0, 6000, 40_000, 400, 600]],
    },
    {
      name: 'batches of any size, each twice as large or more',
      seen: [0, 5, 10, 15].map((at, i) => [at, 5000 * 4 ** i, 5000, 30, 1] as const),
    },
    {
      name: 'requests side by side',
      seen: [0, 0.1, 0.2, 0.3].map((at, i) => [at, 20_000 + i * 1000, 5000, 30, 5] as const),
    },
  ])('is not $name', ({ seen }) => {
    expect(loopOf(seen)).toBeNull();
  });

  it('does not end because of concurrent calls', () => {
    const loop: Seen[] = [
      [0, 12_000, 2400, 9, 0.3],
      [2, 21_000, 3800, 19, 0.7],
      [5, 24_000, 6800, 42, 1.6],
    ];
    const others: Seen[] = [
      [1, 5000, 2000, 10, 0.4],
      [3, 90_000, 2000, 10, 9],
      [4, 4100, 2000, 10, 0.3],
    ];
    for (let i = 1; i <= others.length; i++) {
      expect(loopOf([...others.slice(0, i), ...loop])).toMatchObject({ fromBytes: expect.any(Number) });
    }
  });
});

describe('a conversation that the server keeps', () => {
  const whole: Seen = [0, 59_000, 496, 2, 0];
  const steps: readonly Seen[] = [
    [3, 10_000, 7000, 30, 1],
    [6, 11_000, 7000, 30, 1],
    [9, 2500, 30_000, 90, 6],
  ];

  it('goes up once, and each step adds to it', () => {
    expect(messagesOf([whole, ...steps])).toEqual({
      messages: 3,
      fromBytes: 59_000,
      toBytes: 2500,
      steps: 2,
      following: 2,
    });
    expect(messagesOf([...steps, whole])).toEqual(messagesOf([whole, ...steps]));
  });

  it.each<{ name: string; seen: readonly Seen[] }>([
    { name: 'messages without a conversation before them', seen: steps },
    { name: 'two steps', seen: [whole, ...steps.slice(0, 2)] },
    { name: 'steps before the conversation', seen: [...steps, [20, 59_000, 496, 2, 0]] },
    { name: 'pings', seen: [whole, ...steps.map(([at]) => [at, 300, 7000, 30, 1] as const)] },
    {
      name: 'messages that a person writes',
      seen: [whole, ...steps.map(([at, ...shape]) => [at * 20, ...shape] as Seen)],
    },
    {
      name: 'uploads that are acknowledged',
      seen: [whole, ...steps.map(([at, up]) => [at, up, 285, 1, 0] as const)],
    },
  ])('is not $name', ({ seen }) => {
    expect(messagesOf(seen)).toBeNull();
  });
});
