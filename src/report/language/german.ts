// The messages in German.

import { formatCount, plural } from '../text/quantity.ts';
import type { Messages } from './english.ts';
import { GERMAN_PAGE } from './german-page.ts';
import { findings, GERMAN_WORDS, hosts, ofHosts, ofPackets, packets, verb } from './german-words.ts';
import { type LimitPhrases, limitTexts, type VerdictPhrases, verdictText } from './sheet-texts.ts';

const KINDS: Readonly<Record<string, string>> = {
  cli: 'ein Programm für das Terminal, das ein Sprachmodell über das Netzwerk anfragt',
  ide: 'ein Editor, der ein Sprachmodell über das Netzwerk anfragt',
  'ide-extension': 'eine Erweiterung für Editoren, die ein Sprachmodell über das Netzwerk anfragt',
  agent:
    'ein Programm, das Aufgaben selbstständig bearbeitet und dabei ein Sprachmodell über das Netzwerk anfragt',
  chat: 'ein Chat mit einem Sprachmodell, im Browser oder als Anwendung',
  api: 'ein Dienst, über den Programme ein Sprachmodell anfragen',
  gateway: 'ein zwischengeschalteter Server, der Anfragen an Sprachmodelle weiterleitet',
  'local-runtime': 'ein Programm, das Sprachmodelle auf dem Rechner selbst ausführt',
  'model-hub': 'eine Plattform, von der Sprachmodelle heruntergeladen werden',
};

