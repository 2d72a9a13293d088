// Computes all fingerprints of a ClientHello: JA3, JA4 and family.
#include "client_hello.h"
#include "family.h"
#include "ja3.h"
#include "ja4.h"

namespace wiretally {

void fingerprint(const ClientHello& hello, Fingerprint* out, char* ja3_text, size_t* ja3_text_length) {
  ja3(hello, out->ja3_md5, ja3_text, ja3_text_length);
  ja4(hello, out->ja4);
  family(hello, out->family);
}

}  // namespace wiretally
