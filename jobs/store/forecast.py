"""How long runs will take, judged by how fast the same network was seen to learn on this computer."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Sequence

from ddpm_core.config import TrainConfig
from jobs.store.records import QueuedRun, RunRecord, pictures_per_step


def speed_here(config: TrainConfig, known: Iterable[RunRecord]) -> float:
    """Pictures a second of the newest of the `known` runs of this network on these data; 0 when there is none."""
    network = _network(config)
    return next(
        (run.pictures_per_second for run in known if run.pictures_per_second and _network(run.config) == network), 0.0
    )


def seconds_needed(record: RunRecord, known: Sequence[RunRecord]) -> float:
    """From where the run stands to its end; infinite when nothing tells."""
    config = record.config
    speed = speed_here(config, known)
    by_pictures = _pictures_left(record, known) / speed if speed else math.inf
    return min(by_pictures, max(0.0, config.max_seconds - record.seconds)) if config.max_seconds else by_pictures


def expected_starts(
    active: Iterable[RunRecord], queued: Iterable[RunRecord], known: Sequence[RunRecord], max_running: int
) -> list[QueuedRun]:
    """When each of the queued runs, in their order, will find a place among the `max_running` that run at once."""
    ends = [_until_end(record, known) for record in active]
    free_at = ends + [0.0] * (max_running - len(ends))
    for _ in range(len(free_at) - max_running):  # More run than may, as after a restart with a lower limit.
        free_at.remove(min(free_at))
    heapq.heapify(free_at)
    waiting = []
    for position, record in enumerate(queued, start=1):
        start = heapq.heappop(free_at)
        waiting.append(QueuedRun(record, position, start if math.isfinite(start) else None))
        heapq.heappush(free_at, start + seconds_needed(record, known))
    return waiting


def _until_end(record: RunRecord, known: Sequence[RunRecord]) -> float:
    if record.status != "running":
        return 0.0  # Told to end, it does so within seconds.
    return record.seconds_left if record.seconds_left is not None else seconds_needed(record, known)


def _pictures_left(record: RunRecord, known: Sequence[RunRecord]) -> float:
    config = record.config
    if record.total_steps:
        return (record.total_steps - record.step) * pictures_per_step(config)
    counted = (run for run in known if run.config.data == config.data and run.total_steps)
    num = config.data.num_pictures or next(
        (run.total_steps / run.config.num_epochs * run.config.batch_size for run in counted), math.inf
    )
    return num * config.num_epochs


def _network(config: TrainConfig) -> tuple[object, ...]:
    return config.unet, config.mlp, config.data.name
