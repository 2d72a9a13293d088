// The messages of the report page in German.

import type { Banned } from '../text/banned.ts';
import { listIn } from '../text/phrasing.ts';
import { plural } from '../text/quantity.ts';
import type { PageMessages } from './english.ts';
import type { ListNoun, Since } from './english-page.ts';
import { findings, hosts, ofHosts, packets, verb } from './german-words.ts';

const NOUNS: Readonly<Record<ListNoun, readonly [one: string, more: string]>> = {
  host: ['weiterer Rechner', 'weitere Rechner'],
  line: ['weitere Zeile', 'weitere Zeilen'],
  advisory: ['weitere Sicherheitsmeldung', 'weitere Sicherheitsmeldungen'],
  service: ['weiterer Dienst', 'weitere Dienste'],
  server: ['weiterer Server', 'weitere Server'],
  name: ['weiterer Name', 'weitere Namen'],
  tool: ['weiteres Werkzeug', 'weitere Werkzeuge'],
};
const more = (count: number, noun: ListNoun): string => plural(count, ...NOUNS[noun]);

const sinceText = (since: Since): string =>
  since === null
    ? ''
    : since === 'inForce'
      ? ', seit die Regel gilt'
      : ', seit Verbot und Übergangsfrist vorbei sind';

const inScope = (amount: number): string => `${ofHosts(amount)} im Geltungsbereich`;

/** What was used, or ran, as a sentence from its verb on. */
const used = (banned: Banned): string => {
  switch (banned.kind) {
    case 'services':
      return 'wurde ein verbotener KI-Dienst betrieben';
    case 'unlisted':
      return 'wurde ein Werkzeug verwendet, das keine Regel erlaubt';
    case 'several':
      return `wurde eines von ${banned.count} verbotenen Werkzeugen verwendet`;
    case 'tool':
      return `wurde ${banned.name ?? 'Verbotenes'} verwendet`;
  }
};

const unused = (banned: Banned): string => {
  switch (banned.kind) {
    case 'services':
      return 'wurde kein verbotener KI-Dienst beobachtet';
    case 'unlisted':
      return 'wurde kein Werkzeug außerhalb der Liste erlaubter Werkzeuge beobachtet';
    case 'several':
      return `wurde keines von ${banned.count} verbotenen Werkzeugen beobachtet`;
    case 'tool':
      return `wurde ${banned.name ?? 'nichts Verbotenes'}${banned.name === null ? '' : ' nicht'} beobachtet`;
  }
};

/** Dative. */
const charted = (banned: Banned | null): string => {
  switch (banned?.kind) {
    case undefined:
      return 'einem KI-Programmierwerkzeug';
    case 'services':
      return 'einem verbotenen KI-Dienst';
    case 'unlisted':
      return 'einem Werkzeug, das keine Regel erlaubt,';
    case 'several':
      return `einem von ${banned.count} verbotenen Werkzeugen`;
    case 'tool':
      return banned.name ?? 'Verbotenem';
  }
};

/** Head of a block of days. */
const blockOf = (banned: Banned): string => {
  switch (banned.kind) {
    case 'services':
      return 'Verbotene KI-Dienste';
    case 'unlisted':
      return 'Nicht erlaubte Werkzeuge';
    case 'several':
      return 'Verbotene Werkzeuge';
    case 'tool':
      return banned.name ?? 'Verbotene Werkzeuge';
  }
};

const DOUBTS: Readonly<Record<string, string>> = {
  'shared-runtime': 'Auch andere Programme verwenden diese Laufzeitumgebung.',
  'shared-name': 'Der Name gehört nicht allein zu diesem Werkzeug.',
  rival: 'Ein anderes Werkzeug kann dieselben Anfragen gesendet haben.',
  'handshake-failed': 'Verbindungsaufbauten wurden nicht abgeschlossen.',
  manner: 'Die Art der Anfragen belegt keine Nutzung; eine Überwachung oder ein Skript kann dasselbe senden.',
  'one-sided': 'Keine Verbindung zeigt, dass beide Seiten beteiligt waren.',
  contradicted: 'Pakete einer Verbindung widersprechen einander.',
  'other-machine': 'Die Frames tragen die MAC-Adresse eines anderen Geräts.',
  'copied-hello': 'Dasselbe ClientHello wurde auch in einer anderen Verbindung gesendet.',
  'seen-twice': 'Pakete wurden mehrfach aufgezeichnet.',
  'crossed-captures': 'Eine spätere Aufzeichnung beginnt mitten in Verbindungen dieses Rechners.',
  'several-sensors': 'Mehrere Sensoren sahen diese Adresse gleichzeitig: Es können mehrere Geräte sein.',
  'not-seen-by-sensor': 'Andere Sensoren sahen den Rechner zur selben Zeit, aber keine dieser Verbindungen.',
  'outside-networks': 'Der Rechner liegt außerhalb der Netze des Sensors, der ihn meldet.',
  'unusual-sensor': 'Gewöhnlich sehen andere Sensoren diesen Rechner.',
};

