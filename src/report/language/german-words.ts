// The words that the outputs of a report share, in German.

import { GAP_WORDS, type GapReason } from '../../model/words.ts';
import { lastVersion } from '../../text/version.ts';
import type { ReportWords } from '../text/english-words.ts';
import { clockTime, isPlain, type ReaderZone, unixSeconds } from '../text/instant.ts';
import { listIn, type Phrasing, quantitiesIn } from '../text/phrasing.ts';
import { formatCount, plural } from '../text/quantity.ts';

const MONTHS = [
  'Januar',
  'Februar',
  'März',
  'April',
  'Mai',
  'Juni',
  'Juli',
  'August',
  'September',
  'Oktober',
  'November',
  'Dezember',
] as const;

const WEEKDAYS = ['So', 'Mo', 'Di', 'Mi', 'Do', 'Fr', 'Sa'] as const;

const parts = (day: string): readonly [string, number, number] => {
  const [year = '', month, number] = day.split('-');
  return [year, Number(month), Number(number)];
};
const dayOf = (day: string): string => {
  const [, month, number] = parts(day);
  return `${number}. ${MONTHS[month - 1] ?? ''}`;
};
const date = (day: string): string => `${dayOf(day)} ${parts(day)[0]}`;
const dayIn = (day: string, { plainYear }: ReaderZone): string =>
  isPlain(day, plainYear) ? dayOf(day) : date(day);
const time = (instant: string, zone: ReaderZone): string =>
  `${dayIn(zone.dayOf(unixSeconds(instant)), zone)} ${clockTime(instant, zone)}`;

/** "08.07.", or "08.07.2024" of another year than the current one. */
function shortDay(instant: string, zone: ReaderZone): string {
  const day = zone.dayOf(unixSeconds(instant));
  const [year, month, number] = day.split('-');
  return `${number}.${month}.${isPlain(day, zone.plainYear) ? '' : year}`;
}

/** "8.–14. Juli 2026", "30. Juni bis 2. Juli 2026". */
function span(first: string, last: string): string {
  if (first === last) return date(first);
  const [[firstYear, firstMonth, number], [lastYear, lastMonth]] = [parts(first), parts(last)];
  if (firstYear !== lastYear) return `${date(first)} bis ${date(last)}`;
  return firstMonth === lastMonth ? `${number}.–${date(last)}` : `${dayOf(first)} bis ${date(last)}`;
}

const PHRASING: Phrasing = {
  ...quantitiesIn((digits) => digits.replace('.', ',')),
  tag: 'de',
  fullStop: '. ',
  listSeparator: ', ',
  clauseSeparator: '; ',
  date,
  day: dayOf,
  dayIn,
  span,
  time,
  days: (amount) => plural(amount, 'Tag', 'Tage'),
  weekday: (day) => WEEKDAYS[new Date(`${day}T00:00:00Z`).getUTCDay()] ?? '',
  month: (day) => (MONTHS[parts(day)[1] - 1] ?? '').slice(0, 3),
  shortDay,
  shortTime: (instant, zone) => `${shortDay(instant, zone)} ${clockTime(instant, zone)}`,
  between: (from, to) => `${from} bis ${to}`,
  and: (names) => listIn(names, ', ', ' und '),
  andMore: (names, more) => `${names.join(', ')}${more > 0 ? ` und ${formatCount(more)} weitere` : ''}`,
};

export const hosts = (amount: number): string => plural(amount, 'Rechner', 'Rechner');
/** Dative. */
export const ofHosts = (amount: number): string => plural(amount, 'Rechner', 'Rechnern');
export const packets = (amount: number): string => plural(amount, 'Paket', 'Pakete');
export const ofPackets = (amount: number): string => plural(amount, 'Paket', 'Paketen');
export const findings = (amount: number): string => plural(amount, 'Befund', 'Befunde');
export const flows = (amount: number): string => plural(amount, 'Verbindung', 'Verbindungen');
/** "3 Rechner verwenden": the verb agrees with the amount. */
export const verb = (amount: number, one: string, many: string): string => (amount === 1 ? one : many);

