// JA4 of TLS clients (FoxIO, JA4.md): a readable part and two truncated SHA-256 hashes over sorted lists.
#pragma once

#include "client_hello.h"

namespace wiretally {

constexpr size_t kJa4Bytes = 36;

// Writes 36 characters and zeros up to the end of `out`.
void ja4(const ClientHello& hello, char out[40]);

}  // namespace wiretally
