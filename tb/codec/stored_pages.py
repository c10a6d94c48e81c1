"""Stored pages to decompress: sound ones of every shape, and ones that are wrong on purpose.

A kind is a function ``(g, layout) -> Stored``, listed in `SOUND` or `FAULTS` under its name.
`FAULTS` are mostly a sound page with one thing wrong; what code that gives is the model's to say.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch

from models.int8rle import (
    FORMAT_ID,
    HEADER_BYTES,
    MAX_RUNS,
    UNIT_BYTES,
    Layout,
    compress,
)
from models.int8rle import MAX_SCALE_BITS as MAX_SCALES
from models.page import PAGE_BYTES, PAGE_VALUES
from tb.codec import raw_pages
from tb.codec.raw_pages import delta_base, is_bf16, wrap

MIN_SCALE = 0x0080_0000
SCALE_STEP = 0x80


@dataclass(frozen=True)
class Stored:
    """What goes over AXI4-Stream: data uint8 ``[64 * beats]`` and the first beat's TUSER."""

    data: np.ndarray
    raw: bool = False


Kind = Callable[[np.random.Generator, Layout], Stored]


def stored_length(runs: int) -> int:
    """Bytes that a page of so many runs takes."""
    return -(-(HEADER_BYTES + 2 * runs) // UNIT_BYTES) * UNIT_BYTES


def store(
    layout: Layout, deltas: np.ndarray, lengths: np.ndarray, scale: int, beats: int | None = None
) -> Stored:
    """Build a page from its runs; `beats` other than the right number cut or extend it."""
    runs = len(lengths)
    data = np.zeros(max(stored_length(runs), (beats or 0) * UNIT_BYTES), np.uint8)
    data[0], data[1] = FORMAT_ID, layout.flags
    data[2:4] = np.array([runs], "<u2").view(np.uint8)
    data[4:8] = np.array([scale], "<u4").view(np.uint8)
    data[HEADER_BYTES : HEADER_BYTES + 2 * runs : 2] = np.asarray(deltas) & 0xFF
    data[HEADER_BYTES + 1 : HEADER_BYTES + 2 * runs : 2] = np.asarray(lengths) - 1
    return Stored(data[: beats * UNIT_BYTES] if beats else data)


def runs_of(page: Stored) -> int:
    return int(page.data[2:4].view("<u2")[0])


# ---- Sound pages ----


def scale_bits(g: np.random.Generator, layout: Layout) -> int:
    """A legal scale other than 0."""
    steps = (MAX_SCALES[layout.dtype] - MIN_SCALE) // SCALE_STEP
    return MIN_SCALE + SCALE_STEP * int(g.integers(steps + 1))


def random_lengths(g: np.random.Generator, runs: int) -> np.ndarray:
    """`runs` (8 to 2012) lengths of 1 to 256 that add up to 2048, with no regard to alignment."""
    while True:
        cuts = np.sort(g.choice(PAGE_VALUES - 1, runs - 1, replace=False)) + 1
        lengths = np.diff(cuts, prepend=0, append=PAGE_VALUES)
        if lengths.max() <= 256:
            return lengths
        if runs < 40:  # seldom by chance
            lengths = np.full(runs, PAGE_VALUES // runs)
            lengths[: PAGE_VALUES - lengths.sum()] += 1
            return g.permutation(lengths)


def random_deltas(g: np.random.Generator, layout: Layout, lengths: np.ndarray) -> np.ndarray:
    """A delta for each run, equal ones side by side too, so that no code is -128."""
    stream = np.where(g.random(len(lengths)) < 0.2, 0, g.integers(0, 256, len(lengths)))
    stream[0] = g.choice([127, 129])  # the largest magnitude
    deltas = stream.tolist()
    q, start = [0] * PAGE_VALUES, 0
    for k, length in enumerate(lengths.tolist()):
        for delta in (deltas[k], deltas[k] ^ 1, deltas[k] // 2, 0, 1, 2, 64):
            for i in range(start, start + length):
                base = delta_base(q, i, layout.head_dim, layout.axis)
                q[i] = wrap(base + delta)
                if q[i] == -128:
                    break
            else:
                break
        deltas[k] = delta
        start += length
    return np.array(deltas)


def free_form(
    g: np.random.Generator, layout: Layout, runs: int | None = None, scale: int | None = None
) -> Stored:
    """A sound page that our encoder would not write: any runs, any legal scale."""
    if runs is None:
        some, many = g.integers(8, 200), g.integers(8, 1980)
        runs = int(g.choice([8, 28, 29, 60, 61, some, many, many, many]))
    lengths = random_lengths(g, runs)
    scale = scale_bits(g, layout) if scale is None else scale
    return store(layout, random_deltas(g, layout, lengths), lengths, scale)


def limit_scale(g: np.random.Generator, layout: Layout, which: str) -> Stored:
    """The smallest, the largest and the scale 0, with codes up to +-127."""
    scale = {"zero": 0, "min": MIN_SCALE, "max": MAX_SCALES[layout.dtype]}[which]
    return free_form(g, layout, int(g.integers(100, 1000)), scale)


def ties(g: np.random.Generator, layout: Layout, subnormal: bool = False) -> Stored:
    """A scale half-way between two numbers of the dtype, times codes: many values are ties."""
    bits = 8 if is_bf16(layout) else 11
    significand = (int(g.integers(1 << bits - 1, 1 << bits)) * 2 + 1) << 16 - bits
    if is_bf16(layout):
        exponent = int(g.integers(1, 248))
    else:  # below 2^-14 results are subnormal
        exponent = int(g.integers(127 - 27, 127 - 20) if subnormal else g.integers(113, 135))
    scale = exponent << 23 | (significand & 0xFFFF) << 7
    return free_form(g, layout, int(g.integers(500, 2012)), scale)


def equal_runs(g: np.random.Generator, layout: Layout) -> Stored:
    """Every value alone or in pairs, with equal neighbours: 2012 runs where one would do."""
    lengths = g.permutation(np.repeat([1, 2], [MAX_RUNS - 36, 36]))
    starts = np.cumsum(lengths) - lengths
    return store(layout, np.where(starts % 128 < 64, 1, -1), lengths, scale_bits(g, layout))


def compressed(g: np.random.Generator, layout: Layout, kind: str) -> Stored:
    """What the encoder makes of a raw page of `kind`; not checked to be stored coded."""
    page = raw_pages.KINDS[kind](g, layout).view(np.int16)
    out = compress(torch.from_numpy(page)[None], layout)
    data = out.data[0, : int(out.units[0]) * UNIT_BYTES].numpy()
    return Stored(data, bool(out.raw[0]))


def stored_raw(g: np.random.Generator, layout: Layout) -> Stored:
    return Stored(g.integers(0, 256, PAGE_BYTES, np.uint8), raw=True)


SOUND: dict[str, Kind] = {
    "free_form": free_form,
    "most_runs": partial(free_form, runs=MAX_RUNS),
    "fewest_runs": partial(free_form, runs=8),
    "scale_zero": partial(limit_scale, which="zero"),
    "scale_min": partial(limit_scale, which="min"),
    "scale_max": partial(limit_scale, which="max"),
    "ties": ties,
    "subnormal_ties": partial(ties, subnormal=True),
    "equal_runs": equal_runs,
    "stored_raw": stored_raw,
    **{
        f"compressed_{kind}": partial(compressed, kind=kind)
        for kind in ("normals", "channels", "smooth", "sparse", "zeros", "subnormals", "long_runs")
    },
    "compressed_largest_finite": partial(compressed, kind="largest_finite"),
    "compressed_runs_1980": partial(compressed, kind="runs_1980"),
    "compressed_runs_2012": partial(compressed, kind="runs_2012"),
}


# ---- Pages with a fault ----


def _with(page: Stored, at: int, value: int) -> Stored:
    data = page.data.copy()
    data[at] = value
    return Stored(data, page.raw)


def _with_scale(g: np.random.Generator, layout: Layout, scale: Callable[[int], int]) -> Stored:
    page = free_form(g, layout)
    data = page.data.copy()
    data[4:8] = np.array([scale(MAX_SCALES[layout.dtype])], "<u4").view(np.uint8)
    return Stored(data)


def _with_runs_field(g: np.random.Generator, layout: Layout, runs: int) -> Stored:
    data = free_form(g, layout).data.copy()
    data[2:4] = np.array([runs], "<u2").view(np.uint8)
    return Stored(data)


def bad_format(g: np.random.Generator, layout: Layout) -> Stored:
    return _with(free_form(g, layout), 0, FORMAT_ID ^ 1 << g.integers(8))


def bad_flags(g: np.random.Generator, layout: Layout) -> Stored:
    return _with(free_form(g, layout), 1, layout.flags | 1 << g.integers(3, 8))


def low_scale_bit(g: np.random.Generator, layout: Layout) -> Stored:
    page = free_form(g, layout)
    return _with(page, 4, int(page.data[4]) | 1 << g.integers(7))


def fp16_with_bf16_scale(g: np.random.Generator, layout: Layout) -> Stored:
    """A scale that BF16 allows, in an FP16 page."""
    page = free_form(g, Layout(torch.bfloat16, layout.head_dim, layout.axis), scale=0x7C00_8100)
    return _with(page, 1, layout.flags & ~1)


def resized(page: Stored, beats: int, fill: np.ndarray | None = None) -> Stored:
    """`page` cut or extended to `beats`, with zeros or with `fill`."""
    size = max(1, beats) * UNIT_BYTES
    extra = np.zeros(size, np.uint8) if fill is None else fill
    return Stored(np.concatenate([page.data, extra])[:size], page.raw)


def truncated(g: np.random.Generator, layout: Layout) -> Stored:
    page = free_form(g, layout, int(g.integers(29, MAX_RUNS + 1)))
    beats = len(page.data) // UNIT_BYTES
    return resized(page, int(g.choice([1, beats - 1, g.integers(1, beats)])))


def extended(g: np.random.Generator, layout: Layout) -> Stored:
    page = free_form(g, layout)
    beats = len(page.data) // UNIT_BYTES
    return resized(page, beats + int(g.choice([1, g.integers(1, 64), 64])))


def of_length(g: np.random.Generator, layout: Layout, beats: int, runs: int | None) -> Stored:
    """Another length, filled up with noise."""
    noise = g.integers(0, 256, beats * UNIT_BYTES, np.uint8)
    return resized(free_form(g, layout, runs), beats, noise)


def wrong_runs_field(g: np.random.Generator, layout: Layout) -> Stored:
    """A number of runs that asks for more or fewer beats."""
    page = free_form(g, layout)
    runs = runs_of(page)
    off = int(g.choice([32, -32, g.integers(32, 1000), -g.integers(32, 1000)]))
    data = page.data.copy()
    wrong = min(max(runs + off, 1), MAX_RUNS)
    data[2:4] = np.array([wrong], "<u2").view(np.uint8)
    return Stored(data)


def raw_of_length(g: np.random.Generator, layout: Layout, beats: int) -> Stored:
    return Stored(g.integers(0, 256, beats * UNIT_BYTES, np.uint8), raw=True)


def wrong_raw(g: np.random.Generator, layout: Layout) -> Stored:
    """A coded page flagged raw."""
    return Stored(free_form(g, layout).data, raw=True)


def wrong_coded(g: np.random.Generator, layout: Layout, header: bool) -> Stored:
    """64 beats not flagged raw, with or without a sound header."""
    data = g.integers(0, 256, PAGE_BYTES, np.uint8)
    if header:
        data[:HEADER_BYTES] = free_form(g, layout, MAX_RUNS).data[:HEADER_BYTES]
    return Stored(data)


def wrong_count(g: np.random.Generator, layout: Layout, by: int, at: int | None = None) -> Stored:
    """One count off, so that the sum is."""
    page = free_form(g, layout, int(g.integers(40, 1500)))
    counts = page.data[HEADER_BYTES + 1 : HEADER_BYTES + 2 * runs_of(page) : 2].astype(int)
    usable = np.flatnonzero((counts > 0) & (counts + by >= 0) & (counts + by < 256))
    k = int(g.choice(usable) if at is None else usable[at])
    index = HEADER_BYTES + 2 * k + 1
    return _with(page, index, int(page.data[index]) + by)


def huge_counts(g: np.random.Generator, layout: Layout) -> Stored:
    runs = int(g.integers(9, MAX_RUNS + 1))
    deltas = g.integers(0, 256, runs)
    return store(layout, deltas, np.full(runs, 256), scale_bits(g, layout))


def few_values(g: np.random.Generator, layout: Layout) -> Stored:
    runs = int(g.choice([1, 2, 7, 31, 33, g.integers(1, 1000)]))
    return store(layout, g.integers(0, 256, runs), np.ones(runs, int), scale_bits(g, layout))


def full_before_end(g: np.random.Generator, layout: Layout) -> Stored:
    """A page that is full after its first beat, and goes on."""
    runs = int(g.integers(30, MAX_RUNS))
    lengths = np.concatenate([np.full(8, 256), np.ones(runs - 8, int)])
    return store(layout, np.zeros(runs, int), lengths, scale_bits(g, layout))


def padding(g: np.random.Generator, layout: Layout, at: str) -> Stored:
    """A padding byte that is not zero: the first, the last or any."""
    runs = 8 if at == "wide" else int(g.choice([29, 59, 500, 1981, 2011, g.integers(8, 2011)]))
    runs += (4 + runs) % 32 == 0  # a full last beat has no padding
    page = free_form(g, layout, runs)
    first, end = HEADER_BYTES + 2 * runs, len(page.data)
    where = {"first": first, "last": end - 1}.get(at, int(g.integers(first, end)))
    return _with(page, where, 1 << g.integers(8))


def bad_code(g: np.random.Generator, layout: Layout, at: str) -> Stored:
    """A code of -128 and nothing else wrong: at the first value, the last or any."""
    lengths = random_lengths(g, int(g.integers(300, 2013)))
    deltas = random_deltas(g, layout, lengths)
    index = {"first": 0, "last": PAGE_VALUES - 1}.get(at, int(g.integers(PAGE_VALUES)))
    k = int(np.searchsorted(np.cumsum(lengths), index, side="right"))
    run_start = int(lengths[:k].sum())
    d = np.repeat(deltas, lengths).reshape(-1, layout.head_dim)
    axis = 1 - int(layout.axis)
    q = np.cumsum(d, axis=axis).ravel() & 0xFF
    deltas[k] += 128 - q[run_start]
    return store(layout, deltas, lengths, scale_bits(g, layout))


def many_bad_codes(g: np.random.Generator, layout: Layout) -> Stored:
    lengths = random_lengths(g, MAX_RUNS)
    return store(layout, g.integers(0, 256, MAX_RUNS), lengths, scale_bits(g, layout))


def bit_flips(g: np.random.Generator, layout: Layout, area: str) -> Stored:
    page = free_form(g, layout) if g.random() < 0.8 else compressed(g, layout, "sparse")
    data = page.data.copy()
    end = HEADER_BYTES if area == "header" else len(data)
    for _ in range(g.integers(1, 4)):
        data[g.integers(end)] ^= 1 << g.integers(8)
    return Stored(data, page.raw)


def noise(g: np.random.Generator, layout: Layout, header: bool) -> Stored:
    """Random bytes, with a sound header or none."""
    beats = int(g.choice([1, 2, g.integers(1, 65), g.integers(65, 201)]))
    data = g.integers(0, 256, beats * UNIT_BYTES, np.uint8)
    if header:
        data[:HEADER_BYTES] = free_form(g, layout).data[:HEADER_BYTES]
    return Stored(data, raw=not header and bool(g.integers(2)))


def two_faults(g: np.random.Generator, layout: Layout) -> Stored:
    """Two things wrong at once: the order of the codes decides."""
    kinds: Sequence[Kind] = (partial(wrong_count, by=1), partial(padding, at="any"), wrong_raw)
    kinds += (partial(bad_code, at="any"), truncated, many_bad_codes, bad_format)
    page = kinds[g.integers(len(kinds))](g, layout)
    beats = len(page.data) // UNIT_BYTES
    fault = g.integers(4)
    if fault == 0:
        return resized(page, beats + int(g.integers(1, 3)), g.integers(0, 256, 128, np.uint8))
    if fault == 1:
        return _with(page, len(page.data) - 1, 0xFF)
    if fault == 2:
        index = HEADER_BYTES + 1
        return _with(page, index, int(page.data[index]) ^ 1)
    return _with(page, int(g.integers(4, 8)), 0xFF)


FAULTS: dict[str, Kind] = {
    "bad_format": bad_format,
    "bad_flags": bad_flags,
    "low_scale_bit": low_scale_bit,
    "negative_scale": partial(_with_scale, scale=lambda top: 0x8000_0000 | 0x3C00_0000),
    "negative_zero_scale": partial(_with_scale, scale=lambda top: 0x8000_0000),
    "subnormal_scale": partial(_with_scale, scale=lambda top: MIN_SCALE - SCALE_STEP),
    "smallest_scale": partial(_with_scale, scale=lambda top: SCALE_STEP),
    "scale_past_max": partial(_with_scale, scale=lambda top: top + SCALE_STEP),
    "infinite_scale": partial(_with_scale, scale=lambda top: 0x7F80_0000),
    "nan_scale": partial(_with_scale, scale=lambda top: 0x7FC0_0000),
    "fp16_with_bf16_scale": fp16_with_bf16_scale,
    **{
        f"runs_field_{n}": partial(_with_runs_field, runs=n)
        for n in (0, 1, MAX_RUNS, MAX_RUNS + 1, 2044, 2045, 65535)
    },
    "truncated": truncated,
    "extended": extended,
    "one_beat_of_many": partial(of_length, beats=1, runs=1000),
    "beats_64": partial(of_length, beats=64, runs=MAX_RUNS),
    "beats_65": partial(of_length, beats=65, runs=MAX_RUNS),
    "beats_200": partial(of_length, beats=200, runs=None),
    "wrong_runs_field": wrong_runs_field,
    **{f"raw_{n}_beats": partial(raw_of_length, beats=n) for n in (1, 2, 32, 63, 65, 128, 200)},
    "wrong_raw": wrong_raw,
    "wrong_coded": partial(wrong_coded, header=False),
    "wrong_coded_with_header": partial(wrong_coded, header=True),
    "count_1_more": partial(wrong_count, by=1),
    "count_1_less": partial(wrong_count, by=-1),
    "last_count_1_more": partial(wrong_count, by=1, at=-1),
    "last_count_1_less": partial(wrong_count, by=-1, at=-1),
    "first_count_1_more": partial(wrong_count, by=1, at=0),
    "huge_counts": huge_counts,
    "few_values": few_values,
    "full_before_end": full_before_end,
    "first_padding": partial(padding, at="first"),
    "last_padding": partial(padding, at="last"),
    "any_padding": partial(padding, at="any"),
    "wide_padding": partial(padding, at="wide"),
    "first_code": partial(bad_code, at="first"),
    "last_code": partial(bad_code, at="last"),
    "any_code": partial(bad_code, at="any"),
    "many_codes": many_bad_codes,
    "flips": partial(bit_flips, area="page"),
    "header_flips": partial(bit_flips, area="header"),
    "noise": partial(noise, header=False),
    "noise_with_header": partial(noise, header=True),
    "two_faults": two_faults,
}
