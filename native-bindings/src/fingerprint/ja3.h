// JA3 (salesforce/ja3): MD5 over the offers of a ClientHello, in wire order.
#pragma once

#include "client_hello.h"

namespace wiretally {

void ja3(const ClientHello& hello, uint8_t md5[16], char* text, size_t* text_length);

}  // namespace wiretally
