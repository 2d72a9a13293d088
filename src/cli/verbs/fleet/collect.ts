// `wiretally fleet collect nats://… --store STORE`: takes what sensors ship into a store.

import { addOptions } from '../../options/declare.ts';
import { EXIT } from '../../output/exit-code.ts';
import type { DefineVerb } from '../define-verb.ts';
import { type CollectOptions, collectOptions } from './options.ts';

export const defineCollect: DefineVerb = (command, done) => {
  command.argument('<address>', 'Broker that sensors deliver to: nats://USER@HOST:PORT or tls://…');
  addOptions(command, collectOptions);
  command.action(async (address: string, options: CollectOptions) => {
    const { runCollect } = await import('./run-collect.ts');
    await runCollect(address, options);
    done(EXIT.done);
  });
};
