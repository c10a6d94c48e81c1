"""The speckv model: round trips, the format's promises, damaged pages."""

import zlib
from fractions import Fraction

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models import speckv
from models.page import DTYPES, HEAD_DIMS, PAGE_VALUES
from models.speckv import Error, Table, Tables
from models.speckv_codes import CODEWORDS, COUNTS, ESCAPE_RANK, LENGTHS
from tests.speckv_pages import gaussian_pages, lossless_table, lossy_table

KINDS = [(dtype, head_dim) for dtype in DTYPES for head_dim in HEAD_DIMS]


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def round_trip(pages: torch.Tensor, tables: Tables, index: torch.Tensor):
    stored = speckv.compress(pages, tables, index)
    back, errors = speckv.decompress(
        stored.data, stored.units, stored.raw, stored.crc, tables, index
    )
    assert errors.eq(Error.OK).all()
    return stored, back


def one(table: Table, n: int) -> tuple[Tables, torch.Tensor]:
    return Tables([table]), torch.zeros(n, dtype=torch.int64)


@pytest.mark.parametrize("number", range(len(COUNTS)))
def test_codes_are_complete_and_prefix_free(number: int) -> None:
    ranks = int(ESCAPE_RANK[number]) + 1
    words = {
        format(int(CODEWORDS[number, r]), "08b")[: int(LENGTHS[number, r])] for r in range(ranks)
    }
    assert len(words) == ranks
    assert sum(Fraction(1, 2 ** len(word)) for word in words) == 1
    assert not any(a != b and b.startswith(a) for a in words for b in words)


