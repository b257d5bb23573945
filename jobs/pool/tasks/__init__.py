"""What the pool can be asked for: a module for each task, which names it TASK."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from jobs.pool.protocol import Task

_FOUND: list[Task] = [import_module(f"{__name__}.{module.name}").TASK for module in iter_modules(__path__)]
TASKS = {task.function.__name__: task for task in _FOUND}
"""By the function's name."""
