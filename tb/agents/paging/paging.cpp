// Behind paging_dpi: a page table without a memory, one record a page, with what is to go wrong.
//
// Answers come after a random delay in random order.  Python (tb/agents/paging) puts the records,
// reads the log of what was asked, and says how much to delay and stall.

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <deque>
#include <unordered_map>
#include <vector>

namespace {

enum Fault { kNone, kUnmapped, kForeign, kReadOnly };
enum Store { kOk = 0, kStoreUnmapped = 2 };
enum Kind { kTranslate, kPlace, kMap };

// As PAGE in tb/agents/paging lays them out.
struct Page {
  uint64_t vpn;
  uint64_t entry[2];  // zero: none
  uint64_t address;   // where it is placed
  uint8_t fault, place, map;  // what to answer instead, if not 0
  uint8_t unused[5];
};

// As LOG.
struct Log {
  uint64_t vpn;
  uint64_t entry[2];  // kMap
  uint32_t tenant;
  uint32_t value;     // kTranslate: write; kPlace: units
  uint8_t kind;
  uint8_t unused[7];
};

struct Answer {
  uint64_t ready;
  uint8_t tag, code;
  uint64_t entry[2], address, unit;
  uint32_t quarter;
};

struct Rng {  // xorshift64
  uint64_t state = 1;
  uint32_t next() {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state >> 32;
  }
  bool chance(uint32_t of256) { return of256 && (next() & 255) < of256; }
};

struct Stream {
  std::vector<Answer> waiting;
  bool used[256] = {};

  void clear() {
    waiting.clear();
    memset(used, 0, sizeof used);
  }
};

std::unordered_map<uint64_t, Page> pages;
std::vector<Log> logged;
std::deque<uint64_t> cancels;  // ring << 32 | tag
Stream streams[3];
Rng rng;
uint64_t cycle = 0;
uint32_t least = 0, spread = 0, stalls = 0, drains = 0, cancel_chance = 0;
uint64_t most = 0;  // translations waiting at once
char error[256] = "";

void ask(Kind kind, Answer answer) {
  Stream &stream = streams[kind];
  if (stream.used[answer.tag] && !*error) {
    snprintf(error, sizeof error, "stream %d: tag %d asks again before its answer", kind,
             answer.tag);
  }
  stream.used[answer.tag] = true;
  answer.ready = cycle + least + (spread ? rng.next() % spread : 0);
  stream.waiting.push_back(answer);
}

bool next(Kind kind, Answer *out) {
  Stream &stream = streams[kind];
  if (stream.waiting.empty() || rng.chance(stalls)) return false;
  const size_t n = stream.waiting.size(), start = rng.next() % n;
  for (size_t i = 0; i < n; i++) {
    Answer &answer = stream.waiting[(start + i) % n];
    if (answer.ready > cycle) continue;
    *out = answer;
    stream.used[answer.tag] = false;
    answer = stream.waiting.back();
    stream.waiting.pop_back();
    return true;
  }
  return false;
}

Page *find(uint64_t vpn) {
  auto found = pages.find(vpn);
  return found == pages.end() ? nullptr : &found->second;
}

// Where a page's entry is said to be.
uint64_t unit_of(uint64_t vpn) { return (vpn * 0x9E3779B97F4A7C15u) >> 24; }

}  // namespace

