"""The registers.  Made by make csr from rtl/csr/skv_csr.rdl."""

from enum import IntEnum

from driver.registers import Field, Register


class ManageOp(IntEnum):
    BEGIN = 0
    FREE = 1


class ManageStatus(IntEnum):
    OK = 0
    NO_MEMORY = 1
    UNMAPPED = 2
    FOREIGN = 3
    RANGE = 4
    MALFORMED = 5
    BUS = 6
    EXISTS = 7
    LOST = 15


class WindowOp(IntEnum):
    OPEN = 0
    SEAL = 1
    CLOSE = 2
    DISCARD = 3


class WindowStatus(IntEnum):
    OK = 0
    RANGE = 1
    EXISTS = 2
    ABSENT = 3
    BUSY = 4
    FAILED = 5
    LOST = 15


ID = Register("id", 0x000, {"magic": Field(0, 32)})
VERSION = Register(
    "version", 0x008, {"patch": Field(0, 8), "minor": Field(8, 8), "major": Field(16, 8)}
)
CAPS_MEMORY = Register(
    "caps_memory",
    0x010,
    {
        "lanes": Field(0, 8),
        "channels": Field(8, 8),
        "rings": Field(16, 8),
        "tables": Field(24, 16),
        "tlb_entries": Field(40, 16),
    },
)
CAPS_STAGING = Register(
    "caps_staging", 0x018, {"pages": Field(0, 24), "window_pages": Field(24, 24)}
)
CAPS_PREFETCH = Register(
    "caps_prefetch",
    0x020,
    {"requests": Field(0, 16), "slots": Field(16, 24), "flights": Field(40, 16)},
)
CAPS_REQUEST = Register(
    "caps_request", 0x028, {"layers": Field(0, 8), "heads": Field(8, 8), "pages": Field(16, 16)}
)
CONTROL = Register(
    "control",
    0x040,
    {
        "enable": Field(0, 1),
        "soft_reset": Field(1, 1),
        "clear_counters": Field(8, 1),
        "freeze": Field(9, 1),
    },
)
STATUS = Register(
    "status",
    0x048,
    {"ready": Field(0, 1), "idle": Field(1, 1), "draining": Field(2, 1), "resetting": Field(3, 1)},
)
IRQ_PENDING = Register(
    "irq_pending",
    0x050,
    {
        "completed": Field(0, 8),
        "staging": Field(8, 1),
        "poison": Field(16, 1),
        "stray": Field(17, 1),
        "malformed": Field(18, 1),
        "reset_done": Field(24, 1),
    },
)
IRQ_ENABLE = Register(
    "irq_enable",
    0x058,
    {
        "completed": Field(0, 8),
        "staging": Field(8, 1),
        "poison": Field(16, 1),
        "stray": Field(17, 1),
        "malformed": Field(18, 1),
        "reset_done": Field(24, 1),
    },
)
LAYOUT_ROOT_BASE = Register("layout.root_base", 0x080, {"address": Field(0, 40)})
LAYOUT_LINK_BASE = Register("layout.link_base", 0x088, {"address": Field(0, 40)})
LAYOUT_POOL_BASE = Register("layout.pool_base", 0x090, {"address": Field(0, 40)})
LAYOUT_SEGMENTS = Register("layout.segments", 0x098, {"count": Field(0, 26)})
LAYOUT_STAGING_BASE = Register("layout.staging_base", 0x0A0, {"address": Field(0, 40)})
LAYOUT_HDM_BASE = Register("layout.hdm_base", 0x0A8, {"line": Field(0, 46)})
LAYOUT_HDM_SIZE = Register(
    "layout.hdm_size", 0x0B0, {"lines": Field(0, 32), "bi_id": Field(32, 12)}
)
LAYOUT_EMBEDDINGS = Register("layout.embeddings", 0x0B8, {"address": Field(0, 40)})
LAYOUT_STATES = Register("layout.states", 0x0C0, {"address": Field(0, 40)})
LAYOUT_L2_BASE = Register("layout.l2_base", 0x0C8, {"line": Field(0, 58)})
LAYOUT_EVENT_BASE = Register(
    "layout.event_base", 0x0D0, {"page": Field(0, 52), "size_log2": Field(56, 4)}
)
LAYOUT_FREE_UNITS = Register("layout.free_units", 0x0D8, {"count": Field(0, 40)})
MANAGE = Register(
    "manage",
    0x100,
    {
        "request": Field(0, 16),
        "tenant": Field(16, 16),
        "layers": Field(32, 8),
        "heads": Field(40, 8),
        "op": Field(48, 1),
        "go": Field(56, 1),
        "busy": Field(57, 1),
        "status": Field(60, 4),
    },
)
CANCEL = Register(
    "cancel",
    0x108,
    {
        "tag": Field(0, 32),
        "ring": Field(32, 3),
        "go": Field(56, 1),
        "busy": Field(57, 1),
        "status": Field(60, 4),
    },
)
WINDOW_PAGE = Register("window_page", 0x110, {"vpn": Field(0, 52)})
WINDOW = Register(
    "window",
    0x118,
    {
        "page": Field(0, 24),
        "slot": Field(24, 8),
        "tenant": Field(32, 16),
        "op": Field(48, 2),
        "fresh": Field(50, 1),
        "go": Field(56, 1),
        "busy": Field(57, 1),
        "status": Field(60, 4),
    },
)
STAGING_EVENT = Register(
    "staging_event",
    0x120,
    {
        "page": Field(0, 24),
        "status": Field(24, 8),
        "store": Field(32, 1),
        "take": Field(56, 1),
        "valid": Field(57, 1),
    },
)
LOADS = Register(
    "loads",
    0x140,
    {"taken": Field(0, 16), "refused": Field(16, 16), "slot": Field(32, 8), "ok": Field(40, 1)},
    3,
    0x8,
)
EVENTS_CONSUMED = Register("events.consumed", 0x1C0, {"count": Field(0, 16)})
EVENTS_WRITTEN = Register("events.written", 0x1C8, {"count": Field(0, 16)})
RING_CONTROL = Register(
    "ring.control",
    0x200,
    {"enable": Field(0, 1), "size_log2": Field(8, 4), "tenant": Field(16, 16)},
    8,
    0x40,
)
RING_WINDOW_BASE = Register("ring.window_base", 0x208, {"address": Field(0, 40)}, 8, 0x40)
RING_WINDOW_LIMIT = Register("ring.window_limit", 0x210, {"address": Field(0, 40)}, 8, 0x40)
RING_BASE = Register("ring.base", 0x218, {"address": Field(0, 64)}, 8, 0x40)
RING_COMPLETIONS = Register("ring.completions", 0x220, {"address": Field(0, 64)}, 8, 0x40)
RING_TAIL = Register("ring.tail", 0x228, {"count": Field(0, 16)}, 8, 0x40)
RING_CONSUMED = Register("ring.consumed", 0x230, {"count": Field(0, 16)}, 8, 0x40)
RING_PROGRESS = Register(
    "ring.progress", 0x238, {"fetched": Field(0, 16), "completed": Field(16, 16)}, 8, 0x40
)
COUNTERS_CYCLES = Register("counters.cycles", 0x400, {"count": Field(0, 64)})
COUNTERS_TLB_HITS = Register("counters.tlb_hits", 0x408, {"count": Field(0, 64)})
COUNTERS_TLB_MISSES = Register("counters.tlb_misses", 0x410, {"count": Field(0, 64)})
COUNTERS_TLB_WALKS = Register("counters.tlb_walks", 0x418, {"count": Field(0, 64)})
COUNTERS_TLB_MERGES = Register("counters.tlb_merges", 0x420, {"count": Field(0, 64)})
COUNTERS_DESCRIPTORS_OK = Register("counters.descriptors_ok", 0x428, {"count": Field(0, 64)})
COUNTERS_DESCRIPTORS_FAILED = Register(
    "counters.descriptors_failed", 0x430, {"count": Field(0, 64)}
)
COUNTERS_PAGES_STORED = Register("counters.pages_stored", 0x438, {"count": Field(0, 64)})
COUNTERS_PAGES_LOADED = Register("counters.pages_loaded", 0x440, {"count": Field(0, 64)})
COUNTERS_PAGES_PREFETCHED = Register("counters.pages_prefetched", 0x448, {"count": Field(0, 64)})
COUNTERS_UNITS_STORED = Register("counters.units_stored", 0x450, {"count": Field(0, 64)})
COUNTERS_UNITS_LOADED = Register("counters.units_loaded", 0x458, {"count": Field(0, 64)})
COUNTERS_L2_READ_BEATS = Register("counters.l2_read_beats", 0x460, {"count": Field(0, 64)})
COUNTERS_L2_WRITE_BEATS = Register("counters.l2_write_beats", 0x468, {"count": Field(0, 64)})
COUNTERS_DEVICE_READ_BEATS = Register("counters.device_read_beats", 0x470, {"count": Field(0, 64)})
COUNTERS_DEVICE_WRITE_BEATS = Register(
    "counters.device_write_beats", 0x478, {"count": Field(0, 64)}
)
COUNTERS_GPU_READ_BEATS = Register("counters.gpu_read_beats", 0x480, {"count": Field(0, 64)})
COUNTERS_GPU_WRITE_BEATS = Register("counters.gpu_write_beats", 0x488, {"count": Field(0, 64)})
COUNTERS_IO_READ_BEATS = Register("counters.io_read_beats", 0x490, {"count": Field(0, 64)})
COUNTERS_IO_WRITE_BEATS = Register("counters.io_write_beats", 0x498, {"count": Field(0, 64)})
COUNTERS_CXL_READ_BEATS = Register("counters.cxl_read_beats", 0x4A0, {"count": Field(0, 64)})
COUNTERS_CXL_WRITE_BEATS = Register("counters.cxl_write_beats", 0x4A8, {"count": Field(0, 64)})
COUNTERS_COHERENCE_HITS = Register("counters.coherence_hits", 0x4B0, {"count": Field(0, 64)})
COUNTERS_COHERENCE_MISSES = Register("counters.coherence_misses", 0x4B8, {"count": Field(0, 64)})
COUNTERS_COHERENCE_SNOOPS = Register("counters.coherence_snoops", 0x4C0, {"count": Field(0, 64)})
COUNTERS_COHERENCE_EVICTIONS = Register(
    "counters.coherence_evictions", 0x4C8, {"count": Field(0, 64)}
)
COUNTERS_COHERENCE_WAITS = Register("counters.coherence_waits", 0x4D0, {"count": Field(0, 64)})
COUNTERS_COHERENCE_HINTS = Register("counters.coherence_hints", 0x4D8, {"count": Field(0, 64)})
COUNTERS_COHERENCE_ILLEGAL = Register("counters.coherence_illegal", 0x4E0, {"count": Field(0, 64)})
COUNTERS_STAGING_HITS = Register("counters.staging_hits", 0x4E8, {"count": Field(0, 64)})
COUNTERS_STAGING_MISSES = Register("counters.staging_misses", 0x4F0, {"count": Field(0, 64)})
COUNTERS_STAGING_LOADS = Register("counters.staging_loads", 0x4F8, {"count": Field(0, 64)})
COUNTERS_STAGING_STORES = Register("counters.staging_stores", 0x500, {"count": Field(0, 64)})
COUNTERS_STAGING_SWEEPS = Register("counters.staging_sweeps", 0x508, {"count": Field(0, 64)})
COUNTERS_LSTM_STEPS = Register("counters.lstm_steps", 0x510, {"count": Field(0, 64)})
COUNTERS_COMPRESSOR_BUSY = Register("counters.compressor_busy", 0x518, {"count": Field(0, 64)})
COUNTERS_COMPRESSOR_STALLS = Register("counters.compressor_stalls", 0x520, {"count": Field(0, 64)})
COUNTERS_DECOMPRESSOR_BUSY = Register("counters.decompressor_busy", 0x528, {"count": Field(0, 64)})
COUNTERS_DECOMPRESSOR_STALLS = Register(
    "counters.decompressor_stalls", 0x530, {"count": Field(0, 64)}
)
COUNTERS_POISONED = Register("counters.poisoned", 0x538, {"count": Field(0, 64)})
PREFETCH_HITS = Register("prefetch.hits", 0x600, {"count": Field(0, 32)})
PREFETCH_LATE = Register("prefetch.late", 0x608, {"count": Field(0, 32)})
PREFETCH_MISSES = Register("prefetch.misses", 0x610, {"count": Field(0, 32)})
PREFETCH_FULL = Register("prefetch.full", 0x618, {"count": Field(0, 32)})
PREFETCH_REFUSED = Register("prefetch.refused", 0x620, {"count": Field(0, 32)})
PREFETCH_ISSUED = Register("prefetch.issued", 0x628, {"count": Field(0, 32)})
PREFETCH_UNPLACED = Register("prefetch.unplaced", 0x630, {"count": Field(0, 32)})
PREFETCH_USEFUL = Register("prefetch.useful", 0x638, {"count": Field(0, 32)})
PREFETCH_CANCELLED = Register("prefetch.cancelled", 0x640, {"count": Field(0, 32)})
PREFETCH_FAILED = Register("prefetch.failed", 0x648, {"count": Field(0, 32)})
PREFETCH_WASTED = Register("prefetch.wasted", 0x650, {"count": Field(0, 32)})
PREFETCH_REJECTED = Register("prefetch.rejected", 0x658, {"count": Field(0, 32)})

