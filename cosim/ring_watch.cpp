// What ring_watch_dpi saw: for each completion its ring, its descriptor's number, and the cycles in
// which its descriptor was asked for and its completion written.  Whoever drives the simulation
// takes them.

#include <algorithm>
#include <cstdint>
#include <vector>

namespace {

constexpr int kRings = 4;
constexpr int kEntries = 4096;

struct Completion {
  uint64_t ring, number, fetched, completed;
};

uint64_t fetched[kRings][kEntries];
std::vector<Completion> completions;

}  // namespace

extern "C" {

void skv_watch_fetched_dpi(int ring, int index, unsigned long long cycle) {
  fetched[ring][index % kEntries] = cycle;
}

void skv_watch_completed_dpi(int ring, int number, unsigned long long cycle) {
  completions.push_back(
      {uint64_t(ring), uint64_t(number), fetched[ring][number % kEntries], cycle});
}

// Copies at most `room` completions to `to` (four uint64 each), and forgets all; returns how many
// there were.
uint64_t skv_watch_take(uint64_t *to, uint64_t room) {
  const uint64_t count = completions.size();
  std::copy_n(reinterpret_cast<const uint64_t *>(completions.data()),
              4 * std::min(room, count), to);
  completions.clear();
  return count;
}

}  // extern "C"
