"""Exhibits that live in the browser: a folder each, with the modules and styles they share beside them.

Streamlit runs an exhibit's script from a blob: address, where relative imports lead nowhere. So what it gets is a stub,
which imports the exhibit's module from a route of the server: docs/decisions/0009-modules-from-a-route.md.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ui import theme

HERE = Path(__file__).resolve().parent
MODULES = {path.relative_to(HERE).as_posix(): path.read_bytes() for path in sorted(HERE.rglob("*.js"))}
"""The exhibits' modules by their paths; nothing else is served."""
VERSION = hashlib.blake2b(repr(MODULES).encode(), digest_size=8).hexdigest()
"""Stands in each module's address, and relative imports inherit it: no cache can mix two versions."""


def script(name: str) -> str:
    """What Streamlit runs for the exhibit in module `name`; a page's address lies right below the app's own."""
    return f"""const address = new URL("exhibits/{VERSION}/{name}", document.baseURI);
export default async (component) => (await import(address)).default(component);"""


def style(*names: str) -> str:
    """One style sheet: the colours, common.css, the exhibit's own."""
    texts = ((HERE / name).read_text(encoding="utf-8") for name in ("common.css", *names))
    return "\n".join([f".lab {{\n{theme.css()}}}", *texts])


async def module(request: Request) -> Response:
    """Answer with a module of this very version, which a browser may keep for good."""
    text = MODULES.get(request.path_params["name"])
    if text is None or request.path_params["version"] != VERSION:
        return PlainTextResponse("No such module.", status_code=404, headers={"Cache-Control": "no-store"})
    keep = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(text, media_type="text/javascript", headers=keep)


ROUTES = (Route("/exhibits/{version}/{name:path}", module),)
"""For app.py."""
