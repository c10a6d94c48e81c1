"""Stores and loads in bulk through the driver: the job of ``python -m tb.top``."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyuvm

from cosim import memory
from driver.device import LINE, PAGE, Layout
from models.device_memory import PRESETS
from models.dma import Op, Status
from tb.speckv import pages as raw_pages
from tb.top.env import TopEnv
from tb.top.tests import SLOTS, TENANT, TopTest

LAYERS, HEADS, EACH = 30, 3, 6  # as SmolLM2; pages of each stream
PAGES = LAYERS * HEADS * 2 * EACH
DISTINCT = 32  # contents among them
RINGS = 8
SLOT = SLOTS[0]
PAGE_UNITS = PAGE // LINE
DEVICE_BYTES = 16 << 20


class BulkEnv(TopEnv):
    """Device memory for all pages."""

    pool_bytes = DEVICE_BYTES
    layout = Layout.plan(
        DEVICE_BYTES,
        requests=64,
        window_pages=16,
        staging_pages=4,
        vocabulary=300,
        predictor_slots=64,
    )


@pyuvm.test()
class Throughput(TopTest):
    """All pages stored, all loaded, then half of them stored while the others are loaded.

    They are spread over all rings and with them over the lanes; every loaded page is looked at.
    Raw bytes a cycle each way, from the first bell to the last completion, go to
    ``throughput.json``.
    """

    timing = PRESETS["hbm"]
    env_kind = BulkEnv

    def open_rings(self) -> None:
        self.device.begin(0, TENANT, LAYERS, HEADS)
        self.rings = [self.device.ring(n, TENANT) for n in range(RINGS)]

    def run(self) -> None:
        self.vpns = [
            self.vpn(0, layer, head, kind, page)
            for page in range(EACH)
            for layer in range(LAYERS)
            for head in range(HEADS)
            for kind in range(2)
        ]
        # Of a table that they suit, so that they shrink as a real cache's do at 5x.
        table, kind = self.tables[SLOT], raw_pages.KINDS["normal"]
        made = [kind(self.env.np, table).view(np.uint8) for _ in range(DISTINCT)]
        for i, page in enumerate(made):
            self.gpu[self.place(i) :][:PAGE] = page
        self.decoded = [self.seen(page, SLOT) for page in made]
        every, first, second = range(PAGES), range(PAGES // 2), range(PAGES // 2, PAGES)
        result = {
            "lanes": self.env.lanes,
            "channels": self.env.channels,
            "stores": self.rate((Op.STORE, every)),
            "loads": self.rate((Op.LOAD, every)),
            "both": self.rate((Op.STORE, first), (Op.LOAD, second)),
        }
        counters = self.device.counters()
        result["ratio"] = counters["pages_stored"] * PAGE_UNITS / counters["units_stored"]
        Path("throughput.json").write_text(json.dumps(result))

    def orders(self, op: Op, pages: range) -> np.ndarray:
        """Descriptors that store or load pages."""
        vpns = [self.vpns[i] for i in pages]
        if op == Op.LOAD:
            return self.descriptors(op, vpns, [self.place(DISTINCT + i) for i in pages])
        places = [self.place(i % DISTINCT) for i in pages]
        return self.descriptors(op, vpns, places, [SLOT] * len(pages))

    def rate(self, *work: tuple[Op, range]) -> float:
        """Raw bytes a cycle of each kind of work, as many pages each, alternately in every ring."""
        posts = []
        for n in range(RINGS):
            made = [self.orders(op, pages[n::RINGS]) for op, pages in work]
            posts.append(np.stack(made, axis=1).ravel())
        waiting = [[ring, len(post)] for ring, post in zip(self.rings, posts, strict=True)]

        def over() -> bool:
            for entry in waiting:
                found = entry[0].poll()
                assert (found["status"] == Status.OK).all(), found["status"]
                entry[1] -= len(found)
            waiting[:] = [entry for entry in waiting if entry[1]]
            return not waiting

        begin = memory.cycle(0)
        for ring, post in zip(self.rings, posts, strict=True):
            ring.post(post)
        self.device.until(over, "the completions")
        cycles = memory.cycle(0) - begin
        for i in [i for op, pages in work if op == Op.LOAD for i in pages]:
            page = self.gpu[self.place(DISTINCT + i) :][:PAGE]
            assert (page == self.decoded[i % DISTINCT]).all(), f"page {i} came back otherwise"
            page[:] = 0
        return len(work[0][1]) * PAGE / cycles
