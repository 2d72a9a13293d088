// EventSink: the interface for records that leave native code.
#pragma once

#include <cstddef>

#include "cursor.h"
#include "event.h"

namespace wiretally {

class EventSink {
 public:
  virtual ~EventSink() = default;
  // Appends one record: `fixed` begins with a RecordHeader whose length the sink sets; tails follow in order.
  virtual void emit(RecordType type, uint16_t flags, const void* fixed, size_t fixed_size, const Span* tails,
                    size_t tail_count) = 0;
};

}  // namespace wiretally
