// Operations of code, counted without a clock: executed blocks, as V8 counts them, and iterations of built-in
// functions, which V8 does not count. The same input gives the same count on every machine.

import { Steps } from '../fuzz/parsers/steps.ts';

/** Before the code runs for the first time: what V8 compiled earlier counts its calls and not its loops. */
const steps = new Steps();

/** Methods that go through their whole list. */
const WHOLE = [
  'includes',
  'indexOf',
  'lastIndexOf',
  'concat',
  'slice',
  'splice',
  'shift',
  'unshift',
  'reverse',
  'fill',
  'flat',
  'join',
] as const;

type Method = (this: unknown, ...given: unknown[]) => unknown;

let entries = 0;

/** Counts the iterations of each call; returns a function that restores the method. */
function counted(owner: object, name: string, cost: (self: unknown, result: unknown) => number): () => void {
  const descriptor = Object.getOwnPropertyDescriptor(owner, name);
  const method = descriptor?.value as Method;
  Object.defineProperty(owner, name, {
    ...descriptor,
    value: function (this: unknown, ...given: unknown[]) {
      const result = method.apply(this, given);
      entries += cost(this, result);
      return result;
    },
  });
  return () => Object.defineProperty(owner, name, descriptor ?? {});
}

const lengthOf = (list: unknown): number => (Array.isArray(list) ? list.length : 0);

/** Of one run. Exclude the first run of the code: loading and caching are not part of the cost of its input. */
export function operationsOf(run: () => unknown): number {
  const undo = beginCount();
  try {
    run();
    return steps.take() + entries;
  } finally {
    undo();
  }
}

/** The same of a run that waits. Nothing else may run meanwhile. */
export async function operationsOfAsync(run: () => Promise<unknown>): Promise<number> {
  const undo = beginCount();
  try {
    await run();
    return steps.take() + entries;
  } finally {
    undo();
  }
}

/** Returns a function that restores the methods. */
function beginCount(): () => void {
  steps.take();
  entries = 0;
  const undo = WHOLE.map((name) =>
    counted(Array.prototype, name, (self, result) => lengthOf(self) + lengthOf(result)),
  );
  // Spreading a list, a set or a map steps through it.
  for (const list of [[], new Set(), new Map()])
    undo.push(counted(Object.getPrototypeOf(list[Symbol.iterator]()), 'next', () => 1));
  return () => {
    for (const back of undo) back();
  };
}
