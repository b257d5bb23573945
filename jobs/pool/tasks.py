"""What the pool can be asked for."""

from __future__ import annotations

from jobs.pool import score_epoch, trajectory
from jobs.pool.protocol import Task

TASKS: dict[str, Task] = {task.function.__name__: task for task in (trajectory.TASK, score_epoch.TASK)}
"""By the function's name."""
