// `wiretally serve SOURCE…`: serves pages for browsers and an API for programs from stored data.

import { SERVER_SCHEMES } from '../../store/on-server.ts';
import { defineCommand, example } from '../command.ts';
import { changeOption } from '../input/declare-option.ts';
import { catalogueOptions, commonOptions, listInputs } from '../input/options.ts';
import { EXIT } from '../output/exit-code.ts';
import { listenOptions } from '../serve/listen-options.ts';
import { serveOptions } from '../serve/serve-options.ts';

const DEFAULT_ADDRESS = { host: '127.0.0.1', port: 7577 };

export const command = defineCommand({
  group: 'History',
  summary: 'Serve a store to browsers and programs (HTML pages, JSON API, metrics)',
  arguments: [
    {
      name: '<source...>',
      description: `Store (file, folder or ${SERVER_SCHEMES}), or an evidence bundle`,
    },
  ],
  options: {
    ...serveOptions,
    ...listenOptions,
    listen: changeOption(listenOptions.listen, { byDefault: DEFAULT_ADDRESS, defaultText: '127.0.0.1:7577' }),
    ...catalogueOptions,
    ...commonOptions,
  },
  /** It drops its rights after it listens: serve/run-serve.ts. */
  permissions: { confinesItself: true },
  examples: [
    example('serve history.duckdb --listen 127.0.0.1:7577', 'Serve pages to local browsers'),
    example('serve history.duckdb --listen 127.0.0.1:7577 --policy policy.yaml', 'With verdicts'),
  ],
  async run(files, options) {
    const { runServe } = await import('../serve/run-serve.ts');
    await runServe(listInputs(files, {}), options);
    return EXIT.done;
  },
});
