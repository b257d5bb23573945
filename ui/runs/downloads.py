"""Runs as files to take away that are too large for a page to hold: a route of the server streams them."""

from __future__ import annotations

import re
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from ddpm_core.runs.folder import RunFolder
from jobs.transfer.zips import stream_zip
from ui.errors import message_of
from ui.i18n import FALLBACK, LANGUAGES, language
from ui.runs.view import find

_PATH = "/export/{run}.zip"


def zip_address(run_id: str, *, with_resume: bool = False) -> str:
    """Where a page finds a run's zip, relative to the page."""
    query = {"lang": language()} | ({"resume": "1"} if with_resume else {})
    return f"export/{quote(run_id)}.zip?{urlencode(query)}"


def file_name(name: str, ending: str) -> str:
    """A run's name as a file's on any system, without what a path or a shell would read."""
    return (re.sub(r"[^\w.-]+", "-", name).strip("-.") or "run") + ending


def zipped_run(request: Request) -> Response:
    """Answer with a run's zip, a piece at a time; what is not there is said in words."""
    run_id = request.path_params["run"]
    try:
        run = find(run_id)
        pieces = stream_zip(RunFolder(run.path), with_resume="resume" in request.query_params)
    except (ValueError, OSError) as error:
        lang = request.query_params.get("lang", FALLBACK)
        return PlainTextResponse(message_of(error, lang if lang in LANGUAGES else FALLBACK), status_code=404)
    # A zip is not compressed a second time on its way.
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file_name(run.raw_name, '.zip'))}",
        "Content-Encoding": "identity",
        "Cache-Control": "no-store",
    }
    return StreamingResponse(pieces, media_type="application/zip", headers=headers)


ROUTES = (Route(_PATH, zipped_run),)
"""For app.py."""
