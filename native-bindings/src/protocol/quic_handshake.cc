#include "quic_handshake.h"

#include "quic_frames.h"
#include "quic_keys.h"
#include "tls_message.h"

namespace wiretally {

namespace {

// A datagram contains an Initial, 0-RTT, Handshake and 1-RTT packet at most, or a few Initials; further packets
// are ignored, so that a datagram of tiny packets does not cost more than one of large ones.
constexpr int kMaxCoalesced = 8;
constexpr int kMaxFailuresPerDatagram = 2;
constexpr uint8_t kClientHelloMessage = 1;
constexpr size_t kRandomOffset = 6;  // Offset in a ClientHello message: type, u24 length, legacy_version.
constexpr size_t kRandomBytes = 32;
constexpr size_t kMaxMessageBytes = 65536;

// Stores a connection ID that outlives its packet.
struct ConnectionId {
  uint8_t size = 0;
  uint8_t bytes[kMaxQuicConnectionIdBytes] = {};

  Span span() const { return Span{bytes, size}; }
  void set(Span id) {
    size = static_cast<uint8_t>(id.size);
    if (id.size != 0) std::memcpy(bytes, id.data, id.size);
  }
  bool equals(Span id) const { return id.size == size && (size == 0 || std::memcmp(id.data, bytes, size) == 0); }
};

// Returns the length of the handshake message at the start, header included; 0 while the header is incomplete.
size_t message_bytes(Span stream) {
  Cursor cursor(stream);
  cursor.skip(1);
  const uint32_t length = cursor.be24();
  return cursor.ok() ? size_t{4} + length : 0;
}

}  // namespace

struct QuicClientHandshake::Connection {
  QuicFamily family = QuicFamily::kUnknown;
  bool client_is_hint = true;  // the direction hint of the client's datagrams
  bool hello_given = false;
  bool server_id_known = false;
  bool retried = false;    // a Retry gave new keys
  bool is_over = false;    // the stream contains something else than ClientHellos
  size_t given_bytes = 0;  // bytes of `stream` that were returned; the next packet drops them
  uint16_t packets = 0;    // packets that brought bytes of the current message
  uint64_t expected_number = 0;
  ConnectionId key_id;  // destination id from which the keys are derived
  ConnectionId client_id;
  ConnectionId server_id;
  QuicKeys keys = {};
  uint8_t random[kRandomBytes] = {};  // Random of the hello that was returned last.
  MessageAssembly stream;
  std::unique_ptr<Connection> older;

  void restart(QuicFamily new_family, Span dcid, const QuicKeys& new_keys) {
    family = new_family;
    key_id.set(dcid);
    keys = new_keys;
    expected_number = 0;
    packets = 0;
    is_over = false;
    server_id_known = false;
    given_bytes = 0;
    stream.clear();
  }
};

// Takes one datagram through the connections of a 5-tuple.
class QuicClientHandshake::Reader {
 public:
  Reader(QuicClientHandshake* handshake, bool from_client, Counters* counters)
      : handshake_(handshake), from_client_(from_client), counters_(counters) {
    result_.from_client = from_client;
  }

  QuicDatagramResult read(Span datagram) {
    result_.is_quic = looks_like_quic_long_header(datagram);
    for (int i = 0; result_.is_quic && i < kMaxCoalesced && datagram.size != 0; ++i) {
      if ((datagram.data[0] & 0x80) == 0) break;  // 1-RTT, or padding behind the packets
      QuicLongHeader header;
      if (!parse_quic_long_header(datagram, &header)) {
        count(Malformed::kQuicHeader);
        break;
      }
      if (!on_packet(header, Span{datagram.data, header.packet_bytes})) break;
      datagram = Span{datagram.data + header.packet_bytes, datagram.size - header.packet_bytes};
    }
    return result_;
  }

 private:
  // Returns false if the rest of the datagram need not be parsed.
  bool on_packet(const QuicLongHeader& header, Span packet) {
    if (header.family == QuicFamily::kUnknown || header.family == QuicFamily::kQ050) return false;
    if (is_from_server(header)) {
      learn_server_id(header);
      return true;
    }
    note_server_id_used(header);
    if (header.type != QuicPacketType::kInitial) return header.type != QuicPacketType::kRetry;
    QuicPlaintext plain;
    Connection* connection = open_with_known(header, packet, &plain);
    if (connection == nullptr) connection = open_with_new(header, packet, &plain);
    if (connection == nullptr) {
      // A server Initial on a flow without observed client Initials cannot be decrypted with client keys.
      if (from_client_) count(Malformed::kQuicDecrypt);
      return ++failures_ < kMaxFailuresPerDatagram;
    }
    result_.authenticated = true;
    result_.from_client = true;
    if (plain.packet_number >= connection->expected_number) connection->expected_number = plain.packet_number + 1;
    return read_frames(connection, plain.frames);
  }

