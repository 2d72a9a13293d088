// The process of the screen of a sensor: drops its rights, and draws the received windows. It ends when the sensor does, and
// then restores the terminal.

import { buildHealth } from '../../../diagnosis/health.ts';
import { measureWideText } from '../../../files/wide-text.ts';
import { ASCII_GLYPHS, UNICODE_GLYPHS } from '../../../report/text/render-options.ts';
import { errorReason } from '../../../text/error-reason.ts';
import { painter } from '../../../text/text-layout.ts';
import { decodeWindows } from '../../../window/codec.ts';
import { buildTerminal } from '../../output/terminal.ts';
import { becomeUser } from '../../rights/user.ts';
import { confinePages, refusePrivileges } from '../confine-watch.ts';
import { type LiveSource, type OpenView, openLiveSource, reload } from '../view/live-source.ts';
import { RefreshScheduler } from '../view/refresh-scheduler.ts';
import { answer, buildFailure, serveSensor, type ToWatchView } from '../view/view-process.ts';
import type { ViewStart } from '../watch-options.ts';
import { LiveScreen } from './live-screen.ts';
import { TerminalScreen } from './terminal-screen.ts';

measureWideText();
const terminal = new TerminalScreen();
process.on('exit', () => terminal.close());
serveSensor(handleMessage);

interface OpenScreen extends OpenView {
  readonly nameOf: ((host: string) => string) | null;
  readonly screen: LiveScreen;
}

let open: OpenScreen | null = null;

async function handleMessage(message: ToWatchView): Promise<void> {
  if (message.kind === 'start') {
    try {
      open = await begin(message.start);
      answer({ kind: 'ready', url: null });
    } catch (error) {
      answer(buildFailure(error));
    }
    return;
  }
  if (open === null) return;
  const { source, screen, nameOf, scheduler } = open;
  switch (message.kind) {
    case 'windows': {
      const { windows } = decodeWindows(message.bytes);
      source.add(windows);
      screen.add(windows, nameOf);
      answer({ kind: 'received' });
      scheduler.schedule();
      break;
    }
    case 'hellos':
      source.addHellos(message.hellos, message.isCut);
      screen.setEarly(source.earlyHellos()?.document ?? null);
      draw();
      break;
    case 'health':
      if (source.setHealth(message.health)) scheduler.schedule();
      screen.setHealth(message.health, performance.now());
      draw();
      break;
    case 'line':
      screen.print(message.text);
      draw();
      break;
    case 'listening':
      terminal.open({ onKey: handleKey, onResize: draw });
      draw();
      break;
    case 'reload':
      await reload(open);
  }
}

async function begin({ options, user }: ViewStart): Promise<OpenScreen> {
  const { source, pseudonymOf: nameOf } = await openLiveSource(options);
  const { color, unicode } = buildTerminal(options);
  const glyphs = unicode ? UNICODE_GLYPHS : ASCII_GLYPHS;
  const screen = new LiveScreen(source.timezone, { glyphs, paint: painter(color), unicode });
  // The sensor reports protections that the kernel does not support.
  refusePrivileges(() => undefined);
  if (user !== null) becomeUser(user);
  confinePages(options, () => undefined);
  return { options, source, nameOf, screen, scheduler: new RefreshScheduler(() => renew(source, screen)) };
}

async function renew(source: LiveSource, screen: LiveScreen): Promise<void> {
  try {
    screen.setDocument(await source.document({}), Date.now());
    if (screen.showsConnections) await renewConnections(source, screen);
  } catch (error) {
    screen.setTrouble(errorReason(error));
  }
  draw();
}

async function renewConnections(source: LiveSource, screen: LiveScreen): Promise<void> {
  const facts = await source.health({});
  const view = { isWantedHost: () => true, tool: null, text: '', leastHosts: facts.leastHosts };
  screen.setConnections(buildHealth(facts, facts.known, view));
}

function handleKey(key: Parameters<LiveScreen['press']>[0]): void {
  if (open === null) return;
  const { screen, scheduler } = open;
  const before = screen.showsConnections;
  if (screen.press(key)) {
    screen.print('ending: the open window is being closed');
    answer({ kind: 'end' });
  }
  // Connections are summed only while the screen shows them.
  if (screen.showsConnections && !before) scheduler.schedule();
  draw();
}

function draw(): void {
  if (open !== null) terminal.draw(open.screen.draw(terminal.size, Date.now()));
}
