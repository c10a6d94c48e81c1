// Bulk AXI4-Stream transactor: the buffers behind axis_source_dpi, axis_tap_dpi, axis_sink_dpi and
// batch_dpi.
//
// Part of the simulator's executable.  The RTL calls the skv_*_dpi functions; whoever drives the
// simulation (Python through ctypes, or a C++ main) calls the rest.  Buffers belong to the caller
// and are used in place.

#include "transactor.h"

#include <cstdint>
#include <cstdio>
#include <cstring>

namespace {

constexpr int kStreams = 16;
constexpr int kBeatBytes = 64;
constexpr uint64_t kStuckCycles = 100000;

// Go with probability 1 - p/256 (xorshift64).
struct Throttle {
  uint64_t state = 1;
  uint32_t p = 0;

  bool go() {
    if (p == 0) return true;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (state >> 32 & 255) >= p;
  }
};

// What moved, for each packet of a batch; arrays of the caller, one entry a packet.
struct Stamps {
  uint64_t *first;  // cycle in which the first beat was taken
  uint64_t *last;   // cycle in which the last beat was taken
};

struct Source {
  const uint8_t *beats = nullptr;
  const uint32_t *lengths = nullptr;  // beats of each packet
  const uint64_t *users = nullptr;
  uint64_t packets = 0;
  Stamps stamps{};

  uint64_t packet = 0;  // of the beat that is offered, or is next to be
  uint32_t beat = 0;
  bool offering = false;
  uint64_t offered = 0;  // cycle since which
  uint64_t blocked = 0;  // cycles an offered beat waited for ready
  Throttle throttle;
};

struct Sink {
  uint8_t *beats = nullptr;
  uint32_t *lengths = nullptr;
  uint64_t *users = nullptr;
  uint64_t packets_max = 0;
  uint64_t beats_max = 0;
  Stamps stamps{};

  uint64_t packets = 0;
  uint64_t taken = 0;    // beats of all packets
  uint32_t length = 0;   // beats so far of the packet under way
  uint64_t blocked = 0;  // cycles valid and not ready, from the batch's first beat to its last
  uint64_t starved = 0;  // cycles ready and not valid, likewise
  Throttle throttle;
};

Source sources[kStreams];
Sink sinks[kStreams];
bool armed = false;  // a batch is under way
uint64_t idle = 0;  // cycles since a beat moved
char error[256] = "";

bool complete() {
  for (const Source &s : sources)
    if (s.packet < s.packets) return false;
  for (const Sink &s : sinks)
    if (s.packets < s.packets_max) return false;
  return true;
}

void report_stuck() {
  int n = snprintf(error, sizeof error, "no beat moved for %llu cycles;",
                   (unsigned long long)kStuckCycles);
  for (int id = 0; id < kStreams; ++id) {
    const Source &source = sources[id];
    const Sink &sink = sinks[id];
    if (source.packet < source.packets && n < (int)sizeof error)
      n += snprintf(error + n, sizeof error - n, " source %d sent %llu of %llu packets;", id,
                    (unsigned long long)source.packet, (unsigned long long)source.packets);
    if (sink.packets < sink.packets_max && n < (int)sizeof error)
      n += snprintf(error + n, sizeof error - n, " sink %d got %llu of %llu packets;", id,
                    (unsigned long long)sink.packets, (unsigned long long)sink.packets_max);
  }
}

}  // namespace

