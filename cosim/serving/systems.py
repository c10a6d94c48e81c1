"""The systems that are compared, made from parameters and measured figures."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cosim.serving.engine import Engine
from cosim.serving.parameters import Gpu, Model, Parameters
from cosim.serving.simulate import System, Way

GPU_PREFIXES = 0.3  # of the GPU's room, where it keeps prefixes (assumed)


@dataclass(frozen=True)
class Setting:
    """One model on one kind of GPU with what is beside it.

    link: of the FPGA's; that of an offload to host memory is the GPU's own.
    """

    parameters: Parameters
    engine: Engine
    gpu: Gpu
    model: Model
    link: str

    @property
    def free(self) -> float:
        """Bytes of GPU memory for the cache."""
        gpu, model = self.gpu, self.model
        return gpu.gigabytes * 1e9 * gpu.usable * model.gpus - model.weight_bytes

    @property
    def pool(self) -> float:
        """Bytes of the memory beside the GPUs."""
        return self.parameters.pool_gigabytes * 1e9 * self.model.gpus

    def host_way(self) -> Way:
        link = self.parameters.links[self.gpu.link]
        rate = link.gigabytes_s * 1e9 * self.model.gpus
        return Way(rate, rate, 2e-6 * link.latency_us)

    def engine_way(self) -> Way:
        """Pages cross the link raw: the codec is behind it, in the FPGA."""
        p, engine = self.parameters, self.engine
        link = p.links[self.link]
        cycles = p.megahertz * 1e6 * p.lanes
        return Way(
            min(link.gigabytes_s * 1e9, engine.load_bytes * cycles) * self.model.gpus,
            min(link.gigabytes_s * 1e9, engine.store_bytes * cycles) * self.model.gpus,
            2e-6 * link.latency_us + engine.load_cycles / (p.megahertz * 1e6),
        )

    # ---- Long batches ----

    def gpu_only(self, sparse: bool = False) -> System:
        return System("GPU only, needed pages" if sparse else "GPU only", sparse)

    def host_dense(self) -> System:
        """What finds no room on the GPU lies raw in host memory, and is read every step."""
        return System("host memory, all read", False, 0.0, self.pool, self.host_way())

    def host_sparse(self, share: float) -> System:
        """Needed pages only; those that were used last stay on the GPU; nothing comes early."""
        fetch = replace(self.engine.lru[share], early=0.0)
        return System("host memory, needed pages", True, share, self.pool, self.host_way(), fetch)

    def ours(self, share: float) -> System:
        pool, fetch = self.pool * self.engine.ratio, self.engine.ours[share]
        return System("CXL-SpecKV", True, share, pool, self.engine_way(), fetch)

    # ---- Prefixes kept for later requests: attention reads everything, all of it on the GPU ----

    def prefixes(self) -> list[System]:
        pool = self.pool
        return [
            System("nothing kept"),
            System("kept on the GPU", prefixes=GPU_PREFIXES * self.free),
            System("kept in host memory", pool=2 * pool, way=self.host_way(), prefixes=pool),
            System(
                "kept in CXL-SpecKV",
                pool=2 * pool * self.engine.ratio,
                way=self.engine_way(),
                prefixes=pool * self.engine.ratio,
            ),
        ]
