// The messages in German.

import { MESSAGES } from '../messages/de.messages.js';
import { messagesIn } from '../text/english-words.ts';
import { formatCount, plural } from '../text/quantity.ts';
import type { Messages } from './english.ts';
import { GERMAN_PHRASING } from './german-phrasing.ts';
import { type LimitPhrases, limitTexts, type VerdictPhrases, verdictText } from './sheet-texts.ts';

const GERMAN_WORDS = messagesIn(MESSAGES, GERMAN_PHRASING);

const hosts = (amount: number): string => plural(amount, 'Rechner', 'Rechner');
/** Dative. */
const ofHosts = (amount: number): string => plural(amount, 'Rechner', 'Rechnern');
const packets = (amount: number): string => plural(amount, 'Paket', 'Pakete');
const findings = (amount: number): string => plural(amount, 'Befund', 'Befunde');
/** "3 Rechner verwenden": the verb agrees with the amount. */
const verb = (amount: number, one: string, many: string): string => (amount === 1 ? one : many);

const inScope = (amount: number): string => `${ofHosts(amount)} im Geltungsbereich`;
const UNKNOWN = 'unbekannt';

const VERDICT: VerdictPhrases = {
  labels: { compliant: 'EINGEHALTEN', violated: 'VERLETZT', inconclusive: 'NICHT FESTSTELLBAR' },
  headline: (title, from, id, revision) =>
    `${title}${from === null ? '' : `, ab ${from}`} (${id}, Fassung ${revision})`,
  whileInForce: 'solange die Regel galt',
  afterGrace: (from) => `nach der Übergangsfrist (ab ${from})`,
  violated: (amount, seen, since, denied) =>
    `Auf ${amount} von ${inScope(seen)} ${
      {
        tool: 'wurde ein verbotenes Werkzeug verwendet',
        service: 'wurde ein verbotener KI-Dienst betrieben',
        path: 'wurden die vorgeschriebenen Gateways umgangen',
      }[denied]
    }, ${since}`,
  notSeen: (seen, since) => `Auf ${inScope(seen)} wurde keine Nutzung beobachtet, ${since}`,
  noViolation: (seen, since, denied) =>
    `Auf ${inScope(seen)} wurde ${denied === 'path' ? 'keine Nutzung an den vorgeschriebenen Gateways vorbei' : 'kein Verstoß'} festgestellt, ${since}`,
  nothingRead: 'Es wurden keine Daten gelesen',
  counts: {
    suspected: (amount) => `${hosts(amount)} unter Verdacht`,
    grace: (amount) => `${hosts(amount)} nur in der Übergangsfrist`,
    exempt: (amount) => `${hosts(amount)} mit Ausnahme`,
    aside: (amount) => `${hosts(amount)} nur mit Telemetrie oder Updates`,
    attempted: (amount) => `${hosts(amount)} nur mit Versuchen`,
    throughGateways: (amount) => `${hosts(amount)} über die Gateways`,
    notSeenSince: (amount) => `${hosts(amount)} seitdem nicht mehr beobachtet`,
  },
  observed: (since, until, zone, share) =>
    share === null
      ? `Lückenlos beobachtet vom ${since} bis ${until} (${zone})`
      : `Zu ${share} beobachtet vom ${since} bis ${until} (${zone})`,
  provisional: (amount, until) =>
    `${findings(amount)} ${verb(amount, 'ist', 'sind')} bis ${until} vorläufig, weil es eine andere Erklärung geben kann`,
  missed: (limit) => `Weitere Verstöße können unbemerkt geblieben sein: ${limit}`,
  reasons: {
    blind: ({ detail, since }) =>
      `Die Schnittstelle ${detail} ist seit ${since ?? UNKNOWN} ausgefallen und wird nicht beobachtet`,
    interrupted: ({ since }) =>
      since === null
        ? 'Das Einlesen wurde abgebrochen, bevor es begann'
        : `Das Einlesen wurde bei den Paketen vom ${since} abgebrochen; alles Spätere wurde nicht gelesen`,
    cut: ({ since, until }) =>
      `Eine Aufzeichnung ist abgeschnitten oder beschädigt (ab ${since ?? UNKNOWN}${until === null ? '' : ` bis ${until}`} ist nichts bekannt)`,
    unread: ({ names }) => `Nicht oder nicht vollständig gelesen: ${names}`,
    notYetInForce: ({ since }) =>
      `Die Regel gilt ab ${since ?? UNKNOWN}, und alle gelesenen Daten sind älter`,
    onlyGrace: ({ until }) =>
      until === null
        ? 'Die Regel endet vor ihrer Übergangsfrist'
        : `Alle gelesenen Daten liegen vor dem Ende der Übergangsfrist (${until})`,
    ended: ({ since }) => `Die Regel endete am ${since ?? UNKNOWN}, und alle gelesenen Daten sind jünger`,
    noHosts: () => 'Während die Regel galt, war kein Rechner des Geltungsbereichs im Netzwerk',
    unobserved: ({ share, since, until }) =>
      `${share} der Zeit wurden nicht beobachtet, der längste Abschnitt vom ${since ?? UNKNOWN}${until === null ? ' an' : ` bis ${until}`}`,
    dark: ({ isMost, share, hostsSeen, hostsDark }) =>
      isMost
        ? `${share} der Bytes von ${inScope(hostsSeen)} waren nicht einsehbar`
        : `${hostsDark} von ${inScope(hostsSeen)} ${verb(hostsDark, 'war', 'waren')} nicht einsehbar`,
    loss: ({ share }) => `${share} der Pakete gingen verloren`,
    oneWay: ({ amount }) =>
      `Der Verkehr von ${ofHosts(amount)} war zu einem großen Teil nur in einer Richtung sichtbar`,
    conflict: ({ amount }) =>
      `Pakete von ${plural(amount, 'Verbindung', 'Verbindungen')} widersprechen einander, ein Name kann verborgen sein`,
    suspected: ({ amount }) =>
      `Nutzung durch ${hosts(amount)} kann gegen die Regel verstoßen (das Programm oder die Zahl seiner Anfragen steht nicht fest)`,
    otherPrograms: ({ amount }) =>
      `Unbekannte Programme haben auf ${ofHosts(amount)} APIs, Gateways oder vermutete Relays aufgerufen, die keine Regel betrifft`,
    unproven: ({ amount }) =>
      `Nutzung durch ${hosts(amount)} wird vermutet, aber die Verbindungen zeigen nicht beide Seiten ohne Widerspruch`,
    path: ({ amount }) =>
      `Die Protokolle von ${ofHosts(amount)} zeigen nicht, über welchen Proxy die Nutzung lief`,
    evidence: ({ unmet }) => `Der Nachweis, den die Regel verlangt, ist nie sichtbar: ${unmet}`,
    someEvidence: ({ unmet }) =>
      `Bei einigen Werkzeugen ist der Nachweis, den die Regel verlangt, nie sichtbar: ${unmet}`,
    hiddenServices: () =>
      'Dienste hinter TLS, mit HTTP/2, auf der Loopback-Schnittstelle oder ohne Anfrage sind nicht sichtbar',
    part: () =>
      'Bei den abgefragten Werkzeugen wurde kein Verstoß festgestellt, die Regel nennt aber noch weitere',
  },
  unmet: {
    confidence: (tools, { best }) => `die Nutzung von ${tools} ist nie sicherer belegt als „${best}“`,
    roles: (tools, { required }) => `kein Name von ${tools} hat die Rolle ${required.join(' oder ')}`,
    counts: (tools) => `Anfragen von ${tools} lassen sich nicht zählen`,
  },
  moreTools: (tools, more) => `${tools} und ${more} weiteren`,
  control({ total, blocked, failed, passed, hostsPassed, places }) {
    const all = plural(total, 'Versuch', 'Versuchen');
    const count = blocked === 0 ? `Keiner von ${all}` : `${formatCount(blocked)} von ${all}`;
    return [
      `${count}, die Namen zu erreichen, ${verb(blocked, 'wurde', blocked === 0 ? 'wurde' : 'wurden')} blockiert${blocked === 0 ? '' : ` (${places})`}`,
      failed === 0 ? '' : `${formatCount(failed)} aus anderem Grund fehlgeschlagen`,
      passed === 0 ? 'keiner kam durch' : `${formatCount(passed)} kamen durch, von ${ofHosts(hostsPassed)}`,
    ]
      .filter((part) => part !== '')
      .join('; ');
  },
  legs: GERMAN_WORDS.legs,
  placeNotKnown: 'Ort nicht bekannt',
};