REGISTERS = (
    ID,
    VERSION,
    CAPS_MEMORY,
    CAPS_STAGING,
    CAPS_PREFETCH,
    CAPS_REQUEST,
    CONTROL,
    STATUS,
    IRQ_PENDING,
    IRQ_ENABLE,
    LAYOUT_ROOT_BASE,
    LAYOUT_LINK_BASE,
    LAYOUT_POOL_BASE,
    LAYOUT_SEGMENTS,
    LAYOUT_STAGING_BASE,
    LAYOUT_HDM_BASE,
    LAYOUT_HDM_SIZE,
    LAYOUT_EMBEDDINGS,
    LAYOUT_STATES,
    LAYOUT_L2_BASE,
    LAYOUT_EVENT_BASE,
    LAYOUT_FREE_UNITS,
    MANAGE,
    CANCEL,
    WINDOW_PAGE,
    WINDOW,
    STAGING_EVENT,
    LOADS,
    EVENTS_CONSUMED,
    EVENTS_WRITTEN,
    RING_CONTROL,
    RING_WINDOW_BASE,
    RING_WINDOW_LIMIT,
    RING_BASE,
    RING_COMPLETIONS,
    RING_TAIL,
    RING_CONSUMED,
    RING_PROGRESS,
    COUNTERS_CYCLES,
    COUNTERS_TLB_HITS,
    COUNTERS_TLB_MISSES,
    COUNTERS_TLB_WALKS,
    COUNTERS_TLB_MERGES,
    COUNTERS_DESCRIPTORS_OK,
    COUNTERS_DESCRIPTORS_FAILED,
    COUNTERS_PAGES_STORED,
    COUNTERS_PAGES_LOADED,
    COUNTERS_PAGES_PREFETCHED,
    COUNTERS_UNITS_STORED,
    COUNTERS_UNITS_LOADED,
    COUNTERS_L2_READ_BEATS,
    COUNTERS_L2_WRITE_BEATS,
    COUNTERS_DEVICE_READ_BEATS,
    COUNTERS_DEVICE_WRITE_BEATS,
    COUNTERS_GPU_READ_BEATS,
    COUNTERS_GPU_WRITE_BEATS,
    COUNTERS_IO_READ_BEATS,
    COUNTERS_IO_WRITE_BEATS,
    COUNTERS_CXL_READ_BEATS,
    COUNTERS_CXL_WRITE_BEATS,
    COUNTERS_COHERENCE_HITS,
    COUNTERS_COHERENCE_MISSES,
    COUNTERS_COHERENCE_SNOOPS,
    COUNTERS_COHERENCE_EVICTIONS,
    COUNTERS_COHERENCE_WAITS,
    COUNTERS_COHERENCE_HINTS,
    COUNTERS_COHERENCE_ILLEGAL,
    COUNTERS_STAGING_HITS,
    COUNTERS_STAGING_MISSES,
    COUNTERS_STAGING_LOADS,
    COUNTERS_STAGING_STORES,
    COUNTERS_STAGING_SWEEPS,
    COUNTERS_LSTM_STEPS,
    COUNTERS_COMPRESSOR_BUSY,
    COUNTERS_COMPRESSOR_STALLS,
    COUNTERS_DECOMPRESSOR_BUSY,
    COUNTERS_DECOMPRESSOR_STALLS,
    COUNTERS_POISONED,
    PREFETCH_HITS,
    PREFETCH_LATE,
    PREFETCH_MISSES,
    PREFETCH_FULL,
    PREFETCH_REFUSED,
    PREFETCH_ISSUED,
    PREFETCH_UNPLACED,
    PREFETCH_USEFUL,
    PREFETCH_CANCELLED,
    PREFETCH_FAILED,
    PREFETCH_WASTED,
    PREFETCH_REJECTED,
)
