// Clear text that is followed to the end of a flow: HTTP by message, DNS over TCP, and what only begins like them.
#include "../../native-bindings/src/stream/clear_text.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "bytes.h"

using namespace wiretally;

namespace {

struct Said {
  unsigned side;
  std::string text;
};

// Each piece of at most `step` bytes.
bool is_parsed(ClearText::Protocol protocol, const std::vector<Said>& talk, size_t step) {
  uint32_t count = 0;
  bool result = false;
  {
    ClearText text(protocol, &count);
    CHECK_EQ(count, 1);
    uint32_t next[2] = {0xffffff00, 1000};
    for (const auto& [side, said] : talk) {
      for (size_t at = 0; at < said.size(); at += step) {
        const std::string piece = said.substr(at, step);
        const auto* data = reinterpret_cast<const uint8_t*>(piece.data());
        text.on_segment(side, Segment{next[side], Span{data, piece.size()}, static_cast<uint32_t>(piece.size()), 0});
        next[side] += static_cast<uint32_t>(piece.size());
      }
    }
    result = text.is_parsed();
  }
  CHECK_EQ(count, 0);
  return result;
}

std::string message(uint16_t flags, size_t size) {
  std::string out;
  const size_t length = 12 + size;
  out += static_cast<char>(length >> 8);
  out += static_cast<char>(length & 0xff);
  out += std::string("\x12\x34", 2);
  out += static_cast<char>(flags >> 8);
  out += static_cast<char>(flags & 0xff);
  out += std::string("\0\1\0\0\0\0\0\0", 8);
  return out + std::string(size, 'x');
}

const std::string kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

struct TalkCase {
  const char* name;
  ClearText::Protocol protocol;
  std::vector<Said> talk;
  bool expected;
};

TEST_CASE("clear text is parsed while each request is answered") {
  const std::string noise(20'000, '\x9c');
  const TalkCase cases[] = {
      {"a request and its answer", ClearText::Protocol::kHttp, {{0, kGet}, {1, kOk}}, true},
      {"several", ClearText::Protocol::kHttp, {{0, kGet}, {1, kOk}, {0, kGet}, {1, kOk}}, true},
      {"a request without an answer", ClearText::Protocol::kHttp, {{0, kGet}}, false},
      {"an answer without a request", ClearText::Protocol::kHttp, {{1, kOk}}, false},
      {"other bytes behind a message", ClearText::Protocol::kHttp, {{0, kGet}, {1, kOk}, {0, noise}}, false},
      {"a WebSocket",
       ClearText::Protocol::kHttp,
       {{0, kGet}, {1, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"}},
       false},
      {"a tunnel through a proxy",
       ClearText::Protocol::kHttp,
       {{0, "CONNECT a:443 HTTP/1.1\r\n\r\n"}, {1, "HTTP/1.1 200 OK\r\n\r\n"}},
       false},
      {"an upload that is answered",
       ClearText::Protocol::kHttp,
       {{0, "POST / HTTP/1.1\r\nContent-Length: 20000\r\n\r\n" + noise}, {1, kOk}},
       true},
      {"an upload that goes on during its answer",
       ClearText::Protocol::kHttp,
       {{0, "POST / HTTP/1.1\r\nContent-Length: 9000000\r\n\r\n" + noise},
        {1, "HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n" + noise}},
       false},
      {"a long upload without an answer",
       ClearText::Protocol::kHttp,
       {{0, kGet}, {1, kOk}, {0, "POST / HTTP/1.1\r\nContent-Length: 9000000\r\n\r\n" + noise + noise + noise + noise}},
       false},
      {"DNS", ClearText::Protocol::kDns, {{0, message(0x0100, 20)}, {1, message(0x8180, 60)}}, true},
      {"DNS without an answer", ClearText::Protocol::kDns, {{0, message(0x0100, 20)}}, false},
      {"other bytes behind DNS",
       ClearText::Protocol::kDns,
       {{0, message(0x0100, 20)}, {1, message(0x8180, 60)}, {0, noise}},
       false},
  };
  for (const TalkCase& one : cases) {
    INFO(one.name);
    for (const size_t step : {size_t{1}, size_t{7}, size_t{1460}})
      CHECK_EQ(is_parsed(one.protocol, one.talk, step), one.expected);
  }
}

TEST_CASE("no prefix of a talk is parsed before its answer begins") {
  for (size_t size = 0; size < 17; ++size) {
    CHECK(!is_parsed(ClearText::Protocol::kHttp, {{0, kGet}, {1, kOk.substr(0, size)}}, 1460));
  }
}

TEST_CASE("missing bytes of a body are passed over, those of a head are not") {
  uint32_t count = 0;
  for (const bool is_body : {true, false}) {
    ClearText text(ClearText::Protocol::kHttp, &count);
    const auto give = [&](unsigned side, uint32_t seq, const std::string& said) {
      const auto* data = reinterpret_cast<const uint8_t*>(said.data());
      text.on_segment(side, Segment{seq, Span{data, said.size()}, static_cast<uint32_t>(said.size()), 0});
    };
    const auto end = static_cast<uint32_t>(kGet.size());
    give(0, 0, kGet);
    give(1, 0, is_body ? "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nab" : "HTTP/1.1 200 OK\r\nContent-");
    give(1, 90, std::string(20, 'b'));
    give(0, end, kGet);
    CHECK_EQ(text.is_parsed(), is_body);
  }
}

}  // namespace
