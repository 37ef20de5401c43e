"""The page itself: one HTML document that names its own files only."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence

import msgspec
from starlette.responses import HTMLResponse

from gateway.graphiql.files import PREFIX, read_assets

TITLE = "龙岗社区图谱"

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        # GraphiQL's dialogs and menus set styles on the fly; a style runs no code and loads nothing here.
        "style-src 'self' 'unsafe-inline'",
        # The style sheet holds its fonts and images as data.
        "font-src data:",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)


class Example(msgspec.Struct, frozen=True):
    """One tab that the page opens on. The title heads the query as a comment."""

    title: str
    query: str


def graphiql_page(examples: Sequence[Example]) -> HTMLResponse:
    """Render the page, which is the same for everyone: an ASGI app that can be called any number of times."""
    assets = read_assets()
    tabs = [_tab(example) for example in examples] or None
    settings = json.dumps({"tabs": tabs}, ensure_ascii=False).replace("<", "\\u003c")

    def url(name: str) -> str:
        return html.escape(f"{PREFIX}/{name}?v={assets[name].version}")

    return HTMLResponse(
        f"""<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{TITLE}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{url("graphiql.min.css")}">
<link rel="stylesheet" href="{url("page.css")}">
<script defer src="{url("react.production.min.js")}"></script>
<script defer src="{url("react-dom.production.min.js")}"></script>
<script defer src="{url("graphiql.min.js")}"></script>
<script defer src="{url("init.js")}"></script>
</head>
<body>
<div id="graphiql"></div>
<noscript>此页面需要 JavaScript。This page needs JavaScript.</noscript>
<script type="application/json" id="settings">{settings}</script>
</body>
</html>
""",
        headers={
            "cache-control": "no-cache",
            "content-security-policy": POLICY,
            "referrer-policy": "same-origin",
            "vary": "accept",
            "x-content-type-options": "nosniff",
        },
    )


def _tab(example: Example) -> dict[str, str]:
    heading = f"# {example.title}\n"
    query = example.query.strip() + "\n"
    return {"query": query if query.startswith(heading) else heading + query}
