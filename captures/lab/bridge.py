"""The bridge between the lab's client and its servers: it adds the way's delay, and the faults of a recording.

bridge.py CLIENT_INTERFACE SERVER_INTERFACE FAULTS.json [DELAY_MS HOPS]

Servers outside (all but 10.77.0.0/24 and 2001:db8:77::/64) are DELAY away one way and HOPS hops; the client's own network is next to it.
FAULTS.json is a list of rules; the first one that matches a packet decides. See `BridgeRule` in faults.ts for their fields.
"""
import heapq, json, os, random, select, socket, struct, sys, time

DELAY_MS, HOPS = (int(text) for text in (sys.argv[4:] or ['18', '10']))
DELAY = DELAY_MS / 1000
TTL_NEAR = 64
TCP, UDP, ICMP, ICMP6 = 6, 17, 1, 58
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
GATEWAY = socket.inet_aton('10.77.0.1')
NEAR4, NEAR6 = socket.inet_aton('10.77.0.0')[:3], socket.inet_pton(socket.AF_INET6, '2001:db8:77::')[:8]


def checksum(data):
    if len(data) % 2:
        data += b'\0'
    total = sum(struct.unpack(f'!{len(data) // 2}H', data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Packet:
    """An IP packet in an Ethernet frame; `ok` is False for all others."""

    def __init__(self, frame):
        self.frame, self.ok = frame, False
        kind = frame[12:14]
        if kind == b'\x08\x00' and len(frame) >= 34:
            self.v6, self.ip = False, frame[14:]
            self.length = struct.unpack('!H', self.ip[2:4])[0]
            self.proto, self.src, self.dst = self.ip[9], self.ip[12:16], self.ip[16:20]
            head = (self.ip[0] & 15) * 4
        elif kind == b'\x86\xdd' and len(frame) >= 54:
            self.v6, self.ip = True, frame[14:]
            self.length = 40 + struct.unpack('!H', self.ip[4:6])[0]
            self.proto, self.src, self.dst, head = self.ip[6], self.ip[8:24], self.ip[24:40], 40
        else:
            return
        self.body = self.ip[head : self.length]
        if self.proto not in (TCP, UDP) or len(self.body) < 8:
            self.ok = self.proto in (ICMP, ICMP6)
            self.sport = self.dport = self.flags = 0
            self.data = b''
            return
        self.ok = True
        self.sport, self.dport = struct.unpack('!HH', self.body[:4])
        if self.proto == TCP and len(self.body) >= 20:
            self.seq, self.ack = struct.unpack('!II', self.body[4:12])
            self.flags, self.data = self.body[13], self.body[(self.body[12] >> 4) * 4 :]
        else:
            self.flags, self.data = 0, self.body[8:]


def is_near(address):
    return address[:3] == NEAR4 if len(address) == 4 else address[:8] == NEAR6 or address[0] in (0xFE, 0xFF)


def with_ttl(packet, ttl):
    ip = bytearray(packet.ip)
    if packet.v6:
        ip[7] = ttl
    else:
        ip[8] = ttl
        ip[10:12] = b'\0\0'
        ip[10:12] = struct.pack('!H', checksum(bytes(ip[: (ip[0] & 15) * 4])))
    return packet.frame[:14] + bytes(ip)


def ip_frame(macs, src, dst, proto, body, ttl):
    if len(src) == 16:
        head = struct.pack('!IHBB', 6 << 28, len(body), proto, ttl) + src + dst
        return macs + b'\x86\xdd' + head + body
    head = struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(body), random.randrange(65536), 0, ttl, proto, 0) + src + dst
    return macs + b'\x08\x00' + head[:10] + struct.pack('!H', checksum(head)) + head[12:] + body


def tcp_frame(macs, src, dst, ports, seq, ack, flags, data=b'', ttl=TTL_NEAR):
    body = struct.pack('!HHIIBBHHH', *ports, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, 0x50, flags, 0, 0, 0) + data
    pseudo = src + dst + (struct.pack('!IHBB', len(body), 0, 0, TCP) if len(src) == 16 else struct.pack('!BBH', 0, TCP, len(body)))
    body = body[:16] + struct.pack('!H', checksum(pseudo + body)) + body[18:]
    return ip_frame(macs, src, dst, TCP, body, ttl)


class Box:
    def __init__(self, inside, outside, rules):
        self.ports = [self.open(inside), self.open(outside)]
        self.rules, self.queue, self.order, self.flows, self.free = rules, [], 0, {}, {}
        self.random = random.Random(1)

    @staticmethod
    def open(interface):
        port = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        port.bind((interface, 0))
        return port

    def send(self, port, frame, delay=0.0):
        self.order += 1
        heapq.heappush(self.queue, (time.monotonic() + delay, self.order, port, frame))

    def run(self):
        # One write: the reader leaves after the first.
        os.write(1, b'ready\n')
        while True:
            now = time.monotonic()
            while self.queue and self.queue[0][0] <= now:
                _, _, port, frame = heapq.heappop(self.queue)
                try:
                    port.send(frame)
                except OSError:
                    pass
            wait = max(0.0, self.queue[0][0] - now) if self.queue else 1.0
            for port in select.select(self.ports, [], [], wait)[0]:
                frame, address = port.recvfrom(65536)
                if address[2] != socket.PACKET_OUTGOING:
                    self.take(frame, port is self.ports[0])

    def take(self, frame, is_up):
        packet = Packet(frame)
        to = self.ports[1 if is_up else 0]
        if not packet.ok:
            return self.send(to, frame)
        server = packet.dst if is_up else packet.src
        is_outside = not is_near(server)
        flow = self.flow_of(packet, is_up)
        now = time.monotonic()
        delay = DELAY if is_outside else 0.0
        rule = next((one for one in self.rules if self.matches(one, packet, flow, is_up, is_outside, now)), None)
        flow['last'] = now
        if rule is not None:
            if rule['do'] == 'delay':
                delay += rule['ms'] / 1000
            elif rule['do'] == 'squeeze':
                # A queue in front of a slow line: each packet waits for those before it.
                free = max(self.free.get(is_up, 0.0), now) + len(frame) * 8 / (rule['kbit'] * 1000)
                self.free[is_up] = free
                delay += free - now
            elif rule['do'] == 'reset-open':
                self.reset_open(packet, delay)
            else:
                self.act(rule, packet, flow, is_up)
                if not rule.get('forward'):
                    return None
        if is_outside and not is_up:
            frame = with_ttl(packet, TTL_NEAR - HOPS)
        return self.send(to, frame, delay)

    def reset_open(self, packet, delay):
        """The SYN-ACK passes, and both sides get a reset right behind it."""
        macs, ports = packet.frame[:12], (packet.sport, packet.dport)
        client, server = self.ports
        self.send(client, tcp_frame(macs, packet.src, packet.dst, ports, packet.seq + 1, packet.ack, RST | ACK), delay + 0.0004)
        back = macs[6:] + macs[:6]
        self.send(server, tcp_frame(back, packet.dst, packet.src, ports[::-1], packet.ack, 0, RST))

    def flow_of(self, packet, is_up):
        ends = (packet.src, packet.sport, packet.dst, packet.dport)
        key = (packet.proto, *(ends if is_up else ends[2:] + ends[:2]))
        if key not in self.flows or packet.flags & (SYN | ACK) == SYN:
            now = time.monotonic()
            self.flows[key] = {'start': now, 'last': now, 'head': b'', 'bytes': 0, 'server': 0, 'dead': False}
        flow = self.flows[key]
        if is_up and packet.data and len(flow['head']) < 4096:
            flow['head'] += packet.data
        if is_up and packet.data:
            flow['bytes'] += len(packet.data)
        if not is_up and packet.data:
            flow['server'] += len(packet.data)
        return flow

    def matches(self, rule, packet, flow, is_up, is_outside, now):
        server = packet.dst if is_up else packet.src
        port = packet.dport if is_up else packet.sport
        return all((
            rule.get('way', 'both') in ('both', 'up' if is_up else 'down'),
            is_outside or rule.get('near', False),
            'proto' not in rule or rule['proto'] == packet.proto,
            'v6' not in rule or rule['v6'] == packet.v6,
            'port' not in rule or rule['port'] == port,
            'to' not in rule or socket.inet_pton(socket.AF_INET6 if ':' in rule['to'] else socket.AF_INET, rule['to']) == server,
            'name' not in rule or rule['name'].encode() in flow['head'],
            'longer' not in rule or packet.length > rule['longer'],
            'syn' not in rule or (packet.flags & (SYN | ACK) == SYN) == rule['syn'],
            'accepts' not in rule or (packet.flags & (SYN | ACK) == SYN | ACK) == rule['accepts'],
            'data' not in rule or (len(packet.data) > 0) == rule['data'],
            'answered' not in rule or flow['server'] > rule['answered'],
            'sent' not in rule or flow['bytes'] > rule['sent'],
            'idle' not in rule or flow['dead'] or now - flow['last'] > rule['idle'],
            'age' not in rule or now - flow['start'] > rule['age'],
            'share' not in rule or self.random.random() < rule['share'],
        ))

    def act(self, rule, packet, flow, is_up):
        flow['dead'] = True
        action = rule['do']
        if action == 'drop':
            return
        macs = packet.frame[6:12] + packet.frame[:6]
        back = self.ports[0 if is_up else 1]
        ports = (packet.dport, packet.sport)
        end = packet.seq + len(packet.data) + bool(packet.flags & SYN) if packet.proto == TCP else 0
        if action == 'reset':
            seq = 0 if packet.flags & (SYN | ACK) == SYN else packet.ack
            self.send(back, tcp_frame(macs, packet.dst, packet.src, ports, seq, end, RST | ACK))
            if packet.flags & (SYN | ACK) != SYN:
                to = self.ports[1 if is_up else 0]
                self.send(to, tcp_frame(packet.frame[:12], packet.src, packet.dst, ports[::-1], packet.seq, 0, RST))
        elif action == 'alert':
            data = bytes([21, 3, 3, 0, 2, 2, rule.get('alert', 40)])
            self.send(back, tcp_frame(macs, packet.dst, packet.src, ports, packet.ack, end, PSH | ACK, data))
            self.send(back, tcp_frame(macs, packet.dst, packet.src, ports, packet.ack + len(data), end, FIN | ACK))
        elif action == 'icmp' and not packet.v6:
            body = struct.pack('!BBHI', 3, rule.get('code', 13), 0, 0) + packet.ip[:28]
            body = body[:2] + struct.pack('!H', checksum(body)) + body[4:]
            self.send(back, ip_frame(macs, GATEWAY, packet.src, ICMP, body, TTL_NEAR))


if __name__ == '__main__':
    with open(sys.argv[3], encoding='utf8') as file:
        Box(sys.argv[1], sys.argv[2], json.load(file)).run()
