// The memory in which feed_ring_dpi.sv finds its descriptors; tb/dma/ports.py says where it is.
#include <cstdint>
#include <cstring>

namespace {
uint8_t *host = nullptr;
}

extern "C" {

void skv_feed_read_dpi(uint64_t at, uint32_t *line) { std::memcpy(line, host + at, 64); }

void skv_feed_write_dpi(uint64_t at, const uint32_t *record) { std::memcpy(host + at, record, 16); }

// ---- Called by Python ----

void skv_feed_attach(uint8_t *bytes) { host = bytes; }

}  // extern "C"