extern "C" {

// ---- Called by the simulator, at a rising clock edge outside reset ----

// The source's output register is free: the beat it holds, if any, was taken in `cycle`.  Returns
// whether there is a next beat to offer from the next cycle on.
uint8_t skv_source_dpi(int id, uint64_t cycle, uint32_t *data, uint8_t *last, uint64_t *user) {
  Source &s = sources[id];
  if (s.offering) {
    idle = 0;
    s.offering = false;
    s.blocked += cycle - s.offered;
    if (s.beat == 0) s.stamps.first[s.packet] = cycle;
    if (++s.beat == s.lengths[s.packet]) {
      s.stamps.last[s.packet] = cycle;
      s.beat = 0;
      ++s.packet;
    }
    s.beats += kBeatBytes;
  }
  if (s.packet == s.packets || !s.throttle.go()) return 0;
  memcpy(data, s.beats, kBeatBytes);
  *last = s.beat + 1 == s.lengths[s.packet];
  *user = s.users[s.packet];
  s.offering = true;
  s.offered = cycle + 1;
  return 1;
}

// A beat was taken in `cycle`.
void skv_sink_dpi(int id, uint64_t cycle, const uint32_t *data, uint8_t last, uint64_t user) {
  Sink &s = sinks[id];
  idle = 0;
  if (s.taken == s.beats_max || s.packets == s.packets_max) {
    if (!*error)
      snprintf(error, sizeof error,
               "sink %d: a beat more than the buffer holds (%llu packets, %llu beats): beat %llu "
               "after %llu whole packets",
               id, (unsigned long long)s.packets_max, (unsigned long long)s.beats_max,
               (unsigned long long)s.taken, (unsigned long long)s.packets);
    return;
  }
  memcpy(s.beats + s.taken++ * kBeatBytes, data, kBeatBytes);
  if (s.length++ == 0) s.stamps.first[s.packets] = cycle;
  if (last) {
    s.stamps.last[s.packets] = cycle;
    s.users[s.packets] = user;
    s.lengths[s.packets++] = s.length;
    s.length = 0;
  }
}

// A cycle of the sink in which no beat was taken.
void skv_sink_idle_dpi(int id, uint8_t valid) {
  Sink &s = sinks[id];
  if (s.taken == 0 || s.packets == s.packets_max) return;
  if (valid)
    ++s.blocked;
  else
    ++s.starved;
}

// Whether the sink is ready in the next cycle.
uint8_t skv_sink_ready_dpi(int id) { return sinks[id].throttle.go(); }

// Whether the batch is over: once, when all of it went through or when it cannot.
uint8_t skv_batch_dpi() {
  if (!armed) return 0;
  if (++idle > kStuckCycles) report_stuck();
  if (!*error && !complete()) return 0;
  armed = false;
  return 1;
}

// ---- Called between batches ----

void skv_throttle_source(int id, uint32_t p, uint64_t seed) {
  sources[id].throttle = {seed | 1, p};
}

void skv_throttle_sink(int id, uint32_t p, uint64_t seed) { sinks[id].throttle = {seed | 1, p}; }

void skv_begin() {
  for (Source &s : sources) s = {.throttle = s.throttle};
  for (Sink &s : sinks) s = {.throttle = s.throttle};
  idle = 0;
  *error = 0;
}

void skv_send(int id, const uint8_t *beats, const uint32_t *lengths, const uint64_t *users,
              uint64_t packets, uint64_t *first, uint64_t *last) {
  Source &s = sources[id];
  s.beats = beats;
  s.lengths = lengths;
  s.users = users;
  s.packets = packets;
  s.stamps = {first, last};
}

void skv_receive(int id, uint8_t *beats, uint32_t *lengths, uint64_t *users, uint64_t packets_max,
                 uint64_t beats_max, uint64_t *first, uint64_t *last) {
  Sink &s = sinks[id];
  s.beats = beats;
  s.lengths = lengths;
  s.users = users;
  s.packets_max = packets_max;
  s.beats_max = beats_max;
  s.stamps = {first, last};
}

void skv_arm() { armed = true; }

const char *skv_error() { return error; }

uint64_t skv_source_blocked(int id) { return sources[id].blocked; }
uint64_t skv_sink_blocked(int id) { return sinks[id].blocked; }
uint64_t skv_sink_starved(int id) { return sinks[id].starved; }
uint64_t skv_sink_beats(int id) { return sinks[id].taken; }

}  // extern "C"
