// The words that the outputs of a report share, in Chinese (simplified).

import { GAP_WORDS, type GapReason } from '../../model/words.ts';
import { lastVersion } from '../../text/version.ts';
import type { ReportWords } from '../text/english-words.ts';
import { clockTime, isPlain, type ReaderZone, shortDay, shortTime, unixSeconds } from '../text/instant.ts';
import { listIn, type Phrasing, quantitiesIn } from '../text/phrasing.ts';
import { formatCount } from '../text/quantity.ts';

const WEEKDAYS = ['周日', '周一', '周二', '周三', '周四', '周五', '周六'] as const;

const parts = (day: string): readonly number[] => day.split('-').map(Number);
const date = (day: string): string => {
  const [year, month, number] = parts(day);
  return `${year}年${month}月${number}日`;
};
const dayOf = (day: string): string => {
  const [, month, number] = parts(day);
  return `${month}月${number}日`;
};
const dayIn = (day: string, { plainYear }: ReaderZone): string =>
  isPlain(day, plainYear) ? dayOf(day) : date(day);
const time = (instant: string, zone: ReaderZone): string =>
  `${dayIn(zone.dayOf(unixSeconds(instant)), zone)} ${clockTime(instant, zone)}`;

export const count = (amount: number, noun: string): string => `${formatCount(amount)} ${noun}`;
export const hosts = (amount: number): string => count(amount, '台主机');
export const packets = (amount: number): string => count(amount, '个数据包');
export const flows = (amount: number): string => count(amount, '条流');
export const findings = (amount: number): string => count(amount, '项发现');

const PHRASING: Phrasing = {
  ...quantitiesIn((digits) => digits),
  tag: 'zh-CN',
  fullStop: '。',
  listSeparator: '、',
  clauseSeparator: '；',
  date,
  day: dayOf,
  dayIn,
  span: (first, last) =>
    first === last
      ? date(first)
      : `${date(first)}至${first.slice(0, 4) === last.slice(0, 4) ? dayOf(last) : date(last)}`,
  time,
  days: (amount) => count(amount, '天'),
  weekday: (day) => WEEKDAYS[new Date(`${day}T00:00:00Z`).getUTCDay()] ?? '',
  month: (day) => `${parts(day)[1]}月`,
  shortDay,
  shortTime,
  between: (from, to) => `${from} 至 ${to}`,
  and: (names) => listIn(names, '、', '和'),
  andMore: (names, more) =>
    `${names.join('、')}${more > 0 ? ` 等 ${formatCount(names.length + more)} 项` : ''}`,
};

const GAPS: Readonly<Record<GapReason, string>> = {
  betweenCaptures: '两次捕获之间',
  interfaceDown: '接口已中断',
  notRunning: '传感器未运行',
  cut: '捕获文件被截断或损坏',
  interrupted: '读取被中断',
  givenUp: '未送达的窗口因空间不足被删除',
  logMissing: '没有读到这段时间的日志',
  silent: '一个传感器没有上报',
};
const GAPS_BY_WORDS = new Map(
  Object.entries(GAP_WORDS).map(([reason, said]) => [said, GAPS[reason as GapReason]]),
);

const NEXT: Readonly<Record<string, string>> = {
  violation: '询问主机负责人；证据列出了名称和流',
  grace: '告知负责人宽限期何时结束',
  suspected: '没有证明：询问任何人之前，先检查主机本身',
  updateOnly: '工具已安装但未使用；卸载后不再检查',
  telemetryOnly: '工具正在或曾经运行，但没有看到模型请求',
  exempt: '例外到期之前无需处理',
  bypass: '询问主机为何不使用网关；用“policy export”封锁直接路径',
  attempted: '没有使用：连接已被阻止；如果继续出现，告知负责人不允许使用该工具',
};
const NEXT_OF_SERVICES: Readonly<Record<string, string>> = {
  violation: '询问主机负责人；停止该服务，或只允许有权限的主机访问',
};

