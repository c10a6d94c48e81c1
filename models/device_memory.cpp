// Device memory behind an AXI4 port of 512 bits: contents, and when each access completes.
//
// models/device_memory.py says what the parameters mean.  Accesses are scheduled in the order of
// their addresses: each 64-byte line waits for its bank and then for its channel's data bus.  All
// answers of one ID come in order; bursts are not interleaved.  Writes reach the contents when they
// complete, so a reader that does not wait for them reads what was before.  Poison of a line stays
// with it, whatever Python writes to its bytes.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <deque>
#include <vector>

namespace {

constexpr uint64_t kLine = 64;
constexpr int kIds = 1024;
constexpr uint8_t kOkay = 0, kSlverr = 2, kDecerr = 3;

// Doubles in cycles; as ctypes in models/device_memory.py lays them out.
struct Timing {
  double front;        // before the bank
  double back;         // behind the data bus
  double activate;     // a row that was not open
  double column;       // a column of an open row
  double line;         // a line's time on its channel's bus
  double turnaround;   // between reads and writes on a bus
  double jitter;       // mean of an exponential addition to an access
  double tail_chance;  // of an access
  double tail;         // what it takes longer
  uint32_t channels;
  uint32_t banks;      // of a channel
  uint32_t row_lines;  // lines of a row
};

struct Rng {  // xorshift64
  uint64_t state;
  double next() {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return static_cast<double>(state >> 11) * 0x1p-53;
  }
};

struct Bank {
  uint64_t row = UINT64_MAX;
  double free = 0;
};

struct Channel {
  std::vector<Bank> banks;
  double free = 0;
  bool write = false;
};

struct Burst {
  uint64_t first_line;
  uint32_t beats;
  uint16_t id;
  std::vector<double> ready;   // of each line; a write's last one is its completion
  std::vector<uint8_t> data;   // of a write
  std::vector<uint64_t> strobes;
  std::vector<uint8_t> poison;
  uint32_t done = 0;           // beats moved
  uint64_t number = 0;         // among all bursts
};

struct Fault {
  uint64_t first, last;  // lines
  bool reads, writes;
  uint8_t response;
  int64_t left;  // accesses; negative: without end
};

// A set of IDs, walked in ascending order.
struct Ids {
  uint64_t bits[kIds / 64] = {};

  void add(int id) { bits[id / 64] |= uint64_t{1} << id % 64; }
  void remove(int id) { bits[id / 64] &= ~(uint64_t{1} << id % 64); }

  template <typename Each>
  void walk(Each each) const {
    for (int i = 0; i < kIds / 64; i++) {
      for (uint64_t left = bits[i]; left; left &= left - 1) each(64 * i + __builtin_ctzll(left));
    }
  }
};

struct Counters {
  uint64_t read_lines, write_lines, row_hits, row_misses, waited, errors;
};

}  // namespace

struct SkvMemory {
  Timing timing;
  uint8_t *bytes;  // `size` of them
  uint64_t size;
  std::vector<uint8_t> own;        // unless they are another memory's
  std::vector<uint8_t> poison;     // of each line
  Rng rng;
  std::vector<Channel> channels;
  std::deque<Burst> reads[kIds];  // by ID
  std::deque<Burst> writes;       // addresses taken, data not all
  std::deque<Burst> written[kIds];
  Ids with_reads, with_written;   // whose queues are not empty
  std::vector<uint8_t> early_data;  // write data that came before their address
  std::deque<uint64_t> early_strobes;
  std::deque<uint8_t> early_poison;
  int reading = -1;               // the ID whose burst is under way
  uint64_t bursts = 0;
  std::vector<Fault> faults;
  double error_chance = 0;
  Counters counters{};

