// The messages of the report page in Chinese (simplified).

import type { Banned } from '../text/banned.ts';
import { listIn } from '../text/phrasing.ts';
import { count, findings, hosts, packets } from './chinese-words.ts';
import type { PageMessages } from './english.ts';
import type { ListNoun, Since } from './english-page.ts';

const NOUNS: Readonly<Record<ListNoun, string>> = {
  host: '台主机',
  line: '行',
  advisory: '份安全公告',
  service: '个服务',
  server: '个服务器',
  name: '个名称',
  tool: '个工具',
};

const sinceText = (since: Since): string =>
  since === null ? '' : since === 'inForce' ? '规则生效后，' : '禁令及其宽限期后，';

const inScope = (amount: number): string => `范围内 ${hosts(amount)}`;

const used = (banned: Banned): string => {
  switch (banned.kind) {
    case 'services':
      return '运行了所禁止的 AI 服务';
    case 'unlisted':
      return '使用了没有规则允许的工具';
    case 'several':
      return `使用了 ${banned.count} 个禁用工具之一`;
    case 'tool':
      return `使用了 ${banned.name ?? '所禁止的工具'}`;
  }
};

const unused = (banned: Banned): string => {
  switch (banned.kind) {
    case 'services':
      return '没有看到所禁止的 AI 服务';
    case 'unlisted':
      return '没有看到允许列表之外的工具';
    case 'several':
      return `没有看到 ${banned.count} 个禁用工具中的任何一个`;
    case 'tool':
      return `没有看到 ${banned.name ?? '所禁止的工具'}`;
  }
};

const charted = (banned: Banned | null): string => {
  switch (banned?.kind) {
    case undefined:
      return ' AI 编程工具';
    case 'services':
      return '所禁止的 AI 服务';
    case 'unlisted':
      return '没有规则允许的工具';
    case 'several':
      return ` ${banned.count} 个禁用工具之一`;
    case 'tool':
      return banned.name === null ? '所禁止的工具' : ` ${banned.name} `;
  }
};

/** Head of a block of days. */
const blockOf = (banned: Banned): string => {
  switch (banned.kind) {
    case 'services':
      return '所禁止的 AI 服务';
    case 'unlisted':
      return '不允许的工具';
    case 'several':
      return '禁用的工具';
    case 'tool':
      return banned.name ?? '禁用的工具';
  }
};

const DOUBTS: Readonly<Record<string, string>> = {
  'shared-runtime': '其他程序也使用该运行时。',
  'shared-name': '该名称不只属于此工具。',
  rival: '同样的请求也可能由另一个工具发出。',
  'handshake-failed': '有握手没有完成。',
  manner: '请求的方式不能证明使用；监控程序或脚本可能发送同样的内容。',
  'one-sided': '没有流显示双方都参与了通信。',
  contradicted: '同一条流的数据包相互矛盾。',
  'other-machine': '帧带有另一台机器的 MAC 地址。',
  'copied-hello': '同一个 ClientHello 也出现在另一条流中。',
  'seen-twice': '数据包被重复捕获。',
  'crossed-captures': '后一次捕获从这台主机的连接中途开始。',
  'several-sensors': '多个传感器同时看到该地址：可能是多台机器。',
  'not-seen-by-sensor': '其他传感器同时看到这台主机，但没有看到这些流。',
  'outside-networks': '这台主机不在上报它的传感器的网络内。',
  'unusual-sensor': '通常由其他传感器看到这台主机。',
};

