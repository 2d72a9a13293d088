/* Sends the packets of a classic pcap file out of one interface as fast as the kernel takes them, in a loop: a sender
 * for live measurements between two ends of a veth pair. Usage:
 *   send_packets FILE INTERFACE COUNT [PACKETS_PER_SECOND [renew]]
 * A rate of 0 is as fast as it goes. With "renew" every pass over the file has other client ports, so that flows come
 * and go. Prints the number of packets that the kernel took. Only for interfaces that the measurement made itself. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { BATCH = 64, MAX_PACKETS = 4000000 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Changes the port on the side of 10.0.0.0/8 of IPv4 frames with TCP or UDP behind 20 bytes of header. */
static void renew(const struct iovec *packet, uint16_t change) {
  uint8_t *frame = packet->iov_base;
  if (packet->iov_len < 38 || frame[12] != 8 || frame[13] != 0 || frame[14] != 0x45) return;
  if (frame[23] != 6 && frame[23] != 17) return;
  uint8_t *port = frame + (frame[26] == 10 ? 34 : 36);
  port[0] ^= (uint8_t)(change >> 8);
  port[1] ^= (uint8_t)change;
}

int main(int argc, char **argv) {
  if (argc < 4) {
    fprintf(stderr, "usage: send_packets FILE INTERFACE COUNT [PACKETS_PER_SECOND [renew]]\n");
    return 2;
  }
  FILE *file = fopen(argv[1], "rb");
  if (!file) return perror(argv[1]), 1;
  fseek(file, 0, SEEK_END);
  long size = ftell(file);
  rewind(file);
  uint8_t *bytes = malloc((size_t)size);
  if (!bytes || fread(bytes, 1, (size_t)size, file) != (size_t)size) return perror(argv[1]), 1;
  struct iovec *packets = malloc(sizeof(*packets) * MAX_PACKETS);
  size_t count = 0;
  for (long at = 24; at + 16 <= size && count < MAX_PACKETS;) {
    uint32_t captured;
    memcpy(&captured, bytes + at + 8, 4);
    if (captured > size - at - 16) break;
    packets[count].iov_base = bytes + at + 16;
    packets[count++].iov_len = captured;
    at += 16 + (long)captured;
  }
  if (count == 0) return fprintf(stderr, "%s: no packets\n", argv[1]), 1;

  int sock = socket(AF_PACKET, SOCK_RAW, 0);
  if (sock < 0) return perror("socket"), 1;
  int one = 1;
  setsockopt(sock, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one));
  struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(argv[2])};
  if (bind(sock, (struct sockaddr *)&address, sizeof(address)) != 0) return perror(argv[2]), 1;

  uint64_t wanted = strtoull(argv[3], NULL, 10), sent = 0;
  double rate = argc > 4 ? atof(argv[4]) : 0, start = now();
  int renews = argc > 5 && strcmp(argv[5], "renew") == 0;
  struct mmsghdr messages[BATCH];
  memset(messages, 0, sizeof(messages));
  while (sent < wanted) {
    unsigned n = 0;
    for (; n < BATCH && sent + n < wanted; n++) {
      messages[n].msg_hdr.msg_iov = &packets[(sent + n) % count];
      messages[n].msg_hdr.msg_iovlen = 1;
    }
    int done = sendmmsg(sock, messages, n, 0);
    if (done < 0) {
      if (errno == ENOBUFS || errno == EAGAIN || errno == EINTR) continue;
      return perror("sendmmsg"), 1;
    }
    for (int i = 0; renews && i < done; i++) {
      /* Passes count 1, 2, 3, …: their exclusive sum never comes back within 16 bits' worth of passes. */
      uint64_t pass = (sent + (uint64_t)i) / count;
      renew(&packets[(sent + (uint64_t)i) % count], (uint16_t)((pass ^ (pass + 1)) & 0x3fff));
    }
    sent += (uint64_t)done;
    if (rate > 0) {
      double ahead = (double)sent / rate - (now() - start);
      if (ahead > 0.0005) {
        struct timespec pause = {.tv_sec = (time_t)ahead, .tv_nsec = (long)((ahead - (double)(time_t)ahead) * 1e9)};
        nanosleep(&pause, NULL);
      }
    }
  }
  double seconds = now() - start;
  printf("{\"sent\":%llu,\"seconds\":%.3f}\n", (unsigned long long)sent, seconds);
  return 0;
}
