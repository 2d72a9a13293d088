// The messages in Chinese (simplified).

import { formatCount } from '../text/quantity.ts';
import { CHINESE_PAGE } from './chinese-page.ts';
import { CHINESE_WORDS, count, hosts } from './chinese-words.ts';
import type { Messages } from './english.ts';
import { type LimitPhrases, limitTexts, type VerdictPhrases, verdictText } from './sheet-texts.ts';

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

const inScope = (amount: number): string => `范围内 ${hosts(amount)}`;
const UNKNOWN = '不明时间';

const VERDICT: VerdictPhrases = {
  labels: { compliant: '合规', violated: '违反', inconclusive: '无法判定' },
  headline: (title, from, id, revision) =>
    `${title}${from === null ? '' : `，自${from}起`}（${id} 第 ${revision} 版）`,
  whileInForce: '规则生效期间',
  afterGrace: (from) => `宽限期后（${from}起）`,
  violated: (hosts, seen, since, denied) =>
    `${since}，${inScope(seen)}中有 ${formatCount(hosts)} 台${{ tool: '使用了被禁止的工具', service: '运行了所禁止的 AI 服务', path: '绕过了规定的网关' }[denied]}`,
  notSeen: (seen, since) => `${since}，${inScope(seen)}均未看到使用`,
  noViolation: (seen, since, denied) =>
    `${since}，${inScope(seen)}没有发现${denied === 'path' ? '绕过规定网关的使用' : '违规'}`,
  nothingRead: '没有读到任何数据',
  counts: {
    suspected: (hosts) => `${count(hosts, '台')}疑似`,
    grace: (hosts) => `${count(hosts, '台')}仅在宽限期内`,
    exempt: (hosts) => `${count(hosts, '台')}例外`,
    aside: (hosts) => `${count(hosts, '台')}仅遥测或更新`,
    attempted: (hosts) => `${count(hosts, '台')}仅尝试`,
    throughGateways: (hosts) => `${count(hosts, '台')}经过网关`,
    notSeenSince: (hosts) => `${count(hosts, '台')}此后未再看到`,
  },
  observed: (since, until, zone, share) =>
    `${since} 至 ${until}（${zone}），${share === null ? '观测没有中断' : `观测到其中 ${share}`}`,
  provisional: (findings, until) => `${count(findings, '项')}发现在 ${until} 之前是暂定的：可能有其他解释`,
  missed: (limit) => `可能有遗漏：${limit}`,
  reasons: {
    blind: ({ detail, since }) => `接口 ${detail} 自 ${since ?? UNKNOWN} 起中断，没有观测`,
    interrupted: ({ since }) =>
      since === null ? '读取在开始前中断' : `读取在 ${since} 的数据包处中断，其后没有读取`,
    cut: ({ since, until }) =>
      `捕获文件被截断或损坏：${since ?? UNKNOWN} 起至${until === null ? '结束' : ` ${until}`}情况不明`,
    unread: ({ names }) => `未读取或未完整读取：${names}`,
    notYetInForce: ({ since }) => `规则于 ${since ?? UNKNOWN} 生效，读到的数据都更早`,
    onlyGrace: ({ until }) =>
      until === null ? '规则在宽限期结束前已失效' : `读到的数据都在宽限期结束（${until}）之前`,
    ended: ({ since }) => `规则于 ${since ?? UNKNOWN} 失效，读到的数据都更晚`,
    noHosts: () => '规则生效期间，范围内没有主机在网络上',
    unobserved: ({ share, since, until }) =>
      `有 ${share} 的时间无人观测，最长的一段自 ${since ?? UNKNOWN} 起${until === null ? '' : `至 ${until}`}`,
    dark: ({ isMost, share, hostsSeen, hostsDark }) =>
      isMost
        ? `范围内主机 ${share} 的字节无法查看`
        : `${inScope(hostsSeen)}中有 ${formatCount(hostsDark)} 台无法查看`,
    loss: ({ share }) => `丢失了 ${share} 的数据包`,
    oneWay: ({ amount }) => `${count(amount, '台主机')}的大量流量只观察到一个方向`,
    conflict: ({ amount }) => `${count(amount, '条流')}的数据包相互矛盾，名称可能被隐藏`,
    suspected: ({ amount }) =>
      `${count(amount, '台主机')}的使用可能违反规则：无法确定是哪个程序，或请求次数不明`,
    otherPrograms: ({ amount }) =>
      `${count(amount, '台主机')}上有未知程序调用了 API、网关或疑似中转，而没有规则涉及它们`,
    unproven: ({ amount }) => `${count(amount, '台主机')}涉嫌使用，但其流未能完整且无矛盾地显示双方`,
    path: ({ amount }) => `${count(amount, '台主机')}的日志没有显示经过哪个代理`,
    evidence: ({ unmet }) => `规则要求的证据永远无法看到：${unmet}`,
    someEvidence: ({ unmet }) => `部分工具的证据永远无法看到：${unmet}`,
    hiddenServices: () => '使用 TLS 或 HTTP/2、仅在回环接口上或没有请求的服务无法看到',
    part: () => '所查询的工具没有违规，但规则还涉及其他工具',
  },
  unmet: {
    confidence: (tools, { best }) => `${tools}的使用，其置信度最高只能是“${best}”`,
    roles: (tools, { required }) => `${tools}没有角色为 ${required.join(' 或 ')} 的名称`,
    counts: (tools) => `${tools}的请求无法计数`,
  },
  moreTools: (tools, more) => `${tools} 以及另外 ${more} 个工具`,
  control({ total, blocked, failed, passed, hostsPassed, places }) {
    return [
      `访问其名称的 ${count(total, '次尝试')}中${blocked === 0 ? '没有被阻止的' : `有 ${formatCount(blocked)} 次被阻止（${places}）`}`,
      failed === 0 ? '' : `${count(failed, '次')}因其他原因失败`,
      passed === 0 ? '没有通过的' : `${count(passed, '次')}通过，来自 ${hosts(hostsPassed)}`,
    ]
      .filter((part) => part !== '')
      .join('；');
  },
  legs: CHINESE_WORDS.legs,
  placeNotKnown: '位置不明',
};

