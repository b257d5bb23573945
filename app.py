"""`streamlit run app.py` finds `app` here: the shell, and what lives as long as the server does."""

from __future__ import annotations

import gc
import pkgutil
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from importlib import import_module

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Route

import pages
import ui
from jobs.lifespan import background_jobs
from ui import components
from ui.guard import apologise
from ui.owner import OwnerCookie
from ui.runs import downloads


def warm_up() -> None:
    """Import what pages need and freeze it: Streamlit collects garbage after every rerun, at a cost."""
    for package in (ui, pages):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith((".shell", ".page")):  # Streamlit runs these itself
                import_module(module.name)
    for name in ("altair", "pandas", "PIL.Image"):
        import_module(name)
    gc.collect()
    gc.freeze()


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Background jobs begin and end with the server; training that has begun goes on without it."""
    with background_jobs():
        warm_up()
        yield


def under_base_path(routes: Iterable[Route]) -> list[Route]:
    """Routes where pages look for them: Streamlit moves only its own ones to server.baseUrlPath."""
    base = st.get_option("server.baseUrlPath").strip("/")
    return [Route(f"/{base}{route.path}" if base else route.path, route.endpoint) for route in routes]


app = st.App(
    "ui/shell.py",
    lifespan=lifespan,
    routes=under_base_path((*components.ROUTES, *downloads.ROUTES)),
    middleware=[Middleware(OwnerCookie)],
    on_script_error=apologise,
)
