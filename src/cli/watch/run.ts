// Runs `watch`: opens, tells, keeps, reloads, and ends with what was asked for.

import { hostname } from 'node:os';
import { packageVersion } from '../../files/version.ts';
import { EchAlerts } from '../../live/alerts/ech-alerts.ts';
import { LivePolicyCheck } from '../../live/alerts/live-policy-check.ts';
import { type Receiver, serverOfReceiver } from '../../live/alerts/receivers-file.ts';
import type { Alert } from '../../live/alerts/sinks.ts';
import { FirstHellos } from '../../live/first-hellos.ts';
import { startWatch, type Watch } from '../../live/watch.ts';
import { WindowWriter } from '../../live/window-writer.ts';
import { WiretallyError } from '../../model/errors.ts';
import type { HelloRecord } from '../../model/flow.ts';
import { EMPTY_STATUS, type FollowOptions, type LiveStatus } from '../../model/sensor.ts';
import type { UsageWindow } from '../../model/usage.ts';
import { readPseudonyms } from '../../query/inputs/pseudonyms.ts';
import { acceptedNames, excludedNetworks } from '../../query/policy-view.ts';
import { sensorRules } from '../../query/sensor-rules.ts';
import { PORTABLE_LIMITS } from '../../reading/rings/portable.ts';
import { loadFormat } from '../../report/render.ts';
import { attributorOf } from '../../store/attributor.ts';
import { goingOn, lastWindowsIn, lastWindowsOf } from '../../store/named-sensor.ts';
import { loadEngine, openSummed } from '../../store/open.ts';
import { noteSensor } from '../../store/spool.ts';
import { openUsageLog } from '../../store/usage-log.ts';
import { overflowNote } from '../../window/overflow.ts';
import { pseudonymizeWindows } from '../../window/pseudonymize.ts';
import { WindowBuffer } from '../../window/window-buffer.ts';
import { readReceivers } from '../input/receivers.ts';
import { requireTrust } from '../input/signed-config-options.ts';
import { zoneFor } from '../input/zone-for.ts';
import { EXIT } from '../output/exit-code.ts';
import { printError, printWarning } from '../output/messages.ts';
import { printSkippedFiles } from '../output/skipped-advisories.ts';
import { isTerminalGone } from '../start-terminal.ts';
import { type Alerts, alertsOf, giveStateFolder, mayRaise, sinksOf, stateFolder } from './alerts.ts';
import { readWatchConfig, type WatchConfig } from './config.ts';
import { confineWatch, refusePrivileges } from './confine.ts';
import type { ServerDelivery } from './delivery.ts';
import { onChange } from './file-change.ts';
import { HealthTeller } from './health.ts';
import { QUARTERS_IN_MEMORY } from './memory.ts';
import type { WatchOptions } from './options.ts';
import { pagesProgram } from './pages/program.ts';
import { printMemory } from './report.ts';
import { isDelivered, requireFittingOptions } from './require-options.ts';
import { screenProgram, wantsScreen } from './screen/program.ts';
import { statusLine } from './status.ts';
import { becomeUser, findUser, type User } from './user.ts';
import { LiveView } from './view/live-view.ts';
import { WindowLines } from './window-lines.ts';

/** What a screen hid is said when it is gone; the oldest are forgotten. */
const MOST_HIDDEN_LINES = 200;
/** Maximum age of the state of the sensor on pages and in metrics. */
const HEALTH_EVERY_MS = 1000;
/** Hellos of this time go to the pages together. */
const HELLOS_EVERY_MS = 200;

/** Throws whatever keeps it from listening; see docs/errors.md. */
export async function runWatch(options: WatchOptions): Promise<void> {
  if (options.backend === 'cap' && new Set(options.interface).size > 1) {
    throw new WiretallyError('USAGE', 'the backend cap listens on one interface at a time', {
      where: 'option --interface',
      next: 'start one program for each interface, and merge what they keep',
    });
  }
  requireFittingOptions(options);
  requireTrust(options);
  const config = await readWatchConfig(options, null);
  if (options.quiet !== true) printSkippedFiles(config.skippedAdvisories);
  const session = new Session(options, config);
  await session.open();
  await session.ended();
  await session.close();
}

