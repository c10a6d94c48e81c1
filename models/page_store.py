"""The page store, exact in addresses, statuses and memory words (docs/memory-path.md).

`PageStore` does one command after the other, as the hardware does.  All it keeps in memory goes
through a `Memory`, whose accesses may fail; every access the hardware makes is made here, in the
same order, but that the hardware reads one link and writes another at the same time.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

import numpy as np

from models.page_table import (
    DIR_ROWS,
    DIR_UNITS,
    DIRECTORIES,
    Entry,
    Vpn,
    directory_key,
    link_key,
    pointer,
    pointer_address,
    root_header,
    row_key,
    row_units,
)
from models.row_cache import RowCache

SEGMENT_UNITS = 1024
ROWS = 512
MAX_LENGTH = 64  # units of a page
PAGES = DIRECTORIES * DIR_ROWS
LINKS = 8  # in a unit, and words in a unit
MAX_SHAPE = 255  # layers, KV heads


class Status(enum.IntEnum):
    """What the page store answers."""

    OK = 0
    NO_MEMORY = 1
    UNMAPPED = 2
    FOREIGN = 3
    RANGE = 4
    MALFORMED = 5
    BUS = 6
    EXISTS = 7


class StoreError(Exception):
    """A step of a command failed; `status` says how."""

    def __init__(self, status: Status):
        super().__init__(status.name)
        self.status = status


class Memory:
    """Device memory as uint64 words.  An access that fails raises StoreError(Status.BUS)."""

    def __init__(self, words: np.ndarray):
        self.words = words

    def read(self, at: int) -> int:
        """A word."""
        return int(self.words[at])

    def write(self, at: int, values) -> None:
        """Words that follow each other inside a unit."""
        self.words[at : at + len(values)] = values

    def clear(self, unit: int, count: int) -> None:
        """Zeros in `count` units."""
        self.words[unit * LINKS : (unit + count) * LINKS] = 0


@dataclass
class Chain:
    """A request's segments, linked from the oldest on, and how much of the newest is taken."""

    count: int = 0
    oldest: int = 0
    newest: int = 0
    fill: int = 0


class Allocator:
    """Carves areas out of segments and takes segments back by the chain.  Addresses in units.

    listed, head: the free list's length and first segment; used: those never used begin here;
    stuck: the link of the list's first segment could not be read.
    """

    def __init__(
        self, memory: Memory, link_base: int, pool_base: int, segments: int, segment_units: int
    ):
        self.memory, self.link_base, self.pool_base = memory, link_base, pool_base
        self.segments, self.segment_units = segments, segment_units
        self.listed = self.head = self.used = 0
        self.stuck = False

    @property
    def free_segments(self) -> int:
        return self.listed + self.segments - self.used

    def _save(self, segment: int, following: int) -> None:
        word = pointer(following, link_key(segment))
        self.memory.write(self.link_base * LINKS + segment, [word])

    def _load(self) -> int:
        """What follows the list's first segment: a segment's number plus one, or zero."""
        word = self.memory.read(self.link_base * LINKS + self.head)
        sound, following = pointer_address(word, link_key(self.head))
        following = int(following)
        if not sound or following > self.used or (following == 0) != (self.listed == 1):
            raise StoreError(Status.MALFORMED)
        return following

    def _grow(self, chain: Chain) -> None:
        """One segment more, with nothing taken of it yet."""
        fresh = self.used < self.segments
        from_list = self.listed > 0 and not (self.stuck and fresh)
        if not (from_list or fresh):
            raise StoreError(Status.NO_MEMORY)
        taken = self.head if from_list else self.used
        failure, following = None, 0
        if chain.count:
            try:
                self._save(chain.newest, taken + 1)
            except StoreError as error:
                failure = error
        if from_list:
            try:
                following = self._load()
                self.stuck = False
            except StoreError as error:
                failure, self.stuck = error, True
        if failure:
            raise failure
        if from_list:
            self.listed -= 1
            self.head = following - 1
        else:
            self.used += 1
        if not chain.count:
            chain.oldest = taken
        chain.count += 1
        chain.newest, chain.fill = taken, 0

    def _room(self, chain: Chain) -> int:
        return self.segment_units - chain.fill if chain.count else 0

    def carve(self, chain: Chain, units: int) -> int:
        """The address of an area of so many units."""
        if units > self._room(chain):
            self._grow(chain)
        address = self.pool_base + chain.newest * self.segment_units + chain.fill
        chain.fill += units
        return address

    def carve_all(self, chain: Chain, units: np.ndarray) -> np.ndarray:
        """As `carve` for one after the other, int64 ``[n]``; what fails leaves those before."""
        ends = np.cumsum(units)
        starts = ends - units
        addresses = np.empty(len(units), dtype=np.int64)
        done = 0
        while done < len(units):
            if units[done] > self._room(chain):
                self._grow(chain)
            first = starts[done]
            upto = int(np.searchsorted(ends, first + self._room(chain), side="right"))
            base = self.pool_base + chain.newest * self.segment_units + chain.fill
            addresses[done:upto] = base + starts[done:upto] - first
            chain.fill += int(ends[upto - 1] - first)
            done = upto
        return addresses

    def hang(self, chain: Chain) -> None:
        """A chain in front of the free list."""
        if not chain.count:
            return
        self._save(chain.newest, self.head + 1 if self.listed else 0)
        self.listed += chain.count
        self.head = chain.oldest
        self.stuck = False


