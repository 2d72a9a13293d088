// The options of `watch`, as they come from the command line.

import type { WatchBackend } from '../../../model/sensor.ts';
import type { ListenAddress } from '../../../web/listen.ts';
import type { HandoutOptions } from '../../input/handout-options.ts';
import type { CatalogueOptions, CommonOptions, ReportOptions, WindowOptions } from '../../input/options.ts';
import type { SensorsOptions } from '../../input/sensors-option.ts';
import type { ListenOptions } from '../serve/listen-options.ts';

export interface WatchVerbOptions
  extends CommonOptions,
    CatalogueOptions,
    WindowOptions,
    ReportOptions,
    HandoutOptions,
    SensorsOptions,
    Omit<ListenOptions, 'listen'> {
  readonly listen?: ListenAddress;
  readonly interface: readonly string[];
  readonly duration?: number;
  readonly status?: number;
  /** False: lines on a terminal too. */
  readonly screen: boolean;
  readonly workers?: number;
  readonly backend: WatchBackend;
  readonly filter?: string;
  readonly exclude: readonly string[];
  readonly write?: string;
  readonly store?: string;
  readonly sensor?: string;
  readonly policy?: string;
  readonly hosts?: string;
  readonly pseudonymize?: string;
  readonly ringMib?: number;
  readonly flowTable?: number;
  readonly promiscuous: boolean;
  readonly ignoreOutgoing?: boolean;
  readonly hardwareTime?: boolean;
  readonly alertsFile?: string;
  readonly syslog?: string;
  readonly webhook?: string;
  readonly state?: string;
  readonly replayAlerts?: true;
  readonly user?: string;
  readonly sandbox: boolean;
}
