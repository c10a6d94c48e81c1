"""GPUs, models, links and prices, from parameters.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("parameters.toml")
FP16 = 2  # bytes


class ParameterError(Exception):
    """The parameters are not as they should be; the message says what and where."""


@dataclass(frozen=True)
class Gpu:
    """gigabytes_s, teraflops: peak; the shares are what is reached of them."""

    name: str
    gigabytes: float
    gigabytes_s: float
    teraflops: float
    memory_share: float
    compute_share: float
    usable: float
    link: str


@dataclass(frozen=True)
class Model:
    """A model on `gpus` GPUs, tensor parallel."""

    name: str
    parameters_e9: float
    hidden: int
    layers: int
    kv_heads: int
    head_dim: int
    gpus: int

    @property
    def weight_bytes(self) -> float:
        return self.parameters_e9 * 1e9 * FP16

    @property
    def token_bytes(self) -> int:
        """Of the KV-cache, a token's keys and values in all layers."""
        return 2 * self.layers * self.kv_heads * self.head_dim * FP16


@dataclass(frozen=True)
class Link:
    """Each way, and one way."""

    name: str
    gigabytes_s: float
    latency_us: float


@dataclass(frozen=True)
class Price:
    """Dollars; `fpga`: of the card without its memory."""

    hbm_gb: float
    dram_gb: float
    fpga: float


@dataclass(frozen=True)
class Parameters:
    gpus: dict[str, Gpu]
    models: dict[str, Model]
    links: dict[str, Link]
    pool_gigabytes: float
    megahertz: float
    lanes: int
    price: Price


def load(path: Path = FILE) -> Parameters:
    """Raises ParameterError."""
    try:
        data = tomllib.loads(path.read_text())
        named = {
            kind: {name: make(name=name, **values) for name, values in data[kind].items()}
            for kind, make in (("gpu", Gpu), ("model", Model), ("link", Link))
        }
        return Parameters(
            named["gpu"],
            named["model"],
            named["link"],
            float(data["pool"]["gigabytes"]),
            float(data["fpga"]["megahertz"]),
            int(data["fpga"]["lanes"]),
            Price(**data["price"]),
        )
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise ParameterError(f"{path}: {type(error).__name__}: {error}") from error
