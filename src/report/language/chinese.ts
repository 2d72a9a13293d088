// The messages in Chinese (simplified).

import { MESSAGES } from '../messages/zh.messages.js';
import { messagesIn } from '../text/english-words.ts';
import { formatCount } from '../text/quantity.ts';
import { CHINESE_PHRASING } from './chinese-phrasing.ts';
import type { Messages } from './english.ts';
import { type LimitPhrases, limitTexts, type VerdictPhrases, verdictText } from './sheet-texts.ts';

const CHINESE_WORDS = messagesIn(MESSAGES, CHINESE_PHRASING);

const count = (amount: number, noun: string): string => `${formatCount(amount)} ${noun}`;
const hosts = (amount: number): string => count(amount, '台主机');
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
  summary: {
    ...CHINESE_WORDS.summary,
    limitsOf: (document) => limitTexts(LIMITS, CHINESE_WORDS, document),
  },
};
