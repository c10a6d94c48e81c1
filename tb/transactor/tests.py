"""Tests of the bulk transactor: source 0, tap 0 and sink 1 on two register slices in a row."""

from __future__ import annotations

import cocotb
import numpy as np
import pytest

from cosim.transactor import Packets, Room, TransferError, reset, throttle, transfer


def random_packets(n: int, longest: int = 64) -> Packets:
    """`n` packets of 1 to `longest` beats, fixed by the test's seed."""
    stream = np.random.default_rng(cocotb.RANDOM_SEED)
    lengths = stream.integers(1, longest, n, np.uint32, endpoint=True)
    beats = stream.integers(0, 256, (int(lengths.sum()), 64), np.uint8)
    return Packets(beats, lengths, stream.integers(0, 256, n, np.uint64))


def room_for(packets: Packets) -> Room:
    return Room(packets.lengths.size, len(packets.beats))


def same(a: Packets, b: Packets) -> bool:
    pairs = ((a.beats, b.beats), (a.lengths, b.lengths), (a.users, b.users))
    return all(np.array_equal(x, y) for x, y in pairs)


async def start() -> None:
    throttle(sources={0: 0}, sinks={1: 0}, seed=0)
    await reset()


@cocotb.test()
async def streams_at_full_rate(_) -> None:
    """Without throttling a beat moves every cycle, and each slice adds one cycle."""
    await start()
    packets = random_packets(100)
    batch = await transfer({0: packets}, {0: room_for(packets), 1: room_for(packets)})
    sent, tap, sink = batch.sent[0], batch.received[0], batch.received[1]
    assert same(tap.packets, packets)
    assert same(sink.packets, packets)
    assert (sent.last - sent.first + 1 == packets.lengths).all()
    assert sent.last[-1] - sent.first[0] + 1 == len(packets.beats)
    assert (tap.first == sent.first + 1).all()
    assert (sink.last == sent.last + 2).all()
    assert (sent.blocked, tap.blocked, tap.starved, sink.starved) == (0, 0, 0, 0)


@cocotb.test()
async def throttled_batches(_) -> None:
    """Random stalls on both sides, several batches: nothing is lost, stalls are counted."""
    await start()
    for source_p, sink_p in ((128, 0), (0, 128), (200, 30), (30, 200)):
        throttle({0: source_p}, {1: sink_p}, cocotb.RANDOM_SEED)
        packets = random_packets(50)
        batch = await transfer({0: packets}, {0: room_for(packets), 1: room_for(packets)})
        sent, sink = batch.sent[0], batch.received[1]
        assert same(batch.received[0].packets, packets)
        assert same(sink.packets, packets)
        if sink_p == 0:
            assert sent.blocked == 0
        elif source_p == 0:
            assert sent.blocked > 0
        span = int(sink.last[-1] - sink.first[0]) + 1
        assert span >= len(packets.beats) + sink.blocked + sink.starved


@cocotb.test()
async def sizes_of_nothing(_) -> None:
    """An empty batch is over at once."""
    await start()
    packets = random_packets(0)
    batch = await transfer({0: packets}, {1: Room(0, 0)})
    assert batch.received[1].packets.beats.shape == (0, 64)


@cocotb.test()
async def full_sink_is_an_error(_) -> None:
    """A beat more than there is room for ends the batch with the sizes."""
    await start()
    packets = Packets(np.zeros((8, 64), np.uint8), np.uint32([4, 4]), np.uint64([0, 0]))
    with pytest.raises(TransferError, match=r"sink 1: .* \(2 packets, 7 beats\)"):
        await transfer({0: packets}, {0: Room(2, 8), 1: Room(2, 7)})


@cocotb.test()
async def waiting_in_vain_is_an_error(_) -> None:
    """A sink that expects more than is sent is named, with what it got."""
    await start()
    packets = random_packets(5)
    with pytest.raises(TransferError, match="sink 1 got 5 of 6 packets"):
        await transfer({0: packets}, {0: room_for(packets), 1: Room(6, len(packets.beats) + 64)})