const LIMITS: LimitPhrases = {
  nothingHidden: '没有看到隐藏的名称、隧道或缺少握手的连接。',
  hidden: (share, kinds) => `无法归属的字节占 ${share}：${kinds}。`,
  kinds: CHINESE_WORDS.blindSpots.kinds,
  unrecorded: (from, to) => `没有${from}${to === null ? '以后' : `至${to}`}的记录。`,
  lost: (share) => `丢失了 ${share} 的数据包。`,
  evicted: (flows) => `流表已满，${count(flows, '条流')}被提前移出。`,
  gap: (from, to) => `${from}${to === null ? '以后' : `至${to}`}没有观测。`,
  moreGaps: (amount) => `另有 ${count(amount, '段时间')}没有观测。`,
  clockErrors: (packets) =>
    `${count(packets, '个数据包')}的时间早于 2000 年或与其余时间相差数年，说明时钟有误；时间范围和图表不包含这些日子。`,
  withheld: (hosts, leastHosts) =>
    `${count(hosts, '台主机')}未列出：适用于它们的例外所涵盖的主机少于 ${leastHosts} 台。`,
  interrupted: '读取被中断，这里只有此前读到的内容。',
  unread: (inputs) => `${count(inputs, '个输入')}没有读取或没有读完。`,
  cutShort: (packets) => `${count(packets, '个数据包')}在捕获时被截短。`,
  malformed: (packets) => `${count(packets, '个数据包')}格式有误。`,
  notSeen: '“没有看到”不等于“没有使用”。不经过传感器的网络不在本摘要之内。',
  machine: '发现是关于机器的证据，不是关于人的证据。',
};

export const CHINESE: Messages = {
  ...CHINESE_WORDS,
  verdict: (verdict, document, zone) => verdictText(VERDICT, CHINESE_WORDS, verdict, document, zone),
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
    ruleOf: (policy, id, revision) => `“${policy}”（${id} 第 ${revision} 版）`,
    made: (wiretally, catalogue, rule) =>
      `由 Wiretally ${wiretally} 根据目录 ${catalogue}${rule === null ? '' : ` 和制度${rule}`}生成。`,
  },
  summary: {
    heading: 'AI 编程工具：合规摘要',
    noPolicyGiven: '未提供制度',
    about: (policy, span, zone, hosts) => `${policy}。${span}，${zone}。${count(hosts, '台主机')}。`,
    noPackets: '没有数据包',
    noPolicy: '没有制度',
    noVerdict: '只列出使用情况，不作结论。',
    findings: '违规与疑似',
    findingHeads: ['结果', '主机', '工具', '规则', '可信程度', '首次', '末次', '请求数', '发送的数据'],
    moreFindings: (amount) => `报告中还有 ${formatCount(amount)} 项发现。`,
    tools: '看到的工具',
    toolHeads: ['工具', '厂商', '主机', '发送', '发送的遥测'],
    notToldApart: '无法区分',
    moreTools: (amount) => `报告中还有 ${formatCount(amount)} 个工具。`,
    limits: '局限',
    limitsOf: (document) => limitTexts(LIMITS, CHINESE_WORDS, document),
    toCheck: '如何核对',
    title: (span) => `合规摘要，${span}`,
    made: (wiretally, catalogue, day, packets) =>
      `由 Wiretally ${wiretally}（目录 ${catalogue}）${day === null ? '' : `于${day}`}生成，依据 ${count(packets, '个数据包')}。`,
  },
  page: CHINESE_PAGE,
  markdown: {
    heading: (span) => `网络上的 AI 编程工具${span === null ? '' : `，${span}`}`,
    findings: '发现',
    exemptBy: (exception) => `例外：${exception}`,
    findingsNote: '发现的数字只涵盖该发现的时间；下表的数字涵盖整个时间范围。',
    toDo: (action) => `处理办法：${action}`,
    mayBe: (tools) => `（可能是 ${tools}）`,
    by: (by) => ({ hour: '小时', day: '日期', week: '周', tool: '工具', host: '主机', role: '用途' })[by],
    unseen: '哪些无法看到',
    notSeen: '本报告中的“没有看到”从不表示“没有使用”。',
    notVisible: '不可见',
    share: '占比',
    effect: '影响',
    unrecorded: (sentence) => `时间范围：${sentence}。`,
    lost: (sentence) => `丢失：${sentence}。`,
    howMade: '本报告的由来',
    made: (wiretally, catalogue, zone) => `Wiretally ${wiretally}，目录 ${catalogue}；时间为 ${zone}`,
    clientHellos: (amount) => count(amount, '个 ClientHello'),
    comparison: {
      before: (text) => `此前：${text}`,
      after: (text) => `此后：${text}`,
      limit: (text) => `局限：${text}`,
    },
  },
};
