// The transactor without Python: source 0 to tap 0 and sink 1, timed.
//
//   bare_harness IN OUT LENGTH
//
// IN holds packets of LENGTH beats each, TUSER 0.  Each must leave as one packet of at most LENGTH
// beats, at the tap and at the sink.  OUT gets the beats of the sink.  Prints the seconds that the
// batch took: what a co-simulation of the same RTL could reach at best.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

#include "Vtop.h"
#include "transactor.h"
#include "verilated.h"

struct Sink {
  std::vector<uint8_t> beats;
  std::vector<uint32_t> lengths;
  std::vector<uint64_t> users, first, last;

  Sink(int id, uint64_t packets, uint64_t room)
      : beats(room * 64), lengths(packets), users(packets), first(packets), last(packets) {
    skv_receive(id, beats.data(), lengths.data(), users.data(), packets, room, first.data(),
                last.data());
  }
};

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: bare_harness IN OUT LENGTH\n");
    return 2;
  }
  std::ifstream file(argv[1], std::ios::binary);
  const std::vector<char> in{std::istreambuf_iterator<char>(file), {}};
  const uint32_t length = atoi(argv[3]);
  const uint64_t total = in.size() / 64, packets = total / length;
  std::vector<uint32_t> lengths(packets, length);
  std::vector<uint64_t> users(packets), first(packets), last(packets);

  skv_begin();
  skv_send(0, reinterpret_cast<const uint8_t *>(in.data()), lengths.data(), users.data(), packets,
           first.data(), last.data());
  Sink tap(0, packets, total), sink(1, packets, total);

  auto top = std::make_unique<Vtop>();
  const auto cycle = [&top] {
    top->clk_i = 1;
    top->eval();
    top->clk_i = 0;
    top->eval();
  };
  top->rst_ni = 0;
  for (int i = 0; i < 8; ++i) cycle();
  top->rst_ni = 1;

  skv_arm();
  const auto start = std::chrono::steady_clock::now();
  while (!top->done_o) cycle();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  if (*skv_error()) {
    fprintf(stderr, "%s\n", skv_error());
    return 1;
  }
  std::ofstream(argv[2], std::ios::binary)
      .write(reinterpret_cast<const char *>(sink.beats.data()), skv_sink_beats(1) * 64);
  printf("%g\n", seconds.count());
}
