// What is behind axi4_memory_dpi: the memories of models/device_memory.cpp, one a port, and stalls.
//
// Part of the simulator's executable.  The RTL calls the skv_port_*_dpi functions; Python
// (cosim/memory.py) attaches memories that it made itself and shares their contents.

#include <cstdint>

struct SkvMemory;

extern "C" {
void skv_memory_reset(SkvMemory *memory);
void skv_memory_ar(SkvMemory *memory, uint64_t now, uint16_t id, uint64_t address, uint32_t beats);
int skv_memory_r(SkvMemory *memory, uint64_t now, uint8_t *data, uint16_t *id, uint8_t *response,
                 uint8_t *last, uint8_t *poison);
void skv_memory_aw(SkvMemory *memory, uint64_t now, uint16_t id, uint64_t address, uint32_t beats);
void skv_memory_w(SkvMemory *memory, const uint8_t *data, uint64_t strobe, bool poison);
int skv_memory_b(SkvMemory *memory, uint64_t now, uint16_t *id, uint8_t *response);
}

namespace {

constexpr int kPorts = 8;

enum Channel { kAr, kR, kAw, kW, kB, kChannels };

struct Port {
  SkvMemory *memory = nullptr;
  uint64_t cycle = 0;
  uint32_t stall[kChannels] = {};  // of 256, which is always
  uint64_t random = 1;
  uint64_t moved[kChannels] = {};  // transfers taken

  bool go(Channel channel) {
    if (stall[channel] == 0) return true;
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    return (random >> 32 & 255) >= stall[channel];
  }
};

Port ports[kPorts];

}  // namespace

extern "C" {

// ---- Called by the simulator, at a rising clock edge ----

void skv_port_reset_dpi(int id) {
  if (ports[id].memory) skv_memory_reset(ports[id].memory);
}

void skv_port_cycle_dpi(int id, uint8_t *ar, uint8_t *aw, uint8_t *w) {
  Port &port = ports[id];
  port.cycle++;
  const bool there = port.memory != nullptr;
  *ar = there && port.go(kAr);
  *aw = there && port.go(kAw);
  *w = there && port.go(kW);
}

void skv_port_ar_dpi(int id, uint16_t axi_id, uint64_t address, uint32_t beats) {
  ports[id].moved[kAr]++;
  skv_memory_ar(ports[id].memory, ports[id].cycle, axi_id, address, beats);
}

void skv_port_aw_dpi(int id, uint16_t axi_id, uint64_t address, uint32_t beats) {
  ports[id].moved[kAw]++;
  skv_memory_aw(ports[id].memory, ports[id].cycle, axi_id, address, beats);
}

void skv_port_w_dpi(int id, const uint32_t *data, uint64_t strobe, uint8_t poison) {
  ports[id].moved[kW]++;
  skv_memory_w(ports[id].memory, reinterpret_cast<const uint8_t *>(data), strobe, poison);
}

uint8_t skv_port_r_dpi(int id, uint32_t *data, uint32_t *axi_id, uint32_t *response, uint8_t *last,
                       uint8_t *poison) {
  Port &port = ports[id];
  if (!port.memory || !port.go(kR)) return 0;
  uint16_t of = 0;
  uint8_t answer = 0;
  const int valid = skv_memory_r(port.memory, port.cycle, reinterpret_cast<uint8_t *>(data), &of,
                                 &answer, last, poison);
  *axi_id = of;
  *response = answer;
  port.moved[kR] += valid;
  return valid;
}

uint8_t skv_port_b_dpi(int id, uint32_t *axi_id, uint32_t *response) {
  Port &port = ports[id];
  if (!port.memory || !port.go(kB)) return 0;
  uint16_t of = 0;
  uint8_t answer = 0;
  const int valid = skv_memory_b(port.memory, port.cycle, &of, &answer);
  *axi_id = of;
  *response = answer;
  port.moved[kB] += valid;
  return valid;
}

// ---- Called by Python ----

void skv_port_attach(int id, SkvMemory *memory) { ports[id].memory = memory; }

void skv_port_stall(int id, const uint32_t *chances, uint64_t seed) {
  for (int i = 0; i < kChannels; i++) ports[id].stall[i] = chances[i];
  ports[id].random = seed | 1;
}

uint64_t skv_port_cycle(int id) { return ports[id].cycle; }

uint64_t skv_port_moved(int id, int channel) { return ports[id].moved[channel]; }

}  // extern "C"
