// A GPU that decodes traced steps through the prefetch core, and a DMA engine that fetches pages.
//
// Of each step: the step's packet; of each layer the questions for the pages that it needs; when all
// are answered and every page has come, its reports.  Between a layer's reports and the next one's
// questions lie `gap` cycles; with gap 0 the reader waits until the core has decided and everything
// has come, and fetches take no time: what the study counts (models/prefetch.py).
//
// The DMA engine moves one kind of a page in `spacing` cycles, loads before prefetches, and completes
// it `latency` cycles after it began.  A prefetch that has not begun can be cancelled.

#include <cstdint>
#include <cstring>
#include <deque>
#include <vector>

#include "svdpi.h"

namespace {

enum Packet { Begin = 0, Step = 1, Report = 2, End = 3 };
constexpr int kTenant = 7;
constexpr int kHit = 0, kLate = 1, kMiss = 2, kAnswers = 6;

// What is decoded; codes and needed: [steps][streams][width].
struct Job {
  const uint8_t *codes, *needed;
  const int32_t *pages, *room;
  int32_t steps, warm, layers, heads, width, latency, spacing, gap;
};

// Since the first step that counts.
struct Count {
  uint64_t answers[kAnswers], issued, useful, deciding, decided, cycles;
};

struct Beat {
  uint32_t words[4];
  bool last;
};

struct Transfer {
  uint8_t tag;
  bool cancelled;
  uint64_t when;
};

enum State { Idle, Starting, Waiting, Asking, Reporting, Stepping, Ending };

Job job;
Count counted;
State state = Idle;
int step, layer;
uint64_t now, begin_at, free_at;
uint64_t first_issued, first_useful;
int open_answers, open_pages;
std::deque<Beat> packets;
std::deque<uint32_t> asks;
std::deque<uint8_t> loads, prefetches;
std::deque<Transfer> moving, cancelled;

void put(Packet kind, int layer_, int head, int pages, int room, const uint8_t *codes) {
  uint8_t bytes[16] = {};
  const uint16_t tenant = kTenant, pages16 = pages, room16 = room;
  bytes[0] = kind;
  memcpy(bytes + 2, &tenant, 2);
  bytes[6] = layer_;
  bytes[7] = head;
  memcpy(bytes + 8, &pages16, 2);
  memcpy(bytes + 10, &room16, 2);
  Beat beat{{}, codes == nullptr};
  memcpy(beat.words, bytes, 16);
  packets.push_back(beat);
  if (!codes) return;
  const int beats = (pages + 15) / 16;
  for (int i = 0; i < beats; i++) {
    Beat next{{}, i == beats - 1};
    memcpy(next.words, codes + 16 * i, 16);
    packets.push_back(next);
  }
}

size_t stream_at(int head) {
  return ((size_t(step) * job.layers + layer) * job.heads + head) * job.width;
}

void begin_step(uint32_t issued, uint32_t useful) {
  if (step == job.warm) {
    counted = {};
    first_issued = issued;
    first_useful = useful;
  }
  layer = 0;
  put(Step, 0, 0, job.pages[step], job.room[step], nullptr);
  begin_at = now + job.gap;
}

void put_asks() {
  for (int head = 0; head < job.heads; head++) {
    const uint8_t *needed = job.needed + stream_at(head);
    for (int page = 0; page < job.pages[step]; page++) {
      if (!needed[page]) continue;
      asks.push_back(uint32_t(layer) << 24 | uint32_t(head) << 16 | page);
      open_answers++;
    }
  }
}

void put_reports() {
  for (int head = 0; head < job.heads; head++) {
    put(Report, layer, head, job.pages[step], 0, job.codes + stream_at(head));
    counted.decided += job.pages[step];
  }
}

// Takes the GPU one cycle on.
bool advance(bool idle, uint32_t issued, uint32_t useful) {
  const bool sent = packets.empty() && asks.empty();
  const bool last = step + 1 == job.steps;
  const bool settled = job.gap ? now >= begin_at : idle;
  switch (state) {
    case Idle:
      return false;
    case Starting:
      if (!sent || !idle) return false;
      begin_step(issued, useful);
      state = Waiting;
      return false;
    case Waiting:
      if (!sent || !settled) return false;
      put_asks();
      state = Asking;
      return false;
    case Asking:
      if (!sent || open_answers || open_pages || (!job.gap && !idle)) return false;
      put_reports();
      state = Reporting;
      return false;
    case Reporting:
      if (!sent) return false;
      begin_at = now + job.gap;
      state = layer + 1 < job.layers ? Waiting : Stepping;
      layer++;
      return false;
    case Stepping:
      if (last ? !idle : !job.gap && !idle) return false;
      step++;
      if (!last) {
        begin_step(issued, useful);
        state = Waiting;
        return false;
      }
      counted.issued = issued - first_issued;
      counted.useful = useful - first_useful;
      put(End, 0, 0, 0, 0, nullptr);
      state = Ending;
      return false;
    case Ending:
      if (!sent || !idle) return false;
      state = Idle;
      return true;
  }
  return false;
}

void move() {
  auto &queue = loads.empty() ? prefetches : loads;
  if (queue.empty() || now < free_at) return;
  moving.push_back({queue.front(), false, now + job.latency});
  queue.pop_front();
  free_at = now + job.spacing;
}

}  // namespace

