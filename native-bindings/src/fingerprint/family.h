// The family of a ClientHello: a key in addition to JA4 that is constant for a program when it resumes a session, pads its
// hello or receives a retry. JA4 counts and hashes all extensions, and so splits one program into several forms.
#pragma once

#include "client_hello.h"

namespace wiretally {

constexpr size_t kFamilyBytes = 34;

// Writes 34 characters and zeros up to the end of `out`: as JA4, without the number of extensions, and without those that
// vary between hellos of one program. Includes signature algorithms in wire order.
void family(const ClientHello& hello, char out[40]);

}  // namespace wiretally