const MAILS: Readonly<Record<string, string>> = {
  violation: '这台主机的连接显示，使用了制度禁止的工具。',
  bypass: '这台主机的连接直接到达服务商；制度要求经过网关。',
  grace: '这台主机的连接显示，使用了宽限期后将被制度禁止的工具。',
  telemetryOnly: '这台主机的连接显示，安装了制度禁止的工具。没有看到模型请求。',
  updateOnly: '这台主机的连接显示，安装了制度禁止的工具。没有看到模型请求。',
  attempted: '这台主机尝试访问制度禁止的工具。连接已被阻止；这不算使用。',
};

const FINDINGS: ReportWords['findings'] = {
  activeMinutes: (minutes) => count(minutes, '个活跃分钟'),
  requests: (range) => `${range} 次请求`,
  payloadSent: (bytes) => `发送载荷 ${bytes}`,
  exposed: '可从其他网络访问',
  noClient: '没有客户端',
  clients: (names, more) => `客户端 ${PHRASING.andMore(names, more)}`,
  probes: (amount) => count(amount, '次探测'),
  possibleFigures: '“可能”的发现，其数字列在服务商或疑似中转的行中。',
  states: {
    new: '新发现',
    acknowledged: '已确认收到',
    assigned: '已分派',
    exceptionRequested: '已申请例外',
    closed: '已关闭',
  },
  newAgain: (closed) => `再次出现，曾于 ${closed} 关闭`,
  assignedTo: (name) => `已分派给 ${name}`,
  changed: (at, who, why) => `${at} 由 ${who} 更改：${why}`,
  closedBefore: (amount) => `（其中 ${amount} 项曾关闭）`,
  statesOf: (amount, counts) =>
    `${findings(amount)}的状态：${counts.join('、')}。各种状态的发现都计入结论和合计。`,
  brokenLog: (fault, entries) => `发现日志：“${fault}”。只使用其前的 ${count(entries, '条记录')}。`,
  unsignedLog: '发现日志的签名没有验证（--finding-key）。',
  next: ({ result, service }, said) =>
    (service === undefined ? undefined : NEXT_OF_SERVICES[result]) ?? NEXT[result] ?? said,
};

