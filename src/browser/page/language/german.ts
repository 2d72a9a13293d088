// The texts of the page in German.

import { formatCount } from '../../../text/quantity.ts';
import type { PageTexts } from './texts.ts';

const counted = (count: number, noun: string, nouns: string): string =>
  `${formatCount(count)} ${count === 1 ? noun : nouns}`;

export const GERMAN: PageTexts = {
  tag: 'de',
  name: 'Deutsch',
  title: 'Mitschnitt auswerten – Wiretally',
  skip: 'Zum Inhalt springen',
  pages: 'Seiten',
  language: 'Sprache',
  nightTheme: 'Dunkel',
  heading: 'Einen Netzwerkmitschnitt in diesem Browser auswerten',
  lead: 'Die Seite zeigt, welche Hosts welche KI-Werkzeuge zum Programmieren nutzen, seit wann und wie viel. Der Mitschnitt wird auf diesem Rechner gelesen. Kein Paket, kein Name und kein Bericht wird an einen Server gesendet.',
  dropHere: 'Mitschnitte oder einen Ordner hier ablegen',
  chooseFiles: 'Dateien wählen',
  chooseFolder: 'Ordner wählen',
  useSample: 'Beispiel verwenden',
  formats:
    'pcap oder pcapng, unverpackt oder mit gzip oder zstd komprimiert. Mehrere Dateien werden als ein Mitschnitt gelesen, in zeitlicher Reihenfolge.',
  captureFiles: 'Mitschnitte',
  captureFolder: 'Ordner mit Mitschnitten',
  loading: 'Die Auswertung wird geladen.',
  needsScript:
    'Diese Seite braucht JavaScript: Sie liest den Mitschnitt selbst. Dasselbe auf der Kommandozeile: wiretally analyze DATEI --format html',
  readHeading: 'Was gelesen wird',
  read: 'Die Köpfe der Pakete und der lesbare Teil der TLS- und QUIC-Handshakes. Nichts wird entschlüsselt. Der Bericht enthält keine Nutzdaten und keine Adressen von Seiten.',
  leavesHeading: 'Was den Rechner verlässt',
  leaves:
    'Nichts. Nach dem Laden sendet diese Seite keine Anfrage, und ihre Content Security Policy erlaubt keine an andere Server. Zur Probe das Netzwerk vorher trennen: Die Seite funktioniert ohne.',
  resultHeading: 'Was herauskommt',
  result:
    'Der Bericht von wiretally analyze: Hosts, Werkzeuge, Belege, Telemetrie, Verbindungsfehler und was nicht sichtbar ist. Er lässt sich als HTML, JSON oder CSV speichern, seine Zeitfenster als .usage-Datei für andere Befehle. Mit einer Richtlinie lässt sich auch ein Beweispaket speichern.',
  policyLabel: 'Richtlinie:',
  noPolicy: 'keine',
  policyLead:
    'Mit einer Richtlinie sagt der Bericht, welche Hosts sie einhalten. Eine Richtlinie (YAML oder JSON) ablegen, wählen, oder das Formular ausfüllen. Sie wird wie von wiretally analyze --policy ausgewertet.',
  choosePolicy: 'Richtlinie wählen',
  savePolicy: 'Richtlinie speichern',
  removePolicy: 'Richtlinie entfernen',
  policyFile: 'Datei der Richtlinie',
  banTools: 'Diese Werkzeuge verbieten',
  banFrom: 'Ab diesem Tag',
  useBan: 'Dieses Verbot verwenden',
  reading: 'Der Mitschnitt wird gelesen',
  cancel: 'Abbrechen',
  notAllRead: 'Nicht alles wurde gelesen',
  report: 'Bericht',
  saveHtml: 'HTML speichern',
  saveJson: 'JSON speichern',
  saveCsv: 'CSV speichern',
  saveWindows: 'Zeitfenster speichern',
  saveBundle: 'Beweispaket speichern (ohne Signatur)',
  bundleIsUnsigned:
    'Ein Beweispaket dieser Seite ist nicht signiert: Seine Prüfsummen zeigen veränderte Dateien, nicht, wer es geschrieben hat. Ein signiertes Paket schreibt wiretally analyze mit --bundle und --sign-key.',
  again: 'Weiteren Mitschnitt auswerten',
  sendsNothing: 'Diese Seite sendet nichts.',
  ready: 'Bereit.',
  readyOffline: 'Bereit. Die Seite funktioniert jetzt ohne Netzwerk.',
  noReport: 'Kein Bericht',
  policyRefused: 'Die Richtlinie ist nicht verwendbar',
  notSaved: 'Nicht gespeichert',
  progress: (file, read, total) => `${file}: ${read} von ${total}`,
  saving: (name) => `${name} wird erstellt.`,
  readAll: (packets, captures) =>
    `${counted(packets, 'Paket', 'Pakete')} aus ${counted(captures, 'Mitschnitt', 'Mitschnitten')} gelesen.`,
  stopped: (packets) =>
    `Nach ${counted(packets, 'Paket', 'Paketen')} abgebrochen. Der Bericht zeigt, was bis dahin gelesen wurde.`,
  policyState: (name, rules) => `${name}, ${counted(rules, 'Regel', 'Regeln')}`,
  noFile: 'kein Mitschnitt angegeben: Der Ordner enthält keine Datei',
  tooManyFiles: (most) =>
    `mehr als ${formatCount(most)} Dateien: einen kleineren Ordner wählen, oder wiretally analyze verwenden`,
  notReadable: (reason) => `eine abgelegte Datei ist nicht lesbar: ${reason}`,
  policyTooLarge: (name, most) => `${name}: größer als ${formatCount(most)} Bytes, das ist keine Richtlinie`,
  workerFailed: (reason) => `der Worker dieser Seite ist ausgefallen: ${reason}`,
  workerNotLoaded: 'er konnte nicht geladen werden',
  notFetched: (address, reason) => `${address}: kann nicht geladen werden: ${reason}`,
};
