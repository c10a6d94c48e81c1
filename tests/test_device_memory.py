"""The device memory's contents, order, timing and errors."""

from __future__ import annotations

import pytest

from models.device_memory import DECERR, OKAY, PRESETS, SLVERR, DeviceMemory, fixed

SIZE = 1 << 20


def read(memory: DeviceMemory, cycle: int, address: int, beats: int = 1, id_: int = 0) -> list:
    """The beats of one read and the cycle of each."""
    memory.ar(cycle, id_, address, beats)
    found = []
    while len(found) < beats:
        beat = memory.r(cycle)
        if beat:
            found.append((cycle, beat))
        cycle += 1
    return found


def test_contents_come_and_go() -> None:
    memory = DeviceMemory(SIZE, fixed(0))
    memory.aw(0, 3, 4096, 2)
    memory.w(0x1111, (1 << 64) - 1)
    memory.w((1 << 512) - 1, 0b10)
    assert memory.b(100) == (3, OKAY)
    assert memory.b(100) is None
    (_, first), (_, second) = read(memory, 200, 4096, 2, id_=9)
    assert (first.data, second.data) == (0x1111, 0xFF00)
    assert (first.id, first.last, second.last) == (9, False, True)


def test_data_ahead_of_their_address() -> None:
    memory = DeviceMemory(SIZE, fixed(0))
    memory.w(7, (1 << 64) - 1)
    memory.aw(0, 0, 0, 1)
    assert memory.b(50) == (0, OKAY)
    assert memory.bytes[0] == 7


def test_a_read_before_the_response_sees_what_was() -> None:
    memory = DeviceMemory(SIZE, fixed(100))
    memory.aw(0, 0, 64, 1)
    memory.w(5, (1 << 64) - 1)
    assert memory.b(39) is None
    assert memory.bytes[64] == 0
    assert memory.b(41) == (0, OKAY)
    assert memory.bytes[64] == 5


@pytest.mark.parametrize("ns", [50, 500])
def test_fixed_latency_and_full_rate(ns: int) -> None:
    memory = DeviceMemory(SIZE, fixed(ns), clock_mhz=400)
    beats = read(memory, 0, 0, 64)
    assert beats[0][0] == pytest.approx(ns * 0.4, abs=1)
    assert beats[-1][0] == beats[0][0] + 63


def test_one_id_answers_in_order_and_others_need_not() -> None:
    memory = DeviceMemory(SIZE, PRESETS["cxl"], seed=5)
    for i in range(64):
        memory.ar(0, i % 4, 8192 * i, 1)
        memory.bytes[8192 * i] = i
    seen = []
    for cycle in range(5000):
        beat = memory.r(cycle)
        if beat:
            seen.append(beat.data)
    assert sorted(seen) == list(range(64))
    assert seen != sorted(seen)
    for id_ in range(4):
        mine = [number for number in seen if number % 4 == id_]
        assert mine == sorted(mine)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_keep_their_bandwidth_and_latency(name: str) -> None:
    timing = PRESETS[name]
    memory = DeviceMemory(1 << 22, timing, clock_mhz=400)
    idle = timing.front + timing.back + timing.activate + timing.column
    ((cycle, _),) = read(memory, 0, 0)
    assert idle * 0.4 <= cycle < (idle + 20 * timing.jitter + timing.tail) * 0.4 + 10
    start = 10_000
    lines = 1 << 14
    for i in range(lines // 64):
        memory.ar(start, 0, 4096 * i, 64)
    left, cycle = lines, start
    while left:
        cycle += 1
        while left and memory.r(cycle):
            left -= 1
    gigabytes = lines * 64 / ((cycle - start) / 0.4)
    assert 0.7 * timing.gigabytes < gigabytes <= timing.gigabytes * 1.01


def test_same_bank_other_row_is_slower() -> None:
    timing = PRESETS["ddr5"]
    memory = DeviceMemory(1 << 24, timing)
    rows = timing.row_bytes * timing.banks * timing.channels
    for address in (0, rows, 64 * timing.channels, 2 * rows):
        memory.ar(0, 0, address, 1)
    assert memory.counters.row_misses == 4
    assert memory.counters.waited == 3


def test_faults() -> None:
    memory = DeviceMemory(SIZE, fixed(0))
    memory.fault(128, 64, writes=False, count=1)
    ((_, beat),) = read(memory, 0, 128)
    assert beat.response == SLVERR
    ((_, beat),) = read(memory, 10, 128)
    assert beat.response == OKAY
    memory.fault(0, response=DECERR)
    memory.aw(20, 1, 0, 1)
    memory.w(1, 1)
    assert memory.b(100) == (1, DECERR)
    assert memory.bytes[0] == 0
    memory.clear_faults()
    ((_, beat),) = read(memory, 200, SIZE)
    assert beat.response == DECERR
    assert memory.counters.errors == 3


def test_poison() -> None:
    memory = DeviceMemory(SIZE, fixed(0))
    memory.poison(64, 128)
    beats = [beat for _, beat in read(memory, 0, 0, 4)]
    assert [beat.poison for beat in beats] == [False, True, True, False]
    assert all(beat.response == OKAY for beat in beats)
    memory.poison(64, 128, poisoned=False)
    assert not any(beat.poison for _, beat in read(memory, 100, 0, 4))
    with pytest.raises(ValueError, match="not in this memory"):
        memory.poison(SIZE)


def test_reset_forgets_what_is_under_way() -> None:
    memory = DeviceMemory(SIZE, fixed(100))
    memory.ar(0, 0, 0, 4)
    memory.aw(0, 0, 0, 2)
    memory.w(1, 1)
    memory.reset()
    assert memory.r(1000) is None
    assert memory.b(1000) is None
