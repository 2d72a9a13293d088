// Whether a datagram is a whole message of the protocol of its port, and the class of slices in the account of traffic.
#include "../../native-bindings/src/protocol/message_form.h"

#include <doctest/doctest.h>

#include <string>

#include "../../native-bindings/src/flow/traffic_class.h"
#include "dns_builder.h"

using namespace wiretally;
using bytes::Bytes;

namespace {

Bytes question(const std::string& name, uint16_t type) {
  DnsBuilder dns(0x0100);
  dns.question(name, type);
  return dns.build();
}

Bytes text_answer(size_t size) {
  DnsBuilder dns;
  dns.question("example.com", 16);
  dns.record("example.com", 16, 60, Bytes(size, 'a'));
  return dns.build();
}

MessageForm form_of(const Bytes& of, bool is_cut = false) {
  const bytes::Prefix exact(of, of.size());
  return dns_form(exact.span(), is_cut);
}

bool is_naming(uint16_t port, const Bytes& of) {
  const bytes::Prefix exact(of, of.size());
  return is_naming_message(port, exact.span(), false);
}

Bytes ntp() {
  Bytes message(48, 0);
  message[0] = 0x23;
  message[1] = 2;
  message[2] = 6;
  message[3] = 0xec;
  return message;
}

const std::string kLongName = std::string(60, 'a') + "." + std::string(60, 'b') + ".t.example";

TEST_CASE("DNS is told by its whole message") {
  CHECK(form_of(question("api.example.com", 1)) == MessageForm::kSound);
  CHECK(form_of(question(kLongName, 16)) == MessageForm::kTunnelLike);
  CHECK(form_of(question("example.com", 10)) == MessageForm::kTunnelLike);
  CHECK(form_of(text_answer(200)) == MessageForm::kSound);
  CHECK(form_of(text_answer(900)) == MessageForm::kTunnelLike);
  Bytes longer = question("example.com", 1);
  longer.push_back(0);
  CHECK(form_of(longer) == MessageForm::kOther);
  // WireGuard data: a type, three zero bytes, an index and a counter.
  Bytes wireguard = bytes::hex("04000000 a3f1c2d4 0100000000000000");
  wireguard.resize(96, 0x5a);
  CHECK(form_of(wireguard) == MessageForm::kOther);
}

TEST_CASE("naming protocols are told by their fields") {
  CHECK(is_naming(123, ntp()));
  CHECK(!is_naming(123, Bytes(48, 0xa7)));
  CHECK(!is_naming(123, Bytes(300, 0x23)));
  CHECK(is_naming(5353, question("printer.local", 12)));
  CHECK(!is_naming(5353, Bytes(300, 0x5a)));
  CHECK(!is_naming(67, Bytes(300, 1)));
  CHECK(!is_naming(138, Bytes(300, 0x5a)));
  CHECK(!is_naming(547, Bytes(300, 0x7f)));
  CHECK(!is_naming(8080, question("example.com", 1)));
}

TEST_CASE("no prefix is read beyond its end, and none of a question is whole") {
  for (const Bytes& whole : {question("api.example.com", 1), text_answer(40), ntp()}) {
    for (size_t size = 0; size < whole.size(); ++size) {
      const bytes::Prefix prefix(whole, size);
      CHECK(dns_form(prefix.span(), false) == MessageForm::kOther);
      dns_form(prefix.span(), true);
      constexpr uint16_t kPorts[] = {53, 67, 123, 137, 138, 546, 547, 5353, 5355};
      for (const uint16_t port : kPorts) {
        is_naming_message(port, prefix.span(), false);
        is_naming_message(port, prefix.span(), true);
      }
    }
  }
}

struct ClassCase {
  SliceFacts slice;
  TrafficClass expected;
};

TEST_CASE("a class follows from what was parsed") {
  const SliceFacts plain{AppHint::kUnknown, 0, 0, true, false, false, false, 1000, 1000};
  const auto with = [&](auto change) {
    SliceFacts slice = plain;
    change(slice);
    return slice;
  };
  const ClassCase cases[] = {
      {plain, TrafficClass::kHidden},
      {with([](SliceFacts& s) { s.payload_up = s.payload_down = 0; }), TrafficClass::kHarmless},
      {with([](SliceFacts& s) { s.look = kLookInside; }), TrafficClass::kInside},
      {with([](SliceFacts& s) {
         s.look = kLookInside;
         s.flags = kFlowCutShort;
       }),
       TrafficClass::kHidden},
      {with([](SliceFacts& s) { s.look = kLookParsed; }), TrafficClass::kLookedInto},
      {with([](SliceFacts& s) { s.has_hello = s.has_name = true; }), TrafficClass::kHidden},
      {with([](SliceFacts& s) {
         s.has_hello = s.has_name = true;
         s.payload_down = 7;
       }),
       TrafficClass::kHarmless},
      {with([](SliceFacts& s) {
         s.has_hello = s.has_name = true;
         s.flags = kFlowServerHello;
       }),
       TrafficClass::kLookedInto},
      {with([](SliceFacts& s) {
         s.has_hello = true;
         s.flags = kFlowServerHello;
       }),
       TrafficClass::kHidden},
      {with([](SliceFacts& s) {
         s.has_hello = true;
         s.flags = kFlowServerHello;
         s.look = kLookNamed;
       }),
       TrafficClass::kLookedInto},
      {with([](SliceFacts& s) {
         s.has_hello = s.has_name = s.is_name_hidden = true;
         s.flags = kFlowServerHello;
       }),
       TrafficClass::kHidden},
      {with([](SliceFacts& s) {
         s.has_hello = s.has_name = true;
         s.flags = kFlowServerHello | kFlowContradicted;
       }),
       TrafficClass::kHidden},
      {with([](SliceFacts& s) {
         s.has_hello = s.has_name = true;
         s.flags = kFlowServerHello;
         s.look = kLookNoRecords;
       }),
       TrafficClass::kHidden},
      {with([](SliceFacts& s) {
         s.is_tcp = false;
         s.hint = AppHint::kDns;
       }),
       TrafficClass::kLookedInto},
      {with([](SliceFacts& s) {
         s.is_tcp = false;
         s.hint = AppHint::kNaming;
       }),
       TrafficClass::kHarmless},
      {with([](SliceFacts& s) {
         s.is_tcp = false;
         s.hint = AppHint::kDnsTunnel;
         s.look = kLookInside;
       }),
       TrafficClass::kHidden},
  };
  for (const ClassCase& one : cases) CHECK(class_of(one.slice) == one.expected);
}

}  // namespace