const GAPS: Readonly<Record<GapReason, string>> = {
  betweenCaptures: 'zwischen zwei Aufzeichnungen',
  interfaceDown: 'die Schnittstelle war ausgefallen',
  notRunning: 'der Sensor lief nicht',
  cut: 'die Aufzeichnung ist abgeschnitten oder beschädigt',
  interrupted: 'das Einlesen wurde abgebrochen',
  givenUp: 'nicht zugestellte Zeitfenster wurden aus Platzmangel gelöscht',
  logMissing: 'es wurde kein Protokoll aus dieser Zeit gelesen',
  silent: 'ein Sensor des Verbunds lieferte keine Daten',
};
const GAPS_BY_WORDS = new Map(
  Object.entries(GAP_WORDS).map(([reason, said]) => [said, GAPS[reason as GapReason]]),
);

const NEXT: Readonly<Record<string, string>> = {
  violation: 'den Verantwortlichen des Rechners fragen; die Belege nennen Namen und Verbindungen',
  grace: 'dem Verantwortlichen mitteilen, wann die Übergangsfrist endet',
  suspected: 'kein Nachweis: zuerst den Rechner selbst prüfen, bevor jemand befragt wird',
  updateOnly:
    'das Werkzeug ist installiert, wurde aber nicht verwendet; eine Deinstallation beendet die Prüfungen',
  telemetryOnly: 'das Werkzeug läuft oder lief, ohne dass eine Modellanfrage zu sehen war',
  exempt: 'bis zum Ende der Ausnahme ist nichts zu tun',
  bypass:
    'klären, warum der Rechner nicht das Gateway verwendet; den direkten Weg mit „policy export“ sperren',
  attempted:
    'keine Nutzung: die Verbindung wurde unterbunden; bei weiteren Versuchen dem Verantwortlichen mitteilen, dass das Werkzeug nicht erlaubt ist',
};
const NEXT_OF_SERVICES: Readonly<Record<string, string>> = {
  violation:
    'den Verantwortlichen des Rechners fragen; den Dienst beenden oder nur für berechtigte Rechner erreichbar machen',
};

const MAILS: Readonly<Record<string, string>> = {
  violation: 'Verbindungen dieses Rechners zeigen die Nutzung eines Werkzeugs, das die Richtlinie verbietet.',
  bypass:
    'Verbindungen dieses Rechners gehen direkt zu einem Anbieter; die Richtlinie schreibt das Gateway vor.',
  grace:
    'Verbindungen dieses Rechners zeigen die Nutzung eines Werkzeugs, das die Richtlinie nach der Übergangsfrist verbietet.',
  telemetryOnly:
    'Verbindungen dieses Rechners zeigen, dass ein Werkzeug installiert ist, das die Richtlinie verbietet. Eine Modellanfrage wurde nicht beobachtet.',
  updateOnly:
    'Verbindungen dieses Rechners zeigen, dass ein Werkzeug installiert ist, das die Richtlinie verbietet. Eine Modellanfrage wurde nicht beobachtet.',
  attempted:
    'Dieser Rechner hat versucht, ein Werkzeug zu erreichen, das die Richtlinie verbietet. Die Verbindungen wurden unterbunden; das ist keine Nutzung.',
};

const FINDINGS: ReportWords['findings'] = {
  activeMinutes: (minutes) => plural(minutes, 'aktive Minute', 'aktive Minuten'),
  requests: (range, isOne) => `${range} ${isOne ? 'Anfrage' : 'Anfragen'}`,
  payloadSent: (bytes) => `${bytes} Nutzdaten gesendet`,
  exposed: 'aus anderen Netzen erreicht',
  noClient: 'kein Client',
  clients: (names, more) =>
    `${names.length + more === 1 ? 'Client' : 'Clients'} ${PHRASING.andMore(names, more)}`,
  probes: (count) => plural(count, 'Abfrage ohne Nutzung', 'Abfragen ohne Nutzung'),
  possibleFigures:
    'Die Zahlen eines möglichen Befunds stehen in der Zeile des Anbieters oder des vermuteten Relays.',
  states: {
    new: 'neu',
    acknowledged: 'zur Kenntnis genommen',
    assigned: 'zugewiesen',
    exceptionRequested: 'Ausnahme beantragt',
    closed: 'abgeschlossen',
  },
  newAgain: (closed) => `wieder neu, abgeschlossen am ${closed}`,
  assignedTo: (name) => `zugewiesen an ${name}`,
  changed: (at, who, why) => `${at} durch ${who}: ${why}`,
  closedBefore: (count) => ` (${count} zuvor abgeschlossen)`,
  statesOf: (count, counts) =>
    `Stand von ${plural(count, 'Befund', 'Befunden')}: ${counts.join(', ')}. Befunde in jedem Stand zählen im Urteil und in den Summen.`,
  brokenLog: (fault, entries) =>
    `Protokoll der Befunde: „${fault}“. ${plural(entries, 'Eintrag', 'Einträge')} davor ${verb(entries, 'wird', 'werden')} verwendet.`,
  unsignedLog: 'Die Signaturen des Protokolls der Befunde wurden nicht geprüft (--finding-key).',
  next: ({ result, service }, said) =>
    (service === undefined ? undefined : NEXT_OF_SERVICES[result]) ?? NEXT[result] ?? said,
};

