"""The long regression: ``python -m tb.coherence.soak`` (``make soak``).

1,000,000 random transactions without a violation, half over a few hot lines and half over many, and
each litmus test 10,000 times; in parts with seeds of their own, one a core at a time.
"""

from __future__ import annotations

import os
import random
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Annotated

import typer

from tb.coherence import BENCHES
from tb.sim import SimError

JOBS = os.cpu_count() or 1
PARTS = 16
LITMUS_RUNS = 10_000
BENCH = replace(
    next(bench for bench in BENCHES if bench.name == "coherence"),
    test_module="tb.coherence.soak_tests",
)


def part(test: str, seed: int, count: int) -> str:
    """One run; what its log says of it."""
    env = {"SKV_SOAK": str(count), "SKV_LITMUS": str(count)}
    results = BENCH.run(seed, test, env=env, label=f"-{test}")
    log = results.log.read_text(errors="replace")
    return "\n".join(re.findall(r"soak: .*|(?:MP|SB|LB|CoRR|CoWW): \d+ runs.*", log))


def main(
    transactions: Annotated[int, typer.Option(help="Random transactions in all.")] = 1_000_000,
    litmus: Annotated[int, typer.Option(help="Runs of each litmus test.")] = LITMUS_RUNS,
    seed: Annotated[int | None, typer.Option(help="Replay this seed.")] = None,
) -> None:
    """Run all parts; fails with the first that does."""
    seed = random.SystemRandom().getrandbits(24) if seed is None else seed
    print(f"seed {seed}", flush=True)
    BENCH.run(seed, "Build")
    each = -(-transactions // PARTS)
    jobs = [("SoakHot" if i % 2 else "SoakMany", seed + i, each) for i in range(PARTS)]
    jobs.append(("Litmus", seed, litmus))
    with ThreadPoolExecutor(JOBS) as pool:
        try:
            for text in pool.map(lambda job: part(*job), jobs):
                print(text, flush=True)
        except SimError as error:
            raise SystemExit(str(error)) from None


if __name__ == "__main__":
    typer.run(main)
