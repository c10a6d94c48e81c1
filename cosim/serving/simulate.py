"""A server in discrete events (SimPy): requests, a GPU that batches them, and the way to the pool.

The GPU works in iterations: prompts that were admitted are computed, up to `CHUNK` tokens at once;
else every running request gets a token, layers in groups.  A layer's time is what its weights and
the KV-cache it reads take from memory, or its arithmetic, whichever is more.  What is not on the
GPU comes over a `Pipe`, whose rate is that of the slowest part of the way.  A request whose cache
finds no room any more goes back to the queue; without a pool its cache is computed again.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Generator
from dataclasses import dataclass, field

import numpy as np
import simpy

from cosim.serving.engine import Buffer
from cosim.serving.parameters import Gpu, Model
from cosim.serving.requests import Request

NEEDED = 8  # one in so many pages is needed
CHUNK = 8192  # prompt tokens of an iteration
GROUPS = 4  # events are those of groups of layers: all layers do the same
ATTENTION = 1 / 3  # of a layer's weights; the rest is the feed-forward part's
DEMAND, EARLY = 0, 1  # priorities


@dataclass(frozen=True)
class Way:
    """To and from the pool, of all GPUs together: bytes a second, and seconds to the first byte."""

    load: float
    store: float
    latency: float


@dataclass(frozen=True)
class System:
    """Where the KV-cache lies, and what attention reads of it.

    sparse: the needed pages only.  resident: share of each request's cache that has to be on the
    GPU.  pool: raw bytes that the memory behind `way` holds.  fetch: shares of the needed pages
    that come over the way; None with `resident` below 1: all that finds no room on the GPU.
    prefixes: raw bytes of the pool, or of the GPU without one, that may keep prefixes of requests
    that ended.
    """

    name: str
    sparse: bool = False
    resident: float = 1.0
    pool: float = 0.0
    way: Way | None = None
    fetch: Buffer | None = None
    prefixes: float = 0.0
    most: int = 1 << 20  # requests at once


@dataclass
class Running:
    """A request under way; context: tokens with a cache, made: of them by decoding."""

    request: Request
    context: int
    made: int = 0
    first: float = 0.0  # when its first token was there
    begun: bool = False


@dataclass
class Result:
    """Seconds and tokens.

    first, each, whole: a request's time from its arrival to its first token, from one to the next,
    and from its arrival to its last.

    saturated: (tokens, seconds) while requests were waiting.  reused: prompt tokens whose cache was
    kept.  moved: bytes loaded, stored.
    """

    first: list[float] = field(default_factory=list)
    each: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    tokens: int = 0
    seconds: float = 0.0
    saturated: tuple[int, float] = (0, 0.0)
    largest: int = 0
    preempted: int = 0
    prompt: int = 0
    reused: int = 0
    loading: float = 0.0
    moved: tuple[float, float] = (0.0, 0.0)

    @property
    def throughput(self) -> float:
        """Output tokens a second while requests were waiting, or, if none ever were, of all."""
        tokens, seconds = self.saturated
        return tokens / seconds if tokens else self.tokens / self.seconds

    def percentile(self, times: list[float], share: float) -> float:
        return float(np.percentile(times, share)) if times else float("nan")


class Pipe:
    """One transfer at a time, the more urgent first; counts bytes and busy seconds."""

    def __init__(self, env: simpy.Environment, rate: float):
        self.env, self.rate = env, rate
        self.gate = simpy.PriorityResource(env)
        self.bytes = self.busy = 0.0

    def move(self, size: float, priority: int = DEMAND) -> Generator:
        """A transfer of `size` bytes."""
        if size <= 0:
            return
        with self.gate.request(priority) as turn:
            yield turn
            seconds = size / self.rate
            self.bytes += size
            self.busy += seconds
            yield self.env.timeout(seconds)


class Prefixes:
    """What ended requests left, least recently used first out; sizes in tokens."""

    def __init__(self, room: float):
        self.room, self.used = room, 0.0
        self.kept: OrderedDict[int, int] = OrderedDict()

    def find(self, prefix: tuple[tuple[int, int], ...]) -> int:
        """Tokens of the longest prefix that is there, block by block."""
        found = 0
        for key, upto in prefix:
            if key not in self.kept:
                break
            self.kept.move_to_end(key)
            found = upto
        return found

    def keep(self, keys: tuple[tuple[int, int], ...]) -> None:
        before = 0
        for key, upto in keys:
            if key not in self.kept:
                self.kept[key] = upto - before
                self.used += upto - before
            self.kept.move_to_end(key)
            before = upto
        while self.used > self.room and self.kept:
            self.used -= self.kept.popitem(last=False)[1]


class Server:
    """One model on its GPUs, serving requests until all are through."""

    def __init__(self, system: System, gpu: Gpu, model: Model, requests: list[Request]):
        self.system, self.gpu, self.model = system, gpu, model
        self.env = simpy.Environment()
        self.bandwidth = gpu.gigabytes_s * 1e9 * gpu.memory_share * model.gpus
        self.flops = gpu.teraflops * 1e12 * gpu.compute_share * model.gpus
        room = gpu.gigabytes * 1e9 * gpu.usable * model.gpus - model.weight_bytes
        kept_on_gpu = 0.0 if system.pool else system.prefixes
        self.gpu_room = (room - kept_on_gpu) / model.token_bytes  # tokens
        if self.gpu_room <= 0:
            raise ValueError(f"{model.name} does not fit on {model.gpus} {gpu.name}")
        self.pool_room = (system.pool - system.prefixes) / model.token_bytes
        self.prefixes = Prefixes(system.prefixes / model.token_bytes)
        self.load = Pipe(self.env, system.way.load if system.way else 1.0)
        self.store = Pipe(self.env, system.way.store if system.way else 1.0)
        self.requests = requests
        self.waiting: deque[Running] = deque()
        self.ready: deque[tuple[Running, int]] = deque()  # to be computed: tokens of the prompt
        self.running: list[Running] = []
        self.coming = len(requests)
        self.loading = 0  # requests whose prefix is on its way
        self.context = 0  # tokens of all that were admitted
        self.stored: simpy.Event | None = None
        self.wake = self.env.event()
        self.result = Result()

    def run(self) -> Result:
        self.env.process(self._arrive())
        self.env.run(self.env.process(self._serve()))
        result = self.result
        result.seconds = self.env.now
        result.moved = self.load.bytes, self.store.bytes
        result.loading = self.load.busy
        return result

    # ---- Requests ----

    def _arrive(self) -> Generator:
        for request in self.requests:
            if request.arrival > self.env.now:
                yield self.env.timeout(request.arrival - self.env.now)
            self.coming -= 1
            self.waiting.append(Running(request, request.prompt))
            self._notify()

    def _notify(self) -> None:
        if not self.wake.triggered:
            self.wake.succeed()

    def _fits(self, tokens: float) -> bool:
        system = self.system
        on_gpu = tokens * system.resident
        return on_gpu <= self.gpu_room and (not system.pool or tokens <= self.pool_room)

    def _admit(self) -> None:
        under_way = len(self.running) + len(self.ready) + self.loading
        while self.waiting and under_way < self.system.most:
            one = self.waiting[0]
            if not self._fits(self.context + one.context):
                if not under_way:
                    raise ValueError(f"a request of {one.context} tokens never fits")
                return
            self.waiting.popleft()
            self.context += one.context
            under_way += 1
            reused = self._reused(one)
            if reused and self.system.way:
                self.loading += 1
                self.env.process(self._fetch(one, reused))
            else:
                self.ready.append((one, one.context - reused))
            self.result.largest = max(self.result.largest, under_way)

    def _reused(self, one: Running) -> int:
        """Tokens whose cache need not be computed: the last token of a prompt always is."""
        if one.begun and self.system.pool:
            return one.context - 1
        found = self.prefixes.find(one.request.prefix) if not one.begun else 0
        found = min(found, one.context - 1)
        if not one.begun:
            self.result.prompt += one.request.prompt
            self.result.reused += found
        return found

    def _fetch(self, one: Running, reused: int) -> Generator:
        """A prefix comes back whole, since a prompt attends to all of it."""
        yield self.env.timeout(self.system.way.latency)
        yield from self.load.move(reused * self.model.token_bytes)
        self.loading -= 1
        self.ready.append((one, one.context - reused))
        self._notify()

    # ---- The GPU ----

    def _serve(self) -> Generator:
        while self.coming or self.waiting or self.ready or self.running or self.loading:
            self._admit()
            before, waits = self.env.now, bool(self.waiting)
            tokens = self.result.tokens
            if self.ready:
                yield from self._prompts()
            elif self.running:
                yield from self._decode()
            else:
                self.wake = self.env.event()
                yield self.wake
                continue
            if waits:
                done, seconds = self.result.saturated
                self.result.saturated = (
                    done + self.result.tokens - tokens,
                    seconds + self.env.now - before,
                )

    def _prompts(self) -> Generator:
        taken, total, work = [], 0, 0.0
        model = self.model
        while self.ready and (not taken or total + self.ready[0][1] <= CHUNK):
            one, tokens = self.ready.popleft()
            taken.append(one)
            total += tokens
            # 2 a parameter and token; 4 a hidden value, layer and pair of tokens attended.
            pairs = tokens * (one.context - tokens / 2)
            work += 2e9 * model.parameters_e9 * tokens + 4 * model.layers * model.hidden * pairs
        yield self.env.timeout(max(work / self.flops, model.weight_bytes / self.bandwidth))
        yield from self._write(total)
        for one in taken:
            if not one.begun:
                one.begun, one.first = True, self.env.now
                self.result.first.append(self.env.now - one.request.arrival)
            self.running.append(one)
            self._token(one)
        self._end()

    def _decode(self) -> Generator:
        model, system = self.model, self.system
        batch = len(self.running)
        tokens = sum(one.context for one in self.running)
        layer_bytes = tokens * model.token_bytes / model.layers
        read = layer_bytes / NEEDED if system.sparse else layer_bytes
        demand = early = 0.0
        if system.way and system.fetch:
            demand, early = read * system.fetch.demand, read * system.fetch.early
        elif system.way and system.resident < 1:
            demand = max(0.0, 1 - self.gpu_room / max(1, tokens)) * read
        weights = model.weight_bytes / model.layers
        work = 2e9 * model.parameters_e9 * batch / model.layers
        arithmetic = work / self.flops
        attention = max((weights * ATTENTION + read) / self.bandwidth, arithmetic * ATTENTION)
        rest = max(weights / self.bandwidth, arithmetic) * (1 - ATTENTION)
        if not demand and not early:
            yield self.env.timeout((attention + rest) * model.layers)
        else:
            coming, layers = None, model.layers / GROUPS
            early *= (model.layers - 1) / (GROUPS - 1)  # nothing comes early for the first layer
            for group in range(GROUPS):
                if coming:
                    yield coming
                if demand:
                    yield self.env.timeout(system.way.latency * layers)
                    yield from self.load.move(demand * layers)
                yield self.env.timeout(attention * layers)
                # What a layer looked at says what the next will need.
                coming = None
                if early and group < GROUPS - 1:
                    coming = self.env.process(self.load.move(early, EARLY))
                yield self.env.timeout(rest * layers)
        yield from self._write(batch)
        for one in self.running:
            one.context += 1
            self._token(one)
        self.context += batch
        self._end()
        while not self._fits(self.context) and len(self.running) > 1:
            self._preempt()

    def _write(self, tokens: int) -> Generator:
        """New cache goes to the pool while the GPU goes on; no more than an iteration's waits."""
        if not self.system.way:
            return
        if self.stored and self.stored.is_alive:
            yield self.stored
        self.stored = self.env.process(self.store.move(tokens * self.model.token_bytes))

    def _token(self, one: Running) -> None:
        one.made += 1
        self.result.tokens += 1

    def _end(self) -> None:
        """Take out those that have all their tokens."""
        left = []
        for one in self.running:
            if one.made < one.request.output:
                left.append(one)
                continue
            self.context -= one.context
            self.prefixes.keep(one.request.keep)
            self.result.whole.append(self.env.now - one.request.arrival)
            if one.request.output > 1:
                self.result.each.append((self.env.now - one.first) / (one.request.output - 1))
        self.running = left

    def _preempt(self) -> None:
        one = self.running.pop()
        self.context -= one.context
        self.waiting.appendleft(one)
        self.result.preempted += 1


def simulate(system: System, gpu: Gpu, model: Model, requests: list[Request]) -> Result:
    """Serve them all.  Raises ValueError if one can never be served."""
    return Server(system, gpu, model, requests).run()
