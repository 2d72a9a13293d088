// Which names, ciphers and product tokens make a flow matter.
#include "../../native-bindings/src/base/watchlist.h"

#include <doctest/doctest.h>

#include <string>

namespace {

using wiretally::Span;
using wiretally::Watchlist;

Span span(const std::string& text) { return Span{reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

TEST_CASE("finds what was added among many names, and nothing else") {
  std::vector<std::string> names;
  for (int i = 0; i < 3000; ++i) {
    const std::string number = std::to_string(i);
    names.push_back((i % 3 == 0 ? "exact" : i % 3 == 1 ? ".all" : "a-*.glob") + number + ".example");
  }
  const Watchlist set(names, {}, {});
  size_t wrong = 0;
  for (int i = 0; i < 3000; ++i) {
    const std::string number = std::to_string(i);
    const bool is_exact = i % 3 == 0, is_all = i % 3 == 1, is_glob = i % 3 == 2;
    wrong += set.has_name(span("Exact" + number + ".example.")) != is_exact;
    wrong += set.has_name(span("one.exact" + number + ".example"));
    wrong += set.has_name(span("all" + number + ".EXAMPLE")) != is_all;
    wrong += set.has_name(span("two.one.all" + number + ".example")) != is_all;
    wrong += set.has_name(span("a-1.glob" + number + ".example")) != is_glob;
    wrong += set.has_name(span("b-1.glob" + number + ".example"));
    wrong += set.has_name(span("other" + number + ".example"));
  }
  CHECK(wrong == 0);
  CHECK_FALSE(set.has_name(span("")));
  CHECK_FALSE(set.has_name(span(".")));
  CHECK_FALSE(set.has_name(span("..")));
  CHECK_FALSE(set.has_name(span("example")));
}

TEST_CASE("finds names with anything behind them, at a dot") {
  const Watchlist set({"api.example.com.*", "x.*"}, {}, {});
  CHECK(set.has_name(span("API.example.com.corp.lan.")));
  CHECK(set.has_name(span("api.example.com.a")));
  CHECK(set.has_name(span("x.y")));
  CHECK_FALSE(set.has_name(span("api.example.com")));
  CHECK_FALSE(set.has_name(span("api.example.common.lan")));
  CHECK_FALSE(set.has_name(span("www.api.example.com.lan")));
}

TEST_CASE("matches names") {
  const Watchlist set({"api.example.com", ".ai.example", "bedrock-*.cloud.example", "eu.*.multi.example", "x-*",
                       "a.b.*.c.*.d.example"},
                      {}, {});
  const struct {
    const char* name;
    bool expected;
  } cases[] = {
      {"api.example.com", true},
      {"API.Example.COM.", true},
      {"api.example.co", false},
      {"www.api.example.com", false},
      {"ai.example", true},
      {"a.b.ai.example", true},
      {"notai.example", false},
      {"bedrock-runtime.cloud.example", true},
      {"bedrock.cloud.example", false},
      {"eu.one.multi.example", true},
      {"eu.one.two.multi.example", true},
      {"us.one.multi.example", false},
      {"x-anything", true},
      {"y-anything", false},
      {"a.b.1.c.2.d.example", true},
      {"a.b.1.2.d.example", false},
      {"example", false},
      {".", false},
      {"", false},
  };
  for (const auto& c : cases) {
    INFO(c.name);
    CHECK_EQ(set.has_name(span(c.name)), c.expected);
  }
  CHECK(!set.has_name(span(std::string(256, 'a'))));
  CHECK(!set.has_name(span(std::string(255, '*'))));
}

TEST_CASE("matches ciphers and agents") {
  const Watchlist set({}, {"5b57614c22b0"}, {"claude-cli/", "Codex"});
  CHECK(set.has_cipher_of("t13d1713h1_5b57614c22b0_7f527383e249"));
  CHECK(!set.has_cipher_of("t13d1713h1_5d04281c6031_7f527383e249"));
  CHECK(!set.has_cipher_of("t13d1713h1_5b57614c22"));
  CHECK(!set.has_cipher_of(""));
  const auto product = [&](const std::string& agent) {
    const Span found = set.agent_product(span(agent));
    return std::string(reinterpret_cast<const char*>(found.data), found.size);
  };
  CHECK_EQ(product("claude-cli/2.1.328 (external, cli)"), "claude-cli/2.1.328");
  CHECK_EQ(product("codex_cli_rs/0.1"), "codex_cli_rs/0.1");
  CHECK_EQ(product("claude-cli"), "");
  CHECK_EQ(product("Mozilla/5.0 claude-cli/2"), "");
  CHECK_EQ(product("codex" + std::string(500, 'x')).size(), Watchlist::kMaxAgentBytes);
}

}  // namespace
