// The messages of the sheets in Chinese (simplified).

import type { ReportDocument, RuleSummary, VerdictReason } from '../../model/report.ts';
import type { FindingResult, NotVisibleKind } from '../../model/words.ts';
import { visibleText } from '../../text/visible-text.ts';
import type { Zone } from '../../time/zone.ts';
import { darkShare, hidesNames, notVisibleRows } from '../text/blind-spots.ts';
import { clockTime, readerZone, unixSeconds } from '../text/instant.ts';
import { isNothingObserved } from '../text/nothing-seen.ts';
import { formatCount, formatShare } from '../text/quantity.ts';
import { isClear, type Verdict } from '../text/verdict.ts';
import type { Messages, VerdictText } from './messages.ts';

const KINDS: Readonly<Record<string, string>> = {
  cli: '在终端中运行、通过网络调用语言模型的程序',
  ide: '通过网络调用语言模型的编辑器',
  'ide-extension': '通过网络调用语言模型的编辑器扩展',
  agent: '自行完成任务、通过网络调用语言模型的程序',
  chat: '在浏览器或应用中与语言模型对话的工具',
  api: '供程序调用语言模型的服务',
  gateway: '把请求转发给语言模型的中间服务器',
  'local-runtime': '在本机运行语言模型的程序',
  'model-hub': '下载语言模型的站点',
};

const RESULTS: Readonly<Record<FindingResult, string>> = {
  violation: '违规',
  suspected: '疑似',
  grace: '宽限期内',
  updateOnly: '仅更新',
  telemetryOnly: '仅遥测',
  exempt: '例外',
  bypass: '绕过网关',
  attempted: '仅尝试',
};

const HIDDEN: Readonly<Record<NotVisibleKind, string>> = {
  ech: '隐藏的名称',
  tunnel: 'VPN 和隧道',
  dns: '加密 DNS',
  relay: '疑似中转',
  cloud: '共享云',
  midFlow: '未捕获握手',
  oneWay: '只有单向流量',
  loss: '缺失的数据包',
  conflict: '相互矛盾的数据包',
};

const parts = (day: string): readonly number[] => day.split('-').map(Number);
const date = (day: string): string => {
  const [year, month, number] = parts(day);
  return `${year}年${month}月${number}日`;
};
const dayOf = (day: string): string => {
  const [, month, number] = parts(day);
  return `${month}月${number}日`;
};
const time = (instant: string, zone: Zone): string =>
  `${dayOf(zone.dayOf(unixSeconds(instant)))} ${clockTime(instant, zone)}`;
const count = (amount: number, noun: string): string => `${formatCount(amount)} ${noun}`;

