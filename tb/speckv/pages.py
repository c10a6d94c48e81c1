"""Raw pages for the benches, made to a table, by kind."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from models import speckv
from models.page import DTYPES, PAGE_VALUES, tokens_per_page
from models.speckv import LANES, MAX_ROW_WORDS, RCP_BITS, ROWS, UNIT_EXPONENT, Table, Tables

Generator = np.random.Generator
# [2048] bit patterns, uint16
Maker = Callable[[Generator, Table], np.ndarray]


def _bits(table: Table, values: np.ndarray) -> np.ndarray:
    """Values ``[2048]`` as bit patterns of the table's dtype."""
    tensor = torch.from_numpy(values.astype(np.float32)).to(table.dtype)
    return tensor.view(torch.int16).numpy().view(np.uint16)


def _around(table: Table, noise: np.ndarray) -> np.ndarray:
    """Noise in steps ``[2048]`` around the means; lossless: around 0, a step being one."""
    if table.lossless:
        return _bits(table, noise)
    noise = noise.reshape(tokens_per_page(table.head_dim), table.head_dim)
    unit = np.exp2((table.exponent + UNIT_EXPONENT[table.dtype]).double().numpy())
    step = 2.0**RCP_BITS / np.maximum(table.rcp.double().numpy(), 1)
    with np.errstate(over="ignore"):
        return _bits(table, ((noise * step + table.mean.double().numpy()) * unit).ravel())


def _low_bits(table: Table) -> int:
    """How much coarser than a step the table's ranks are."""
    return 0 if table.lossless else table.low_bits


def normal(g: Generator, table: Table) -> np.ndarray:
    """As the table expects."""
    return _around(table, g.standard_normal(PAGE_VALUES) * 2.0 ** _low_bits(table))


def narrow(g: Generator, table: Table) -> np.ndarray:
    """Next to the means."""
    return _around(table, g.standard_normal(PAGE_VALUES) * 0.1)


def wide(g: Generator, table: Table) -> np.ndarray:
    """Wider than the codes are made for."""
    spread = 2.0 ** _low_bits(table) * g.uniform(4, 30)
    return _around(table, g.standard_normal(PAGE_VALUES) * spread)


def heavy(g: Generator, table: Table) -> np.ndarray:
    """Heavy tails."""
    return _around(table, g.standard_t(1.5, PAGE_VALUES) * 2.0 ** _low_bits(table))


def any_bits(g: Generator, _: Table) -> np.ndarray:
    return g.integers(0, 1 << 16, PAGE_VALUES).astype(np.uint16)


def zeros(_: Generator, __: Table) -> np.ndarray:
    return np.zeros(PAGE_VALUES, np.uint16)


def signed_zeros(g: Generator, _: Table) -> np.ndarray:
    return (g.integers(0, 2, PAGE_VALUES) << 15).astype(np.uint16)


def constant(g: Generator, _: Table) -> np.ndarray:
    return np.full(PAGE_VALUES, g.integers(0, 1 << 16), np.uint16)


def subnormal(g: Generator, table: Table) -> np.ndarray:
    fraction = 10 if table.dtype == DTYPES[0] else 7
    sign = g.integers(0, 2, PAGE_VALUES) << 15
    return (sign | g.integers(0, 2 << fraction, PAGE_VALUES)).astype(np.uint16)


def largest(g: Generator, table: Table) -> np.ndarray:
    """Around the largest finite value."""
    top = 0x7BFF if table.dtype == DTYPES[0] else 0x7F7F
    sign = g.integers(0, 2, PAGE_VALUES) << 15
    return (sign | (top - g.integers(0, 40, PAGE_VALUES))).astype(np.uint16)


def some_wild(g: Generator, table: Table) -> np.ndarray:
    """Here and there any bits."""
    page = normal(g, table)
    at = g.random(PAGE_VALUES) < 10.0 ** g.uniform(-3, -0.5)
    page[at] = any_bits(g, table)[at]
    return page


def nonfinite(g: Generator, table: Table) -> np.ndarray:
    """A NaN or an infinity here and there."""
    page = normal(g, table)
    at = g.random(PAGE_VALUES) < 0.01
    infinity = 0x7C00 if table.dtype == DTYPES[0] else 0x7F80
    odd = infinity | g.integers(0, 2, PAGE_VALUES) * g.integers(1, 128, PAGE_VALUES)
    page[at] = (odd | g.integers(0, 2, PAGE_VALUES) << 15)[at].astype(np.uint16)
    return page


def bursts(g: Generator, table: Table) -> np.ndarray:
    """Whole tokens and whole rows of NaN."""
    page = normal(g, table)
    for _ in range(int(g.integers(1, 4))):
        size = int(g.choice([LANES, table.head_dim]))
        at = int(g.integers(PAGE_VALUES // size)) * size
        page[at : at + size] = 0x7FFF
    return page


def _escapes_in_rows(g: Generator, table: Table, most: int) -> np.ndarray:
    """A few rows with so many escapes more than they have already."""
    page = normal(g, table)
    tables, index = Tables([table]), torch.zeros(1, dtype=torch.int64)
    symbols_of = speckv.split if table.lossless else speckv.quantise
    for row in g.choice(ROWS, 3, replace=False):
        tensor = torch.from_numpy(page.view(np.int16))[None]
        rank = symbols_of(tensor, tables, index).rank.numpy()[0]
        lanes = slice(row * LANES, (row + 1) * LANES)
        plain = g.permutation(np.flatnonzero(rank[lanes] != 255))
        wanted = max(0, most - (LANES - len(plain)))
        page[row * LANES + plain[:wanted]] = 0x7FFF
    return page


def at_row_limit(g: Generator, table: Table) -> np.ndarray:
    """Rows with as many escapes as fit."""
    return _escapes_in_rows(g, table, MAX_ROW_WORDS - 2 * table.low_bits)


def over_row_limit(g: Generator, table: Table) -> np.ndarray:
    """Rows with one escape more than fits, where that can be."""
    return _escapes_in_rows(g, table, MAX_ROW_WORDS - 2 * table.low_bits + 1)


def _units(table: Table, page: np.ndarray) -> int:
    tables, index = Tables([table]), torch.zeros(1, dtype=torch.int64)
    stored = speckv.compress(torch.from_numpy(page.view(np.int16))[None], tables, index)
    return int(stored.units)


def longest(g: Generator, table: Table) -> np.ndarray:
    """As long as a coded page gets, or close."""
    page, odd = normal(g, table), any_bits(g, table)
    order = g.permutation(PAGE_VALUES)
    low, high = 0, PAGE_VALUES  # how many of them are any bits
    while high - low > 4:
        middle = (low + high) // 2
        mixed = page.copy()
        mixed[order[:middle]] = odd[order[:middle]]
        if _units(table, mixed) < speckv.RAW_UNITS:
            low = middle
        else:
            high = middle
    page[order[:low]] = odd[order[:low]]
    return page


KINDS: dict[str, Maker] = {
    maker.__name__: maker
    for maker in (
        normal,
        narrow,
        wide,
        heavy,
        any_bits,
        zeros,
        signed_zeros,
        constant,
        subnormal,
        largest,
        some_wild,
        nonfinite,
        bursts,
        at_row_limit,
        over_row_limit,
        longest,
    )
}