const ofDays = (amount: number): string => plural(amount, 'Tag', 'Tagen');
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
  employee: {
    title: (tool) => `${tool}: was Sie wissen sollten`,
    about:
      'Was es ist, was es sendet, was unsere Richtlinie sagt, was aufgezeichnet wird und an wen Sie sich wenden können.',
    whatItIs: 'Was das Werkzeug ist',
    description: (tool, vendor, kind) =>
      `${tool} von ${vendor} ist ${KINDS[kind] ?? 'ein Programm, das ein Sprachmodell über das Netzwerk anfragt'}. Jede Anfrage enthält Ihre Eingabe und die Teile von Dateien, die dafür gebraucht werden.`,
    noPolicy: 'Auf dieser Seite ist keine Richtlinie genannt.',
    noRule: (tool) => `Unsere Richtlinie enthält keine Regel zu ${tool}.`,
    onMachinesOf: (groups) =>
      ` auf Rechnern der ${verb(groups.length, 'Gruppe', 'Gruppen')} ${groups.join(', ')}`,
    rule: (id, title) => `Regel ${id}: ${title}.`,
    mayUse: (tool, where) => `Sie dürfen ${tool}${where} verwenden.`,
    observed: (tool, where) => `${tool} ist${where} weder verboten noch freigegeben.`,
    countedOnly: 'Die Nutzung wird nur gezählt.',
    doNotUse: (tool, where) => `Bitte verwenden Sie ${tool}${where} nicht.`,
    inForce: (since) =>
      `Die Regel gilt${since === null ? '' : ` ab dem ${since}`}. Wenn Sie das Werkzeug für Forschung oder aus einem anderen Grund brauchen, beantragen Sie eine Ausnahme.`,
    whatPolicySays: 'Was die Richtlinie sagt',
    announced: 'Die Regel wird bekannt gegeben.',
    tookEffect: (zone) => `Die Regel tritt in Kraft (${zone}).`,
    graceDays: 'Übergangsfrist: Nutzung wird aufgezeichnet und hat keine weiteren Folgen.',
    fromDay: (day) => `Ab ${day}`,
    countsAsViolation: 'Nutzung gilt als Verstoß gegen die Richtlinie.',
    whatItSends: 'Was es sendet',
    notMeasured:
      'Ihre Anfragen und oft Telemetrie: Daten über Nutzung und Fehler. Die Mengen wurden für diese Seite nicht gemessen.',
    noTelemetryName: 'Es ist kein Name bekannt, der allein für Telemetrie dient.',
    telemetryNames: (names) => `Telemetrie verwendet eigene Namen: ${names.join(', ')}.`,
    measured: 'In Aufzeichnungen gemessen:',
    yourRequests: 'Ihre Anfragen',
    telemetry: 'Telemetrie',
    telemetryIs: (share) =>
      `Telemetrie sind Daten über Nutzung und Fehler.${share === null ? '' : ` Ihr Anteil an den gesendeten Daten betrug ${share}.`}`,
    whatIsNoted: 'Was der Netzwerksensor aufzeichnet und was nicht',
    noted: 'Aufgezeichnet',
    notNoted: 'Nicht aufgezeichnet',
    notes: (isPseudonym) => [
      [
        'Dass ein Rechner mit dem Server eines Werkzeugs kommuniziert hat, wann, und wie viele Bytes',
        'Ihre Eingaben, Ihr Code, Antworten, Dateien, Adressen von Webseiten',
      ],
      [
        'Die Form der ersten Nachricht einer Verbindung',
        'Verschlüsselte Inhalte: Sie werden nie entschlüsselt',
      ],
      [
        isPseudonym
          ? 'Ein Pseudonym anstelle von Adresse und Name des Rechners'
          : 'Adresse und Name des Rechners',
        'Wer am Rechner saß; Netze, die nicht über den Sensor laufen',
      ],
    ],
    deleted(windowDays, findingDays) {
      const words = [
        windowDays === null ? '' : `Daten über den Verkehr nach ${ofDays(windowDays)}`,
        findingDays === null ? '' : `Befunde nach ${ofDays(findingDays)}`,
      ].filter((text) => text !== '');
      return words.length === 0 ? '' : `Wiretally löscht ${words.join(' und ')}. `;
    },
    reidentified:
      'Ein Pseudonym einem Rechner zuzuordnen ist ein eigener Schritt, und jede Zuordnung wird protokolliert. ',
    noRankings: 'Es gibt keine Ranglisten von Personen.',
    ifWrong: 'Wenn ein Befund falsch erscheint',
    sayIt:
      'Widersprechen Sie. Ein Befund sagt etwas über einen Rechner und kann falsch sein. Sie können die Grundlage einsehen: Namen, Zeiten, wie sicher der Befund ist und was gegen ihn spricht. Ein Update oder Telemetrie allein ist keine Nutzung.',
    whomToAsk: 'An wen Sie sich wenden können',
    owner: (owner) =>
      `Richtlinie und Ausnahmen: ${owner}. Nennen Sie Zweck, Rechner und Enddatum. Ausnahmen sind immer befristet.`,
    network: 'Die Administration dieses Netzwerks.',
    ruleOf: (policy, id, revision) => `„${policy}“ (${id}, Fassung ${revision})`,
    made: (wiretally, catalogue, rule) =>
      `Erstellt mit Wiretally ${wiretally} aus dem Katalog ${catalogue}${rule === null ? '' : ` und der Richtlinie ${rule}`}.`,
  },
  summary: {
    heading: 'KI-Programmierwerkzeuge: Einhaltung der Richtlinie',
    noPolicyGiven: 'Keine Richtlinie angegeben',
    about: (policy, period, zone, amount) => `${policy}. ${period}, ${zone}. ${hosts(amount)}.`,
    noPackets: 'keine Pakete',
    noPolicy: 'Keine Richtlinie',
    noVerdict: 'Die Nutzung wird aufgeführt, aber nicht bewertet.',
    findings: 'Verstöße und Verdachtsfälle',
    findingHeads: [
      'Ergebnis',
      'Rechner',
      'Werkzeug',
      'Regel',
      'Sicherheit',
      'Erstmals',
      'Zuletzt',
      'Anfragen',
      'Nutzdaten gesendet',
    ],
    moreFindings: (amount) => `${plural(amount, 'weiterer Befund', 'weitere Befunde')} im Bericht.`,
    tools: 'Beobachtete Werkzeuge',
    toolHeads: ['Werkzeug', 'Hersteller', 'Rechner', 'Gesendet', 'Telemetrie gesendet'],
    notToldApart: 'nicht unterscheidbar',
    moreTools: (amount) => `${plural(amount, 'weiteres Werkzeug', 'weitere Werkzeuge')} im Bericht.`,
    limits: 'Grenzen der Aussage',
    limitsOf: (document) => limitTexts(LIMITS, GERMAN_WORDS, document),
    toCheck: 'Nachprüfen',
    title: (period) => `Einhaltung der Richtlinie, ${period}`,
    made: (wiretally, catalogue, day, amount) =>
      `Erstellt mit Wiretally ${wiretally}, Katalog ${catalogue}${day === null ? '' : `, am ${day}`}, aus ${ofPackets(amount)}.`,
  },
  page: GERMAN_PAGE,
  markdown: {
    heading: (period) => `KI-Programmierwerkzeuge im Netzwerk${period === null ? '' : `, ${period}`}`,
    findings: 'Befunde',
    exemptBy: (exception) => `Ausnahme durch ${exception}`,
    findingsNote:
      'Die Zahlen eines Befunds gelten nur für die Zeit dieses Befunds; die der folgenden Tabelle gelten für den ganzen Zeitraum.',
    toDo: (action) => `Was zu tun ist: ${action}`,
    mayBe: (tools) => ` (möglicherweise ${tools})`,
    by: (by) =>
      ({ hour: 'Stunde', day: 'Tag', week: 'Woche', tool: 'Werkzeug', host: 'Rechner', role: 'Zweck' })[by],
    unseen: 'Was nicht sichtbar war',
    notSeen: '„Nicht beobachtet“ heißt in diesem Bericht nie „nicht verwendet“.',
    notVisible: 'Nicht sichtbar',
    share: 'Anteil',
    effect: 'Bedeutung',
    unrecorded: (sentence) => `Zeitraum: ${sentence}.`,
    lost: (sentence) => `Verloren: ${sentence}.`,
    howMade: 'Wie dieser Bericht entstand',
    made: (wiretally, catalogue, zone) => `Wiretally ${wiretally}, Katalog ${catalogue}; Zeiten in ${zone}`,
    clientHellos: (count) => plural(count, 'ClientHello', 'ClientHellos'),
    comparison: {
      before: (text) => `vorher: ${text}`,
      after: (text) => `nachher: ${text}`,
      limit: (text) => `Grenze: ${text}`,
    },
  },
};