export const CHINESE: Messages = {
  tag: 'zh-CN',
  fullStop: '。',
  listSeparator: '、',
  date,
  day: dayOf,
  span: (first, last) =>
    first === last
      ? date(first)
      : `${date(first)}至${first.slice(0, 4) === last.slice(0, 4) ? dayOf(last) : date(last)}`,
  time,
  days: (amount) => count(amount, '天'),
  employee: {
    title: (tool) => `${tool}：须知`,
    about: '它是什么，发送什么，制度如何规定，记录什么，以及向谁咨询。',
    whatItIs: '这个工具是什么',
    description: (tool, vendor, kind) =>
      `${tool}（${vendor}）是${KINDS[kind] ?? '通过网络调用语言模型的程序'}。每次请求都会发送您的提示词以及所需的文件内容。`,
    noPolicy: '本页没有引用任何制度。',
    noRule: (tool) => `我们的制度没有关于 ${tool} 的规则。`,
    onMachinesOf: (groups) => `（适用于 ${groups.join('、')} 的机器）`,
    rule: (id, title) => `规则 ${id}：${title}。`,
    mayUse: (tool, where) => `您可以使用 ${tool}${where}。`,
    observed: (tool, where) => `${tool} 既未禁止，也未批准${where}。`,
    countedOnly: '只统计使用情况。',
    doNotUse: (tool, where) => `请不要使用 ${tool}${where}。`,
    inForce: (since) =>
      `该规则${since === null ? '' : `自${since}起`}生效。如因研究或其他原因需要使用，请申请例外。`,
    whatPolicySays: '制度的规定',
    announced: '规则公布。',
    tookEffect: (zone) => `规则生效（${zone}）。`,
    graceDays: '宽限期：使用会被记录，没有其他后果。',
    fromDay: (day) => `${day}起`,
    countsAsViolation: '使用即视为违反制度。',
    whatItSends: '它发送什么',
    notMeasured: '您的请求，通常还有遥测，即关于使用和错误的数据。数量未在本页中测量。',
    noTelemetryName: '没有已知的遥测专用名称。',
    telemetryNames: (names) => `遥测使用专用名称：${names.join('、')}。`,
    measured: '根据录制的流量测量：',
    yourRequests: '您的请求',
    telemetry: '遥测',
    telemetryIs: (share) =>
      `遥测是关于使用和错误的数据。${share === null ? '' : `遥测占所发送数据的 ${share}。`}`,
    whatIsNoted: '网络传感器记录什么，不记录什么',
    noted: '记录',
    notNoted: '不记录',
    notes: (isPseudonym) => [
      ['某台机器与某个工具的服务器通信、时间和字节数', '您输入的内容、代码、回答、文件、网页地址'],
      ['连接的第一条消息的形式', '加密内容：从不解密'],
      [isPseudonym ? '以假名代替机器的地址和名称' : '机器的地址和名称', '谁在使用机器；不经过传感器的网络'],
    ],
    deleted(windowDays, findingDays) {
      const words = [
        windowDays === null ? '' : `流量记录在 ${windowDays} 天后删除`,
        findingDays === null ? '' : `发现在 ${findingDays} 天后删除`,
      ].filter((text) => text !== '');
      return words.length === 0 ? '' : `${words.join('，')}。`;
    },
    reidentified: '把假名还原为机器是单独的步骤，每次都会写入日志。',
    noRankings: '不对人员进行排名。',
    ifWrong: '如果您认为某项发现有误',
    sayIt:
      '请提出。发现是关于机器的证据，可能有误。您可以查看证据：名称、时间、可信程度以及反面证据。仅有更新或遥测不算使用。',
    whomToAsk: '向谁咨询',
    owner: (owner) => `制度与例外：${owner}。请说明用途、机器和期限。例外总有截止日期。`,
    network: '本网络的管理人员。',
    made: (wiretally, catalogue, policy) =>
      `由 Wiretally ${wiretally} 根据目录 ${catalogue}${policy === null ? '' : ` 和制度${policy}`}生成。`,
  },
  summary: {
    heading: 'AI 编程工具：合规摘要',
    noPolicyGiven: '未提供制度',
    about: (policy, span, zone, hosts) => `${policy}。${span}，${zone}。${count(hosts, '台主机')}。`,
    noPackets: '没有数据包',
    noPolicy: '没有制度',
    noVerdict: '只列出使用情况，不作结论。',
    verdict: verdictText,
    findings: '违规与疑似',
    findingHeads: ['结果', '主机', '工具', '规则', '可信程度', '首次', '末次', '请求数', '发送的数据'],
    result: (result) => RESULTS[result],
    confidence: (confidence) => ({ certain: '确定', likely: '很可能', possible: '可能' })[confidence],
    moreFindings: (amount) => `报告中还有 ${formatCount(amount)} 项发现。`,
    tools: '看到的工具',
    noTools: nothingSeen,
    toolHeads: ['工具', '厂商', '主机', '发送', '发送的遥测'],
    notToldApart: '无法区分',
    moreTools: (amount) => `报告中还有 ${formatCount(amount)} 个工具。`,
    limits: '局限',
    limitsOf,
    toCheck: '如何核对',
    title: (span) => `合规摘要，${span}`,
    made: (wiretally, catalogue, day, packets) =>
      `由 Wiretally ${wiretally}（目录 ${catalogue}）${day === null ? '' : `于${day}`}生成，依据 ${count(packets, '个数据包')}。`,
  },
};

