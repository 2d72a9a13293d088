// Signs of services in clear-text HTTP: any split, order and loss of segments, every prefix, and what is no service.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "../../native-bindings/src/base/watchlist.h"
#include "../../native-bindings/src/protocol/deflate.h"
#include "../../native-bindings/src/stream/tracker.h"
#include "bytes.h"
#include "hello_builder.h"
#include "packed.h"

using namespace wiretally;
using bytes::Bytes;

namespace {

struct SeenService {
  ServiceRecord record;
  uint16_t flags;
};

class ServiceSink : public EventSink {
 public:
  void emit(RecordType type, uint16_t flags, const void* fixed, size_t, const Span*, size_t) override {
    if (type == RecordType::kService) seen.push_back({*static_cast<const ServiceRecord*>(fixed), flags});
  }
  std::vector<SeenService> seen;
};

constexpr uint64_t bit(ServiceSign sign) { return uint64_t{1} << static_cast<unsigned>(sign); }

struct Step {
  bool is_up;
  std::string text;
};
using Talk = std::vector<Step>;

std::string answer(const std::string& fields, const std::string& body) {
  return "HTTP/1.1 200 OK\r\n" + fields + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}
const std::string kJson = "Content-Type: application/json\r\n";

// A flow through a tracker of its own.
class Bench {
 public:
  Bench() : watchlist_({"ollama.com"}, {}, {}), tracker_(options(), &watchlist_, &sink_, &counters_) {
    ends_.source[0] = ends_.destination[0] = 10;
    ends_.source[3] = 1;
    ends_.destination[3] = 2;
    ends_.source_port = 40000;
    ends_.destination_port = 8000;
    ends_.protocol = 6;
    ends_.ip_version = 4;
  }
  void show(bool is_up, uint32_t sequence, Span payload, uint32_t cut = 0) {
    if (done_) return;
    Packet packet{};
    packet.ends = ends_;
    if (!is_up) {
      std::swap_ranges(packet.ends.source, packet.ends.source + 16, packet.ends.destination);
      std::swap(packet.ends.source_port, packet.ends.destination_port);
    }
    packet.payload = Span{payload.data, payload.size - cut};
    packet.payload_bytes = static_cast<uint32_t>(payload.size);
    packet.sequence = sequence;
    packet.acknowledgement = next_[is_up ? 1 : 0];
    packet.tcp_flags = 16;
    const uint32_t first = 1000;
    const TrackResult result = tracker_.on_packet(id_, 1, packet, is_up, has_syn ? &first : nullptr);
    id_ = result.id;
    done_ = result.done;
  }
  void send(bool is_up, const std::string& text, uint32_t cut = 0) {
    const Bytes data(text.begin(), text.end());
    show(is_up, next_[is_up ? 0 : 1], bytes::span(data), cut);
    next_[is_up ? 0 : 1] += static_cast<uint32_t>(data.size());
  }
  void lose(bool is_up, size_t count) { next_[is_up ? 0 : 1] += static_cast<uint32_t>(count); }
  uint32_t next(bool is_up) const { return next_[is_up ? 0 : 1]; }
  FlowRecord record() const {
    FlowRecord record{};
    memcpy(record.client_address, ends_.source, 16);
    memcpy(record.server_address, ends_.destination, 16);
    record.client_port = ends_.source_port;
    record.server_port = ends_.destination_port;
    record.ip_version = 4;
    record.bytes_up = 100;
    record.bytes_down = 200;
    return record;
  }
  SeenService slice() { return slice(record()); }
  SeenService slice(FlowRecord record) {
    Span tails[kFlowTails];
    sink_.seen.clear();
    tracker_.describe(id_, &record, tails);
    return sink_.seen.empty() ? SeenService{} : sink_.seen.front();
  }
  bool has_syn = true;