  bool is_from_server(const QuicLongHeader& header) const {
    for (Connection* c = handshake_->newest_.get(); c != nullptr; c = c->older.get()) {
      if (c->client_is_hint != from_client_ && c->client_id.equals(header.dcid)) return true;
    }
    return false;
  }

  void learn_server_id(const QuicLongHeader& header) {
    result_.from_client = false;
    if (header.type == QuicPacketType::kRetry) result_.retry_seen = true;
    for (Connection* c = handshake_->newest_.get(); c != nullptr; c = c->older.get()) {
      if (c->client_is_hint == from_client_ || !c->client_id.equals(header.dcid)) continue;
      // A Retry counts only if the client answers it with Initials that its keys open.
      if (header.type == QuicPacketType::kRetry) continue;
      c->server_id.set(header.scid);
      c->server_id_known = true;
      result_.is_older_alive = result_.is_older_alive || c != handshake_->newest_.get();
      return;
    }
  }

  // RFC 9000 §7.2: after the first packet of the server, the client sends to the ID in it. An empty ID, or the one that
  // the client itself chose at first, proves nothing.
  void note_server_id_used(const QuicLongHeader& header) {
    for (Connection* c = handshake_->newest_.get(); c != nullptr; c = c->older.get()) {
      if (c->client_is_hint != from_client_ || !c->server_id_known || !c->server_id.equals(header.dcid)) continue;
      if (header.dcid.size == 0 || c->key_id.equals(header.dcid)) continue;
      const bool is_newest = c == handshake_->newest_.get();
      result_.is_answered = result_.is_answered || is_newest;
      result_.is_older_alive = result_.is_older_alive || !is_newest;
      return;
    }
  }

  // Finds connections by their IDs: the same destination as at the start, the ID that the server chose, or (in a
  // capture of one direction) the client's own ID.
  Connection* open_with_known(const QuicLongHeader& header, Span packet, QuicPlaintext* plain) {
    for (Connection* c = handshake_->newest_.get(); c != nullptr; c = c->older.get()) {
      const bool is_likely = c->key_id.equals(header.dcid) || c->client_id.equals(header.scid) ||
                             (c->server_id_known && c->server_id.equals(header.dcid));
      if (!is_likely) continue;
      if (c->family == header.family) {
        if (open_quic_initial(header, packet, c->keys, c->expected_number, plain)) return c;
        continue;
      }
      // RFC 9368 §2.3, RFC 9369 §4.1: after compatible version negotiation the first id gives keys with the salt of the new
      // version, and the stream continues. With the same destination it would be a new connection.
      QuicKeys keys;
      if (c->key_id.equals(header.dcid) ||
          !derive_quic_keys(header.family, c->key_id.span(), QuicSide::kClient, &keys)) {
        continue;
      }
      if (open_quic_initial(header, packet, keys, c->expected_number, plain)) {
        c->family = header.family;
        c->keys = keys;
        return c;
      }
    }
    return nullptr;
  }

  Connection* open_with_new(const QuicLongHeader& header, Span packet, QuicPlaintext* plain) {
    QuicKeys keys;
    if (!derive_quic_keys(header.family, header.dcid, QuicSide::kClient, &keys)) return nullptr;
    if (!open_quic_initial(header, packet, keys, 0, plain)) return nullptr;
    Connection* retried = find_retried(header);
    if (retried != nullptr) {
      retried->restart(header.family, header.dcid, keys);
      retried->retried = true;
      result_.retry_seen = true;
      return retried;
    }
    return add_connection(header, keys);
  }

  // RFC 9000 §17.2.5.2: after a Retry the client keeps its own id and its first hello, sends the token of the Retry, and
  // derives keys from the id in the Retry.
  Connection* find_retried(const QuicLongHeader& header) const {
    if (header.token.size == 0) return nullptr;
    for (Connection* c = handshake_->newest_.get(); c != nullptr; c = c->older.get()) {
      if (c->family == header.family && c->client_id.equals(header.scid) && !c->server_id_known && !c->retried)
        return c;
    }
    return nullptr;
  }