@pytest.mark.parametrize(("dtype", "head_dim"), KINDS)
@pytest.mark.parametrize("low_bits", [0, 1, 6])
def test_lossy_error_is_at_most_half_a_step(dtype, head_dim: int, low_bits: int) -> None:
    g = generator(low_bits)
    table = lossy_table(dtype, head_dim, low_bits, g)
    tables, index = one(table, 20)
    pages = gaussian_pages(table, 20, 2.0**low_bits, g)
    stored, back = round_trip(pages, tables, index)
    assert not stored.raw.any()
    before, after = pages.view(dtype).double(), back.view(dtype).double()
    unit = 2.0 ** (table.exponent + speckv.UNIT_EXPONENT[dtype]).double()
    step = (32 * unit).repeat(PAGE_VALUES // head_dim)
    grain = torch.finfo(dtype).eps * before.abs()  # the dtype's own rounding
    assert ((after - before).abs() <= step / 2 + unit.max() + grain).all()


@pytest.mark.parametrize(("dtype", "head_dim"), KINDS)
def test_lossless_is_exact_and_shrinks(dtype, head_dim: int) -> None:
    g = generator(1)
    table = lossless_table(dtype, head_dim, g)
    tables, index = one(table, 20)
    pages = gaussian_pages(table, 20, 1.0, g)
    stored, back = round_trip(pages, tables, index)
    assert torch.equal(back, pages)
    assert not stored.raw.any()


@pytest.mark.parametrize("mode", ["lossy", "lossless"])
@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 2**32 - 1))
def test_any_bits_never_clamp(mode: str, seed: int) -> None:
    """Whatever the page: non-finite values come back bit for bit, finite ones within a step, and
    lossless ones all bit for bit."""
    g = generator(seed)
    dtype = DTYPES[seed & 1]
    table = lossless_table(dtype, 64, g) if mode == "lossless" else lossy_table(dtype, 64, 0, g)
    tables, index = one(table, 4)
    pages = gaussian_pages(table, 4, 1.0, g)
    wild = torch.rand(pages.shape, generator=g) < 10 ** -float(torch.rand((), generator=g) * 4)
    bits = torch.randint(-(1 << 15), 1 << 15, pages.shape, generator=g).to(torch.int16)
    pages = torch.where(wild, bits, pages)
    _, back = round_trip(pages, tables, index)
    if mode == "lossless":
        assert torch.equal(back, pages)
        return
    before, after = pages.view(dtype).double(), back.view(dtype).double()
    finite = before.isfinite()
    assert torch.equal(back[~finite], pages[~finite])
    unit = 2.0 ** (table.exponent + speckv.UNIT_EXPONENT[dtype]).double()
    step = (32 * unit).repeat(PAGE_VALUES // 64)
    grain = torch.finfo(dtype).eps * before.abs()
    assert (((after - before).abs() <= step / 2 + unit.max() + grain) | ~finite).all()


def test_pages_that_do_not_shrink_are_raw() -> None:
    table = lossy_table(torch.float16, 64, 0, generator())
    tables, index = one(table, 3)
    pages = torch.randint(-(1 << 15), 1 << 15, (3, PAGE_VALUES), generator=generator(2))
    pages = pages.to(torch.int16)
    stored, back = round_trip(pages, tables, index)
    assert stored.raw.all()
    assert stored.units.eq(speckv.RAW_UNITS).all()
    assert torch.equal(back, pages)
    assert stored.crc[0] == zlib.crc32(pages[0].numpy().tobytes())


def test_a_row_of_escapes_beyond_the_limit_makes_a_page_raw() -> None:
    table = lossless_table(torch.float16, 64, generator())
    tables, index = one(table, 2)
    pages = gaussian_pages(table, 2, 1.0, generator(3))
    pages[0, :12] = 0  # 2 * 10 + 12 words: the most that fit
    pages[1, :13] = 0
    stored, _ = round_trip(pages, tables, index)
    escapes = (speckv.split(pages, tables, index).rank == 255).view(2, 64, 32).sum(-1).amax(1)
    assert escapes.tolist() == [12, 13]
    assert stored.raw.tolist() == [False, True]


def test_pages_decode_alone_and_by_their_own_tables() -> None:
    g = generator(4)
    made = [lossy_table(torch.bfloat16, 128, m, g) for m in (0, 2, 5)]
    made.append(lossless_table(torch.bfloat16, 128, g))
    tables = Tables(made)
    index = torch.randint(0, 4, (40,), generator=g)
    pages = torch.cat([gaussian_pages(made[i], 1, 2.0, g) for i in index.tolist()])
    stored, back = round_trip(pages, tables, index)
    lengths = speckv.coded_bits(pages, tables, index)
    assert torch.equal(-(-lengths // (8 * speckv.UNIT_BYTES)), stored.units)
    for i in (0, 17, 39):
        part = slice(i, i + 1)
        alone, errors = speckv.decompress(
            stored.data[part, : int(stored.units[i]) * 64],
            stored.units[part],
            stored.raw[part],
            stored.crc[part],
            tables,
            index[part],
        )
        assert errors.item() == Error.OK
        assert torch.equal(alone[0], back[i])


def damaged():
    """A sound page, its tables and their other one."""
    g = generator(5)
    tables = Tables([lossy_table(torch.float16, 64, 0, g) for _ in range(2)])
    pages = gaussian_pages(tables.tables[0], 1, 1.0, g)
    index = torch.zeros(1, dtype=torch.int64)
    return speckv.compress(pages, tables, index), tables, index


def verdict(stored, tables, index, **changed) -> Error:
    fields = {"data": stored.data, "units": stored.units, "raw": stored.raw, "crc": stored.crc}
    back, errors = speckv.decompress(**{**fields, **changed}, tables=tables, index=index)
    assert errors.item() == Error.OK or not back.any()
    return Error(errors.item())


def test_every_flipped_bit_is_found() -> None:
    stored, tables, index = damaged()
    bits = int(stored.units) * 512
    n = bits
    data = stored.data.repeat(n, 1)
    at = torch.arange(n)
    data[at, at // 8] ^= (1 << at % 8).to(torch.uint8)
    _, errors = speckv.decompress(
        data,
        stored.units.expand(n),
        stored.raw.expand(n),
        stored.crc.expand(n),
        tables,
        index.expand(n),
    )
    assert errors[:8].eq(Error.HEADER).all()
    assert errors[8:16].eq(Error.TABLE).all()
    assert errors[16:].eq(Error.CRC).all()


def test_what_is_reported() -> None:
    stored, tables, index = damaged()
    assert verdict(stored, tables, index) == Error.OK
    assert verdict(stored, tables, index, units=stored.units - 1) == Error.CRC
    assert verdict(stored, tables, index, units=stored.units * 0) == Error.LENGTH
    assert verdict(stored, tables, index, units=stored.units * 0 + 64) == Error.LENGTH
    assert verdict(stored, tables, index, raw=~stored.raw) == Error.LENGTH
    assert verdict(stored, tables, index + 1) == Error.TABLE
    assert verdict(stored, tables, index - 1) == Error.TABLE
    longer = stored.units + 1
    assert verdict(stored, tables, index, units=longer) == Error.CRC


def test_a_page_of_another_length_than_its_streams_is_found() -> None:
    """With a right CRC: a unit too many."""
    stored, tables, index = damaged()
    data, units = stored.data.clone(), int(stored.units)
    words = data.view(torch.int32)
    words[0, units * 16 - 1] = 0
    size = (units + 1) * 64
    crc = zlib.crc32(data[0, :size].numpy().tobytes(), tables.tables[0].crc)
    data.view(torch.int32)[0, size // 4 - 1] = torch.tensor(crc).to(torch.int32)
    changed = {"data": data, "units": stored.units + 1, "crc": torch.tensor([crc])}
    assert verdict(stored, tables, index, **changed) == Error.CONTENT


def test_a_whole_page_in_place_of_another_is_found() -> None:
    """Both of one table and length."""
    g = generator(6)
    table = lossy_table(torch.float16, 64, 0, g)
    tables, index = one(table, 32)
    stored = speckv.compress(gaussian_pages(table, 32, 1.0, g), tables, index)
    i, j = next((i, j) for i in range(32) for j in range(i) if stored.units[i] == stored.units[j])
    _, errors = speckv.decompress(
        stored.data[[i, j]], stored.units[[i, j]], stored.raw[[i, j]], stored.crc[[i, i]],
        tables, index[:2],
    )  # fmt: skip
    assert errors.tolist() == [Error.OK, Error.CRC]


@given(st.data())
@settings(deadline=None, max_examples=50)
def test_table_images(data) -> None:
    g = generator(data.draw(st.integers(0, 1 << 30)))
    dtype, head_dim = data.draw(st.sampled_from(KINDS))
    table = (
        lossless_table(dtype, head_dim, g)
        if data.draw(st.booleans())
        else lossy_table(dtype, head_dim, data.draw(st.integers(0, 6)), g)
    )
    image = table.image()
    again = Table.from_image(image)
    assert again.image() == image
    assert (again.dtype, again.head_dim, again.lossless) == (dtype, head_dim, table.lossless)
    assert torch.equal(again.mean, table.mean)
    with pytest.raises(ValueError, match="bytes"):
        Table.from_image(image[:-8])
    with pytest.raises(ValueError, match="not the image of a speckv table"):
        Table.from_image(b"\0" + image[1:])


def test_tables_of_two_layouts_are_refused() -> None:
    g = generator()
    with pytest.raises(ValueError, match="several dtypes"):
        Tables([lossy_table(torch.float16, 64, 0, g), lossy_table(torch.bfloat16, 64, 0, g)])
    with pytest.raises(ValueError, match="low_bits 7"):
        lossy_table(torch.float16, 64, 7, g)
    table, index = one(lossy_table(torch.float16, 64, 0, g), 1)
    with pytest.raises(ValueError, match="one of 1 tables"):
        speckv.compress(torch.zeros(1, PAGE_VALUES, dtype=torch.int16), table, index + 1)
