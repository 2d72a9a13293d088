// Memory in pages of the system, and the slots in it.
#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "../../native-bindings/src/io/mapped_memory.h"
#include "../../native-bindings/src/io/slot_pool.h"

using namespace wiretally;

namespace {

constexpr size_t kHugePage = 2u << 20;

struct Counted {
  Counted() { ++alive; }
  ~Counted() { --alive; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

  std::unique_ptr<size_t> number;
  static int alive;
};
int Counted::alive = 0;

}  // namespace

TEST_CASE("mapped memory is zeroed from its first byte to its last, in any size") {
  for (const size_t bytes : {size_t{1}, size_t{4096}, kHugePage - 1, kHugePage, kHugePage + 1, 3 * kHugePage + 4097}) {
    CAPTURE(bytes);
    for (int again = 0; again < 3; ++again) {
      auto* memory = static_cast<uint8_t*>(map_zeroed(bytes));
      REQUIRE(memory != nullptr);
      for (size_t i = 0; i < bytes; i += 4093) REQUIRE(memory[i] == 0);
      CHECK(memory[bytes - 1] == 0);
      memory[0] = 1;
      memory[bytes - 1] = 2;
      unmap(memory, bytes);
    }
  }
}

TEST_CASE("mapped memory that fills huge pages begins with small ones, before the first of them") {
  constexpr size_t kSmallBytes = 256 << 10;
  auto* memory = static_cast<uint8_t*>(map_zeroed(kHugePage + 1));
  CHECK((reinterpret_cast<uintptr_t>(memory) + kSmallBytes) % kHugePage == 0);
  unmap(memory, kHugePage + 1);
}

TEST_CASE("mapped memory that the system does not have is null") { CHECK(map_zeroed(size_t{1} << 60) == nullptr); }

TEST_CASE("null is unmapped without effect") { unmap(nullptr, kHugePage); }

TEST_CASE("slots stay where they are, and end with their pool") {
  constexpr size_t kSlots = 140'000;  // several blocks
  {
    SlotPool<Counted> pool;
    std::vector<const Counted*> places;
    for (size_t i = 0; i < kSlots; ++i) {
      Counted& slot = pool.add();
      REQUIRE(slot.number == nullptr);
      slot.number = std::make_unique<size_t>(i);
      places.push_back(&slot);
    }
    CHECK(pool.size() == kSlots);
    CHECK(Counted::alive == static_cast<int>(kSlots));
    for (size_t i = 0; i < kSlots; ++i) {
      REQUIRE(&pool[i] == places[i]);
      REQUIRE(*pool[i].number == i);
    }
  }
  CHECK(Counted::alive == 0);
}
