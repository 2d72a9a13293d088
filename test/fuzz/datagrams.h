// Splits the input of a fuzzer into datagrams: a length of two bytes before each; its top bit is the direction.
#pragma once

#include "../../native-bindings/src/base/cursor.h"

template <typename Show>
void for_each_datagram(const uint8_t* data, size_t size, Show show) {
  wiretally::Cursor cursor(data, size);
  while (cursor.remaining() >= 2) {
    const uint16_t head = cursor.be16();
    const size_t wanted = head & 0x7fff;
    show(cursor.take(wanted < cursor.remaining() ? wanted : cursor.remaining()), (head & 0x8000) == 0);
  }
}
