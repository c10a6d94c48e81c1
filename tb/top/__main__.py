"""What one, two and four codec lanes move on the whole device: ``python -m tb.top``, a part of
``make bench``; the figures also go to ``build/report/lanes.json``."""

from __future__ import annotations

import json
from dataclasses import replace

from tabulate import tabulate

from tb.sim import BUILD, SimError
from tb.top import SINGLE

SHAPES = ((1, 1), (2, 2), (4, 4))  # lanes, channels of device memory
REPORT = BUILD.parent / "report" / "lanes.json"


def main() -> None:
    """Run the job on each shape and print a table."""
    results = []
    for lanes, channels in SHAPES:
        parameters = {"Lanes": lanes, "Channels": channels}
        bench = replace(SINGLE, test_module="tb.top.throughput", parameters=parameters)
        try:
            run = bench.run(1)
        except SimError as error:
            raise SystemExit(str(error)) from None
        results.append(json.loads(run.log.with_name("throughput.json").read_text()))
    rows = []
    for result in results:
        row: list[object] = [result["lanes"], result["channels"]]
        for work in ("stores", "loads", "both"):
            row += [f"{result[work]:.1f}", f"{result[work] / results[0][work]:.2f}x"]
        rows.append(row)
    headers = ("lanes", "channels", "stores", "", "loads", "", "both, each way", "")
    print(f"raw bytes a cycle, HBM-like memories, pages stored at {results[0]['ratio']:.2f}x")
    print(tabulate(rows, headers=headers, disable_numparse=True))
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps(results, indent=1))


main()