class Life(enum.Enum):
    """Of a request: in the root table; not in it any more, its segments not yet in the list."""

    LIVE = enum.auto()
    FREEING = enum.auto()


@dataclass
class Request:
    """What is known of a request without a look at memory.

    directories, rows: from this number, this page on there are none.  dir: the directory last
    used, number and address.
    """

    owner: int
    layers: int
    heads: int
    life: Life = Life.LIVE
    chain: Chain = field(default_factory=Chain)
    directories: int = 0
    rows: int = 0
    dir: tuple[int, int] | None = None


@dataclass(frozen=True)
class Placed:
    """A page's address in units and its entry's in quarters of a unit; zeros unless OK."""

    status: Status
    address: int = 0
    at: int = 0


class PageStore:
    """requests: how many there can be; rows: how many are kept on chip; bases in units.

    The root table is cleared, as after a reset.
    """

    def __init__(
        self,
        memory: Memory,
        root_base: int,
        link_base: int,
        pool_base: int,
        segments: int,
        requests: int = 1024,
        segment_units: int = SEGMENT_UNITS,
        rows: int = ROWS,
    ):
        self.memory, self.root_base = memory, root_base
        self.count, self.segment_units = requests, segment_units
        self.allocator = Allocator(memory, link_base, pool_base, segments, segment_units)
        self.requests: dict[int, Request] = {}
        self.rows = RowCache[int](rows)
        while True:
            try:
                memory.clear(root_base, requests)
                break
            except StoreError:
                continue

    @property
    def free_units(self) -> int:
        """Of whole segments."""
        return self.allocator.free_segments * self.segment_units

    @property
    def limit(self) -> int:
        """The end of the pool."""
        return self.allocator.pool_base + self.allocator.segments * self.segment_units

    # ---- Requests ----

    def begin(self, request: int, tenant: int, layers: int, heads: int) -> Status:
        shape = 1 <= layers <= MAX_SHAPE and 1 <= heads <= MAX_SHAPE
        if request >= self.count or not shape or row_units(layers, heads) > self.segment_units:
            return Status.RANGE
        if request in self.requests:
            return Status.EXISTS
        line = [root_header(request, tenant, layers, heads), *[0] * 7]
        try:
            self.memory.write((self.root_base + request) * LINKS, line)
        except StoreError as error:
            return error.status
        self.requests[request] = Request(tenant, layers, heads)
        return Status.OK

    def unroot(self, request: int, tenant: int) -> Status:
        """The first half of a free: nobody finds the request any more."""
        known = self.requests.get(request)
        if known is None:
            return Status.UNMAPPED
        if known.owner != tenant:
            return Status.FOREIGN
        try:
            self.memory.clear(self.root_base + request, 1)
        except StoreError as error:
            return error.status
        known.life = Life.FREEING
        self.rows.clear()
        return Status.OK

    def release(self, request: int) -> Status:
        """The second half, once nobody uses its segments any more."""
        try:
            self.allocator.hang(self.requests[request].chain)
        except StoreError as error:
            return error.status
        del self.requests[request]
        return Status.OK

    def free(self, request: int, tenant: int) -> Status:
        """Both halves."""
        status = self.unroot(request, tenant)
        return status if status else self.release(request)

    # ---- Pages ----

    def place(self, vpn: int, tenant: int, length: int) -> Placed:
        """Room for a page of `length` units."""
        at = Vpn.of(vpn)
        known = self.requests.get(int(at.request))
        if known is None or known.life is not Life.LIVE:
            return Placed(Status.UNMAPPED)
        if known.owner != tenant:
            return Placed(Status.FOREIGN)
        inside = at.layer < known.layers and at.kv_head < known.heads and at.page < PAGES
        if not (inside and 1 <= length <= MAX_LENGTH):
            return Placed(Status.RANGE)
        try:
            row = self._row(int(at.request), known, int(at.page))
            address = self.allocator.carve(known.chain, length)
        except StoreError as error:
            return Placed(error.status)
        stream = (int(at.layer) * known.heads + int(at.kv_head)) * 2 + int(at.kind)
        return Placed(Status.OK, address, 4 * row + stream)

    def place_row(self, request: int, page: int, lengths: np.ndarray) -> tuple[np.ndarray, int]:
        """As `place` for this page of every stream of a live request, one after the other.

        lengths: int ``[streams]``.  Returns addresses, int64 ``[streams]``, and where the first
        stream's entry is, in quarters of a unit.  Raises StoreError.
        """
        known = self.requests[request]
        row = self._row(request, known, page)
        return self.allocator.carve_all(known.chain, lengths), 4 * row

    def map(self, vpn: int, at: int, entry: Entry) -> Status:
        """Makes a page visible."""
        try:
            self.memory.write(2 * at, entry.words(vpn))
        except StoreError as error:
            return error.status
        return Status.OK

    # ---- Directories and rows ----

    def _row(self, request: int, known: Request, page: int) -> int:
        """The address of a row, which is made if it is not there."""
        kept = self.rows.lookup(request, page, known.owner)
        if kept is not None:
            return kept
        number, index = divmod(page, DIR_ROWS)
        if not (known.dir and known.dir[0] == number):
            slot = (self.root_base + request) * LINKS + 1 + number
            may = number < known.directories
            found = self._level(known, slot, directory_key(request, number), may, DIR_UNITS)
            known.dir = number, found
            known.directories = max(known.directories, number + 1)
        slot, units = known.dir[1] * LINKS + index, row_units(known.layers, known.heads)
        found = self._level(known, slot, row_key(request, page), page < known.rows, units)
        self.rows.keep(request, page, known.owner, found)
        known.rows = max(known.rows, page + 1)
        return found

    def _level(self, known: Request, slot: int, key: np.ndarray, may: bool, units: int) -> int:
        """What the pointer at word `slot` points to; may: it may be there already."""
        word = self.memory.read(slot) if may else 0
        if word:
            sound, address = pointer_address(word, key)
            if not sound or not self.allocator.pool_base <= int(address) < self.limit:
                raise StoreError(Status.MALFORMED)
            return int(address)
        address = self.allocator.carve(known.chain, units)
        self.memory.clear(address, units)
        self.memory.write(slot, [pointer(address, key)])
        return address
