"""GraphiQL in a real browser with nothing but this server to talk to."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.async_api import Page, Request, Route, async_playwright, expect

ROOT = Path(__file__).parents[2]
SCREENSHOTS = ROOT / "var" / "screenshots"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass
class Browser:
    """A page, with whatever it asked of others and complained of."""

    page: Page
    foreign: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


def chromium() -> str:
    """Find the browser; these tests are not skipped without one."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    assert found, "No Chromium: install one (apt-get install chromium) or name its path in CHROMIUM."
    return found


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Chromium with every request beyond localhost refused and noted."""
    async with async_playwright() as playwright:
        chrome = await playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        page = await chrome.new_page(viewport={"width": 1280, "height": 800})
        found = Browser(page)

        async def sift(route: Route, request: Request) -> None:
            if urlsplit(request.url).hostname == "127.0.0.1" or request.url.startswith("data:"):
                await route.continue_()
            else:
                found.foreign.append(request.url)
                await route.abort()

        await page.route("**/*", sift)
        page.on(
            "console",
            lambda line: found.complaints.append(line.text) if line.type == "error" else None,
        )
        page.on("pageerror", lambda error: found.complaints.append(str(error)))
        yield found
        await chrome.close()


async def test_opens_on_an_example_and_runs_it(server_url: str, browser: Browser) -> None:
    """The page opens on the examples' tabs, runs the first and shows its answer, all from this server."""
    page = browser.page
    await page.goto(server_url)
    assert await page.title() == "龙岗社区图谱"
    await expect(page.locator(".graphiql-query-editor .CodeMirror-code")).to_contain_text("# 打个招呼")
    await expect(page.get_by_role("tab")).to_contain_text(["Greet", "Sum"])

    await page.get_by_role("button", name=re.compile("^Execute")).click()
    await expect(page.locator(".result-window .CodeMirror-code")).to_contain_text('"greet": "Hello, 龙岗!"')

    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=SCREENSHOTS / "graphiql.png")
    assert browser.foreign == []
    assert browser.complaints == []


async def test_every_part_of_the_page_works_under_its_policy(server_url: str, browser: Browser) -> None:
    """Documentation, history, settings and completion open without a complaint about the policy."""
    page = browser.page
    await page.goto(server_url)
    await page.get_by_role("button", name="Show Documentation Explorer").click()
    await page.get_by_role("link", name="Query", exact=True).click()
    await expect(page.locator(".graphiql-doc-explorer-title")).to_have_text("Query")
    await page.screenshot(path=SCREENSHOTS / "graphiql-docs.png")
    await page.get_by_role("button", name="Show History").click()
    await page.get_by_role("button", name="Open short keys dialog").click()
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Open settings dialog").click()
    await page.screenshot(path=SCREENSHOTS / "graphiql-settings.png")
    await page.keyboard.press("Escape")
    await page.get_by_role("tab", name="Sum").click()
    await page.locator(".graphiql-query-editor .CodeMirror-line").last.click()
    await page.keyboard.press("Control+Home")
    await page.keyboard.type("{ ")
    await page.keyboard.press("Control+Space")
    await expect(page.locator(".CodeMirror-hints")).to_contain_text("greet")
    await page.screenshot(path=SCREENSHOTS / "graphiql-hints.png")
    assert browser.foreign == []
    assert browser.complaints == []


async def test_the_browser_forgets_when_its_tab_is_closed(server_url: str, browser: Browser) -> None:
    """Queries and variables, which may be personal, are not left in the browser's lasting storage."""
    page = browser.page
    await page.goto(server_url)
    await page.get_by_role("button", name=re.compile("^Execute")).click()
    await expect(page.locator(".result-window .CodeMirror-code")).to_contain_text("Hello")
    assert await page.evaluate("localStorage.length") == 0


async def test_a_token_is_sent_and_kept_nowhere(server_url: str, browser: Browser) -> None:
    """Entered under Headers as docs/auth.md says, it goes with the question; a reload has forgotten it."""
    page = browser.page
    await page.goto(server_url)
    await page.get_by_role("button", name="Headers", exact=True).click()
    await page.locator(".graphiql-editor-tool .graphiql-editor:not(.hidden) .CodeMirror").click()
    await page.keyboard.insert_text('{"authorization": "Bearer hunter2"}')
    async with page.expect_request(lambda request: request.method == "POST") as asked:
        await page.get_by_role("button", name=re.compile("^Execute")).click()
    assert (await asked.value).headers["authorization"] == "Bearer hunter2"
    await expect(page.locator(".result-window .CodeMirror-code")).to_contain_text("UNAUTHENTICATED")
    await page.wait_for_timeout(700)  # GraphiQL stores its tabs after half a second of quiet
    kept = await page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])")
    assert "Greet" in kept
    assert "hunter2" not in kept
    await page.reload()
    async with page.expect_request(lambda request: request.method == "POST") as again:
        await page.get_by_role("button", name=re.compile("^Execute")).click()
    assert "authorization" not in (await again.value).headers
    assert browser.foreign == []


async def test_a_reload_keeps_the_tabs(server_url: str, browser: Browser) -> None:
    """A reload opens no further tab."""
    page = browser.page
    await page.goto(server_url)
    await page.get_by_role("tab", name="Sum").click()
    await expect(page.locator(".graphiql-query-editor .CodeMirror-code")).to_contain_text("# 两个数的和")
    await page.wait_for_timeout(700)  # GraphiQL stores its tabs after half a second of quiet
    await page.reload()
    await expect(page.get_by_role("tab")).to_contain_text(["Greet", "Sum"])
    await expect(page.locator(".graphiql-query-editor .CodeMirror-code")).to_contain_text("# 两个数的和")


async def test_the_page_names_only_its_own_files(client: httpx.AsyncClient) -> None:
    """Each file of the page is served here with its media type, for ever under its version."""
    page = await client.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; ")
    urls = re.findall(r'(?:src|href)="(/[^"]+)"', page.text)
    assert [url.partition("?")[0] for url in urls] == [
        "/graphiql/graphiql.min.css",
        "/graphiql/page.css",
        "/graphiql/react.production.min.js",
        "/graphiql/react-dom.production.min.js",
        "/graphiql/graphiql.min.js",
        "/graphiql/init.js",
    ]
    for url in urls:
        response = await client.get(url)
        media = "text/css; charset=utf-8" if ".css" in url else "text/javascript; charset=utf-8"
        assert (response.status_code, response.headers["content-type"]) == (200, media)
        assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
        again = await client.get(url, headers={"if-none-match": response.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


async def test_a_file_without_its_version_is_asked_for_again(client: httpx.AsyncClient) -> None:
    """Only an address that names the content may be kept for ever."""
    response = await client.get("/graphiql/init.js?v=other")
    assert (response.status_code, response.headers["cache-control"]) == (200, "no-cache")


async def test_no_other_file_is_served(client: httpx.AsyncClient) -> None:
    """A name that is none of the page's files is not found."""
    assert (await client.get("/graphiql/page.py")).status_code == 404
    assert (await client.get("/graphiql/..%2fpage.py")).status_code == 404


def test_the_files_are_those_of_the_table() -> None:
    """The vendored files have the sums that README.md states."""
    directory = ROOT / "gateway" / "graphiql"
    table = re.findall(
        r"^\| ([\w.-]+) \|.*\| (\w{64}) \|$", (directory / "README.md").read_text("utf-8"), re.MULTILINE
    )
    assert len(table) == 4
    for name, expected in table:
        assert hashlib.sha256((directory / "assets" / name).read_bytes()).hexdigest() == expected