extern "C" {

void skv_gpu_answer_dpi(uint32_t answer) {
  counted.answers[answer]++;
  open_answers--;
  if (answer == kLate || answer == kMiss) open_pages++;
}

void skv_gpu_arrived_dpi() { open_pages--; }

void skv_gpu_fetch_dpi(uint32_t tag, svBit demand) { (demand ? loads : prefetches).push_back(tag); }

void skv_gpu_cancel_dpi(uint32_t tag) {
  for (auto it = prefetches.begin(); it != prefetches.end(); ++it) {
    if (*it != tag) continue;
    prefetches.erase(it);
    cancelled.push_back({uint8_t(tag), true, now});
    return;
  }
}

void skv_gpu_cycle_dpi(svBit packet_taken, svBit ask_taken, svBit deciding, svBit idle,
                       uint32_t issued, uint32_t useful, svBit *packet_valid,
                       svBitVecVal *packet, svBit *packet_last, svBit *ask_valid,
                       uint32_t *ask_where, svBit *done_valid,
                       uint8_t *done_tag, svBit *done_cancelled, svBit *finished) {
  static uint32_t quiet;  // cycles that the core was idle, with nothing on its way to it
  now++;
  counted.cycles++;
  counted.deciding += deciding;
  if (packet_taken) packets.pop_front();
  if (ask_taken) asks.pop_front();
  move();
  const bool still = idle && packets.empty() && asks.empty() && loads.empty() &&
                     prefetches.empty() && moving.empty() && cancelled.empty();
  quiet = still ? quiet + 1 : 0;
  *finished = advance(quiet > 2, issued, useful);
  if (!packets.empty() || !asks.empty()) quiet = 0;

  *packet_valid = !packets.empty();
  *packet_last = 0;
  if (*packet_valid) {
    memcpy(packet, packets.front().words, 16);
    *packet_last = packets.front().last;
  }
  *ask_valid = !asks.empty();
  *ask_where = *ask_valid ? asks.front() : 0;

  auto &ends = cancelled.empty() ? moving : cancelled;
  *done_valid = !ends.empty() && now >= ends.front().when;
  *done_tag = *done_valid ? ends.front().tag : 0;
  *done_cancelled = *done_valid && ends.front().cancelled;
  if (*done_valid) ends.pop_front();
}

// Called by Python, while nothing is under way.
void skv_gpu_start(const Job *next) {
  job = *next;
  step = 0;
  put(Begin, job.layers, job.heads, 0, 0, nullptr);
  state = Starting;
}

void skv_gpu_count(Count *to) { *to = counted; }

}  // extern "C"