extern "C" {

// ---- Called by the simulator ----

void skv_paging_reset_dpi() {
  for (Stream &stream : streams) stream.clear();
}

void skv_paging_cycle_dpi(uint8_t *req, uint8_t *place, uint8_t *map, uint8_t *drain) {
  cycle++;
  *req = !rng.chance(stalls);
  *place = !rng.chance(stalls);
  *map = !rng.chance(stalls);
  *drain = drains && rng.next() % 65536 < drains;
}

void skv_paging_translate_dpi(uint8_t tag, uint64_t vpn, uint32_t tenant, uint8_t write) {
  logged.push_back({vpn, {0, 0}, tenant, write, kTranslate, {}});
  Answer answer{0, tag, kUnmapped, {0, 0}, 0, 0, 0};
  if (const Page *page = find(vpn)) {
    const bool there = page->entry[0] != 0;
    if (page->fault) {
      answer.code = page->fault;
    } else if (there && (page->entry[0] >> 19 & 0xFFFF) != tenant) {
      answer.code = kForeign;
    } else if (there && write && !(page->entry[0] >> 1 & 1)) {
      answer.code = kReadOnly;
    } else if (there) {
      answer.code = kNone;
      memcpy(answer.entry, page->entry, sizeof answer.entry);
    }
  }
  ask(kTranslate, answer);
  if (streams[kTranslate].waiting.size() > most) most = streams[kTranslate].waiting.size();
}

void skv_paging_place_dpi(uint8_t tag, uint64_t vpn, uint32_t tenant, uint32_t units) {
  logged.push_back({vpn, {0, 0}, tenant, units, kPlace, {}});
  Answer answer{0, tag, kStoreUnmapped, {0, 0}, 0, 0, 0};
  if (const Page *page = find(vpn)) {
    answer.code = page->place;
    if (page->place == kOk) {
      answer.address = page->address;
      answer.unit = unit_of(vpn);
      answer.quarter = vpn & 3;
    }
  }
  ask(kPlace, answer);
}

void skv_paging_map_dpi(uint8_t tag, uint64_t vpn, uint64_t unit, uint32_t quarter,
                        const uint32_t *entry) {
  Log log{vpn, {}, 0, 0, kMap, {}};
  memcpy(log.entry, entry, sizeof log.entry);
  logged.push_back(log);
  Page *page = find(vpn);
  if ((!page || unit != unit_of(vpn) || quarter != (vpn & 3)) && !*error) {
    snprintf(error, sizeof error, "page %llx is mapped where it was not placed",
             (unsigned long long)vpn);
  }
  if (page && page->map == kOk) memcpy(page->entry, log.entry, sizeof log.entry);
  ask(kMap, {0, tag, page ? page->map : uint8_t{kOk}, {0, 0}, 0, 0, 0});
}

uint8_t skv_paging_translated_dpi(uint8_t *tag, uint32_t *fault, uint32_t *entry) {
  Answer answer{};
  if (!next(kTranslate, &answer)) return 0;
  *tag = answer.tag;
  *fault = answer.code;
  memcpy(entry, answer.entry, sizeof answer.entry);
  return 1;
}

uint8_t skv_paging_placed_dpi(uint8_t *tag, uint32_t *status, uint32_t *address, uint32_t *unit,
                              uint32_t *quarter) {
  Answer answer{};
  if (!next(kPlace, &answer)) return 0;
  *tag = answer.tag;
  *status = answer.code;
  memcpy(address, &answer.address, sizeof answer.address);
  memcpy(unit, &answer.unit, sizeof answer.unit);
  *quarter = answer.quarter;
  return 1;
}

uint8_t skv_paging_mapped_dpi(uint8_t *tag, uint32_t *status) {
  Answer answer{};
  if (!next(kMap, &answer)) return 0;
  *tag = answer.tag;
  *status = answer.code;
  return 1;
}

uint8_t skv_paging_cancel_dpi(uint32_t *ring, uint32_t *tag) {
  if (cancels.empty() || !rng.chance(cancel_chance)) return 0;
  *ring = cancels.front() >> 32;
  *tag = cancels.front();
  cancels.pop_front();
  return 1;
}

// ---- Called by Python ----

void skv_paging_clear() {
  pages.clear();
  logged.clear();
  cancels.clear();
  most = 0;
  *error = 0;
}

void skv_paging_put(const Page *records, uint64_t n) {
  for (uint64_t i = 0; i < n; i++) pages[records[i].vpn] = records[i];
}

void skv_paging_pace(uint32_t least_, uint32_t spread_, uint32_t stalls_, uint32_t drains_,
                     uint64_t seed) {
  least = least_;
  spread = spread_;
  stalls = stalls_;
  drains = drains_;
  rng.state = seed | 1;
}

void skv_paging_cancels(const uint64_t *values, uint64_t n, uint32_t chance) {
  cancels.assign(values, values + n);
  cancel_chance = chance;
}

uint64_t skv_paging_cancels_left() { return cancels.size(); }

// The log so far; reading it empties it.  `into` null: its length.
uint64_t skv_paging_log(Log *into) {
  const uint64_t n = logged.size();
  if (into) {
    memcpy(into, logged.data(), n * sizeof(Log));
    logged.clear();
  }
  return n;
}

uint64_t skv_paging_most() { return most; }

const char *skv_paging_error() { return error; }

}  // extern "C"