class Session {
  readonly #options: WatchOptions;
  readonly #pseudonymOf: ((host: string) => string) | null;
  /** Without a name each run is a sensor of its own. */
  readonly #sensor: string;
  readonly #memory = new WindowBuffer(QUARTERS_IN_MEMORY);
  readonly #early: UsageWindow[] = [];
  #config: WatchConfig;
  #watch: Watch | null = null;
  #writers: WindowWriter[] = [];
  #delivery: ServerDelivery | null = null;
  #pages: LiveView | null = null;
  #screen: LiveView | null = null;
  #receivers: readonly Receiver[] = [];
  readonly #hidden: string[] = [];
  #end: () => void = () => undefined;
  readonly #hellos = new FirstHellos(Date.now() / 1000);
  #helloTimer: NodeJS.Timeout | null = null;
  #health: HealthTeller | null = null;
  #policyCheck: LivePolicyCheck | null = null;
  #alerts: Alerts | null = null;
  #shown: { status: LiveStatus; atMs: number } | null = null;
  readonly #lines: WindowLines;
  readonly #echAlerts: EchAlerts;

  constructor(options: WatchOptions, config: WatchConfig) {
    this.#options = options;
    this.#sensor = options.sensor ?? `${hostname()}-${Date.now().toString(36)}`;
    this.#config = config;
    this.#pseudonymOf = options.pseudonymize === undefined ? null : readPseudonyms(options.pseudonymize);
    this.#lines = new WindowLines(this.#pseudonymOf, (text) => this.#say(text));
    this.#echAlerts = new EchAlerts({
      pseudonymOf: this.#pseudonymOf,
      raise: (alert) => this.#raiseWithoutRule(alert),
      say: (text) => this.#say(text),
    });
  }

  async open(): Promise<void> {
    const options = this.#options;
    if (options.receivers !== undefined) this.#receivers = await readReceivers(options.receivers);
    const sinks = sinksOf(options, this.#receivers);
    const user = options.user === undefined ? null : findUser(options.user);
    if (options.backend === 'cap') this.#say(PORTABLE_LIMITS);
    const hooks = { say: (text: string) => this.#say(text), onEnd: () => this.#end() };
    const isOnScreen = wantsScreen(options);
    try {
      if (options.listen !== undefined) {
        // Before anything listens to packets: a port that is taken is said at once.
        const program = pagesProgram(isOnScreen ? 'lines' : 'inherit');
        this.#pages = await LiveView.start(program, options, user, hooks);
      }
      if (isOnScreen) this.#screen = await LiveView.start(screenProgram(), options, user, hooks);
      if (this.#views().length > 0) this.#health = new HealthTeller(options);
      await this.#listen(user, sinks);
    } catch (error) {
      await this.#closeViews();
      throw error;
    }
  }

  #views(): LiveView[] {
    return [this.#pages, this.#screen].filter((view) => view !== null);
  }

  async #closeViews(): Promise<void> {
    await Promise.all(this.#views().map((view) => view.close()));
    for (const text of this.#hidden.splice(0)) printWarning(text);
  }

  async #listen(user: User | null, sinks: ReturnType<typeof sinksOf>): Promise<void> {
    const options = this.#options;
    // What is read late could no longer be read as another user, and nothing is read while a ring fills.
    if (!this.#isKeeping()) await loadFormat(options.format);
    if (options.store !== undefined && !isDelivered(options.store)) await loadEngine();
    const isFollowing = options.follow.length > 0;
    // Logs are read with the rights that are kept.
    if (isFollowing && user !== null) this.#becomeUser(user);
    this.#watch = await this.#start();
    try {
      const say = (text: string): void => this.#say(text);
      refusePrivileges(say);
      // From here on nothing needs a right, and every file is made by the user that is to own it.
      if (!isFollowing && user !== null) this.#becomeUser(user);
      await this.#openWriters(sinks);
      confineWatch(
        options,
        this.#views().flatMap((view) => view.processes),
        this.#receivers.map(serverOfReceiver),
        say,
      );
      this.#delivery?.start();
    } catch (error) {
      await this.#watch.stop();
      throw error;
    }
  }

  #becomeUser(user: User): void {
    giveStateFolder(this.#options, user);
    becomeUser(user);
  }

  #sensorRules() {
    const { catalogue, onDisk } = this.#config;
    return sensorRules(catalogue, { lookedUp: acceptedNames(onDisk) });
  }

  #start(): Promise<Watch> {
    const options = this.#options;
    const common = {
      ...this.#sensorRules(),
      windowSeconds: options.window,
      localNets: options.localNet,
      exclude: [...options.exclude, ...excludedNetworks(this.#config.onDisk)],
      sensor: this.#sensor,
      onWindows: (windows: readonly UsageWindow[]) => this.#take(windows),
      say: (text: string) => this.#say(text),
    };
    if (options.follow.length > 0) return this.#startFollow(common);
    return startWatch({
      ...common,
      interfaces: [...new Set(options.interface)],
      backend: options.backend,
      workers: options.backend === 'cap' ? 1 : (options.workers ?? 1),
      ...(options.filter === undefined ? {} : { filter: options.filter }),
      ...(options.flowTable === undefined ? {} : { flowTable: options.flowTable }),
      ...(options.ringMib === undefined ? {} : { ringMib: options.ringMib }),
      promiscuous: options.promiscuous,
      ignoreOutgoing: options.ignoreOutgoing === true,
      hardwareTime: options.hardwareTime === true,
      ...(this.#pages === null ? {} : { onHello: (hello: HelloRecord) => this.#takeHello(hello) }),
    });
  }

  #takeHello(hello: HelloRecord): void {
    if (!this.#hellos.add(hello)) return;
    this.#helloTimer ??= setTimeout(() => {
      this.#helloTimer = null;
      const hellos = this.#hellos.take();
      if (hellos.length > 0 || this.#hellos.isCut) this.#pages?.tellHellos(hellos, this.#hellos.isCut);
    }, HELLOS_EVERY_MS);
  }

  async #startFollow(common: Omit<FollowOptions, 'paths' | 'state' | 'zone'>): Promise<Watch> {
    const { follow, inputFormat, timezone } = this.#options;
    const { startFollow } = await import('../../live/follow/follow.ts');
    return startFollow({
      ...common,
      paths: [...new Set(follow)],
      state: stateFolder(this.#options),
      zone: timezone ?? 'UTC',
      ...(inputFormat === undefined ? {} : { format: inputFormat }),
    });
  }

  async #openWriters(sinks: ReturnType<typeof sinksOf>): Promise<void> {
    const { write, store } = this.#options;
    const say = (text: string): void => this.#say(text);
    if (write !== undefined) {
      const log = await openUsageLog(write, this.#options.sensor);
      await this.#noteSensor(write);
      const last = await this.#lastWindows((sensor) => lastWindowsIn(write, sensor));
      this.#writers.push(new WindowWriter(goingOn(log, last), say));
    }
    if (write !== undefined && isDelivered(store)) {
      const { ServerDelivery } = await import('./delivery.ts');
      this.#delivery = await ServerDelivery.open(write, store, say);
    } else if (store !== undefined) {
      const attributor = attributorOf(this.#config.catalogue, packageVersion(), this.#config.networks);
      const history = await openSummed(store, { mode: 'write' }, attributor);
      this.#writers.push(
        new WindowWriter(
          goingOn(history, await this.#lastWindows((sensor) => lastWindowsOf(history, sensor))),
          say,
        ),
      );
      const span = await history.span();
      if (span !== null) this.#watch?.noteSilenceSince(span.lastSeconds * 1_000_000);
    }
    if (mayRaise(this.#options))
      this.#alerts = alertsOf(this.#options, sinks, { tell: (text) => this.#tell(text), say });
    await this.#setPolicy();
    const windows = this.#early.splice(0);
    if (windows.length > 0) this.#take(windows);
  }

  /** Findings are raised by the policy that is in force from now on; by none where it says so. */
  async #setPolicy(): Promise<void> {
    const { live, onDisk } = this.#config;
    const [check, alerts] = [this.#policyCheck, this.#alerts];
    if (onDisk !== null) await alerts?.admit(onDisk.sha256);
    if (live !== null && check !== null) check.setPolicy(live);
    else if (live !== null && alerts !== null) {
      this.#policyCheck = new LivePolicyCheck(live, {
        sensor: this.#sensor,
        wiretally: packageVersion(),
        pseudonymOf: this.#pseudonymOf,
        raise: (alert, policySha256) => alerts.raise(alert, policySha256),
        say: (text) => this.#say(text),
      });
    } else {
      this.#policyCheck = null;
      await check?.end();
    }
  }

  /** Kept with the findings of the policy in force; without one it is a line alone. */
  #raiseWithoutRule(alert: Alert): void {
    const { onDisk } = this.#config;
    if (onDisk === null || this.#alerts === null) this.#say(alert.text);
    else void this.#alerts.raise(alert, onDisk.sha256);
  }

  /** What the fleet learns of this sensor. */
  async #noteSensor(folder: string): Promise<void> {
    const { catalogue, onDisk, signedConfig } = this.#config;
    const facts = {
      program: packageVersion(),
      catalogue: catalogue.version,
      policy: onDisk?.sha256 ?? null,
      keepsName: this.#options.sensor !== undefined,
      ...(signedConfig === null ? {} : { signedConfig }),
    };
    // A disk that is full now may have room later: it keeps no sensor from listening.
    await noteSensor(folder, this.#sensor, facts).catch((error: unknown) => printError(error, 'lines'));
  }

  /** Of the run before, where the sensor keeps its name. */
  async #lastWindows(of: (sensor: string) => Promise<UsageWindow[]>): Promise<UsageWindow[]> {
    // Windows of logs are made of all rows, those of earlier runs too: a later one replaces what is there.
    if (this.#options.sensor === undefined || this.#options.follow.length > 0) return [];
    const last = await of(this.#sensor);
    const end = last.at(-1);
    if (end !== undefined) this.#watch?.noteSilenceSince((end.startSeconds + end.lengthSeconds) * 1_000_000);
    return last;
  }

  #isKeeping(): boolean {
    return this.#options.write !== undefined || this.#options.store !== undefined;
  }

  #take(windows: readonly UsageWindow[]): void {
    const isReady = this.#writers.length > 0 || !this.#isKeeping();
    if (!isReady || (this.#config.live !== null && this.#policyCheck === null)) {
      this.#early.push(...windows);
      return;
    }
    const overflow = overflowNote(windows);
    if (overflow !== null) this.#say(overflow);
    this.#policyCheck?.add(windows);
    this.#echAlerts.add(windows);
    this.#health?.closed(windows, this.#config.catalogue);
    this.#hellos.closed(windows);
    for (const view of this.#views()) view.add(windows);
    if (this.#screen === null) this.#tellWindows(windows);
    const kept = this.#pseudonymOf === null ? windows : pseudonymizeWindows(windows, this.#pseudonymOf);
    for (const writer of this.#writers) writer.add(kept);
    // The report at the end evaluates by groups, so that it needs hosts as they are.
    if (!this.#isKeeping()) this.#memory.add(windows);
  }

  /** Resolves at the end of --duration, on SIGINT or SIGTERM, or when the terminal is closed that it was started on. */
  async ended(): Promise<void> {
    const { duration, status } = this.#options;
    const timers: NodeJS.Timeout[] = [];
    const listeners: [NodeJS.Signals, () => void][] = [['SIGUSR1', () => this.#tellStatus()]];
    await new Promise<void>((resolve) => {
      let isEnding = false;
      const end = (): void => {
        if (isEnding) process.exit(EXIT.interrupted);
        isEnding = true;
        resolve();
      };
      this.#end = resolve;
      // A shell passes on what the kernel sends as well: twice is not a wish to end at once.
      const reloadOrEnd = (): void => {
        if (!isTerminalGone()) void this.#reload();
        else if (!isEnding) end();
      };
      listeners.push(['SIGINT', end], ['SIGTERM', end], ['SIGHUP', reloadOrEnd]);
      for (const [signal, listener] of listeners) process.on(signal, listener);
      // Not before: who reads it may send a signal at once.
      this.#say(
        `${this.#options.follow.length > 0 ? 'following' : 'watching'} ${watchedOf(this.#options).join(', ')}, a window every ${this.#options.window} s`,
      );
      if (status !== undefined) timers.push(setInterval(() => this.#tellStatus(), status * 1000));
      if (this.#pages !== null) this.#say(`serving ${this.#pages.url}`);
      this.#reportSignedConfig();
      if (this.#options.signedConfig !== undefined)
        timers.push(onChange(this.#options.signedConfig, () => void this.#reload()));
      this.#screen?.tellListening();
      if (this.#health !== null) {
        this.#tellHealth();
        timers.push(setInterval(() => this.#tellHealth(), HEALTH_EVERY_MS));
      }
      if (duration !== undefined) timers.push(setTimeout(resolve, duration * 1000));
    });
    for (const timer of timers) clearInterval(timer);
    process.removeAllListeners('SIGHUP');
    process.on('SIGHUP', () => {});
  }

  async close(): Promise<void> {
    await this.#watch?.stop();
    if (this.#helloTimer !== null) clearTimeout(this.#helloTimer);
    await this.#lines.end();
    if (this.#options.status !== undefined) this.#tellStatus();
    await this.#closeViews();
    const failures: unknown[] = [];
    for (const writer of this.#writers) await writer.close().catch((error: unknown) => failures.push(error));
    await this.#delivery?.close();
    await this.#policyCheck?.end();
    await this.#alerts?.close();
    if (!this.#isKeeping()) {
      if (this.#memory.hasForgotten)
        this.#say('the report covers the last day: older windows were forgotten (keep them with --write)');
      await printMemory(this.#memory.all(), this.#config, this.#pseudonymOf, this.#options);
    }
    if (failures.length > 0) throw failures[0];
  }

  #tellHealth(): void {
    const status = this.#watch?.status();
    if (status === undefined || this.#health === null) return;
    const health = this.#health.health(status, this.#writers, this.#alerts);
    for (const view of this.#views()) view.tellHealth(health);
  }

  #tellStatus(): void {
    const status = this.#watch?.status();
    if (status === undefined) return;
    const atMs = performance.now();
    const before = this.#shown ?? { status: EMPTY_STATUS, atMs: 0 };
    const seconds = Math.max(0.001, (atMs - before.atMs) / 1000);
    this.#tell(statusLine(status, before.status, seconds));
    this.#shown = { status, atMs };
  }

  #reportSignedConfig(): void {
    const { signedConfig, refused } = this.#config;
    if (refused !== null) this.#tell(`${refused}; the options of the command line are in force`);
    if (signedConfig !== null) this.#say(`signed configuration ${signedConfig.revision} is in force`);
    else if (refused === null && this.#options.signedConfig !== undefined)
      this.#say(
        `${this.#options.signedConfig}: no signed configuration yet; the options of the command line are in force`,
      );
  }

  /** After SIGHUP or a new signed configuration: reloads all parts or none. */
  async #reload(): Promise<void> {
    try {
      const config = await readWatchConfig(this.#options, this.#config);
      if (this.#options.quiet !== true) printSkippedFiles(config.skippedAdvisories);
      const excluded = excludedNetworks(this.#config.onDisk).join();
      this.#config = config;
      this.#watch?.setCatalogue(this.#sensorRules());
      for (const view of this.#views()) view.reload();
      await this.#setPolicy();
      if (this.#options.write !== undefined) await this.#noteSensor(this.#options.write);
      this.#say('catalogue and policy have been reloaded');
      this.#reportSignedConfig();
      if (excludedNetworks(config.onDisk).join() !== excluded)
        this.#say('other networks are never to be recorded: that takes a restart');
    } catch (error) {
      this.#tellError(error);
      this.#say('the catalogue and policy from before stay in force');
    }
  }

  #tellWindows(windows: readonly UsageWindow[]): void {
    if (this.#options.quiet === true) return;
    const { catalogue, onDisk } = this.#config;
    const timezone = zoneFor({ ...this.#options, format: 'terminal' }, onDisk?.policy.timezone);
    this.#lines.add(windows, catalogue, timezone);
  }

  #say(text: string): void {
    if (this.#options.quiet !== true) this.#tell(text);
  }

  /** To the screen where there is one, and to stderr, at once or when the screen is gone. */
  #tell(text: string): void {
    if (this.#screen?.isThere !== true) {
      printWarning(text);
      return;
    }
    this.#screen.tellLine(text);
    if (process.stderr.isTTY !== true) printWarning(text);
    else if (this.#hidden.push(text) > MOST_HIDDEN_LINES) this.#hidden.shift();
  }

  #tellError(error: unknown): void {
    if (this.#screen?.isThere === true) this.#tell(error instanceof Error ? error.message : String(error));
    else printError(error, 'lines');
  }
}

const watchedOf = ({ follow, interface: interfaces }: WatchOptions): readonly string[] =>
  follow.length > 0 ? follow : interfaces;
