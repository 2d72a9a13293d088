// Session: one run of a sensor. Opens, listens, keeps and shows windows, raises findings, reloads, and ends.

import { existsSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { namesToRecord } from '../catalogue/names-to-record.ts';
import { packageVersion } from '../files/package-version.ts';
import { omitUndefined } from '../model/omit-undefined.ts';
import {
  EMPTY_STATUS,
  type FollowOptions,
  type LiveStatus,
  type LogStatus,
  type WatchOptions,
} from '../model/sensor.ts';
import type { UsageWindow } from '../model/usage.ts';
import { PORTABLE_LIMITS } from '../reading/rings/portable.ts';
import { formatBytes, plural } from '../text/quantity.ts';
import { overflowNote } from '../window/overflow.ts';
import { pseudonymizeWindows } from '../window/pseudonymize-windows.ts';
import { QUARTERS_IN_MEMORY, WindowBuffer } from '../window/window-buffer.ts';
import { type AlertOptions, buildAlerts } from './alerts/policy-outboxes.ts';
import { SensorFindings } from './alerts/sensor-findings.ts';
import type { AlertSink } from './alerts/sinks.ts';
import { HealthReporter } from './health-reporter.ts';
import type { SensorRules } from './sensor-rules.ts';
import { mayRaise, type RaisingOptions, stateFolder } from './state-folder.ts';
import { type OperatorLines, SensorViews, type ViewPrograms } from './views/sensor-views.ts';
import { startWatch, type Watch } from './watch-loop.ts';
import { type KeepHooks, type KeepOptions, WindowKeeper } from './window-keeper.ts';
import { WindowLines } from './window-lines.ts';

/** Maximum age of the state of the sensor on pages and in metrics. */
const HEALTH_EVERY_MS = 1000;

export interface SessionOptions
  extends KeepOptions,
    AlertOptions,
    RaisingOptions,
    Pick<WatchOptions, 'backend' | 'exclude' | 'filter' | 'flowTable' | 'promiscuous' | 'ringMib'> {
  /** Seconds. */
  readonly window: number;
  /** Maximum duration of the run in seconds. */
  readonly duration?: number;
  /** Seconds between lines of status. */
  readonly status?: number;
  readonly quiet?: boolean;
  /** Applies to followed logs. */
  readonly inputFormat?: string;
  readonly logColumns?: string;
  readonly timezone?: string;
  readonly localNet: readonly string[];
  /** Workers of each interface. */
  readonly workers?: number;
  readonly ignoreOutgoing?: boolean;
  readonly hardwareTime?: boolean;
}

/** The command line provides these functions: they read configured files, confine the process, and print. */
export interface SessionHooks extends Pick<KeepHooks, 'openDelivery'> {
  readonly lines: Pick<OperatorLines, 'print' | 'printError'>;
  /** Reloads catalogue, policy and hosts file. If it throws, the previous ones stay in force. */
  readonly readRules: () => Promise<SensorRules>;
  /** Loads the modules of the report before the process drops its rights. */
  readonly prepareReport: () => Promise<void>;
  /** Prints the report at the end of a run that stores nothing on disk, or that has a duration. */
  readonly report: (windows: readonly UsageWindow[]) => Promise<void>;
  /** Changes to the configured user; null if none is configured. */
  readonly becomeUser: (() => void) | null;
  /** Prevents new privileges. `print` reports protections that the kernel does not support. */
  readonly refusePrivileges: (print: (text: string) => void) => void;
  /**
   * Drops all rights except those to open an interface again and to reach configured files and servers. `views` are child
   * processes that the sensor may kill.
   */
  readonly confine: (views: readonly number[], print: (text: string) => void) => void;
  /** True if the controlling terminal of the sensor was closed. */
  readonly isTerminalGone: () => boolean;
  /** Ends the process at the second signal. */
  readonly endAtOnce: () => never;
}

export class Session {
  readonly #options: SessionOptions;
  readonly #hooks: SessionHooks;
  readonly #pseudonymOf: ((host: string) => string) | null;
  /** Each run without a name counts as a separate sensor. */
  readonly #sensor: string;
  readonly #memory = new WindowBuffer(QUARTERS_IN_MEMORY);
  /** Windows that closed before everything was open. */
  readonly #early: UsageWindow[] = [];
  readonly #views: SensorViews;
  readonly #kept: WindowKeeper;
  readonly #findings: SensorFindings;
  readonly #lines: WindowLines;
  #rules: SensorRules;
  #watch: Watch | null = null;
  #health: HealthReporter | null = null;
  #end: () => void = () => undefined;
  #shown: { status: LiveStatus; atMs: number } | null = null;

  constructor(
    options: SessionOptions,
    rules: SensorRules,
    pseudonymOf: ((host: string) => string) | null,
    hooks: SessionHooks,
  ) {
    const { lines, openDelivery } = hooks;
    this.#options = options;
    this.#hooks = hooks;
    this.#sensor = options.sensor ?? `${hostname()}-${Date.now().toString(36)}`;
    this.#rules = rules;
    this.#pseudonymOf = pseudonymOf;
    this.#views = new SensorViews({ ...lines, isQuiet: options.quiet === true });
    const { print } = this.#views;
    this.#lines = new WindowLines(pseudonymOf, print);
    this.#kept = new WindowKeeper(options, this.#sensor, {
      print,
      openDelivery,
      printError: lines.printError,
      noteSilenceSince: (fromUs) => this.#watch?.noteSilenceSince(fromUs),
    });
    this.#findings = new SensorFindings(
      { sensor: this.#sensor, wiretally: packageVersion(), pseudonymOf, print },
      rules.inForce,
    );
  }

  /** Starts listening. Throws the error that prevents it; see docs/errors.md. */
  async open(programs: ViewPrograms, sinks: readonly AlertSink[]): Promise<void> {
    if (this.#options.backend === 'cap') this.#views.print(PORTABLE_LIMITS);
    try {
      await this.#views.start(programs, () => this.#end());
      if (!this.#views.isNone) this.#health = new HealthReporter(this.#options.window, this.#kept.place);
      await this.#listen(sinks);
    } catch (error) {
      await this.#views.close();
      throw error;
    }
  }

  async #listen(sinks: readonly AlertSink[]): Promise<void> {
    const { becomeUser, confine, refusePrivileges, prepareReport } = this.#hooks;
    const { print } = this.#views;
    // Files are read now, because they could not be read as another user later, and nothing is read while a ring fills.
    if (this.#isReporting) await prepareReport();
    await this.#kept.load();
    const isFollowing = this.#options.follow.length > 0;
    // Followed logs are opened by the user that reads them later, so the user changes first.
    if (isFollowing) becomeUser?.();
    this.#watch = await this.#start();
    try {
      refusePrivileges(print);
      // The process changes user before it creates files, so that this user owns them.
      if (!isFollowing) becomeUser?.();
      await this.#openOutputs(sinks);
      confine(this.#views.processes, print);
      this.#kept.startDelivery();
    } catch (error) {
      await this.#watch.stop();
      throw error;
    }
  }

  /** Names to record: those of the catalogue, and names of the policy whose DNS answers are needed. */
  #recorded() {
    const { catalogue, inForce } = this.#rules;
    const lookedUp = inForce?.live.policy.accept.flatMap(({ names }) => names) ?? [];
    return namesToRecord(catalogue, { lookedUp });
  }

  #start(): Promise<Watch> {
    const options = this.#options;
    const { excluded } = this.#rules;
    const { onHello, print } = this.#views;
    const common = {
      ...this.#recorded(),
      windowSeconds: options.window,
      localNets: options.localNet,
      exclude: [...options.exclude, ...excluded],
      sensor: this.#sensor,
      onWindows: (windows: readonly UsageWindow[]) => this.#take(windows),
      print,
    };
    if (options.follow.length > 0) return this.#startFollow(common);
    return startWatch({
      ...common,
      interfaces: [...new Set(options.interface)],
      backend: options.backend,
      workers: options.backend === 'cap' ? 1 : (options.workers ?? 1),
      ...omitUndefined({ filter: options.filter, flowTable: options.flowTable, ringMib: options.ringMib }),
      promiscuous: options.promiscuous,
      ignoreOutgoing: options.ignoreOutgoing === true,
      hardwareTime: options.hardwareTime === true,
      ...omitUndefined({ onHello }),
    });
  }

  async #startFollow(common: Omit<FollowOptions, 'paths' | 'state' | 'zone'>): Promise<Watch> {
    const { follow, inputFormat, logColumns, timezone } = this.#options;
    const [{ startFollow }, { readLogColumns }] = await Promise.all([
      import('./follow/follow.ts'),
      import('../reading/logs/columns-file.ts'),
    ]);
    return startFollow({
      ...common,
      paths: [...new Set(follow)],
      state: stateFolder(this.#options),
      zone: timezone ?? 'UTC',
      ...omitUndefined({ format: inputFormat }),
      ...(logColumns === undefined ? {} : { definitions: readLogColumns(logColumns, inputFormat) }),
    });
  }

  async #openOutputs(sinks: readonly AlertSink[]): Promise<void> {
    const { tell, print } = this.#views;
    await this.#kept.open(this.#rules);
    const alerts = mayRaise(this.#options) ? buildAlerts(this.#options, sinks, { tell, print }) : null;
    await this.#findings.open(alerts);
    const windows = this.#early.splice(0);
    if (windows.length > 0) this.#take(windows);
  }

  #take(windows: readonly UsageWindow[]): void {
    if (!this.#kept.isReady || !this.#findings.isReady) {
      this.#early.push(...windows);
      return;
    }
    const { catalogue, timezone } = this.#rules;
    const overflow = overflowNote(windows);
    if (overflow !== null) this.#views.print(overflow);
    this.#findings.add(windows);
    this.#health?.addClosed(windows, catalogue);
    this.#views.add(windows);
    if (!this.#views.hasScreen && this.#options.quiet !== true) this.#lines.add(windows, catalogue, timezone);
    this.#kept.add(this.#pseudonymOf === null ? windows : pseudonymizeWindows(windows, this.#pseudonymOf));
    // The report at the end evaluates by groups, so it needs real host addresses.
    if (this.#isReporting) this.#memory.add(windows);
  }

  /** Resolves at the end of --duration, on SIGINT or SIGTERM, or when the controlling terminal is closed. */
  async ended(): Promise<void> {
    const { duration, status, signedConfig, window } = this.#options;
    const { endAtOnce, isTerminalGone } = this.#hooks;
    const timers: NodeJS.Timeout[] = [];
    const listeners: [NodeJS.Signals, () => void][] = [['SIGUSR1', () => this.#reportStatus()]];
    await new Promise<void>((resolve) => {
      let isEnding = false;
      const end = (): void => {
        if (isEnding) endAtOnce();
        isEnding = true;
        resolve();
      };
      this.#end = resolve;
      // When a terminal closes, kernel and shell both send SIGHUP: the second one must not end the process at once.
      const reloadOrEnd = (): void => {
        if (!isTerminalGone()) void this.#reload();
        else if (!isEnding) end();
      };
      listeners.push(['SIGINT', end], ['SIGTERM', end], ['SIGHUP', reloadOrEnd]);
      for (const [signal, listener] of listeners) process.on(signal, listener);
      // Printed after the listeners are set, because a script may send a signal as soon as it reads this line.
      this.#views.print(`${formatWatched(this.#options)}, a window every ${window} s`);
      if (status !== undefined) timers.push(setInterval(() => this.#reportStatus(), status * 1000));
      if (this.#views.url !== null) this.#views.print(`serving ${this.#views.url}`);
      this.#reportSignedConfig();
      if (signedConfig !== undefined) timers.push(watchFile(signedConfig, () => void this.#reload()));
      this.#views.sendListening();
      if (this.#health !== null) {
        this.#reportHealth();
        timers.push(setInterval(() => this.#reportHealth(), HEALTH_EVERY_MS));
      }
      if (duration !== undefined) timers.push(setTimeout(resolve, duration * 1000));
    });
    for (const timer of timers) clearInterval(timer);
    process.removeAllListeners('SIGHUP');
    process.on('SIGHUP', () => {});
  }

  async close(): Promise<void> {
    await this.#watch?.stop();
    this.#views.endHellos();
    await this.#lines.end();
    if (this.#options.status !== undefined) this.#reportStatus();
    await this.#views.close();
    const failures = await this.#kept.close();
    await this.#findings.close();
    if (this.#isReporting) {
      if (this.#memory.hasForgotten)
        this.#views.print(
          this.#kept.isKeeping
            ? 'the report does not cover the whole run: older records were evicted from memory (wiretally analyze reports on all written ones)'
            : 'the report does not cover the whole run: older records were evicted from memory (keep them with --write)',
        );
      await this.#hooks.report(this.#memory.all());
    }
    if (failures.length > 0) throw failures[0];
  }

  /** A run that stores nothing, or that has a duration, ends with a report. Stored windows are read with `analyze`. */
  get #isReporting(): boolean {
    return !this.#kept.isKeeping || this.#options.duration !== undefined;
  }

  #reportHealth(): void {
    const status = this.#watch?.status();
    if (status === undefined || this.#health === null) return;
    this.#views.sendHealth(this.#health.health(status, this.#kept.writers, this.#findings.count()));
  }

  #reportStatus(): void {
    const status = this.#watch?.status();
    if (status === undefined) return;
    const atMs = performance.now();
    const before = this.#shown ?? { status: EMPTY_STATUS, atMs: 0 };
    const seconds = Math.max(0.001, (atMs - before.atMs) / 1000);
    this.#views.tell(formatStatus(status, before.status, seconds));
    this.#shown = { status, atMs };
  }

  #reportSignedConfig(): void {
    const { print, tell } = this.#views;
    const { signedConfig, refused } = this.#rules;
    if (refused !== null) tell(`${refused}; the options of the command line are in force`);
    if (signedConfig !== null) print(`signed configuration ${signedConfig.revision} is in force`);
    else if (refused === null && this.#options.signedConfig !== undefined)
      print(
        `${this.#options.signedConfig}: no signed configuration yet; the options of the command line are in force`,
      );
  }

  /** After SIGHUP or a new signed configuration: reloads all parts or none. */
  async #reload(): Promise<void> {
    const { print } = this.#views;
    try {
      const rules = await this.#hooks.readRules();
      const excluded = this.#rules.excluded.join();
      this.#rules = rules;
      this.#watch?.setCatalogue(this.#recorded());
      this.#views.reload();
      await this.#findings.setPolicy(rules.inForce);
      await this.#kept.noteSensor(rules);
      print('catalogue and policy have been reloaded');
      this.#reportSignedConfig();
      if (rules.excluded.join() !== excluded) print('the excluded networks changed: restart the sensor');
    } catch (error) {
      this.#views.sendError(error);
      print('the previous catalogue and policy stay in force');
    }
  }
}

function formatWatched({ follow, interface: interfaces }: SessionOptions): string {
  if (follow.length === 0) return `watching ${interfaces.join(', ')}`;
  // A missing path may be a rotated log or a typing error, so the line names it.
  const names = follow.map((path) =>
    existsSync(path) ? path : `${path} (no such file or folder; it is read when it appears)`,
  );
  return `following ${names.join(', ')}`;
}

const LOOK_EVERY_MS = 2_000;

/** Calls after a file was replaced. Polls the file status, because a mounted folder may send no events. */
function watchFile(file: string, call: () => void): NodeJS.Timeout {
  let followed = fileState(file);
  return setInterval(() => {
    const state = fileState(file);
    if (state === followed) return;
    followed = state;
    call();
  }, LOOK_EVERY_MS);
}

function fileState(file: string): string {
  try {
    const { ino, size, mtimeMs } = statSync(file);
    return `${ino} ${size} ${mtimeMs}`;
  } catch {
    return ''; // deleted or unreadable: the next read reports the reason
  }
}

// Formats the status line of a live sensor.

const STATE_WORDS = { up: '', noCarrier: ' no carrier', down: ' DOWN', gone: ' GONE' } as const;

/** `before` is the status that the rates are measured from. */
function formatStatus(now: LiveStatus, before: LiveStatus, seconds: number): string {
  if (now.logs !== undefined) return formatLogs(now.logs, before.logs, seconds);
  const packets = (now.packets - before.packets) / seconds;
  const bits = ((now.bytes - before.bytes) * 8) / seconds;
  const drops = [
    `ring ${now.ringDrops - before.ringDrops}`,
    `freezes ${now.freezes - before.freezes}`,
    `interface ${now.interfaceDrops - before.interfaceDrops}`,
  ];
  const workers = now.workers.map(({ interface: name, state, isAlive, load }) => {
    const percent = load === null ? '?' : `${Math.round(load * 100)}%`;
    return `${name} ${isAlive ? percent : 'DEAD'}${STATE_WORDS[state]}`;
  });
  return [
    `${Math.round(packets)} packets/s`,
    `${formatRate(bits)}bit/s`,
    `flows ${now.flows} (open ${now.openFlows})`,
    `table ${((100 * now.openFlows) / Math.max(1, now.tableFlows)).toFixed(1)}% of ${now.tableFlows}`,
    `evicted ${now.evictedFlows}`,
    `drops: ${drops.join(', ')}`,
    `total ${now.packets} packets, dropped ${now.ringDrops + now.interfaceDrops}`,
    `load: ${workers.join(', ')}`,
    `memory ${formatBytes(process.memoryUsage.rss())}`,
  ].join(' · ');
}

function formatLogs(now: LogStatus, before: LogStatus | undefined, seconds: number): string {
  const lag = now.newestSeconds === null ? null : Math.max(0, Date.now() / 1000 - now.newestSeconds);
  return [
    `${Math.round((now.rows - (before?.rows ?? 0)) / seconds)} rows/s`,
    `${now.rows} rows of ${plural(now.files, 'file')}`,
    lag === null ? 'no row yet' : `newest row ${Math.round(lag)} s old`,
    `${formatBytes(now.unreadBytes)} not read yet`,
    `late rows ${now.lateRows}`,
    `memory ${formatBytes(process.memoryUsage.rss())}`,
  ].join(' · ');
}

function formatRate(value: number): string {
  const units = ['', 'k', 'M', 'G'] as const;
  let rest = value;
  let unit = 0;
  for (; rest >= 1000 && unit < units.length - 1; unit++) rest /= 1000;
  return `${rest.toFixed(rest < 10 && unit > 0 ? 1 : 0)} ${units[unit]}`;
}
