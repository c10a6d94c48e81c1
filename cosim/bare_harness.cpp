// The transactor without Python: random packets through the same RTL, timed.
//
//   bare_harness PACKETS BEATS     PACKETS packets of BEATS beats each, source 0 to sink 1
//
// Prints the beats moved a second.  It shows what the co-simulation could reach at best.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <vector>

#include "Vtop.h"
#include "verilated.h"

extern "C" {
void skv_begin();
void skv_send(int, const uint8_t *, const uint32_t *, const uint32_t *, uint64_t, uint64_t *,
              uint64_t *);
void skv_receive(int, uint8_t *, uint32_t *, uint32_t *, uint64_t, uint64_t, uint64_t *, uint64_t *);
void skv_arm();
const char *skv_error();
}

int main(int argc, char **argv) {
  const uint64_t packets = atoll(argv[1]);
  const uint32_t length = atoi(argv[2]);
  const uint64_t total = packets * length;
  std::vector<uint8_t> in(total * 64);
  std::vector<uint32_t> lengths(packets, length), users(packets);
  std::vector<uint64_t> first(packets), last(packets);
  std::mt19937 random;
  for (uint8_t &byte : in) byte = random();
  std::vector<uint8_t> out[2];
  std::vector<uint32_t> out_words[4];
  std::vector<uint64_t> out_stamps[4];

  skv_begin();
  skv_send(0, in.data(), lengths.data(), users.data(), packets, first.data(), last.data());
  for (int id = 0; id < 2; ++id) {
    out[id].resize(total * 64);
    for (int i = 0; i < 2; ++i) {
      out_words[2 * id + i].resize(packets);
      out_stamps[2 * id + i].resize(packets);
    }
    skv_receive(id, out[id].data(), out_words[2 * id].data(), out_words[2 * id + 1].data(), packets,
                total, out_stamps[2 * id].data(), out_stamps[2 * id + 1].data());
  }
  skv_arm();
  Verilated::commandArgs(argc, argv);
  auto top = std::make_unique<Vtop>();
  top->rst_ni = 0;
  const auto start = std::chrono::steady_clock::now();
  for (uint64_t cycle = 0; !top->done_o; ++cycle) {
    top->rst_ni = cycle >= 4;
    top->clk_i = 1;
    top->eval();
    top->clk_i = 0;
    top->eval();
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  if (*skv_error() || out[1] != in) {
    fprintf(stderr, "failed: %s\n", skv_error());
    return 1;
  }
  printf("%.0f\n", total / seconds.count());
}
