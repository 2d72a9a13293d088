// Clients of the pages of a sensor: each listens to events and reloads its page with each, as a browser does, and occasionally without.
// Ends on a signal, and prints its counts. A separate program, so that it can have a lower priority than the sensor.
//   node build/scripts/bench/visitors.js ADDRESS:PORT VISITORS
import { get, type IncomingMessage } from 'node:http';

const PAGES = ['/', '/hosts', '/tools', '/not-visible', '/sensor'];
/** A reader clicks less often. */
const EVERY_MS = 5_000;
const [address = '', visitors = '0'] = process.argv.slice(2);
const given = { pages: 0, bytes: 0, refused: 0 };

function ask(path: string, onAnswer: (answer: IncomingMessage) => void): void {
  get(`http://${address}${path}`, onAnswer).on('error', () => given.refused++);
}

function load(path: string): void {
  ask(path, (answer) => {
    answer.on('data', (data: Buffer) => {
      given.bytes += data.length;
    });
    answer.once('end', () => {
      if (answer.statusCode === 200) given.pages++;
      else given.refused++;
    });
  });
}

for (let i = 0; i < Number(visitors); i++) {
  const page = PAGES[i % PAGES.length] ?? '/';
  load(page);
  setInterval(() => load(page), EVERY_MS);
  ask('/events', (answer) => {
    if (answer.statusCode !== 200) given.refused++;
    answer.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes('event: change')) load(page);
    });
  });
}
// Continues without clients too.
setInterval(() => undefined, EVERY_MS);
process.once('SIGINT', () => {
  console.log(JSON.stringify(given));
  process.exit();
});
