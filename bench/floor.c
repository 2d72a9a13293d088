/* The floor of reading a capture: 1 MiB blocks, the first 64 bytes of every packet touched, nothing else. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK_BYTES = 1 << 20, TOUCHED_BYTES = 64, FILE_HEADER_BYTES = 24, PACKET_HEADER_BYTES = 16 };

static unsigned char block[BLOCK_BYTES + (1 << 18)];

int main(int argc, char **argv) {
  int file = argc == 2 ? open(argv[1], O_RDONLY) : -1;
  if (file < 0) {
    fprintf(stderr, "usage: floor FILE.pcap\n");
    return 2;
  }
  uint64_t packets = 0, sum = 0;
  size_t have = 0, at = FILE_HEADER_BYTES;
  for (;;) {
    ssize_t got = read(file, block + have, BLOCK_BYTES);
    if (got <= 0) break;
    have += (size_t)got;
    while (at + PACKET_HEADER_BYTES <= have) {
      uint32_t length;
      memcpy(&length, block + at + 8, sizeof length);
      if (length > (1 << 18) - PACKET_HEADER_BYTES || at + PACKET_HEADER_BYTES + length > have) break;
      for (uint32_t i = 0; i + 8 <= length && i < TOUCHED_BYTES; i += 8) {
        uint64_t word;
        memcpy(&word, block + at + PACKET_HEADER_BYTES + i, sizeof word);
        sum += word;
      }
      at += PACKET_HEADER_BYTES + length;
      packets++;
    }
    memmove(block, block + at, have - at);
    have -= at;
    at = 0;
  }
  printf("%llu packets, sum %llx\n", (unsigned long long)packets, (unsigned long long)sum);
  return 0;
}