  // When an access to `line` that comes at `now` is through.
  double schedule(double now, uint64_t line, bool write) {
    uint64_t rest = line;
    Channel &channel = channels[rest % timing.channels];
    rest /= timing.channels;
    const uint64_t column = rest / timing.row_lines;
    Bank &bank = channel.banks[column % timing.banks];
    const uint64_t row = column / timing.banks;
    double start = std::max(now + timing.front, bank.free);
    if (start > now + timing.front) counters.waited++;
    if (bank.row == row) {
      counters.row_hits++;
    } else {
      counters.row_misses++;
      start += timing.activate;
      bank.row = row;
    }
    bank.free = start + timing.line;
    double bus = std::max(start + timing.column, channel.free);
    if (channel.write != write) bus += timing.turnaround;
    channel.write = write;
    channel.free = bus + timing.line;
    (write ? counters.write_lines : counters.read_lines)++;
    double done = channel.free + timing.back;
    if (timing.jitter > 0) done += timing.jitter * std::min(8.0, -__builtin_log(1 - rng.next()));
    if (timing.tail_chance > 0 && rng.next() < timing.tail_chance) done += timing.tail;
    return done;
  }

  uint8_t response(uint64_t line, bool write) {
    const uint8_t answer = judge(line, write);
    counters.errors += answer != kOkay;
    return answer;
  }

  uint8_t judge(uint64_t line, bool write) {
    if ((line + 1) * kLine > size) return kDecerr;
    for (Fault &fault : faults) {
      if (line < fault.first || line > fault.last || fault.left == 0) continue;
      if (write ? !fault.writes : !fault.reads) continue;
      if (fault.left > 0) fault.left--;
      return fault.response;
    }
    if (error_chance > 0 && rng.next() < error_chance) return kSlverr;
    return kOkay;
  }

  void write_beat(const uint8_t *data, uint64_t strobe, bool poisoned) {
    Burst &burst = writes.front();
    burst.data.insert(burst.data.end(), data, data + kLine);
    burst.strobes.push_back(strobe);
    burst.poison.push_back(poisoned);
    if (burst.strobes.size() == burst.beats) {
      with_written.add(burst.id);
      written[burst.id].push_back(std::move(burst));
      writes.pop_front();
    }
  }
};