const LIMITS: LimitPhrases = {
  nothingHidden:
    'Es wurden keine verborgenen Namen, keine Tunnel und keine Verbindungen ohne Verbindungsaufbau beobachtet.',
  hidden: (share, kinds) => `${share} der Bytes sind keinem Werkzeug zuzuordnen: ${kinds}.`,
  kinds: GERMAN_WORDS.blindSpots.kinds,
  unrecorded: (from, to) => `Es gibt keine Daten vom ${from}${to === null ? ' an' : ` bis ${to}`}.`,
  lost: (share) => `${share} der Pakete gingen verloren.`,
  evicted: (flows) =>
    `${plural(flows, 'Verbindung', 'Verbindungen')} ${verb(flows, 'wurde', 'wurden')} aus der vollen Tabelle verdrängt.`,
  gap: (from, to) => `Nicht beobachtet: vom ${from}${to === null ? ' an' : ` bis ${to}`}.`,
  moreGaps: (amount) => `${plural(amount, 'weitere Lücke', 'weitere Lücken')} in der Beobachtung.`,
  clockErrors: (amount) =>
    `${packets(amount)} ${verb(amount, 'hat eine Zeit', 'haben Zeiten')} vor dem Jahr 2000 oder Jahre entfernt von allen anderen: Eine Uhr ging falsch. Zeitraum und Diagramme lassen diese Tage aus.`,
  withheld: (amount, leastHosts) =>
    `${hosts(amount)} ${verb(amount, 'wird', 'werden')} nicht gezeigt: Die Ausnahme gilt für weniger als ${hosts(leastHosts)}.`,
  interrupted: 'Das Einlesen wurde abgebrochen. Der Bericht enthält, was bis dahin gelesen wurde.',
  unread: (inputs) =>
    `${plural(inputs, 'Eingabe wurde', 'Eingaben wurden')} nicht oder nicht vollständig gelesen.`,
  cutShort: (amount) => `${packets(amount)} ${verb(amount, 'wurde', 'wurden')} bei der Aufzeichnung gekürzt.`,
  malformed: (amount) => `${packets(amount)} ${verb(amount, 'war', 'waren')} fehlerhaft.`,
  notSeen:
    '„Nicht beobachtet“ heißt nicht „nicht verwendet“. Netze, die nicht über den Sensor laufen, fehlen in dieser Übersicht.',
  machine: 'Ein Befund sagt etwas über einen Rechner, nicht über eine Person.',
};

export const GERMAN: Messages = {
  ...GERMAN_WORDS,
  verdict: (verdict, document, zone) => verdictText(VERDICT, GERMAN_WORDS, verdict, document, zone),
  summary: {
    ...GERMAN_WORDS.summary,
    limitsOf: (document) => limitTexts(LIMITS, GERMAN_WORDS, document),
  },
};
