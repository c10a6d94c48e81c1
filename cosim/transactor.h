// What a caller of the bulk transactor does between batches (transactor.cpp).

#pragma once

#include <cstdint>

extern "C" {

// Stall a stream at random, with probability p / 256 a cycle.
void skv_throttle_source(int id, uint32_t p, uint64_t seed);
void skv_throttle_sink(int id, uint32_t p, uint64_t seed);

// Begin a batch: forget the last one, whose buffers the caller may have freed.
void skv_begin();

// What a source sends, and what a sink has room for: lengths in beats, users TUSER of each packet;
// first and last get the cycles of each packet's first and last beat.
void skv_send(int id, const uint8_t *beats, const uint32_t *lengths, const uint64_t *users,
              uint64_t packets, uint64_t *first, uint64_t *last);
void skv_receive(int id, uint8_t *beats, uint32_t *lengths, uint64_t *users, uint64_t packets_max,
                 uint64_t beats_max, uint64_t *first, uint64_t *last);

// The batch is described: go.
void skv_arm();

// Empty if nothing went wrong in the batch.
const char *skv_error();

uint64_t skv_source_blocked(int id);
uint64_t skv_sink_blocked(int id);
uint64_t skv_sink_starved(int id);
uint64_t skv_sink_beats(int id);

}  // extern "C"