export const CHINESE_WORDS: ReportWords = {
  ...PHRASING,
  heads: {
    activeMinutes: '活跃分钟',
    advisory: '安全公告',
    affected: '受影响',
    anySign: '任何迹象',
    attempts: '尝试',
    builds: '版本',
    bytes: '字节',
    cannotSay: '无法判定',
    mayByDownload: '因下载而可能',
    clients: '客户端',
    confidence: '可信程度',
    configurations: '配置',
    day: '日期',
    evidenceLeft: '剩余证据',
    fault: '故障',
    first: '首次',
    firstSeen: '首次看到',
    flows: '流',
    grease: 'GREASE',
    host: '主机',
    hosts: '主机',
    hostsLeft: '剩余主机',
    last: '末次',
    lastChange: '最近更改',
    lastSeen: '末次看到',
    may: '可能',
    name: '名称',
    nameHidden: '名称隐藏',
    nameThatOffersIt: '提供 ECH 的名称',
    notSeen: '未看到',
    notVisible: '不可见',
    otherNetworks: '其他网络',
    passed: '通过',
    payloadSent: '发送的载荷',
    policy: '制度',
    ran: '运行过',
    ranOrMay: '运行过或可能',
    reason: '原因',
    received: '接收',
    requests: '请求数',
    requestsLeft: '剩余请求数',
    resolver: '解析器',
    result: '结果',
    rule: '规则',
    sendsOnTo: '转发至',
    sensors: '传感器',
    sent: '发送',
    service: '服务',
    severity: '严重程度',
    since: '起始',
    state: '状态',
    telemetry: '遥测',
    timeToLive: 'TTL',
    tool: '工具',
    tools: '工具',
    violations: '违规',
    where: '位置',
    without: '没有',
    withNames: '有名称',
    withoutNames: '无名称',
  },
  none: '无',
  notKnown: '不明',
  notFound: '未发现',
  noEstimate: '没有估计',
  yes: '是',
  no: '否',
  confidences: { certain: '确定', likely: '很可能', possible: '可能' },
  outcomes: {
    violation: '违规',
    bypass: '绕过网关',
    suspected: '疑似',
    grace: '宽限期内',
    updateOnly: '仅更新',
    telemetryOnly: '仅遥测',
    attempted: '仅尝试',
    exempt: '例外',
    notSince: '此后没有',
    approved: '已批准',
    observed: '无规则',
  },
  roles: {
    inference: '模型请求',
    auth: '登录',
    telemetry: '遥测',
    update: '更新',
    marketplace: '应用市场',
    web: '网站',
    docs: '文档',
    mcp: 'MCP',
    cdn: 'CDN',
    relay: '中转',
  },
  owners: { tool: '工具专用', vendor: '厂商', shared: '共用' },
  legs: {
    client: '客户端',
    resolver: '解析器',
    'local-firewall': '本地防火墙',
    proxy: '代理',
    path: '网络路径',
    provider: '服务商',
    none: '无',
  },
  evidenceKinds: {
    name: '服务器名称',
    dns: 'DNS',
    proxy: '代理',
    network: '地址',
    fingerprint: '指纹',
    pair: '握手成对',
    companion: '伴随流量',
    service: '服务',
  },
  hosts,
  flows,
  packets,
  provider: (name) => `${name}（服务商）`,
  blindSpots: {
    kinds: {
      ech: '隐藏的名称',
      tunnel: 'VPN 和隧道',
      dns: '加密 DNS',
      relay: '疑似中转',
      cloud: '共享云',
      midFlow: '未捕获握手',
      oneWay: '只有单向流量',
      loss: '缺失的数据包',
      conflict: '相互矛盾的数据包',
      media: '通话媒体',
      dnsTunnel: '过大的 DNS 报文',
      unnamed: '没有名称的 TLS',
      unanswered: '未应答的握手',
      unknown: '未知协议',
      protocol: '其他 IP 协议',
      damaged: '损坏的数据包',
    },
    effect: (kind) =>
      ({
        ech: '服务器名称被隐藏。其后的工具使用无法看到。',
        tunnel: '隧道内部无法看到。建立隧道的主机可能使用了任何工具。',
        dns: '名称通过加密解析器查询，因此缺少来自 DNS 的证据。',
        relay: '一个 AI 运行时连接到目录中没有的名称。其后的工具和模型无法看到。',
        cloud: '使用了提供多种模型的云。无法指明是哪个工具。',
        midFlow: '没有捕获握手（发生在此前、被截短或丢失），因此缺少名称。',
        oneWay: '只看到一个方向。可能缺少握手和应答。',
        loss: '缺少数据包。计数为下限，估计可能不给出。',
        conflict:
          '同一条流的数据包相互矛盾：两个 ClientHello、同一位置字节不同，或没有结束该流的复位。伪造的数据包可能隐藏或添加名称。',
        media: '通话的加密媒体无法与其他加密流量区分。',
        dnsTunnel: 'DNS 报文超过名称所需的大小，可能携带其他流量。',
        unnamed: 'TLS 握手没有服务器名称，也没有 DNS 应答指明该地址。',
        unanswered: 'ClientHello 没有可读的应答，其后的内容未知。',
        unknown: '这些字节不属于任何已知协议。隧道或中转可能使用它。',
        protocol: '没有 TCP 或 UDP 报头的数据包未被读取。',
        damaged: '报头格式错误或被截断，或缺少分片。内容未知。',
      })[kind],
    gapReason: (said) => GAPS_BY_WORDS.get(said) ?? said,
    lostPackets: (share) => `${share} 的数据包`,
    evicted: (amount) => `${flows(amount)}被挤出已满的流表`,
    gap: (from, to) => `中断 ${from} 至 ${to}`,
    openGap: (from, reason) => `自 ${from} 起全部：${reason}`,
    shorterGaps: (amount) => count(amount, '段较短的中断'),
    noRecords: (spans) =>
      `没有${spans.map(({ from, to }) => (to === null ? `${from} 以后` : `${from} 至 ${to}`)).join('和')}的记录`,
    clockErrors: (amount, days) =>
      `${count(days, '天')}中有 ${packets(amount)}的时间早于 2000 年或与其余时间相差数年：时钟有误；时间范围和图表不包含这些日子`,
    withheld: (amount, leastHosts) =>
      `${hosts(amount)}未列出：适用于它们的例外所涵盖的主机少于 ${leastHosts} 台`,
    interrupted: '读取被中断：这里只有此前读到的内容',
    cutFile: (file) => `${file}：没有读到结尾`,
    unreadFile: (file) => `${file}：无法读取或没有读完`,
    damagedFile: (file, offset, reason) => `${file}：第 ${formatCount(offset)} 字节处出错（“${reason}”）`,
    clockBack: (file, seconds) =>
      `${file}：时钟曾回退，最多 ${formatCount(seconds)} 秒；时间和日期以数据包为准`,
    cutShort: (amount) => `${packets(amount)}在捕获时被截短`,
    hellosCut: (incomplete, all) =>
      `${formatCount(all)} 个 ClientHello 中有 ${formatCount(incomplete)} 个被截断或不完整：没有读到其名称`,
    capturedTwice: (amount) => `${hosts(amount)}的数据包被重复捕获：字节数重复计算`,
    outside: (sensor, amount) =>
      `传感器 ${sensor} 上报了其网络之外的 ${hosts(amount)}：仅由它上报的内容最多为“可能”，不构成违规`,
    severalMachines: (amount, names) =>
      `${hosts(amount)}（${names}）的地址被不止一台机器使用：这类主机的数字可能属于多台机器`,
    behindRouter: (amount, names) =>
      `${hosts(amount)}（${names}）的帧带有路由器的 MAC 地址：MAC 地址在那里不能证明任何事`,
    sameMachine: (machines, groups) =>
      `按 MAC 地址，${count(machines, '台机器')}有多个地址，每个地址各计为一台主机：${groups}`,
    malformed: (amount, reasons) => `${formatCount(amount)} 个数据包格式有误：${reasons}`,
  },
  nothingSeen: {
    only: (part, names) => `${{ host: '主机', group: '组', tool: '工具' }[part]} ${names.join('、')}`,
    noTool: (amount) => `在 ${hosts(amount)}上没有看到 AI 编程工具`,
    noneOf: (tools, amount, span, dark) =>
      `在 ${hosts(amount)}上没有看到 ${tools}${span === null ? '' : `，${span}`}${dark === null ? '' : `；有 ${dark} 的字节无法查看`}`,
    nothingObserved(since, until, zone, records) {
      const span =
        since === null ? `${until ?? ''} 以前` : until === null ? `${since} 以后` : `${since} 至 ${until}`;
      return `${span}（${zone}）没有观测到任何流量${records === null ? '' : `；记录${records.end === 'begin' ? '始于' : '止于'} ${records.time}`}`;
    },
    noPackets: '没有读到数据包',
    filtered: (amount, filter) => `${packets(amount)}都没有通过过滤器 ${filter}：没有查看任何内容`,
    noHost: (amount) => `在 ${packets(amount)}中没有看到主机`,
    noHostOf: (asked) => `所查询的范围（${asked}）内没有看到主机`,
  },
  findings: FINDINGS,
  relayName: '疑似中转',
  ruleTitles: {
    allowedTools: '只能使用规则允许的工具',
    allowedServices: '只能运行规则允许的 AI 服务',
  },
  actions: {
    mail: '给主机负责人的邮件',
    subject: (tool, host) => `主题：${host} 上的 ${tool}`,
    opening: (result) => MAILS[result] ?? null,
    host: (host) => `主机：${host}`,
    tool: (tool, confidence) => `工具：${tool}（${confidence}）`,
    time: (span, zone) => `时间：${span}（${zone}）`,
    rule: (rule) => `规则：${rule}`,
    graceEnds: (at) => `宽限期结束：${at}`,
    notRead: '依据是加密连接的名称和大小；没有读取内容。',
    pleaseReply: '请回复：情况是否属实，是哪个程序，是否需要使用？',
    owner: (owner) => `问题与例外：${owner}`,
    exception: '制度文件中的例外',
    exceptionNote: (days) => `写在“exceptions:”之下；${days} 天；填写原因，然后运行 wiretally policy check`,
    enterReason: '填写原因',
    firewall: '防火墙规则',
    firewallNote: '适用于该规则的所有主机；wiretally policy export --help 列出其他设备',
  },
  filters: {
    wholeFlows: 'Wireshark，完整的流',
    logs: 'Zeek 和 Suricata 日志',
    handshakes: 'Wireshark，握手',
    zeekUids: 'Zeek，每个连接的 uid',
    communityIds: (found) =>
      `需启用 Community ID${found === null ? '' : `；可找到 ${flows(found)}，另有更多`}`,
    someNames: (found, all) => `可找到 ${all} 个名称中的 ${found} 个`,
    tabSeparated: '制表符分隔的日志；quic.log 的列相同',
    packets: '单独的数据包文件',
    packetsNote: (hasCaptures) => `仅含报头和握手${hasCaptures ? '' : '；请写出包含这些数据包的抓包文件'}`,
  },
  sections: {
    attempts: {
      navigation: '尝试',
      title: '尝试',
      caption: '按主机和名称列出的尝试',
      result: (result) => ({ blocked: '尝试，被阻止', failed: '尝试，失败' })[result],
      note: '这些连接在第一次请求之前就被中止：不算使用，也不算违规。证据由“diagnose”给出。',
    },
    services: {
      navigation: '服务',
      title: '您网络中的 AI 服务',
      label: 'AI 服务',
      caption: 'AI 服务及其客户端',
      lead: '应答过这些网络中主机的模型服务器、中转、MCP 服务器和智能体。',
      noClients: (probes) => `无（${FINDINGS.probes(probes)}）`,
      orMore: (requests) => `${requests} 或更多`,
      upstream: (name, confidence) => `${name}（${confidence}）`,
      note: '服务按其明文应答命名；TLS 之后的服务只能按服务器名称判断，可信程度为“可能”。没有请求的服务无法看到。',
    },
    mcp: {
      navigation: 'MCP',
      caption: '远程 MCP 服务器及其客户端',
      moreHosts: (names, more) => `${names}${more > 0 ? ` 和另外 ${hosts(more)}` : ''}`,
      title: '远程 MCP 服务器',
      note: '主机连接过的、目录中的 MCP 服务器名称。位于这类名称之后、隧道内或使用其他名称的服务器无法看到。',
    },
    ech: {
      navigation: '加密的 ClientHello',
      names: { label: '提供 ECH 的名称', caption: '提供 Encrypted ClientHello 的名称' },
      days: {
        title: '按主机和日期列出的 Encrypted ClientHello',
        label: '按主机和日期列出的 ClientHello',
        caption: '按主机和日期列出的、带有 Encrypted ClientHello 的 ClientHello',
      },
      greaseNote: 'GREASE 形态相同，但真实名称仍在 ClientHello 中。',
      title: 'Encrypted ClientHello',
      unknownName: '不明',
      hellos: (amount) => count(amount, '个 ClientHello'),
      note: (sums) =>
        `${sums === null ? '' : `${count(sums.real, '个 ClientHello')}带有已知的公共名称，${formatCount(sums.others)} 个带有 GREASE 或未知的公共名称。`}服务器是否接受 Encrypted ClientHello 无法看到。`,
    },
    withoutNames: {
      navigation: '无名称',
      label: '无名称',
      caption: '有和没有服务器名称时的工具',
      title: '如果所有服务器名称都被隐藏',
      anySign: (traced, amount) => `${hosts(amount)}中的 ${formatCount(traced)} 台`,
      kinds: {
        name: '服务器名称',
        dns: 'DNS',
        proxy: '代理目标',
        network: '地址',
        fingerprint: '运行时和请求大小',
        pair: '成对的握手',
        companion: '伴随的名称',
      },
      note: (left, tools) =>
        `如果 ClientHello、DNS、代理请求和 HTTP 中都没有名称，${count(tools, '个工具')}中有 ${left} 个仍能指明。没有名称的行最多为“可能”，其工具也可能是另一个。目录之外名称的流量不在本表中。`,
    },
    advisories: {
      navigation: '安全公告',
      title: '安全公告',
      lead: '哪些主机运行过受影响的版本，依据其启动情况。“可能”和“无法判定”不等于“否”。',
      caption: '各安全公告每种结果的主机数，最严重的在前',
      one: (id) => `安全公告 ${id}`,
      daysCaption: '每台主机各结果的天数',
      notSeen: (tool) => `这段时间没有在任何主机上看到 ${tool}。`,
      toDo: '处理办法：',
      answers: { ran: '运行过', may: '可能运行过', cannotSay: '无法判定', notSeen: '未看到' },
      severities: {
        critical: '危急',
        high: '高',
        unrated: '未评级',
        medium: '中',
        low: '低',
        info: '提示',
      },
      versions([first, last]) {
        if (last === null) return first === null ? '任何版本' : `${first} 及更新版本`;
        const end = lastVersion(last);
        if (first === null) return `${end} 及更早版本`;
        return first === last ? first : `${first} 至 ${end}`;
      },
      moreRanges: (amount) => `和另外 ${count(amount, '个范围')}`,
      possibly: (ranges) => `可能还有 ${ranges}`,
      partlyUnknown: '部分版本不明',
      downloaded: (day) => `${day} 下载过一个版本`,
      reasons: {
        startUnknown: '启动与任何已录制的版本都不符',
        newerStart: '启动可能来自比已录制版本更新的版本',
        noStart: '没有看到启动',
        noBuilds: '没有录制过此工具的版本',
        unmapped: '公告中没有已知的版本',
      },
      reasonOn: (reason, days) => `${reason}（${days}）`,
    },
  },
  comparison: {
    spanOf: (since, until, year) => `${year}年 ${since} 至 ${until}`,
    length: (amount, unit) => `${amount} ${unit === 'hour' ? '小时' : '天'}`,
    coverage: (length, share, amount) =>
      `${length}，${share === null ? '观测没有中断' : `观测到其中 ${share}`}，网络上有 ${hosts(amount)}`,
    limits: {
      notObserved: ({ span, share }) =>
        `${span}：${share === 1 ? '完全没有观测' : `只观测到其中 ${PHRASING.share(1 - share)}`}，因此不说明增减、新增或消失`,
      partly: ({ span, share }) =>
        `${span}：有 ${PHRASING.share(share)} 的时间没有观测；合计为下限，没有看到的可能是遗漏`,
      openGap: ({ span }) => `${span}：其中一段中断的长度不明`,
      silent: ({ span, names }) => `${span}：其他传感器有观测时没有上报：${names}`,
      incomplete: ({ span }) => `${span}：有一个输入没有读到结尾`,
      loss: ({ span, share }) => `${span}：丢失了 ${PHRASING.share(share)} 的数据包；合计为下限`,
      sensors: ({ span, names }) => `仅在 ${span}：${names}；这些传感器之后的主机可能显得新增或消失`,
      length: () => '两段时间长度不同：较长的一段各项都更多，主机数也是；合计之后列出每个观测日的平均值',
      weekend: () => '两段时间的周末天数不同：变化可能仅由此造成',
      notVisible: ({ span, share }) =>
        `${span}：无法查看的字节比另一段时间多，占全部字节的 ${PHRASING.share(share)}；使用减少可能是使用被隐藏`,
      rule: ({ span, names }) => `${span}：规则没有在整段时间内生效：${names}；两个违规数无法比较`,
    },
    states: { used: '使用过', possible: '可能', notSeen: '未看到', absent: '不在网络上', unknown: '不明' },
    change: (before, after) => `${before} 变为 ${after}`,
    more: '增加',
    less: '减少',
    perDay: (change) => `每天 ${change}`,
  },
  hostsLeftOut: (amount) =>
    `另有 ${hosts(amount)}：用 --host 或 --group 查询其中一部分，用 --format csv 或 json 取得全部。`,
  builds: (ranges, placed, starts) =>
    `${ranges}（${count(starts, '次启动')}中有 ${formatCount(placed)} 次可对应）`,
  newerSince: (day) => `可能比已知版本更新，自 ${day} 起`,
};