export const GERMAN_WORDS: ReportWords = {
  ...PHRASING,
  heads: {
    activeMinutes: 'Aktive Min.',
    advisory: 'Sicherheitsmeldung',
    affected: 'Betroffen',
    anySign: 'Irgendein Anzeichen',
    attempts: 'Versuche',
    builds: 'Versionen',
    bytes: 'Bytes',
    cannotSay: 'Unklar',
    mayByDownload: 'Möglich durch Abruf',
    clients: 'Clients',
    confidence: 'Sicherheit',
    configurations: 'Konfigurationen',
    day: 'Tag',
    evidenceLeft: 'Verbleibende Belege',
    fault: 'Fehler',
    first: 'Erstmals',
    firstSeen: 'Zuerst beobachtet',
    flows: 'Verbindungen',
    grease: 'GREASE',
    host: 'Rechner',
    hosts: 'Rechner',
    hostsLeft: 'Verbleibende Rechner',
    last: 'Zuletzt',
    lastChange: 'Letzte Änderung',
    lastSeen: 'Zuletzt beobachtet',
    may: 'Möglich',
    name: 'Name',
    nameHidden: 'Name verborgen',
    nameThatOffersIt: 'Name, der es anbietet',
    notSeen: 'Nicht beobachtet',
    notVisible: 'Nicht sichtbar',
    otherNetworks: 'Andere Netze',
    passed: 'Durchgekommen',
    payloadSent: 'Nutzdaten gesendet',
    policy: 'Richtlinie',
    ran: 'Ausgeführt',
    ranOrMay: 'Ausgeführt oder möglich',
    reason: 'Grund',
    received: 'Empfangen',
    requests: 'Anfragen',
    requestsLeft: 'Verbleibende Anfragen',
    resolver: 'Resolver',
    result: 'Ergebnis',
    rule: 'Regel',
    sendsOnTo: 'Leitet weiter an',
    sensors: 'Sensoren',
    sent: 'Gesendet',
    service: 'Dienst',
    severity: 'Schweregrad',
    since: 'Seit',
    state: 'Stand',
    telemetry: 'Telemetrie',
    timeToLive: 'TTL',
    tool: 'Werkzeug',
    tools: 'Werkzeuge',
    violations: 'Verstöße',
    where: 'Wo',
    without: 'Ohne',
    withNames: 'Mit Namen',
    withoutNames: 'Ohne Namen',
  },
  none: 'keine',
  notKnown: 'nicht bekannt',
  notFound: 'nicht gefunden',
  noEstimate: 'keine Schätzung',
  yes: 'ja',
  no: 'nein',
  confidences: { certain: 'sicher', likely: 'wahrscheinlich', possible: 'möglich' },
  outcomes: {
    violation: 'Verstoß',
    bypass: 'Gateway umgangen',
    suspected: 'Verdacht',
    grace: 'in der Übergangsfrist',
    updateOnly: 'nur Update',
    telemetryOnly: 'nur Telemetrie',
    attempted: 'nur Versuch',
    exempt: 'Ausnahme',
    notSince: 'seitdem nicht mehr',
    approved: 'freigegeben',
    observed: 'ohne Regel',
  },
  roles: {
    inference: 'Modellanfragen',
    auth: 'Anmeldung',
    telemetry: 'Telemetrie',
    update: 'Updates',
    marketplace: 'Marktplatz',
    web: 'Web',
    docs: 'Dokumentation',
    mcp: 'MCP',
    cdn: 'CDN',
    relay: 'Relay',
  },
  owners: { tool: 'Werkzeug', vendor: 'Hersteller', shared: 'mehrere' },
  legs: {
    client: 'Client',
    resolver: 'Resolver',
    'local-firewall': 'lokale Firewall',
    proxy: 'Proxy',
    path: 'Netzwerkpfad',
    provider: 'Anbieter',
    none: 'nirgends',
  },
  evidenceKinds: {
    name: 'Servername',
    dns: 'DNS',
    proxy: 'Proxy',
    network: 'Adresse',
    fingerprint: 'Fingerabdruck',
    pair: 'Hello-Paar',
    companion: 'Begleitverkehr',
    service: 'Dienst',
  },
  hosts,
  flows,
  packets,
  provider: (name) => `${name} (Anbieter)`,
  blindSpots: {
    kinds: {
      ech: 'verborgene Namen',
      tunnel: 'VPN und Tunnel',
      dns: 'verschlüsseltes DNS',
      relay: 'vermutete Relays',
      cloud: 'gemeinsam genutzte Clouds',
      midFlow: 'Verbindungsaufbau nicht aufgezeichnet',
      oneWay: 'nur eine Richtung',
      loss: 'fehlende Pakete',
      conflict: 'widersprüchliche Pakete',
      media: 'Mediendaten von Anrufen',
      dnsTunnel: 'übergroßes DNS',
      unnamed: 'TLS ohne Namen',
      unanswered: 'Verbindungsaufbau ohne Antwort',
      unknown: 'unbekannte Protokolle',
      protocol: 'andere IP-Protokolle',
      damaged: 'beschädigte Pakete',
    },
    effect: (kind) =>
      ({
        ech: 'Der Servername war verborgen. Die Nutzung eines Werkzeugs dahinter ist nicht sichtbar.',
        tunnel:
          'In einem Tunnel ist nichts sichtbar. Ein Rechner, der einen Tunnel geöffnet hat, kann jedes Werkzeug verwendet haben.',
        dns: 'Namen wurden bei einem verschlüsselten Resolver abgefragt, daher fehlen Belege aus dem DNS.',
        relay:
          'Eine KI-Laufzeitumgebung hat sich mit einem Namen verbunden, der nicht im Katalog steht. Das Werkzeug und das Modell dahinter sind nicht sichtbar.',
        cloud:
          'Eine Cloud, die viele Modelle bereitstellt, wurde verwendet. Das Werkzeug ist nicht zu benennen.',
        midFlow:
          'Der Verbindungsaufbau wurde nicht aufgezeichnet (er lag früher, wurde gekürzt oder ging verloren), daher fehlt der Name.',
        oneWay: 'Nur eine Richtung war sichtbar. Verbindungsaufbau und Antworten können fehlen.',
        loss: 'Pakete fehlen. Anzahlen sind Untergrenzen, und Schätzungen können entfallen.',
        conflict:
          'Pakete einer Verbindung widersprechen einander: zwei ClientHellos, andere Bytes an derselben Stelle oder ein Reset, der die Verbindung nicht beendet hat. Ein gefälschtes Paket kann einen Namen verbergen oder hinzufügen.',
        media:
          'Verschlüsselte Mediendaten von Anrufen sind von anderen verschlüsselten Daten nicht zu unterscheiden.',
        dnsTunnel:
          'DNS-Nachrichten waren größer, als Namen es erfordern. Sie können anderen Verkehr enthalten.',
        unnamed: 'Ein TLS-Handshake hatte keinen Servernamen, und keine DNS-Antwort nannte die Adresse.',
        unanswered: 'Ein ClientHello hatte keine lesbare Antwort; was folgte, ist unbekannt.',
        unknown: 'Die Bytes gehören zu keinem bekannten Protokoll. Ein Tunnel oder ein Relay kann es nutzen.',
        protocol: 'Pakete ohne TCP- oder UDP-Header wurden nicht gelesen.',
        damaged: 'Header waren fehlerhaft oder gekürzt, oder Fragmente fehlten. Der Inhalt ist unbekannt.',
      })[kind],
    gapReason: (said) => GAPS_BY_WORDS.get(said) ?? said,
    lostPackets: (share) => `${share} der Pakete`,
    evicted: (count) => `${flows(count)} aus der vollen Tabelle verdrängt`,
    gap: (from, to) => `Lücke ${from} bis ${to}`,
    openGap: (from, reason) => `alles ab ${from}: ${reason}`,
    shorterGaps: (count) => plural(count, 'kürzere Lücke', 'kürzere Lücken'),
    noRecords: (spans) =>
      `keine Daten ${spans.map(({ from, to }) => (to === null ? `ab ${from}` : `vom ${from} bis ${to}`)).join(' und ')}`,
    clockErrors: (count, days) =>
      `${packets(count)} aus ${plural(days, 'Tag', 'Tagen')} ${verb(count, 'hat eine Zeit', 'haben Zeiten')} vor dem Jahr 2000 oder Jahre entfernt von allen anderen: Eine Uhr ging falsch; Zeitraum und Diagramme lassen ${verb(days, 'diesen Tag', 'diese Tage')} aus`,
    withheld: (count, leastHosts) =>
      `${hosts(count)} ${verb(count, 'wird', 'werden')} nicht gezeigt: Die Ausnahme gilt für weniger als ${hosts(leastHosts)}`,
    interrupted: 'Das Einlesen wurde abgebrochen: Der Bericht enthält, was bis dahin gelesen wurde',
    cutFile: (file) => `${file}: nicht bis zum Ende gelesen`,
    unreadFile: (file) => `${file}: nicht oder nicht vollständig lesbar`,
    damagedFile: (file, offset, reason) => `${file}: Fehler bei Byte ${formatCount(offset)} („${reason}“)`,
    clockBack: (file, seconds) =>
      `${file}: die Uhr lief zurück, höchstens um ${formatCount(seconds)} s; Zeiten und Tage sind die der Pakete`,
    cutShort: (count) => `${packets(count)} ${verb(count, 'wurde', 'wurden')} bei der Aufzeichnung gekürzt`,
    hellosCut: (incomplete, all) =>
      `${formatCount(incomplete)} von ${plural(all, 'ClientHello', 'ClientHellos')} waren abgeschnitten oder unvollständig: Ihre Namen wurden nicht gelesen`,
    capturedTwice: (count) =>
      `Pakete von ${ofHosts(count)} wurden mehrfach aufgezeichnet: Bytes zählen ebenso oft`,
    outside: (sensor, count) =>
      `Sensor ${sensor} meldete ${hosts(count)} außerhalb seiner Netze: Was nur er über sie meldet, ist höchstens möglich und ergibt keinen Verstoß`,
    severalMachines: (count, names) =>
      `Die Adresse von ${ofHosts(count)} (${names}) wurde von mehr als einem Gerät verwendet: Die Zahlen eines solchen Rechners können zu mehreren Geräten gehören`,
    behindRouter: (count, names) =>
      `Frames von ${ofHosts(count)} (${names}) tragen die MAC-Adresse eines Routers: MAC-Adressen beweisen dort nichts`,
    sameMachine: (machines, groups) =>
      `${plural(machines, 'Gerät', 'Geräte')} ${verb(machines, 'hatte', 'hatten')} laut MAC-Adresse mehrere Adressen und ${verb(machines, 'zählt', 'zählen')} für jede als Rechner: ${groups}`,
    malformed: (count, reasons) => `${formatCount(count)} fehlerhaft: ${reasons}`,
  },
  nothingSeen: {
    only: (part, names) =>
      `${{ host: 'Rechner', group: verb(names.length, 'Gruppe', 'Gruppen'), tool: verb(names.length, 'Werkzeug', 'Werkzeuge') }[part]} ${names.join(', ')}`,
    noTool: (count) => `Auf ${ofHosts(count)} wurde kein KI-Programmierwerkzeug beobachtet`,
    noneOf: (tools, count, period, dark) =>
      `${tools}: auf ${ofHosts(count)} nicht beobachtet${period === null ? '' : `, ${period}`}${dark === null ? '' : `; ${dark} der Bytes waren nicht einsehbar`}`,
    nothingObserved(since, until, zone, records) {
      const period =
        since === null
          ? `vor dem ${until ?? ''}`
          : until === null
            ? `ab dem ${since}`
            : `vom ${since} bis ${until}`;
      return `Im Zeitraum ${period} (${zone}) wurde nichts beobachtet${records === null ? '' : `; die Daten ${records.end === 'begin' ? 'beginnen' : 'enden'} am ${records.time}`}`;
    },
    noPackets: 'Es wurden keine Pakete gelesen',
    filtered: (count, filter) =>
      `Keines von ${ofPackets(count)} passierte den Filter ${filter}: nichts wurde untersucht`,
    noHost: (count) => `In ${ofPackets(count)} wurde kein Rechner beobachtet`,
    noHostOf: (asked) => `Von der Auswahl (${asked}) wurde kein Rechner beobachtet`,
  },
  findings: FINDINGS,
  relayName: 'Vermutetes Relay',
  ruleTitles: {
    allowedTools: 'Nur Werkzeuge, die eine Regel erlaubt, dürfen verwendet werden',
    allowedServices: 'Nur KI-Dienste, die eine Regel erlaubt, dürfen laufen',
  },
  actions: {
    mail: 'E-Mail an den Verantwortlichen des Rechners',
    subject: (tool, host) => `Betreff: ${tool} auf ${host}`,
    opening: (result) => MAILS[result] ?? null,
    host: (host) => `Rechner: ${host}`,
    tool: (tool, confidence) => `Werkzeug: ${tool} (${confidence})`,
    time: (period, zone) => `Zeit: ${period} (${zone})`,
    rule: (rule) => `Regel: ${rule}`,
    graceEnds: (at) => `Ende der Übergangsfrist: ${at}`,
    notRead: 'Grundlage sind Namen und Größen verschlüsselter Verbindungen; Inhalte wurden nicht gelesen.',
    pleaseReply: 'Bitte antworten Sie: Trifft das zu, welches Programm war es, und wird es gebraucht?',
    owner: (owner) => `Fragen und Ausnahmen: ${owner}`,
    exception: 'Ausnahme für die Richtliniendatei',
    exceptionNote: (days) =>
      `unter „exceptions:“; ${days} Tage; Grund eintragen, dann wiretally policy check ausführen`,
    enterReason: 'Grund eintragen',
    firewall: 'Regeln für eine Firewall',
    firewallNote: 'für alle Rechner der Regel; weitere Geräte nennt wiretally policy export --help',
  },
  filters: {
    wholeFlows: 'Wireshark, ganze Verbindungen',
    logs: 'Protokolle von Zeek und Suricata',
    handshakes: 'Wireshark, Verbindungsaufbau',
    zeekUids: 'Zeek, uid jeder Verbindung',
    communityIds: (found) =>
      `Community IDs müssen eingeschaltet sein${found === null ? '' : `; findet ${flows(found)}, es gibt weitere`}`,
    someNames: (found, all) => `findet ${found} von ${all} Namen`,
    tabSeparated: 'tabulatorgetrennte Protokolle; quic.log hat dieselben Spalten',
    packets: 'Pakete als eigene Datei',
    packetsNote: (hasCaptures) =>
      `nur Kopfdaten und Verbindungsaufbau${hasCaptures ? '' : '; die Mitschnitte nennen, die sie enthalten'}`,
  },
  sections: {
    attempts: {
      navigation: 'Versuche',
      title: 'Versuche',
      caption: 'Versuche nach Rechner und Name',
      result: (result) => ({ blocked: 'Versuch, blockiert', failed: 'Versuch, fehlgeschlagen' })[result],
      note: 'Diese Verbindungen endeten vor der ersten Anfrage: Sie sind keine Nutzung und kein Verstoß. „diagnose“ liefert die Belege.',
    },
    services: {
      navigation: 'Dienste',
      title: 'KI-Dienste in Ihren Netzen',
      label: 'KI-Dienste',
      caption: 'KI-Dienste und ihre Clients',
      lead: 'Modellserver, Relays, MCP-Server und Agenten, die Rechnern dieser Netze geantwortet haben.',
      noClients: (probes) => `keine (${FINDINGS.probes(probes)})`,
      orMore: (requests) => `${requests} oder mehr`,
      upstream: (name, confidence) => `${name} (${confidence})`,
      note: 'Dienste sind nach dem benannt, was sie im Klartext geantwortet haben; ein Dienst hinter TLS nur nach seinem Servernamen, als möglich. Ein Dienst ohne Anfragen ist nicht sichtbar.',
    },
    mcp: {
      navigation: 'MCP',
      caption: 'Entfernte MCP-Server und ihre Clients',
      moreHosts: (names, more) => `${names}${more > 0 ? ` und ${plural(more, 'weiterer', 'weitere')}` : ''}`,
      title: 'Entfernte MCP-Server',
      note: 'Namen von MCP-Servern aus dem Katalog, mit denen Rechner verbunden waren. Server hinter einem solchen Namen, in einem Tunnel oder unter anderen Namen sind nicht sichtbar.',
    },
    ech: {
      navigation: 'Verborgene ClientHellos',
      names: { label: 'Namen, die es anbieten', caption: 'Namen, die Encrypted ClientHello anbieten' },
      days: {
        title: 'Encrypted ClientHello nach Rechner und Tag',
        label: 'ClientHellos nach Rechner und Tag',
        caption: 'ClientHellos mit Encrypted ClientHello nach Rechner und Tag',
      },
      greaseNote: 'GREASE hat dieselbe Form und lässt den echten Namen im ClientHello.',
      title: 'Encrypted ClientHello',
      unknownName: 'unbekannt',
      hellos: (count) => plural(count, 'ClientHello', 'ClientHellos'),
      note: (sums) =>
        `${sums === null ? '' : `${plural(sums.real, 'ClientHello', 'ClientHellos')} mit bekanntem öffentlichem Namen, ${formatCount(sums.others)} mit GREASE oder unbekanntem öffentlichem Namen. `}Ob ein Server Encrypted ClientHello angenommen hat, ist nicht sichtbar.`,
    },
    withoutNames: {
      navigation: 'Ohne Namen',
      label: 'Ohne Namen',
      caption: 'Werkzeuge mit und ohne Servernamen',
      title: 'Wenn alle Servernamen verborgen wären',
      anySign: (traced, count) => `${formatCount(traced)} von ${ofHosts(count)}`,
      kinds: {
        name: 'Servername',
        dns: 'DNS',
        proxy: 'Ziel im Proxy',
        network: 'Adresse',
        fingerprint: 'Laufzeitumgebung und Größe der Anfragen',
        pair: 'Hello-Paare',
        companion: 'begleitende Namen',
      },
      note: (left, tools) =>
        `Ohne Namen in ClientHellos, DNS, Proxy-Anfragen und HTTP würden ${left} von ${plural(tools, 'Werkzeug', 'Werkzeugen')} namentlich gefunden. Eine Zeile ohne Namen ist höchstens möglich, und ihr Werkzeug kann ein anderes sein. Verkehr mit Namen außerhalb des Katalogs steht nicht in dieser Tabelle.`,
    },
    advisories: {
      navigation: 'Sicherheitsmeldungen',
      title: 'Sicherheitsmeldungen',
      lead: 'Welche Rechner eine betroffene Version ausgeführt haben, soweit ihre Starts es zeigen. „Möglich“ und „unklar“ heißen nicht „nein“.',
      caption: 'Rechner je Ergebnis und Sicherheitsmeldung, die schwersten zuerst',
      one: (id) => `Sicherheitsmeldung ${id}`,
      daysCaption: 'Tage je Ergebnis und Rechner',
      notSeen: (tool) => `${tool} wurde in dieser Zeit auf keinem Rechner beobachtet.`,
      toDo: 'Was zu tun ist:',
      answers: {
        ran: 'ausgeführt',
        may: 'möglicherweise ausgeführt',
        cannotSay: 'unklar',
        notSeen: 'nicht beobachtet',
      },
      severities: {
        critical: 'kritisch',
        high: 'hoch',
        unrated: 'nicht bewertet',
        medium: 'mittel',
        low: 'niedrig',
        info: 'Hinweis',
      },
      versions([first, last]) {
        if (last === null) return first === null ? 'jede Version' : `${first} und neuer`;
        const end = lastVersion(last);
        if (first === null) return `${end} und älter`;
        return first === last ? first : `${first} bis ${end}`;
      },
      moreRanges: (count) => ` und ${plural(count, 'weiterer Bereich', 'weitere Bereiche')}`,
      possibly: (ranges) => `möglicherweise ${ranges}`,
      partlyUnknown: 'Versionen teilweise unbekannt',
      downloaded: (day) => `lud am ${day} eine Version herunter`,
      reasons: {
        startUnknown: 'kein Start passt zu den aufgezeichneten Versionen',
        newerStart: 'ein Start ist möglicherweise von einer neueren Version als den aufgezeichneten',
        noStart: 'kein Start wurde beobachtet',
        noBuilds: 'von diesem Werkzeug sind keine Versionen aufgezeichnet',
        unmapped: 'die Sicherheitsmeldung nennt keine bekannte Version',
      },
      reasonOn: (reason, days) => `${reason} (${days})`,
    },
  },
  comparison: {
    spanOf: (since, until, year) => `${since} bis ${until} ${year}`,
    length: (amount, unit, isOne) =>
      `${amount} ${unit === 'hour' ? 'Stunden' : verb(isOne ? 1 : 2, 'Tag', 'Tage')}`,
    coverage: (length, share, count) =>
      `${length}, ${share === null ? 'lückenlos beobachtet' : `zu ${share} beobachtet`}, ${hosts(count)} im Netzwerk`,
    limits: {
      notObserved: ({ span: period, share }) =>
        `${period}: ${share === 1 ? 'nichts davon wurde beobachtet' : `nur ${PHRASING.share(1 - share)} davon wurden beobachtet`}, daher keine Aussage darüber, was mehr, weniger, neu oder weggefallen ist`,
      partly: ({ span: period, share }) =>
        `${period}: ${PHRASING.share(share)} der Zeit wurden nicht beobachtet; Summen sind Untergrenzen, und nicht Beobachtetes kann übersehen sein`,
      openGap: ({ span: period }) => `${period}: die Dauer einer Lücke ist unbekannt`,
      silent: ({ span: period, names }) =>
        `${period}: ohne Daten, während andere Sensoren beobachteten: ${names}`,
      incomplete: ({ span: period }) => `${period}: eine Eingabe wurde nicht bis zum Ende gelesen`,
      loss: ({ span: period, share }) =>
        `${period}: ${PHRASING.share(share)} der Pakete gingen verloren; Summen sind Untergrenzen`,
      sensors: ({ span: period, names }) =>
        `nur in ${period}: ${names}; Rechner hinter diesen Sensoren können neu oder weggefallen erscheinen`,
      length: () =>
        'Die Zeiträume sind nicht gleich lang: Im längeren ist alles mehr, auch die Zahl der Rechner; hinter den Summen stehen Durchschnitte je beobachtetem Tag',
      weekend: () =>
        'Die Zeiträume haben nicht gleich viele Wochenendtage: Eine Änderung kann allein daran liegen',
      notVisible: ({ span: period, share }) =>
        `${period}: um ${PHRASING.share(share)} aller Bytes war mehr nicht einsehbar als im anderen Zeitraum; weniger Nutzung kann verborgene Nutzung sein`,
      rule: ({ span: period, names }) =>
        `${period}: nicht im ganzen Zeitraum in Kraft: ${names}; die Zahlen der Verstöße sind nicht vergleichbar`,
    },
    states: {
      used: 'verwendet',
      possible: 'möglich',
      notSeen: 'keine beobachtet',
      absent: 'nicht im Netz',
      unknown: 'nicht bekannt',
    },
    change: (before, after) => `${before} auf ${after}`,
    more: 'mehr',
    less: 'weniger',
    perDay: (change) => `je Tag ${change}`,
  },
  hostsLeftOut: (count) =>
    `${plural(count, 'weiterer', 'weitere')} Rechner: einzelne mit --host oder --group abfragen, alle mit --format csv oder json.`,
  builds: (ranges, placed, starts) =>
    `${ranges} (${formatCount(placed)} von ${plural(starts, 'Start', 'Starts')} zugeordnet)`,
  newerSince: (day) => `möglicherweise neuer als bekannt, seit ${day}`,
};