const LABELS = { compliant: '合规', violated: '违反', inconclusive: '无法判定' } as const;

function verdictText({ summary, rule, aside }: Verdict, _: ReportDocument, zone: Zone): VerdictText {
  const from = rule.effective === null ? '' : `，自${date(zone.dayOf(unixSeconds(rule.effective)))}起`;
  const grace = rule.graceUntil === null ? null : dayOf(zone.dayOf(unixSeconds(rule.graceUntil)));
  const since = grace === null ? '规则生效期间' : `宽限期后（${grace}起）`;
  const seen = `范围内 ${count(summary.hostsSeen, '台主机')}`;
  const [first = '没有读到任何数据', ...more] = summary.reasons.map((reason) =>
    reasonOf(reason, summary, zone),
  );
  const sentence = {
    violated: `${since}，${seen}中有 ${formatCount(summary.after)} 台${rule.services === undefined ? '使用了它' : '运行了所禁止的 AI 服务'}`,
    compliant: isClear(summary, aside) ? `${since}，${seen}均未看到使用` : `${since}，${seen}没有发现违规`,
    inconclusive: first,
  }[summary.verdict];
  const limits =
    summary.verdict === 'inconclusive' ? more : summary.reasons.length === 0 ? [] : [first, ...more];
  const counts: readonly (readonly [number, string])[] = [
    [summary.suspected, '疑似'],
    [summary.grace, '仅在宽限期内'],
    [summary.exempt, '例外'],
    [aside, '仅遥测或更新'],
    [summary.notSeenSince, '此后未再看到'],
  ];
  return {
    label: LABELS[summary.verdict],
    headline: `${visibleText(rule.title)}${from}（${visibleText(rule.id)} 第 ${rule.rev} 版）`,
    sentence,
    counts: counts
      .filter(([amount]) => amount > 0)
      .map(([amount, words]) => `${formatCount(amount)} 台${words}`),
    rests: [
      ...observedOf(summary, zone),
      ...limits.map((limit) => (summary.verdict === 'violated' ? `可能有遗漏：${limit}` : limit)),
    ],
  };
}

function observedOf({ observed }: RuleSummary, zone: Zone): string[] {
  if (observed === null) return [];
  const span = `${time(observed.since, zone)} 至 ${time(observed.until, zone)}（${zone.name}）`;
  return [
    observed.share === 1 ? `${span}，观测没有中断` : `${span}，观测到其中 ${formatShare(observed.share)}`,
  ];
}

function reasonOf(reason: VerdictReason, summary: RuleSummary, zone: Zone): string {
  const at = (instant: string | null | undefined): string => (instant ? time(instant, zone) : '不明时间');
  const share = formatShare(reason.share ?? 0);
  const detail = visibleText(reason.detail ?? '');
  switch (reason.reason) {
    case 'blind':
      return `接口 ${detail} 自 ${at(reason.since)} 起中断，没有观测`;
    case 'interrupted':
      return reason.since === undefined
        ? '读取在开始前中断'
        : `读取在 ${at(reason.since)} 的数据包处中断，其后没有读取`;
    case 'cut':
      return `捕获文件被截断或损坏：${at(reason.since)} 起至${reason.until ? ` ${at(reason.until)}` : '结束'}情况不明`;
    case 'unread':
      return `未读取或未完整读取：${detail}`;
    case 'notYetInForce':
      return `规则于 ${at(reason.since)} 生效，读到的数据都更早`;
    case 'onlyGrace':
      return reason.until === undefined
        ? '规则在宽限期结束前已失效'
        : `读到的数据都在宽限期结束（${at(reason.until)}）之前`;
    case 'ended':
      return `规则于 ${at(reason.since)} 失效，读到的数据都更晚`;
    case 'noHosts':
      return '规则生效期间，范围内没有主机在网络上';
    case 'unobserved':
      return `有 ${share} 的时间无人观测，最长的一段自 ${at(reason.since)} 起`;
    case 'dark':
      return (reason.share ?? 0) > 0.5
        ? `范围内主机 ${share} 的字节无法查看`
        : `范围内 ${formatCount(summary.hostsSeen)} 台主机中有 ${formatCount(summary.hostsDark)} 台无法查看`;
    case 'loss':
      return `丢失了 ${share} 的数据包`;
    case 'oneWay':
      return `${detail} 台主机的大量流量只观察到一个方向`;
    case 'conflict':
      return `${detail} 条流的数据包相互矛盾，名称可能被隐藏`;
    case 'suspected':
      return `${detail} 台主机的使用可能违反规则：无法确定是哪个程序，或请求次数不明`;
    case 'unproven':
      return `${detail} 台主机涉嫌使用，但其流未能完整且无矛盾地显示双方`;
    case 'path':
      return `${detail} 台主机的日志没有显示经过哪个代理`;
    case 'evidence':
      return `规则要求的证据永远无法看到：${detail}`;
    case 'someEvidence':
      return `部分工具的证据永远无法看到：${detail}`;
    case 'hiddenServices':
      return '使用 TLS 或 HTTP/2、仅在回环接口上或没有请求的服务无法看到';
    case 'part':
      return '所查询的工具没有违规，但规则还涉及其他工具';
  }
}

