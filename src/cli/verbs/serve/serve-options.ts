// The options of `serve`, as they come from the command line.

import type { CatalogueOptions, CommonOptions } from '../../input/options.ts';
import type { SensorsOptions } from '../../input/sensors-option.ts';
import type { ListenOptions } from './listen-options.ts';

export interface ServeOptions extends CommonOptions, CatalogueOptions, ListenOptions, SensorsOptions {
  readonly policy?: string;
  readonly hosts?: string;
  readonly pseudonymize?: string;
  readonly timezone?: string;
  readonly sandbox: boolean;
}