export const CHINESE_PAGE: PageMessages = {
  frame: {
    title: (span) => `Wiretally：网络上的 AI 编程工具，${span}`,
    heading: '网络上的 AI 编程工具',
    noPackets: '没有数据包',
    skip: '跳到结论',
    sections: '章节',
    navigation: {
      verdict: '结论',
      violators: '违规',
      comparison: '对比',
      hosts: '每日主机',
      tools: '工具',
      telemetry: '遥测',
      findings: '发现',
      evidence: '证据',
      otherUse: '其他使用',
      unseen: '不可见',
      method: '方法',
      glossary: '术语',
    },
    search: '搜索主机、工具和发现',
    searchHint: '搜索',
    dark: '深色',
    print: '打印',
    data: '数据（JSON）',
    made: (time) => ` · 生成于 ${time}`,
    footer: (wiretally, catalogue) =>
      `由 Wiretally ${wiretally}（目录 ${catalogue}）生成。本文件不从网络加载任何内容。`,
    dataInside: '数据已包含在内（“数据”按钮）。',
    dataElsewhere: '数据太大，没有包含在内：--whole-data 可将其嵌入，--format json 可将其输出。',
    scriptWords: () => ({
      asCsv: '存为 CSV',
      thisTable: '本表',
      theseLines: '这些行',
      otherTools: '其他工具，',
      hosts: [' 台主机，', ' 台主机，'],
      lines: [' 行', ' 行'],
      openAll: '全部展开',
      closeAll: '全部收起',
      copy: '复制',
      copied: '已复制',
      pressKeys: '请按 Ctrl+C',
    }),
    englishParts: () => '证据和目录中的文字只有英文，按数据中的原文显示。规则的名称按制度中的原文显示。',
  },
  lists: {
    tableOf: (name) => `${name}，表格`,
    onPaper: (printed, amount, noun) =>
      `${count(amount, NOUNS[noun])}中打印了 ${printed} 项：文件在屏幕上显示全部。`,
    inData: (amount, noun) => `数据中另有 ${count(amount, NOUNS[noun])}。`,
    elsewhere: (amount, noun) => `另有 ${count(amount, NOUNS[noun])}：见其他格式。`,
  },
  verdict: {
    rule: (title, id, revision, from) =>
      `${title}：规则 ${id}，第 ${revision} 版${from === null ? '' : `，自${from}起`}`,
    violated: (amount, seen, banned, since) =>
      `${sinceText(since)}${inScope(seen)}中有 ${amount} 台${used(banned)}。`,
    clear: (seen, banned, since) => `${sinceText(since)}${inScope(seen)}均${unused(banned)}。`,
    noViolation: (seen, since) => `${sinceText(since)}${inScope(seen)}没有发现违规。`,
    usedInForce: '台在规则生效期间使用',
    usedFrom: (day) => `台自${day}起使用`,
    suspected: '台疑似',
    lastInGrace: '台最后在宽限期内看到',
    exempt: '台例外',
    aside: '台仅遥测或更新',
    attempted: '台仅尝试',
    notSeenSince: (day) => (day === null ? '台此后未再看到' : `台自${day}起未再看到`),
    joined: (parts) => `${parts.join('；')}。`,
    only: (selection) => `仅限${selection}。`,
    marks: '规则的结果，每台主机和每种结果一个标记',
    asideGroup: '仅看到遥测或更新',
    seenOnNetwork: (policy) =>
      `网络观测；${{ none: '未提供制度', noBan: '制度中没有禁止工具的规则', notAsked: '制度中没有禁止所查询工具的规则' }[policy]}`,
    providersOnly: (amount) => `在 ${hosts(amount)}上使用了 AI 服务；无法指明是哪个工具。`,
    toolsSeen: (names, left, hostsWith, amount) =>
      `${hosts(amount)}中有 ${hostsWith} 台看到 ${left > 0 ? `${names.join('、')} 等 ${names.length + left} 个工具` : listIn(names, '、', ' 和 ')}。`,
    certain: '确定：只有该工具使用的名称',
    likely: '很可能：多项证据一致',
    unsure: '只有服务商或可能的工具',
    noneSeen: '未看到',
    per: (weeks) => (weeks === 0 ? '每天' : weeks === 1 ? '每周' : `每 ${weeks} 周`),
    chartTitle: (banned, per) => `${per}使用${charted(banned)}的主机`,
    chartCaption: (banned, per) =>
      `${per}使用${charted(banned)}的主机${banned === null ? '' : '，不含例外'}。`,
    weekends: '周末以阴影显示：周末的下降不代表习惯改变。',
    inForceFrom: (day) => `自${day}起生效`,
    graceOver: '宽限期结束',
    before: '此前',
    grace: '宽限期',
    violation: '违规',
    suspectedKey: '疑似 (?)',
    bar: (day, isDaily, amount, suspected) =>
      `${day}${isDaily ? '' : '起'} ${amount}${suspected > 0 ? `，疑似 ${suspected}` : ''}`,
    howSure: '可信程度如何？',
    whatCouldChange: '什么可能改变结论？',
    whatNext: '下一步做什么？',
    nothingHidden: '没有看到隐藏的名称、隧道或缺少握手的流。',
    hidden: (share, kinds) => `**${share}** 的字节无法归属（${kinds}）。`,
    lost: (share) => `丢失了 ${share} 的数据包。`,
    details: '详情',
    machine: '每一行是关于机器的证据，不是关于人的证据。',
    notAtAll: (sentence) => `无法判断：${sentence}。`,
    readNotToEnd: (amount, captures) =>
      `读取了 ${packets(amount)}，但有 ${count(captures, '个捕获文件')}没有读到结尾。`,
    readWhole: (amount) => `读取了 ${packets(amount)}，没有丢失。`,
    readCut: (amount) => `读取了 ${packets(amount)}，但有些被截短或缺失。`,
    sawShare: (percent) => `该传感器看到了 ${percent} 的数据包。`,
    notSeenNotUsed: '“没有看到”不等于“没有使用”。',
    sure: (confidence, amount, noun) => {
      const of = noun === 'violation' ? count(amount, '项违规') : count(amount, '行');
      return {
        certain: `${of}**确定**：只有一个工具使用的名称。`,
        likely: `${of}**很可能**：多项证据一致。`,
        possible: `${of}**可能**：其他程序也符合。`,
      }[confidence];
    },
    checkFindings: (amount) => `与主机负责人一起核查 [${findings(amount)}]。`,
    openEvidence: '查看每一行背后的[证据]。',
    seeUnseen: '在依据本报告之前，请看[哪些无法看到]。',
  },
  hosts: {
    heading: '每日主机',
    caption: (measure, per, shown, amount, order) =>
      `${per}的${measure === 'minutes' ? '活跃分钟' : '流量'}，${shown === null ? hosts(amount) : `${hosts(amount)}中的 ${shown} 台`}。排序：${order ?? '按结果和地址，不按数量'}。这不是人员排名。选择主机可查看其证据。`,
    groups: {
      violation: '规则生效期间使用',
      bypass: '绕过规定的网关使用',
      suspected: '疑似',
      grace: '宽限期之后未使用',
      updateOnly: '规则生效后仅有更新',
      telemetryOnly: '规则生效后仅有遥测',
      attempted: '尝试过，在任何请求之前被阻止',
      exempt: '例外',
      notSince: '规则生效后未再看到',
      approved: '仅使用已批准的工具',
      observed: '其他 AI 工具和提供商',
    },
    countHere: (all, here) => `${all}，此处列出 ${here}`,
    banned: (banned) =>
      typeof banned === 'string'
        ? { unlisted: '不允许的工具', services: '所禁止的 AI 服务', tools: '禁用的工具' }[banned]
        : blockOf(banned),
    otherTools: '其他所有 AI 编程工具',
    toolsAndNotes: '工具和备注',
    from: (date) => `${date}起`,
    cellNone: '无',
    cellAbsent: '主机不在网络上',
    noTool: (names, amount) =>
      `${names.length === 0 ? '没有看到 AI 编程工具' : `没有看到 ${names.join('、')}`}：${hosts(amount)}。这不能证明没有使用。`,
    minuteSteps: '分钟：低于 15、45、90，更多',
    byteSteps: '字节：低于 1M、10M、100M，更多',
    violation: '违规',
    otherExempt: '其他工具、例外',
    noRequest: '0：看到，没有模型请求',
    minutesUnknown: '+：看到，分钟数不明',
    suspectedOrPossible: '疑似或仅为可能 (?)',
    onNetwork: '在网络上，未看到',
    offNetwork: '不在网络上',
  },
  tools: {
    heading: '工具',
    caption: (top) =>
      `条形表示每天的主机数，全部采用 0 至 ${top} 的同一刻度。字节为线路上的完整帧。仅为“可能”的主机单独计数，不计入合计。`,
    perDay: '每天',
    hostsPerDay: (counts) => `每天的主机数：${counts}`,
    byConfidence: (confidence, amount) =>
      `${{ certain: '确定', likely: '很可能', possible: '可能' }[confidence]} ${amount}`,
    few: '少数',
    banned: '禁用',
    onHosts: (name, amount) => `${name}（${hosts(amount)}）`,
    provided: (name, amount, bytes) => `${name}（${hosts(amount)}，${bytes}）`,
    onlyPossible: (tools) => `仅为可能，因为其他程序也发送同样的内容：${tools}。`,
    providers: (providers) => `无法指明工具的服务商：${providers}。`,
    ledger: '遥测对照',
    ledgerLead: (names) =>
      `${names.length === 0 ? '没有工具发送的遥测多于模型请求。' : `${listIn(names, '、', ' 和 ')} 发送的遥测多于模型请求。`}所有主机发送的载荷字节，同一刻度。`,
    ledgerCaption: '各工具发送的载荷字节：模型请求和遥测',
    modelRequests: '模型请求',
    telemetryKey: '遥测',
    estimateRange: '估计范围',
    model: '模型',
    telemetryShare: '遥测占比',
    share: '占比',
    distinguishedBy: '区分依据',
    byName: '专用名称：实测',
    byShape: '上传的形态：估计',
    noneSeen: '未看到',
  },
  evidence: {
    violators: '违规与疑似',
    violatorsCaption:
      '时间和数量只属于该发现：规则生效后发送的内容。每一行是关于机器的证据，不是关于人的证据。',
    group: '组',
    moreFindings: (amount) => `另有 ${findings(amount)}`,
    findings: '发现',
    filter: '筛选发现',
    all: (amount) => `全部 ${amount}`,
    tones: { viol: '违规', susp: '疑似', info: '提示', exempt: '例外', ok: '合规', none: '其他' },
    openAll: '全部展开',
    nothingFound: '按制度没有发现。',
    findingsLead: '每项发现只包含其自身的时间、数字和证据。展开可查看证据和反面证据。',
    otherUse: '其他使用',
    evidence: '证据',
    evidenceLead: '每台主机和每个工具或服务商一行。展开可查看名称、指纹和证据。',
    provisional: '暂定',
    provisionalUntil: (time) => `在 ${time} 之前为暂定：可能有其他解释。`,
    wholePeriod: (tool) => `整个时间范围内这台主机上 ${tool} 的名称和指纹：`,
    stateLink: '该发现的状态和更改',
    healthLink: '这些连接的状况和诊断',
    providerTag: '服务商',
    toolNotKnown: '工具不明',
    kinds: {
      cli: '终端',
      ide: '编辑器',
      'ide-extension': '扩展',
      agent: '智能体',
      chat: '对话',
      api: 'API',
      gateway: '网关',
      'local-runtime': '本机',
      'model-hub': '模型站点',
    },
    reportedBy: (sensors) => `由 ${sensors} 上报。`,
    reporters: '上报者',
    builds: (builds) => `可能运行过的版本：${builds}。`,
    activeMinutes: (minutes) => count(minutes, '个活跃分钟'),
    requests: (range) => `${range} 次请求`,
    noRequestEstimate: '没有请求数的估计',
    sent: (bytes) => `发送 ${bytes}`,
    received: (bytes) => `接收 ${bytes}`,
    withheld: '未给出',
    rule: (id, revision) => `${id} 第 ${revision} 版`,
    assignedTo: '分派给',
    exception: '例外',
    references: '参考',
    serviceClass: '类别',
    exposed: '可从其他网络访问',
    probes: '探测',
    severities: { info: '提示', low: '低', medium: '中', high: '高', critical: '危急' },
    whatWireShowed: '线路上看到的内容',
    when: '时间和所在的流',
    catalogueLine: '目录条目',
    toCopy: '处理办法，可复制的文本：',
    findFlows: '在其他程序中查找这些流：',
    serverNames: '服务器名称',
    serverName: '服务器名称',
    role: '用途',
    owner: '归属',
    moreNames: (amount) => `另有 ${count(amount, '个名称')}。`,
    fingerprints: '握手指纹',
    runtime: '运行时',
    against: '反面证据',
    nothingAgainst: '数据包没有显示反面证据。',
    doubt: (rule) => DOUBTS[rule] ?? null,
    nextStep: '下一步',
    seeAgain: '再次查看证据',
  },
  unseen: {
    heading: '哪些无法看到',
    lead: (share) =>
      `${share === null ? '没有看到隐藏的名称、隧道或缺少握手的流。' : `全部字节的 ${share} 无法归属到任何名称。`}本报告中的“没有看到”从不表示“没有使用”。`,
    everythingElse: '其余全部',
    toolsAsked: '所查询的工具',
    toolsAndProviders: 'AI 编程工具和服务商',
    caption: '哪些无法看到，以及对报告的影响',
    what: '内容',
    wire: '线路上看到的内容',
    wireShort: '线路',
    effect: '对报告的影响',
    effectShort: '影响',
    all: '全部',
    otherNetworks: '其他网络',
    otherNetworksWire: '家庭、移动和访客网络不经过该传感器。',
    otherNetworksEffect: '本报告不涉及这些网络。',
    relayed: (amount) => `在 ${hosts(amount)}上，其他流量仍能指明工具。`,
    gap: '传感器中断',
    gapText: (from, to, reason) =>
      `${to === null ? `${from} 起，时长不明` : `${from} 至 ${to}`}：${reason}。`,
    gaps: '传感器中断',
    moreGaps: (amount) => `另有 ${count(amount, '段中断')}，均不比所列的长。`,
    gapEffect: '这段时间的使用会缺失；当天的数字为下限。',
    loss: '丢包',
    lossText: (drops, all) => `${all} 个数据包中有 ${drops} 个被内核丢弃。`,
    lossEffect: (limit, isAbove) =>
      isAbove
        ? `高于 ${limit}：丢包之处不给出估计。`
        : `低于 ${limit} 的界限：估计为范围，缺失数据包之处范围更宽。`,
    span: '时间范围',
    spanText: (sentence) => `${sentence}。`,
    spanEffect: '本报告不涉及这段时间。',
    damaged: '损坏的输入',
    damagedEffect: '其前和其余部分已计入。',
  },
  method: {
    heading: '方法与局限',
    howItWorks: '工作原理',
    headers:
      '读取数据包头以及 TLS 和 QUIC 握手。不解密任何内容；不保留内容，也不保留网页地址。名称、握手指纹、DNS 应答和网络与工具目录进行匹配。',
    runtimes:
      '指纹指明运行时（Bun、Node、rustls），很少指明工具。因此，只有当可能属于该工具的程序使用了其他程序都不用的名称时，工具才为**确定**；只查询名称的可能是监控程序。',
    numbers: '数字的由来',
    minutes: '**活跃分钟**：至少有一个模型请求正在进行的分钟；保活和遥测不计。每个会话边缘 ±1。',
    requests: '**请求**：有流式应答的上传。为范围，向外取整；线路不足以估计时为“没有估计”。',
    sent: '**发送、接收**：完整的帧。遥测对照只计载荷。',
    again: '如何再次得到本报告',
    catalogue: '目录',
    sensor: '传感器',
    packets: '数据包',
    read: (captures, left) => `读取：${captures.join('、')}${left > 0 ? ` 和另外 ${left} 个` : ''}。`,
    capture: (file, amount) => `${file}（${packets(amount)}）`,
    glossary: '术语',
    terms: (hasPolicy, grace) => [
      ['活跃分钟', '有模型请求正在进行的一个时钟分钟，保活和遥测不计。'],
      [
        '确定、很可能、可能',
        '证据的强度。确定：只有该工具使用的名称。很可能：多项证据一致。可能：符合，但其他程序也符合。',
      ],
      ['ClientHello', '加密连接的第一条消息。它可以读取，通常带有服务器名称。'],
      ['ECH', 'Encrypted ClientHello：对网络隐藏服务器名称。'],
      ...(hasPolicy ? ([['例外', '写在制度中、有期限的许可，附有原因和批准人。']] as const) : []),
      ...(hasPolicy && grace !== null
        ? ([['宽限期', `禁令之后使用仅作提示记录的日子。此处为 ${grace}。`]] as const)
        : []),
      ['JA3、JA4', '表示 ClientHello 形态的短码。它们指明运行时，不指明工具。'],
      ['模型请求', '由语言模型以流式应答的上传。'],
      ['服务商', '多个工具使用的 API、云或网关。只看到其名称时，不指明工具。'],
      ['中转、网关', '位于中间、转发请求的服务器，使工具与另一个名称通信。'],
      ['遥测', '工具在模型请求之外发送给厂商的使用和错误数据。'],
    ],
  },
  comparison: {
    heading: (after, before) => `${after} 与 ${before} 对比`,
    before: '此前',
    after: '此后',
    nothing: '两段时间的观测部分都没有看到 AI 编程工具。这不能证明没有使用。',
    legend:
      '两段时间都支持时才显示变化；“–”：无法区分。请求和遥测为估计：范围不重叠时才显示“增加”或“减少”。“不在网络上”：主机不在网络上，因此其使用情况不明。',
    tools: '工具对比',
    toolsCaption: '工具和服务商，此前至此后；新使用的主机、在网络上但未使用的主机、不再在网络上的主机。',
    fresh: '新增',
    notThere: '不在网络上',
    provider: '服务商',
    fewHosts: '少数主机',
    hosts: '主机对比',
    hostsCaption: (shown, amount) =>
      `${shown === null ? hosts(amount) : `${hosts(amount)}中的 ${shown} 台`}，在任一时间段有工具或服务商，按地址排列。`,
  },
};