extern "C" {

// `shared`: the bytes of another memory of that size, or null.
SkvMemory *skv_memory_new(const Timing *timing, uint64_t size, uint64_t seed, uint8_t *shared) {
  auto *memory = new SkvMemory;
  memory->timing = *timing;
  memory->size = size;
  if (!shared) memory->own.resize(size);
  memory->bytes = shared ? shared : memory->own.data();
  memory->poison.resize(size / kLine);
  memory->rng.state = seed * 2654435761u + 88172645463325252u;
  memory->channels.resize(timing->channels);
  for (Channel &channel : memory->channels) channel.banks.resize(timing->banks);
  return memory;
}

void skv_memory_delete(SkvMemory *memory) { delete memory; }

uint8_t *skv_memory_bytes(SkvMemory *memory) { return memory->bytes; }

const Counters *skv_memory_counters(SkvMemory *memory) { return &memory->counters; }

// Forgets what is under way; the contents stay.
void skv_memory_reset(SkvMemory *memory) {
  for (int id = 0; id < kIds; id++) {
    memory->reads[id].clear();
    memory->written[id].clear();
  }
  memory->with_reads = memory->with_written = {};
  memory->writes.clear();
  memory->early_data.clear();
  memory->early_strobes.clear();
  memory->early_poison.clear();
  memory->reading = -1;
}

void skv_memory_fault(SkvMemory *memory, uint64_t first, uint64_t last, bool reads, bool writes,
                      uint8_t response, int64_t count) {
  memory->faults.push_back({first, last, reads, writes, response, count});
}

void skv_memory_clear_faults(SkvMemory *memory) { memory->faults.clear(); }

void skv_memory_poison(SkvMemory *memory, uint64_t first, uint64_t last, bool poisoned) {
  const auto lines = memory->poison.begin();
  std::fill(lines + first, lines + last + 1, poisoned);
}

void skv_memory_error_chance(SkvMemory *memory, double chance) { memory->error_chance = chance; }

void skv_memory_ar(SkvMemory *memory, uint64_t now, uint16_t id, uint64_t address, uint32_t beats) {
  Burst burst{address / kLine, beats, id, {}, {}, {}, {}, 0, memory->bursts++};
  for (uint32_t i = 0; i < beats; i++) {
    burst.ready.push_back(memory->schedule(now, burst.first_line + i, false));
  }
  memory->reads[id].push_back(std::move(burst));
  memory->with_reads.add(id);
}

// The next beat that may be offered at `now`: 1 if there is one, 64 bytes of data, ID, response, and
// whether it is its burst's last and whether it is poisoned.
int skv_memory_r(SkvMemory *memory, uint64_t now, uint8_t *data, uint16_t *id, uint8_t *response,
                 uint8_t *last, uint8_t *poison) {
  if (memory->reading < 0) {
    double earliest = static_cast<double>(now);
    memory->with_reads.walk([&](int id) {
      const double ready = memory->reads[id].front().ready[0];
      if (ready > earliest) return;
      earliest = ready;
      memory->reading = id;
    });
    if (memory->reading < 0) return 0;
  }
  std::deque<Burst> &queue = memory->reads[memory->reading];
  Burst &burst = queue.front();
  if (burst.ready[burst.done] > static_cast<double>(now)) return 0;
  const uint64_t line = burst.first_line + burst.done;
  *id = burst.id;
  *response = memory->response(line, false);
  if (*response == kOkay) {
    std::memcpy(data, &memory->bytes[line * kLine], kLine);
  } else {
    std::memset(data, 0xA5, kLine);  // what is read is anyone's guess
  }
  *poison = *response == kOkay && memory->poison[line];
  *last = ++burst.done == burst.beats;
  if (*last) {
    queue.pop_front();
    if (queue.empty()) memory->with_reads.remove(memory->reading);
    memory->reading = -1;
  }
  return 1;
}

void skv_memory_aw(SkvMemory *memory, uint64_t now, uint16_t id, uint64_t address, uint32_t beats) {
  Burst burst{address / kLine, beats, id, {}, {}, {}, {}, 0, memory->bursts++};
  double done = 0;
  for (uint32_t i = 0; i < beats; i++) {
    done = std::max(done, memory->schedule(now + i, burst.first_line + i, true));
  }
  burst.ready.push_back(done);
  memory->writes.push_back(std::move(burst));
  while (!memory->writes.empty() && !memory->early_strobes.empty()) {
    memory->write_beat(memory->early_data.data(), memory->early_strobes.front(),
                       memory->early_poison.front());
    memory->early_poison.pop_front();
    memory->early_data.erase(memory->early_data.begin(), memory->early_data.begin() + kLine);
    memory->early_strobes.pop_front();
  }
}

void skv_memory_w(SkvMemory *memory, const uint8_t *data, uint64_t strobe, bool poison) {
  if (memory->writes.empty()) {
    memory->early_data.insert(memory->early_data.end(), data, data + kLine);
    memory->early_strobes.push_back(strobe);
    memory->early_poison.push_back(poison);
  } else {
    memory->write_beat(data, strobe, poison);
  }
}

// The next write response that may be offered at `now`: 1 if there is one.
int skv_memory_b(SkvMemory *memory, uint64_t now, uint16_t *id, uint8_t *response) {
  std::deque<Burst> *chosen = nullptr;
  double earliest = static_cast<double>(now);
  memory->with_written.walk([&](int i) {
    const double ready = memory->written[i].front().ready[0];
    if (ready > earliest) return;
    earliest = ready;
    chosen = &memory->written[i];
  });
  if (!chosen) return 0;
  const Burst &burst = chosen->front();
  *id = burst.id;
  *response = kOkay;
  for (uint32_t i = 0; i < burst.beats; i++) {
    const uint64_t line = burst.first_line + i;
    const uint8_t answer = memory->response(line, true);
    *response = std::max(*response, answer);
    if (answer != kOkay) continue;
    // A whole line takes its poison with it, a part of one adds to what there is.
    const bool whole = burst.strobes[i] == UINT64_MAX;
    memory->poison[line] = burst.poison[i] || (!whole && memory->poison[line]);
    uint8_t *to = &memory->bytes[line * kLine];
    const uint8_t *from = &burst.data[i * kLine];
    for (uint64_t b = 0; b < kLine; b++) {
      if (burst.strobes[i] >> b & 1) to[b] = from[b];
    }
  }
  chosen->pop_front();
  if (chosen->empty()) memory->with_written.remove(*id);
  return 1;
}

}  // extern "C"