export const GERMAN_PAGE: PageMessages = {
  frame: {
    title: (span) => `Wiretally: KI-Programmierwerkzeuge im Netzwerk, ${span}`,
    heading: 'KI-Programmierwerkzeuge im Netzwerk',
    noPackets: 'keine Pakete',
    skip: 'Zum Urteil springen',
    sections: 'Abschnitte',
    navigation: {
      verdict: 'Urteil',
      violators: 'Verstöße',
      comparison: 'Vergleich',
      hosts: 'Rechner nach Tagen',
      tools: 'Werkzeuge',
      telemetry: 'Telemetrie',
      findings: 'Befunde',
      evidence: 'Belege',
      otherUse: 'Sonstige Nutzung',
      unseen: 'Nicht sichtbar',
      method: 'Methode',
      glossary: 'Glossar',
    },
    search: 'Rechner, Werkzeuge und Befunde suchen',
    searchHint: 'Suchen',
    dark: 'Dunkel',
    print: 'Drucken',
    data: 'Daten (JSON)',
    made: (time) => ` · erstellt ${time}`,
    footer: (wiretally, catalogue) =>
      `Erstellt mit Wiretally ${wiretally}, Katalog ${catalogue}. Diese Datei lädt nichts aus dem Netzwerk.`,
    dataInside: 'Ihre Daten sind enthalten (Schaltfläche „Daten“).',
    dataElsewhere:
      'Ihre Daten sind zu groß, um enthalten zu sein: --whole-data bettet sie ein, --format json gibt sie aus.',
    scriptWords: () => ({
      asCsv: ' als CSV',
      thisTable: 'Diese Tabelle',
      theseLines: 'Diese Zeilen',
      otherTools: 'andere Werkzeuge, ',
      hosts: [' Rechner, ', ' Rechner, '],
      lines: [' Zeile', ' Zeilen'],
      openAll: 'Alle öffnen',
      closeAll: 'Alle schließen',
      copy: 'Kopieren',
      copied: 'Kopiert',
      pressKeys: 'Strg+C drücken',
    }),
    englishParts: () =>
      'Texte aus Belegen und aus dem Katalog liegen nur auf Englisch vor und stehen hier so, wie die Daten sie enthalten. Namen von Regeln stehen so da, wie die Richtlinie sie enthält.',
  },
  lists: {
    tableOf: (name) => `${name}, Tabelle`,
    onPaper: (printed, count, noun) =>
      `Gedruckt: ${printed} von ${count} ${{ host: 'Rechnern', line: 'Zeilen', advisory: 'Sicherheitsmeldungen', service: 'Diensten', server: 'Servern', name: 'Namen', tool: 'Werkzeugen' }[noun]}. Am Bildschirm zeigt die Datei alle.`,
    inData: (count, noun) => `${more(count, noun)} in den Daten.`,
    elsewhere: (count, noun) => `${more(count, noun)}: in den anderen Formaten.`,
  },
  verdict: {
    rule: (title, id, revision, from) =>
      `${title}: Regel ${id}, Fassung ${revision}${from === null ? '' : `, ab ${from}`}`,
    violated: (count, seen, banned, since) =>
      `Auf ${count} von ${inScope(seen)} ${used(banned)}${sinceText(since)}.`,
    clear: (seen, banned, since) => `Auf ${inScope(seen)} ${unused(banned)}${sinceText(since)}.`,
    noViolation: (seen, since) => `Auf ${inScope(seen)} wurde kein Verstoß festgestellt${sinceText(since)}.`,
    usedInForce: 'mit Nutzung, während die Regel galt',
    usedFrom: (day) => `mit Nutzung ab ${day}`,
    suspected: 'unter Verdacht',
    lastInGrace: 'zuletzt in der Übergangsfrist beobachtet',
    exempt: 'mit Ausnahme',
    aside: 'nur mit Telemetrie oder Updates',
    attempted: 'nur mit Versuchen',
    notSeenSince: (day) =>
      day === null ? 'seitdem nicht mehr beobachtet' : `seit ${day} nicht mehr beobachtet`,
    joined: (parts) => `${parts.join('. ')}.`,
    only: (selection) => `Nur ${selection}.`,
    marks: 'Was die Regel ergab, ein Zeichen je Rechner und Ergebnis',
    asideGroup: 'Nur Telemetrie oder Updates beobachtet',
    seenOnNetwork: (policy) =>
      `Im Netzwerk beobachtet; ${
        {
          none: 'keine Richtlinie angegeben',
          noBan: 'keine Regel der Richtlinie verbietet ein Werkzeug',
          notAsked: 'keine Regel der Richtlinie verbietet, was abgefragt wurde',
        }[policy]
      }`,
    providersOnly: (count) =>
      `Auf ${ofHosts(count)} wurde ein KI-Dienst verwendet; kein Werkzeug ist zu benennen.`,
    toolsSeen: (names, left, hostsWith, count) =>
      `${left > 0 ? `${names.join(', ')} und ${left} weitere` : listIn(names, ', ', ' und ')} ${verb(names.length + left, 'wurde', 'wurden')} auf ${hostsWith} von ${ofHosts(count)} beobachtet.`,
    certain: 'sicher: ein Name, den nur das Werkzeug verwendet',
    likely: 'wahrscheinlich: mehrere Belege stimmen überein',
    unsure: 'nur mit einem Anbieter oder einem möglichen Werkzeug',
    noneSeen: 'ohne Beobachtung',
    per: (weeks) => (weeks === 0 ? 'je Tag' : weeks === 1 ? 'je Woche' : `je ${weeks} Wochen`),
    chartTitle: (banned, per) => `Rechner mit ${charted(banned)} ${per}`,
    chartCaption: (banned, per) =>
      `Rechner mit ${charted(banned)} ${per}${banned === null ? '' : ', ohne Ausnahmen'}.`,
    weekends: 'Wochenenden sind schattiert: Ein Rückgang dort zeigt keine geänderte Gewohnheit.',
    inForceFrom: (day) => `gilt ab ${day}`,
    graceOver: 'Ende der Übergangsfrist',
    before: 'vorher',
    grace: 'Übergangsfrist',
    violation: 'Verstoß',
    suspectedKey: 'Verdacht (?)',
    bar: (day, isDaily, count, suspected) =>
      `${isDaily ? '' : 'ab '}${day} ${count}${suspected > 0 ? ` und ${suspected} unter Verdacht` : ''}`,
    howSure: 'Wie sicher ist das?',
    whatCouldChange: 'Was könnte es ändern?',
    whatNext: 'Was ist zu tun?',
    nothingHidden:
      'Es wurden keine verborgenen Namen, keine Tunnel und keine Verbindungen ohne Verbindungsaufbau beobachtet.',
    hidden: (share, kinds) => `**${share}** der Bytes sind nicht zuzuordnen (${kinds}).`,
    lost: (share) => `${share} der Pakete gingen verloren.`,
    details: 'Einzelheiten',
    machine: 'Eine Zeile sagt etwas über einen Rechner, nicht über eine Person.',
    notAtAll: (sentence) => `Gar nicht: ${sentence}.`,
    readNotToEnd: (count, captures) =>
      `${packets(count)} gelesen, aber ${plural(captures, 'Aufzeichnung', 'Aufzeichnungen')} nicht bis zum Ende.`,
    readWhole: (count) => `${packets(count)} gelesen, keines ging verloren.`,
    readCut: (count) => `${packets(count)} gelesen, aber einige sind gekürzt oder fehlen.`,
    sawShare: (percent) => `Dieser Sensor sah ${percent} der Pakete.`,
    notSeenNotUsed: '„Nicht beobachtet“ heißt nicht „nicht verwendet“.',
    sure: (confidence, count, noun) => {
      const among =
        noun === 'violation' ? plural(count, 'Verstoß', 'Verstößen') : plural(count, 'Zeile', 'Zeilen');
      return {
        certain: `**Sicher** bei ${among}: ein Name, den nur ein Werkzeug verwendet.`,
        likely: `**Wahrscheinlich** bei ${among}: Mehrere Belege stimmen überein.`,
        possible: `**Möglich** bei ${among}: Andere Programme passen ebenso.`,
      }[confidence];
    },
    checkFindings: (count) => `Klären Sie [${findings(count)}] mit den Verantwortlichen der Rechner.`,
    openEvidence: 'Sehen Sie [die Belege] hinter jeder Zeile ein.',
    seeUnseen: 'Prüfen Sie, [was nicht sichtbar war], bevor Sie sich darauf verlassen.',
  },
  hosts: {
    heading: 'Rechner nach Tagen',
    caption: (measure, per, shown, count, order) =>
      `${measure === 'minutes' ? 'Aktive Minuten' : 'Verkehr'} ${per}, ${shown === null ? hosts(count) : `${shown} von ${ofHosts(count)}`}. Reihenfolge: ${order ?? 'nach Ergebnis und Adresse, nie nach Menge'}. Das ist keine Rangliste von Personen. Ein Rechner führt zu seinen Belegen.`,
    groups: {
      violation: 'Verwendet, während die Regel galt',
      bypass: 'An den vorgeschriebenen Gateways vorbei verwendet',
      suspected: 'Verdacht',
      grace: 'Nach der Übergangsfrist nicht genutzt',
      updateOnly: 'Seit Inkrafttreten der Regel nur ein Update',
      telemetryOnly: 'Seit Inkrafttreten der Regel nur Telemetrie',
      attempted: 'Versucht und vor jeder Anfrage unterbunden',
      exempt: 'Ausnahme',
      notSince: 'Seit Geltung der Regel nicht mehr beobachtet',
      approved: 'Nur freigegebene Werkzeuge',
      observed: 'Andere KI-Werkzeuge und Anbieter',
    },
    countHere: (all, here) => `${all}, davon ${here} hier`,
    banned: (banned) =>
      typeof banned === 'string'
        ? {
            unlisted: 'Nicht erlaubte Werkzeuge',
            services: 'Verbotene KI-Dienste',
            tools: 'Verbotene Werkzeuge',
          }[banned]
        : blockOf(banned),
    otherTools: 'Alle anderen KI-Programmierwerkzeuge',
    toolsAndNotes: 'Werkzeuge und Hinweise',
    from: (date) => `ab ${date}`,
    cellNone: 'keine',
    cellAbsent: 'Rechner nicht im Netzwerk',
    noTool: (names, count) =>
      `${names.length === 0 ? 'Kein KI-Programmierwerkzeug beobachtet' : `${names.join(', ')} nicht beobachtet`}: ${hosts(count)}. Das beweist nicht, dass keines verwendet wurde.`,
    minuteSteps: 'Minuten: unter 15, 45, 90, darüber',
    byteSteps: 'Bytes: unter 1M, 10M, 100M, darüber',
    violation: 'Verstoß',
    otherExempt: 'andere Werkzeuge, Ausnahme',
    noRequest: '0: beobachtet, keine Modellanfrage',
    minutesUnknown: '+: beobachtet, Minuten nicht bekannt',
    suspectedOrPossible: 'Verdacht oder nur möglich (?)',
    onNetwork: 'im Netzwerk, keine beobachtet',
    offNetwork: 'nicht im Netzwerk',
  },
  tools: {
    heading: 'Werkzeuge',
    caption: (top) =>
      `Die Balken zeigen Rechner je Tag, alle im selben Maßstab von 0 bis ${top}. Bytes sind ganze Frames auf der Leitung. Rechner, auf denen ein Werkzeug nur möglich ist, sind getrennt gezählt und in keiner Summe enthalten.`,
    perDay: 'Je Tag',
    hostsPerDay: (counts) => `Rechner je Tag: ${counts}`,
    byConfidence: (confidence, count) =>
      `${count} ${{ certain: 'sicher', likely: 'wahrscheinlich', possible: 'möglich' }[confidence]}`,
    few: 'wenige',
    banned: 'verboten',
    onHosts: (name, count) => `${name} auf ${ofHosts(count)}`,
    provided: (name, count, bytes) => `${name} auf ${ofHosts(count)} (${bytes})`,
    onlyPossible: (tools) => `Nur möglich, da andere Programme dasselbe senden: ${tools}.`,
    providers: (providers) => `Anbieter, bei denen kein Werkzeug zu benennen ist: ${providers}.`,
    ledger: 'Telemetrie im Vergleich',
    ledgerLead: (names) =>
      `${names.length === 0 ? 'Kein Werkzeug sendete mehr Telemetrie als Modellanfragen.' : `${listIn(names, ', ', ' und ')} ${verb(names.length, 'sendete', 'sendeten')} mehr Telemetrie als Modellanfragen.`} Von allen Rechnern gesendete Nutzdaten in Bytes, ein Maßstab.`,
    ledgerCaption: 'Gesendete Nutzdaten je Werkzeug: Modellanfragen und Telemetrie',
    modelRequests: 'Modellanfragen',
    telemetryKey: 'Telemetrie',
    estimateRange: 'Bereich der Schätzung',
    model: 'Modell',
    telemetryShare: 'Anteil der Telemetrie',
    share: 'Anteil',
    distinguishedBy: 'Unterschieden durch',
    byName: 'eigener Name: gemessen',
    byShape: 'Form der Uploads: Schätzung',
    noneSeen: 'keine beobachtet',
  },
  evidence: {
    violators: 'Verstöße und Verdachtsfälle',
    violatorsCaption:
      'Zeiten und Mengen gehören allein zum Befund: was gesendet wurde, seit die Regel gilt. Eine Zeile sagt etwas über einen Rechner, nicht über eine Person.',
    group: 'Gruppe',
    moreFindings: (count) => plural(count, 'weiterer Befund', 'weitere Befunde'),
    findings: 'Befunde',
    filter: 'Befunde filtern',
    all: (count) => `Alle ${count}`,
    tones: {
      viol: 'Verstöße',
      susp: 'Verdacht',
      info: 'Hinweise',
      exempt: 'Ausnahmen',
      ok: 'Eingehalten',
      none: 'Sonstige',
    },
    openAll: 'Alle öffnen',
    nothingFound: 'Die Richtlinie ergab keine Befunde.',
    findingsLead:
      'Jeder Befund hat die Zeiten, Zahlen und Belege dessen, worum es in ihm geht. Geöffnet zeigt er die Belege und was gegen ihn spricht.',
    otherUse: 'Sonstige Nutzung',
    evidence: 'Belege',
    evidenceLead:
      'Eine Zeile je Rechner und Werkzeug oder Anbieter. Geöffnet zeigt sie Namen, Fingerabdrücke und Belege.',
    provisional: 'vorläufig',
    provisionalUntil: (time) => `Vorläufig bis ${time}: Es kann eine andere Erklärung geben.`,
    wholePeriod: (tool) => `Namen und Fingerabdrücke von ${tool} auf diesem Rechner im ganzen Zeitraum:`,
    stateLink: 'Stand und Änderungen dieses Befunds',
    healthLink: 'Zustand und Diagnose dieser Verbindungen',
    providerTag: 'Anbieter',
    toolNotKnown: 'Werkzeug nicht bekannt',
    kinds: {
      cli: 'Terminal',
      ide: 'Editor',
      'ide-extension': 'Erweiterung',
      agent: 'Agent',
      chat: 'Chat',
      api: 'API',
      gateway: 'Gateway',
      'local-runtime': 'lokal',
      'model-hub': 'Modelle',
    },
    reportedBy: (sensors) => `Gemeldet von ${sensors}.`,
    reporters: 'Gemeldet von',
    builds: (builds) => `Versionen, die gelaufen sein können: ${builds}.`,
    activeMinutes: (minutes) => plural(minutes, 'aktive Minute', 'aktive Minuten'),
    requests: (range) => `${range} Anfragen`,
    noRequestEstimate: 'keine Schätzung der Anfragen',
    sent: (bytes) => `${bytes} gesendet`,
    received: (bytes) => `${bytes} empfangen`,
    withheld: 'Nicht angegeben',
    rule: (id, revision) => `${id}, Fassung ${revision}`,
    assignedTo: 'Zugewiesen an',
    exception: 'Ausnahme',
    references: 'Verweise',
    serviceClass: 'Klasse',
    exposed: 'Aus anderen Netzen erreicht',
    probes: 'Abfragen ohne Nutzung',
    severities: {
      info: 'Hinweis',
      low: 'niedrig',
      medium: 'mittel',
      high: 'hoch',
      critical: 'kritisch',
    },
    whatWireShowed: 'Was auf der Leitung zu sehen war',
    when: 'Wann und in welchen Verbindungen',
    catalogueLine: 'Zeile im Katalog',
    toCopy: 'Was zu tun ist, als Texte zum Kopieren:',
    findFlows: 'Diese Verbindungen in anderen Programmen finden:',
    serverNames: 'Servernamen',
    serverName: 'Servername',
    role: 'Zweck',
    owner: 'Verwendet von',
    moreNames: (count) => `${plural(count, 'weiterer Name', 'weitere Namen')}.`,
    fingerprints: 'Fingerabdrücke der Verbindungsaufbauten',
    runtime: 'Laufzeitumgebung',
    against: 'Was dagegen spricht',
    nothingAgainst: 'Nichts, was die Pakete zeigen.',
    doubt: (rule) => DOUBTS[rule] ?? null,
    nextStep: 'Nächster Schritt',
    seeAgain: 'Belege erneut ansehen',
  },
  unseen: {
    heading: 'Was nicht sichtbar war',
    lead: (share) =>
      `${share === null ? 'Es wurden keine verborgenen Namen, keine Tunnel und keine Verbindungen ohne Verbindungsaufbau beobachtet.' : `${share} aller Bytes sind keinem Namen zuzuordnen.`} „Nicht beobachtet“ heißt in diesem Bericht nie „nicht verwendet“.`,
    everythingElse: 'alles Übrige',
    toolsAsked: 'die abgefragten Werkzeuge',
    toolsAndProviders: 'KI-Programmierwerkzeuge und Anbieter',
    caption: 'Was nicht sichtbar war und was das für den Bericht bedeutet',
    what: 'Was',
    wire: 'Was auf der Leitung zu sehen ist',
    wireShort: 'Leitung',
    effect: 'Bedeutung für den Bericht',
    effectShort: 'Bedeutung',
    all: 'alle',
    otherNetworks: 'Andere Netze',
    otherNetworksWire: 'Heimnetze, Mobilfunk und Gastnetze laufen nicht über diesen Sensor.',
    otherNetworksEffect: 'Dieser Bericht sagt nichts über sie.',
    relayed: (count) => `Auf ${ofHosts(count)} benennt anderer Verkehr das Werkzeug trotzdem.`,
    gap: 'Lücke des Sensors',
    gapText: (from, to, reason) =>
      `${to === null ? `Ab ${from}, Dauer unbekannt` : `Vom ${from} bis ${to}`}: ${reason}.`,
    gaps: 'Lücken des Sensors',
    moreGaps: (count) => `${plural(count, 'weitere Lücke', 'weitere Lücken')}, keine länger als diese.`,
    gapEffect: 'Nutzung in dieser Zeit würde fehlen; Zahlen dieses Tages sind Untergrenzen.',
    loss: 'Paketverlust',
    lossText: (drops, all) => `${drops} von ${all} Paketen vom Kernel verworfen.`,
    lossEffect: (limit, isAbove) =>
      isAbove
        ? `Über ${limit}: Schätzungen entfallen, wo es vorkam.`
        : `Unter der Grenze von ${limit}: Schätzungen sind Bereiche, breiter, wo Pakete fehlen.`,
    span: 'Zeitraum',
    spanText: (sentence) => `Es gibt ${sentence}.`,
    spanEffect: 'Der Bericht sagt nichts über diese Zeit.',
    damaged: 'Beschädigte Eingabe',
    damagedEffect: 'Was davor und daneben liegt, ist gezählt.',
  },
  method: {
    heading: 'Methode und Grenzen',
    howItWorks: 'Wie es funktioniert',
    headers:
      'Gelesen werden Paketköpfe und der Verbindungsaufbau von TLS und QUIC. Nichts wird entschlüsselt; weder Inhalte noch Adressen von Webseiten werden gespeichert. Namen, Fingerabdrücke des Verbindungsaufbaus, DNS-Antworten und Netze werden mit einem Katalog von Werkzeugen abgeglichen.',
    runtimes:
      'Ein Fingerabdruck benennt eine Laufzeitumgebung (Bun, Node, rustls), kaum je ein Werkzeug. Ein Werkzeug ist daher nur **sicher**, wenn ein passendes Programm mit einem Namen gearbeitet hat, den kein anderes Programm verwendet; wer den Namen nur abfragt, kann eine Überwachung sein.',
    numbers: 'Wie die Zahlen entstehen',
    minutes:
      '**Aktive Minuten**: Minuten, in denen mindestens eine Modellanfrage lief; Keep-Alives und Telemetrie zählen nicht. ±1 je Anfang und Ende einer Sitzung.',
    requests:
      '**Anfragen**: Uploads, auf die ein Datenstrom antwortet. Ein Bereich, nach außen gerundet; „keine Schätzung“, wo die Leitung keine hergibt.',
    sent: '**Gesendet, empfangen**: ganze Frames. Der Vergleich der Telemetrie zählt nur Nutzdaten.',
    again: 'So entsteht dieser Bericht erneut',
    catalogue: 'Katalog',
    sensor: 'Sensor',
    packets: 'Pakete',
    read: (captures, left) => `Gelesen: ${captures.join(', ')}${left > 0 ? ` und ${left} weitere` : ''}.`,
    capture: (file, count) => `${file} (${packets(count)})`,
    glossary: 'Glossar',
    terms: (hasPolicy, grace) => [
      [
        'Aktive Minute',
        'Eine Uhrminute, in der eine Modellanfrage lief; Keep-Alives und Telemetrie zählen nicht.',
      ],
      [
        'Anbieter',
        'Eine API, eine Cloud oder ein Gateway, die mehrere Werkzeuge verwenden. Wo nur ihr Name zu sehen war, ist kein Werkzeug benannt.',
      ],
      ...(hasPolicy
        ? ([['Ausnahme', 'Eine befristete Erlaubnis in der Richtlinie, mit Grund und Genehmigung.']] as const)
        : []),
      [
        'ClientHello',
        'Die erste Nachricht einer verschlüsselten Verbindung. Sie ist lesbar und enthält oft den Namen des Servers.',
      ],
      ['ECH', 'Encrypted ClientHello: verbirgt den Namen des Servers vor dem Netzwerk.'],
      [
        'JA3, JA4',
        'Kurze Codes für die Form eines ClientHello. Sie zeigen die Laufzeitumgebung, nicht das Werkzeug.',
      ],
      ['Modellanfrage', 'Ein Upload, auf den ein Sprachmodell mit einem Datenstrom antwortet.'],
      [
        'Relay, Gateway',
        'Ein zwischengeschalteter Server, der Anfragen weiterleitet, sodass das Werkzeug mit einem anderen Namen spricht.',
      ],
      [
        'Sicher, wahrscheinlich, möglich',
        'Wie stark die Belege sind. Sicher: ein Name, den nur dieses Werkzeug verwendet. Wahrscheinlich: mehrere übereinstimmende Belege. Möglich: Es passt, aber andere Programme passen auch.',
      ],
      [
        'Telemetrie',
        'Daten über Nutzung und Fehler, die ein Werkzeug zusätzlich zu Modellanfragen an seinen Hersteller sendet.',
      ],
      ...(hasPolicy && grace !== null
        ? ([
            [
              'Übergangsfrist',
              `Tage nach dem Verbot, an denen Nutzung nur als Hinweis vermerkt wird. Hier ${grace}.`,
            ],
          ] as const)
        : []),
    ],
  },
  comparison: {
    heading: (after, before) => `${after} im Vergleich mit ${before}`,
    before: 'Vorher',
    after: 'Nachher',
    nothing:
      'Im beobachteten Teil beider Zeiträume wurde kein KI-Programmierwerkzeug beobachtet. Das beweist nicht, dass keines verwendet wurde.',
    legend:
      'Eine Änderung wird gezeigt, wenn beide Zeiträume sie stützen; „–“: nicht unterscheidbar. Anfragen und Telemetrie sind Schätzungen: „mehr“ oder „weniger“ steht da, wenn sich ihre Bereiche nicht überschneiden. „Nicht im Netz“: Der Rechner war nicht im Netzwerk, seine Nutzung ist daher unbekannt.',
    tools: 'Werkzeuge im Vergleich',
    toolsCaption:
      'Werkzeuge und Anbieter, vorher bis nachher; Rechner, die neu damit arbeiten, die ohne im Netzwerk sind und die nicht mehr im Netzwerk sind.',
    fresh: 'Neu',
    notThere: 'Nicht im Netz',
    provider: 'Anbieter',
    fewHosts: 'wenige Rechner',
    hosts: 'Rechner im Vergleich',
    hostsCaption: (shown, count) =>
      `${shown === null ? hosts(count) : `${shown} von ${ofHosts(count)}`} mit einem Werkzeug oder Anbieter in einem der Zeiträume, nach Adresse.`,
  },
};
