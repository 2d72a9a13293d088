// The family of a ClientHello: a key of our own beside JA4 that a program keeps when it resumes a session, pads its hello or
// is asked again. JA4 counts and hashes all extensions, and so splits one program into several forms.
#pragma once

#include "client_hello.h"

namespace wiretally {

constexpr size_t kFamilyBytes = 34;

// Writes 34 characters and zeros up to the end of `out`: as JA4, without the count of extensions, and without those that
// come and go between hellos of one program. Signature algorithms are kept, in wire order.
void family(const ClientHello& hello, char out[40]);

}  // namespace wiretally