  Connection* add_connection(const QuicLongHeader& header, const QuicKeys& keys) {
    auto added = std::make_unique<Connection>();
    added->restart(header.family, header.dcid, keys);
    added->client_id.set(header.scid);
    added->client_is_hint = from_client_;
    result_.new_connection = handshake_->newest_ != nullptr;
    added->older = std::move(handshake_->newest_);
    handshake_->newest_ = std::move(added);
    Connection* last = handshake_->newest_.get();
    for (size_t i = 1; i < kMaxConnections && last != nullptr; ++i) last = last->older.get();
    if (last != nullptr) last->older.reset();
    return handshake_->newest_.get();
  }

  // Returns false if a hello was found: it may be in the buffer into which the next packet is decrypted.
  bool read_frames(Connection* connection, Span frames) {
    if (connection->given_bytes != 0) connection->stream.consume(connection->given_bytes);
    connection->given_bytes = 0;
    QuicFrameReader reader(connection->family, frames);
    CryptoFrame frame;
    bool counted = false;
    while (!connection->is_over && reader.next(&frame)) {
      if (take_whole(connection, frame, counted)) return false;
      if (connection->is_over) break;
      const auto added = connection->stream.add(frame.offset, frame.data);
      if (added == MessageAssembly::Added::kRefused) count(Malformed::kQuicFrame);
      if (added != MessageAssembly::Added::kNew) continue;
      if (!counted) ++connection->packets;
      counted = true;
    }
    if (!reader.ok()) count(Malformed::kQuicFrame);
    const Span stream = connection->stream.prefix();
    const size_t length = message_bytes(stream);
    if (length == 0 || connection->is_over || !check(connection, stream, length) || stream.size < length) return true;
    return !give(connection, Span{stream.data, length});
  }

  // The usual case: the whole message in one frame, taken from where it was opened without a copy.
  bool take_whole(Connection* connection, const CryptoFrame& frame, bool counted) {
    if (!connection->stream.empty() || frame.offset != connection->stream.origin()) return false;
    const size_t length = message_bytes(frame.data);
    if (length == 0 || frame.data.size < length || !check(connection, frame.data, length)) return false;
    if (!counted) ++connection->packets;
    return give(connection, Span{frame.data.data, length});
  }

  bool check(Connection* connection, Span stream, size_t length) {
    if (stream.data[0] == kClientHelloMessage && length <= kMaxMessageBytes && length >= kRandomOffset + kRandomBytes) {
      return true;
    }
    count(Malformed::kQuicClientHello);
    connection->is_over = true;
    connection->stream.clear();
    return false;
  }

  // Returns the message, unless it was returned before a Retry. The stream continues after it.
  bool give(Connection* connection, Span message) {
    const uint8_t* random = message.data + kRandomOffset;
    const bool is_same = std::memcmp(random, connection->random, kRandomBytes) == 0;
    const bool had_hello = connection->hello_given;
    const bool is_after_retry = connection->retried && connection->stream.origin() == 0;
    std::memcpy(connection->random, random, kRandomBytes);
    connection->hello_given = true;
    connection->given_bytes = message.size;
    const uint16_t packets = connection->packets;
    connection->packets = 0;
    if (had_hello && is_after_retry && is_same) return false;
    result_.hello = message;
    result_.packets = packets;
    // RFC 9000 §17.2.5.3: after a Retry the hello is the same; another one belongs to a new connection.
    result_.is_second_hello = had_hello && !is_after_retry;
    result_.new_connection = result_.new_connection || (had_hello && is_after_retry);
    result_.retry_seen = result_.retry_seen || result_.is_second_hello;
    return true;
  }

  void count(Malformed reason) {
    if (counters_ != nullptr) counters_->count(reason);
  }

  QuicClientHandshake* handshake_;
  bool from_client_;
  Counters* counters_;
  int failures_ = 0;
  QuicDatagramResult result_;
};

QuicClientHandshake::QuicClientHandshake() = default;
QuicClientHandshake::~QuicClientHandshake() = default;
QuicClientHandshake::QuicClientHandshake(QuicClientHandshake&&) noexcept = default;
QuicClientHandshake& QuicClientHandshake::operator=(QuicClientHandshake&&) noexcept = default;

QuicDatagramResult QuicClientHandshake::on_datagram(Span datagram, bool from_client, Counters* counters) {
  return Reader(this, from_client, counters).read(datagram);
}

bool QuicClientHandshake::has_partial_hello() const { return newest_ != nullptr && !newest_->hello_given; }

void QuicClientHandshake::reset() { newest_.reset(); }

size_t QuicClientHandshake::memory_bytes() const {
  size_t bytes = 0;
  for (const Connection* c = newest_.get(); c != nullptr; c = c->older.get()) {
    bytes += sizeof(Connection) + c->stream.memory_bytes();
  }
  return bytes;
}

}  // namespace wiretally