 private:
  static TrackerOptions options() {
    TrackerOptions result;
    result.emit_services = true;
    result.assembly_bytes = 1u << 20;
    return result;
  }
  ServiceSink sink_;
  Counters counters_;
  Watchlist watchlist_;
  Tracker tracker_;
  Endpoints ends_{};
  TrackId id_ = 0;
  bool done_ = false;
  uint32_t next_[2] = {1000, 5000};
};

SeenService seen_of(const Talk& talk, size_t bytes_each = 0) {
  Bench bench;
  for (const auto& [is_up, text] : talk) {
    const size_t each = bytes_each == 0 ? text.size() : bytes_each;
    for (size_t at = 0; at < text.size(); at += each) bench.send(is_up, text.substr(at, each));
  }
  return bench.slice();
}

const Talk kOllama = {{true,
                       "POST /api/chat HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n"
                       "{\"model\":\"q\"}"},
                      {false,
                       "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
                       "5a\r\n{\"model\":\"q\",\"created_at\":\"2026\",\"message\":{\"role\":\"assistant\",\"content\":"
                       "\"a\"},\"done\":true}\r\n0\r\n\r\n"}};

TEST_CASE("a service is the same in segments of any size") {
  for (const size_t each : {0u, 1u, 2u, 3u, 7u, 20u, 64u}) {
    INFO(each);
    const SeenService seen = seen_of(kOllama, each);
    CHECK(seen.record.signs == (bit(ServiceSign::kOllamaAnswer) | bit(ServiceSign::kNoCredentials)));
    CHECK(seen.record.requests == 1);
    CHECK(seen.record.uses == 1);
    CHECK(seen.record.server_port == 8000);
    CHECK(seen.record.bytes_up == 100);
    CHECK(seen.flags == kServiceFirst);
  }
}

TEST_CASE("no prefix of a talk leads the reader astray") {
  for (size_t cut = 0; cut < kOllama.size(); ++cut) {
    for (size_t size = 1; size <= kOllama[cut].text.size(); ++size) {
      Bench bench;
      for (size_t i = 0; i < cut; ++i) bench.send(kOllama[i].is_up, kOllama[i].text);
      const Bytes all(kOllama[cut].text.begin(), kOllama[cut].text.end());
      const bytes::Prefix prefix(all, size);
      bench.show(kOllama[cut].is_up, bench.next(kOllama[cut].is_up), prefix.span());
      const uint64_t signs = bench.slice().record.signs;
      CHECK((signs & ~(bit(ServiceSign::kOllamaAnswer) | bit(ServiceSign::kNoCredentials))) == 0);
    }
  }
}

TEST_CASE("segments out of order, twice, and overlapping") {
  Bench bench;
  const std::string& up = kOllama[0].text;
  const Bytes head(up.begin(), up.begin() + 30), tail(up.begin() + 30, up.end());
  const Bytes both(up.begin(), up.begin() + 40);
  bench.show(true, 1000, bytes::span(head));
  bench.show(true, 1030, bytes::span(tail));
  bench.show(true, 1000, bytes::span(both));
  bench.lose(true, up.size());
  const std::string& down = kOllama[1].text;
  const Bytes first(down.begin(), down.begin() + 50), rest(down.begin() + 50, down.end());
  bench.show(false, 5050, bytes::span(rest));
  CHECK(bench.slice().record.signs == 0);
  bench.show(false, 5000, bytes::span(first));
  CHECK(bench.slice().record.signs == (bit(ServiceSign::kOllamaAnswer) | bit(ServiceSign::kNoCredentials)));
}

TEST_CASE("what a pipeline asks is answered in its order") {
  Talk talk = {{true, ""}};
  std::string answers;
  for (int i = 0; i < 20; ++i) {
    talk[0].text += "GET /v1/models HTTP/1.1\r\n\r\nHEAD / HTTP/1.1\r\n\r\n";
    answers += answer(kJson, R"({"object":"list","data":[{"object":"model","owned_by":"vllm"}]})");
    answers += "HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n";  // of a HEAD: no body
  }
  talk.push_back({false, answers});
  // More than fit: the later ones are counted, and not replied apart.
  CHECK(seen_of(talk).record.requests == 40);
  talk[0].text = talk[0].text.substr(0, talk[0].text.size() / 2);
  talk[1].text = talk[1].text.substr(0, talk[1].text.size() / 2);
  const SeenService seen = seen_of(talk);
  CHECK(seen.record.requests == 20);
  CHECK(seen.record.uses == 0);
  CHECK(seen.record.signs ==
        (bit(ServiceSign::kOpenAiModels) | bit(ServiceSign::kVllmOwner) | bit(ServiceSign::kNoCredentials)));
}

TEST_CASE("a flow joined in its middle begins at its next message") {
  Bench bench;
  bench.has_syn = false;
  bench.send(false, R"({"model":"q"}})");
  bench.send(true, kOllama[0].text);
  bench.send(false, kOllama[1].text);
  CHECK(bench.slice().record.signs == (bit(ServiceSign::kOllamaAnswer) | bit(ServiceSign::kNoCredentials)));
}

TEST_CASE("missing bytes of a body are passed over, those of a head are not counted") {
  Bench bench;
  bench.send(true, "POST /v1/chat/completions HTTP/1.1\r\nContent-Length: 5000\r\n\r\n" + std::string(1000, 'x'));
  bench.send(true, std::string(2000, 'x'), 1900);
  bench.send(true, std::string(2000, 'x'));
  bench.send(false, answer(kJson, R"({"object":"chat.completion","choices":[]})"));
  const SeenService whole = bench.slice();
  CHECK(whole.record.signs == (bit(ServiceSign::kOpenAiAnswer) | bit(ServiceSign::kNoCredentials)));
  CHECK((whole.flags & kServiceUncounted) == 0);
  bench.lose(true, 100);
  for (int i = 0; i < 20; ++i) bench.send(true, "GET / HTTP/1.1\r\n\r\n");
  const SeenService later = bench.slice();
  CHECK(later.record.requests > 0);
  CHECK(later.flags == kServiceUncounted);
}

std::string frame(const std::string& text, bool is_masked) {
  std::string out = "\x81";
  out += static_cast<char>((is_masked ? 0x80 : 0) | 126);
  out += static_cast<char>(text.size() >> 8);
  out += static_cast<char>(text.size() & 0xff);
  if (!is_masked) return out + text;
  const std::string mask = "\x01\x82\x03\x44";
  out += mask;
  for (size_t i = 0; i < text.size(); ++i) out += static_cast<char>(text[i] ^ mask[i % 4]);
  return out;
}

const std::string kUpgrade = "GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
const std::string kSwitched = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n";

TEST_CASE("frames of a WebSocket are unmasked") {
  for (const size_t each : {0u, 1u, 5u}) {
    const SeenService asked = seen_of({{true, kUpgrade},
                                       {false, kSwitched + "\r\n"},
                                       {true, frame(R"({"id":1,"method":"thread/start","params":{}})", true)}},
                                      each);
    CHECK(asked.record.signs == bit(ServiceSign::kCodexAnswer));
    CHECK(asked.record.requests == 1);
    CHECK(asked.record.uses == 1);
  }
  const std::string replied = frame(R"({"id":1,"result":{"codexHome":"/x"}})", false);
  CHECK(seen_of({{true, kUpgrade}, {false, kSwitched + "\r\n" + replied}}).record.signs ==
        bit(ServiceSign::kCodexAnswer));
  const std::string with_version = frame(R"({"jsonrpc":"2.0","method":"thread/start"})", true);
  CHECK(seen_of({{true, kUpgrade}, {false, kSwitched + "\r\n"}, {true, with_version}}).record.signs == 0);
  const std::string compressed = "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n";
  CHECK(seen_of({{true, kUpgrade}, {false, kSwitched + compressed + replied}}).record.signs == 0);
}

struct Case {
  const char* name;
  std::string request;
  std::string answer;
  uint64_t signs;
};

const std::string kPost = "POST /mcp HTTP/1.1\r\nContent-Type: application/json\r\n";
std::string post(const std::string& body, const std::string& fields = "") {
  return kPost + fields + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}
std::string get(const std::string& path) { return "GET " + path + " HTTP/1.1\r\n\r\n"; }

// Without the sign of an answer without credentials, which has a test of its own.
constexpr uint64_t kOpen = bit(ServiceSign::kNoCredentials);

const std::string kModern = "Mcp-Protocol-Version: 2026-07-28\r\nMcp-Method: ";

const Case kCases[] = {
    {"a product's own field", get("/any"), answer("Server: llama.cpp\r\n", "x"), bit(ServiceSign::kLlamaServer)},
    {"of any status", get("/any"), "HTTP/1.1 404 Not Found\r\nx-litellm-version: 1\r\nContent-Length: 0\r\n\r\n",
     bit(ServiceSign::kLiteLlmField)},
    {"one field of two", get("/any"), answer("x-compute-type: a\r\n", ""), 0},
    {"both", get("/any"), answer("x-compute-type: a\r\nx-prompt-tokens: 3\r\n", ""), bit(ServiceSign::kTgiFields)},
    {"a banner", get("/"), answer("Content-Type: text/plain; charset=utf-8\r\n", "Ollama is running"),
     bit(ServiceSign::kOllamaBanner)},
    {"the banner on another path", get("/a"), answer("Content-Type: text/plain\r\n", "Ollama is running"), 0},
    {"words inside of a text", get("/v1/models"),
     answer(kJson, R"({"note":"\"object\":\"list\",\"object\":\"model\""})"), 0},
    {"a value that is a name", get("/v1/models"), answer(kJson, R"(["object","list","object","model"])"), 0},
    {"a path below another", "POST /llm/v1/chat/completions?x=1 HTTP/1.1\r\n\r\n",
     answer(kJson, R"({"object" : "chat.completion", "choices" : []})"), bit(ServiceSign::kOpenAiAnswer)},
    {"a route that is refused", "POST /v1/chat/completions HTTP/1.1\r\n\r\n",
     "HTTP/1.1 404 Not Found\r\n" + kJson + "Content-Length: 41\r\n\r\n" +
         R"({"object":"chat.completion","choices":[]})",
     0},
    {"a catalogue of cars", get("/v1/models"), answer(kJson, R"({"object":"list","data":[{"object":"car"}]})"), 0},
    {"tickets with tags", get("/api/tags"), answer(kJson, R"({"tags":[{"name":"a"}]})"), 0},
    {"a begun MCP session",
     post(R"({"method":"initialize","params":{"protocolVersion":"2025-06-18","clientInfo":{}}})"),
     answer(kJson, R"({"result":{"protocolVersion":"x","serverInfo":{"name":"Playwright"}}})"),
     bit(ServiceSign::kMcpInitialize) | bit(ServiceSign::kMcpPlaywright)},
    {"a language server", post(R"({"method":"initialize","params":{"processId":1,"clientInfo":{}}})"),
     answer(kJson, R"({"result":{"serverInfo":{}}})"), 0},
    {"a field that is refused", post("{}", "mcp-protocol-version: 2025-06-18\r\n"),
     "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", 0},
    {"a field that is taken", post("{}", "mcp-protocol-version: 2025-06-18\r\n"),
     "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", bit(ServiceSign::kMcpField)},
    {"a method of July 2026", post("{}", kModern + "tools/call\r\n"), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
     bit(ServiceSign::kMcpField)},
    {"a list of versions of MCP", post(R"({"jsonrpc":"2.0","method":"server/discover","params":{}})"),
     answer(kJson, R"({"jsonrpc":"2.0","result":{"io.modelcontextprotocol/supportedVersions":["2026-07-28"]}})"),
     bit(ServiceSign::kMcpInitialize)},
    {"an endpoint", get("/sse"),
     "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nevent: endpoint\r\ndata: /m?sessionId=1\r\n",
     bit(ServiceSign::kMcpEndpoint)},
    {"a message of a model", "POST /v1/messages HTTP/1.1\r\nanthropic-version: 2023-06-01\r\n\r\n",
     answer(kJson, R"({"id":"msg_1795299599123","type":"message","role":"assistant","content":[]})"),
     bit(ServiceSign::kAnthropicAnswer) | bit(ServiceSign::kAnthropicField) | bit(ServiceSign::kRouterMessage)},
    {"a body that cannot be read", "POST /v1/chat/completions HTTP/1.1\r\n\r\n",
     answer(kJson + "Content-Encoding: gzip\r\n", "xyz"), bit(ServiceSign::kChatRequest)},
    {"a request to a proxy", "GET http://10.0.0.9/v1/models HTTP/1.1\r\n\r\n", answer("Server: llama.cpp\r\n", ""), 0},
    {"Elasticsearch", "POST /_inference/chat/completions HTTP/1.1\r\n\r\n",
     answer(kJson + "X-Elastic-Product: Elasticsearch\r\n", R"({"object":"chat.completion","choices":[]})"), 0},
};

TEST_CASE("signs of services, and of what looks alike") {
  for (const Case& one : kCases) {
    INFO(one.name);
    CHECK((seen_of({{true, one.request}, {false, one.answer}}).record.signs & ~kOpen) == one.signs);
    CHECK((seen_of({{true, one.request}, {false, one.answer}}, 1).record.signs & ~kOpen) == one.signs);
  }
}

TEST_CASE("answers in gzip and deflate are read, those of other codings are not") {
  const std::string request = post(R"({"model":"q"})", "User-Agent: opencode/1.18.33\r\n");
  const std::string asked = "POST /v1/chat/completions" + request.substr(request.find(" HTTP"));
  const auto signs_of = [&](const std::string& coding, const std::string& body, size_t each) {
    return seen_of({{true, asked}, {false, answer(kJson + "Content-Encoding: " + coding + "\r\n", body)}}, each)
        .record.signs;
  };
  constexpr uint64_t kOllamaChat = bit(ServiceSign::kOpenAiAnswer) | bit(ServiceSign::kOllamaFingerprint) | kOpen;
  for (const size_t each : {0u, 1u, 50u}) {
    CHECK(signs_of("gzip", packed::kChatGzip, each) == kOllamaChat);
    CHECK(signs_of("deflate", packed::kChatZlib, each) == kOllamaChat);
    CHECK(signs_of("br", packed::kChatGzip, each) == bit(ServiceSign::kChatRequest));
    CHECK(signs_of("gzip", packed::kChat, each) == bit(ServiceSign::kChatRequest));
  }
  // A stream is read before its end, of a long text the beginning.
  const std::string head = "HTTP/1.1 200 OK\r\n" + kJson +
                           "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string& chat = packed::kChat;
  const std::string packed_chat = packed::store(chat.substr(0, chat.size() - 1) + ",\"x\":\"" +
                                                std::string(40'000, 'x') + "\"}");
  char size[16];
  snprintf(size, sizeof size, "%zx\r\n", packed_chat.size());
  CHECK(seen_of({{true, asked}, {false, head + size + packed_chat.substr(0, 1000)}}).record.signs == kOllamaChat);
  CHECK(seen_of({{true, asked}, {false, head + size + packed_chat}}, 100).record.signs == kOllamaChat);
}

TEST_CASE("opencode's field does not name a model server") {
  const std::string fields = "User-Agent: opencode/1.18.33\r\n";
  CHECK(seen_of({{true, "GET /session HTTP/1.1\r\n" + fields + "\r\n"}, {false, answer(kJson, "[]")}}).record.signs ==
        bit(ServiceSign::kOpenCodeField));
  for (const char* path : {"/v1/chat/completions", "/v1/models", "/api/tags", "/x/v1/messages"}) {
    const std::string request = std::string("GET ") + path + " HTTP/1.1\r\n" + fields + "\r\n";
    CHECK(seen_of({{true, request}, {false, answer(kJson, "{}")}}).record.signs == 0);
  }
}

TEST_CASE("an answer without credentials is one to a whole request without any key") {
  const std::string list = answer(kJson, R"({"object":"list","data":[{"object":"model"}]})");
  const auto is_open = [&](const std::string& target, const std::string& fields, const std::string& reply) {
    const uint64_t signs =
        seen_of({{true, "GET " + target + " HTTP/1.1\r\n" + fields + "\r\n"}, {false, reply}}).record.signs;
    return (signs & kOpen) != 0;
  };
  CHECK(is_open("/v1/models", "Accept: */*\r\nIdempotency-Key: 1\r\nProxy-Authorization: Basic x\r\n", list));
  for (const char* field : {"Authorization: Bearer x", "api-key: x", "X-Api-Key: x", "X-Goog-Api-Key: x", "Cookie: a=b",
                            "X-LiteLLM-Api-Key: x", "X-Auth-Request-User: x", "Ocp-Apim-Subscription-Key: x"}) {
    INFO(field);
    CHECK(!is_open("/v1/models", std::string(field) + "\r\n", list));
  }
  CHECK(!is_open("/v1/models?api_key=x", "", list));
  CHECK(!is_open("/v1/models", "", answer(kJson, R"({"object":"list","data":[{"object":"car"}]})")));
  CHECK(
      !is_open("/v1/models", "", "HTTP/1.1 401 Unauthorized\r\nx-litellm-version: 1.2.3\r\nContent-Length: 0\r\n\r\n"));
  CHECK(!is_open("/health", "", answer("x-litellm-version: 1.2.3\r\n", "")));
  CHECK(!is_open("/", "", answer("Content-Type: text/plain\r\n", "Ollama is running")));
  // llama.cpp gives its list to anyone, also with a key for the rest.
  CHECK(!is_open("/v1/models", "", "HTTP/1.1 200 OK\r\nServer: llama.cpp\r\n" + list.substr(list.find('\n') + 1)));
  // The beginning of the request is missing.
  Bench bench;
  bench.has_syn = false;
  bench.send(false, list);
  bench.send(true, "Accept: */*\r\n\r\n");
  bench.send(false, list);
  CHECK((bench.slice().record.signs & kOpen) == 0);
}

TEST_CASE("methods of MCP are counted by class") {
  using Counts = std::vector<uint32_t>;
  const auto counts_of = [](const Talk& talk) {
    const ServiceRecord record = seen_of(talk, 7).record;
    return Counts{record.mcp_sessions, record.mcp_lists, record.mcp_reads, record.mcp_calls};
  };
  const auto of_body = [&](const std::string& method) {
    const std::string body = R"({"method":")" + method +
                             R"(","params":{"arguments":{"method":"tools/list"}},"jsonrpc":"2.0"})";
    return counts_of({{true, post(body, "Mcp-Session-Id: 1\r\nMcp-Protocol-Version: 2025-11-25\r\n")},
                      {false, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"}});
  };
  CHECK(of_body("initialize") == Counts{1, 0, 0, 0});
  CHECK(of_body("prompts/list") == Counts{0, 1, 0, 0});
  CHECK(of_body("resources/read") == Counts{0, 0, 1, 0});
  CHECK(of_body("tools/call") == Counts{0, 0, 0, 1});
  CHECK(of_body("notifications/initialized") == Counts{0, 0, 0, 0});
  const auto of_field = [&](const std::string& method, const std::string& status = "200 OK") {
    return counts_of({{true, post("{}", kModern + method + "\r\nMcp-Name: secret\r\n")},
                      {false, "HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n"}});
  };
  CHECK(of_field("server/discover") == Counts{1, 0, 0, 0});
  CHECK(of_field("tools/list") == Counts{0, 1, 0, 0});
  CHECK(of_field("prompts/get") == Counts{0, 0, 1, 0});
  CHECK(of_field("tools/call") == Counts{0, 0, 0, 1});
  CHECK(of_field("tools/call", "401 Unauthorized") == Counts{0, 0, 0, 0});
  CHECK(of_field("subscriptions/listen") == Counts{0, 0, 0, 0});
}

TEST_CASE("a version is read where it is that of the service") {
  using Parts = std::vector<uint16_t>;
  const auto version_of = [](const std::string& path, const std::string& fields, const std::string& body) {
    const ServiceRecord record = seen_of({{true, get(path)},
                                          {false, answer(kJson + fields, body)},
                                          {true, get("/v1/models")},
                                          {false, answer(kJson, R"({"object":"list","data":[{"object":"model"}]})")}})
                                     .record;
    return Parts(record.version, record.version + record.version_parts);
  };
  CHECK(version_of("/api/version", "", R"({"version":"0.9.2"})") == Parts{0, 9, 2});
  CHECK(version_of("/version", "", R"({"version":"v1.4"})") == Parts{1, 4});
  CHECK(version_of("/version", "", R"({"version":"0.6.3.post1+cu121"})") == Parts{0, 6, 3});
  CHECK(version_of("/any", "x-litellm-version: 1.80.5\r\n", "{}") == Parts{1, 80, 5});
  CHECK(version_of("/any", "Server: vLLM/0.11.0\r\n", "{}") == Parts{0, 11, 0});
  CHECK(version_of("/global/health", "", R"({"healthy":true,"version":"1.18.33"})") == Parts{1, 18, 33});
  for (const char* text : {"0.11.1rc6", "1.2.3.4", "1", "", "65536.1", "1..2", "1.2-secret", "secret", "1.2.", "v.1"}) {
    INFO(text);
    CHECK(version_of("/version", "", std::string(R"({"version":")") + text + "\"}").empty());
  }
  CHECK(version_of("/any", "", R"({"version":"0.9.2"})").empty());
  CHECK(version_of("/any", "Server: nginx/1.25.3\r\n", "{}").empty());
}

TEST_CASE("no prefix of a compressed text leads the inflater astray") {
  const std::pair<std::string, std::string> cases[] = {{packed::kChatGzip, packed::kChat},
                                                       {packed::kChatZlib, packed::kChat},
                                                       {packed::kLinesGzip, packed::kLines},
                                                       {packed::store(packed::kChat), packed::kChat}};
  for (const auto& one : cases) {
    const std::string& whole = one.first;
    const std::string& text = one.second;
    const Bytes all(whole.begin(), whole.end());
    uint8_t out[1024];
    for (size_t size = 0; size <= all.size(); ++size) {
      const bytes::Prefix prefix(all, size);
      for (const size_t capacity : {size_t{0}, size_t{10}, sizeof out}) {
        const Inflated found = inflate(prefix.span(), out, capacity);
        CHECK(!found.is_broken);
        const std::string start(reinterpret_cast<char*>(out), found.size);
        CHECK(text.substr(0, found.size) == start);
        if (size == all.size()) CHECK(found.size == std::min(capacity, text.size()));
      }
    }
  }
}

TEST_CASE("behind TLS the name of a private server alone speaks") {
  const auto seen_of_name = [](const std::string& name, auto&&... change) {
    Bench bench;
    const Bytes message = HelloBuilder().sni(name).build();
    Bytes hello = {22, 3, 1};
    bytes::add_counted(&hello, message, 2);
    bench.send(true, std::string(hello.begin(), hello.end()));
    FlowRecord slice = bench.record();
    slice.payload_down = 500;
    (change(&slice), ...);
    return bench.slice(slice);
  };
  constexpr uint64_t kSign = bit(ServiceSign::kServerName);
  for (const char* name : {"ollama.corp.example", "vllm-2.lab", "dev-litellm.a.b", "llama-cpp.home"}) {
    INFO(name);
    const SeenService seen = seen_of_name(name);
    CHECK(seen.record.signs == kSign);
    CHECK((seen.flags & kServiceUncounted) != 0);
    CHECK((seen.record.requests == 0 && seen.record.uses == 0));
  }
  for (const char* name :
       {"ollama", "ollamas.corp.example", "collama.corp.example", "wiki.ollama.example", "llm.corp"}) {
    INFO(name);
    CHECK(seen_of_name(name).record.signs == 0);
  }
  const char* name = "ollama.corp.example";
  CHECK(seen_of_name(name, [](FlowRecord* slice) { slice->payload_up = 1000; }).record.uses == 1);
  CHECK(seen_of_name(name, [](FlowRecord* slice) { slice->payload_down = 0; }).record.signs == 0);
  CHECK(seen_of_name(name, [](FlowRecord* slice) { slice->server_address[0] = 8; }).record.signs == 0);
  CHECK(seen_of_name("ollama.com").record.signs == 0);  // of the watchlist
}

TEST_CASE("HTTP that never ends is left") {
  const auto requests_of = [](const std::string& start, const std::string& more, int count) {
    Bench bench;
    bench.send(true, start);
    for (int i = 0; i < count; ++i) bench.send(true, more);
    return bench.slice();
  };
  CHECK(requests_of("GET / HTTP/1.1\r\n", "A: b\r\n", 20'000).record.requests <= 1);
  CHECK(requests_of("GET /" + std::string(1400, 'a'), std::string(1400, 'a'), 400).record.requests == 0);
  CHECK((requests_of("GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", 30'000).flags & kServiceUncounted) == 0);
}

}  // namespace