function nothingSeen(document: ReportDocument): string {
  const { hosts, selection } = document;
  if (isNothingObserved(document)) return '所查询的范围内没有观测到任何流量。';
  if (selection === undefined || selection.toolNames.length === 0)
    return `在 ${count(hosts.length, '台主机')}上没有看到 AI 编程工具。`;
  return `在 ${count(hosts.length, '台主机')}上没有看到 ${selection.toolNames.map(visibleText).join('、')}。`;
}

function limitsOf(document: ReportDocument): string[] {
  const hidden = notVisibleRows(document).filter(({ kind }) => hidesNames(kind));
  const { packets, kernelDrops, snaplenCut, malformed } = document.stats;
  const bad = Object.values(malformed).reduce((sum, amount) => sum + amount, 0);
  const unread = document.incomplete?.length ?? 0;
  const zone = readerZone(document);
  return [
    hidden.length === 0
      ? '没有看到隐藏的名称、隧道或缺少握手的连接。'
      : `无法归属的字节占 ${formatShare(darkShare(document))}：${hidden.map(({ kind, share }) => `${HIDDEN[kind]} ${formatShare(share)}`).join('、')}。`,
    ...(document.unrecorded ?? []).map(
      ({ from, to }) => `没有${time(from, zone)}${to === null ? '以后' : `至${time(to, zone)}`}的记录。`,
    ),
    ...(kernelDrops === 0 ? [] : [`丢失了 ${formatShare(kernelDrops / (packets + kernelDrops))} 的数据包。`]),
    ...(document.clockErrors === undefined
      ? []
      : [
          `${count(document.clockErrors.packets, '个数据包')}的时间早于 2000 年或与其余时间相差数年，说明时钟有误；时间范围和图表不包含这些日子。`,
        ]),
    ...(document.withheld === undefined
      ? []
      : [
          `${count(document.withheld.hosts, '台主机')}未列出：适用于它们的例外所涵盖的主机少于 ${document.withheld.leastHosts} 台。`,
        ]),
    ...(document.interrupted === true ? ['读取被中断，这里只有此前读到的内容。'] : []),
    ...(unread === 0 ? [] : [`${count(unread, '个输入')}没有读取或没有读完。`]),
    ...(snaplenCut === 0 ? [] : [`${count(snaplenCut, '个数据包')}在捕获时被截短。`]),
    ...(bad === 0 ? [] : [`${count(bad, '个数据包')}格式有误。`]),
    '“没有看到”不等于“没有使用”。不经过传感器的网络不在本摘要之内。',
    '发现是关于机器的证据，不是关于人的证据。',
  ];
}
