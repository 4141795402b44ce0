"""The site in Chromium: search, pictures, and errors of the console."""

from __future__ import annotations

import base64
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from chromium import Browser

#: JavaScript: the first picture, its title, and its place in the window.
PICTURE = """(() => {
    const picture = document.querySelector("svg.sockaddr");
    picture.scrollIntoView({block: "center", behavior: "instant"});
    const box = picture.getBoundingClientRect();
    const inside = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return {
        title: picture.querySelector("title").textContent,
        names: [...picture.querySelectorAll("text.name")].map(text => text.textContent),
        bytes: [...picture.querySelectorAll("text.byte")].map(text => text.textContent).join(""),
        width: box.width, height: box.height, window: innerWidth,
        isOnTop: picture.contains(inside),
        text: getComputedStyle(picture.querySelector("text.name")).fill,
        background: getComputedStyle(document.body).backgroundColor,
    };
})()"""


#: JavaScript: headings, names in tables and entries of the sidebar that a line break divides between two letters, or
#: may divide after an underscore at the start. A line break does not divide options.
BROKEN_WORDS = """(() => {
    const broken = [];
    for (const element of document.querySelectorAll("article h1, article h2, .sidebar-tree a, article td code")) {
        const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            const tops = [...node.data].map((_, position) => {
                const range = document.createRange();
                range.setStart(node, position);
                range.setEnd(node, position + 1);
                return range.getBoundingClientRect().top;
            });
            const isOption = /^--?[a-z-]+$/.test(element.textContent);
            if (node.data === "_")
                broken.push(element.textContent);
            for (let position = 1; position < tops.length; position++)
                if ((isOption || /^[A-Za-z0-9]{2}$/.test(node.data.slice(position - 1, position + 1)))
                        && Math.abs(tops[position] - tops[position - 1]) > 5)
                    broken.push(element.textContent);
        }
    }
    return broken;
})()"""


@pytest.fixture
def page(browser: Browser, address: str) -> Any:
    """Return a function that opens a page of the site. After the test, the page must not have errors."""

    def open_page(path: str) -> Browser:
        browser.open(f"{address}/{path}")
        return browser

    yield open_page
    browser.call("Emulation.clearDeviceMetricsOverride")
    browser.call("Emulation.setEmulatedMedia", features=[])


@pytest.mark.parametrize(
    ("words", "target"),
    [("AF_CAN", "families/AF_CAN.html"), ("SO_PEERCRED", "families/AF_UNIX.html"), ("recvmmsg", "api/sockcore.html")],
)
def test_search_finds_page_without_errors(page: Any, words: str, target: str) -> None:
    browser = page(f"search.html?q={words}")
    links = "[...document.querySelectorAll('#search-results li a')].map(a => a.getAttribute('href').split(/[?#]/)[0])"
    assert browser.wait_for(f"{links}.includes('{target}')")
    assert browser.errors() == []


def test_search_form_opens_results(page: Any) -> None:
    browser = page("index.html")
    browser.evaluate("document.querySelector('form.sidebar-search-container input').value = 'AF_CAN'")
    browser.evaluate("document.querySelector('form.sidebar-search-container').submit()")
    assert browser.wait_for("location.pathname.endsWith('/search.html') && document.readyState === 'complete'")
    title = "[...document.querySelectorAll('#search-results li a')].map(a => a.textContent).find(t => t === 'AF_CAN')"
    assert browser.wait_for(title) == "AF_CAN"
    assert browser.errors() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_picture_of_sockaddr_in_is_shown(page: Any, scheme: str) -> None:
    browser = page("index.html")
    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    picture = page("families/AF_INET.html").evaluate(PICTURE)
    assert picture["title"].startswith("struct sockaddr_in on Linux")
    assert picture["names"][:3] == ["sin_family", "sin_port", "sin_addr"]
    assert picture["bytes"] == "0200010201020304" + "00" * 8
    assert picture["width"] > 400
    assert picture["height"] > 100
    assert picture["isOnTop"]
    text, background = _brightness(picture["text"]), _brightness(picture["background"])
    assert abs(text - background) > 128
    assert (background > 128) == (scheme == "light")
    assert browser.errors() == []


def _brightness(color: str) -> float:
    """Return the mean of the channels of "rgb(0, 0, 0)"."""
    channels = [float(channel) for channel in color.partition("(")[2].rstrip(")").split(",")[:3]]
    return sum(channels) / 3


def test_screenshot_has_the_colours_of_the_picture(page: Any, tmp_path: Path) -> None:
    browser = page("families/AF_INET.html")
    browser.call("Emulation.setDeviceMetricsOverride", width=1200, height=800, deviceScaleFactor=1, mobile=False)
    browser.evaluate(PICTURE)
    data = base64.b64decode(browser.screenshot())
    (tmp_path / "af_inet.png").write_bytes(data)  # pytest keeps it
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", data[16:24]) == (1200, 800)
    assert len(data) > 20_000  # an empty page has some hundred bytes


@pytest.mark.parametrize("path", ["index.html", "families/AF_BLUETOOTH.html", "tutorial/tcp.html", "api/sockcore.html"])
def test_page_fits_narrow_window(page: Any, path: str) -> None:
    browser = page("index.html")
    browser.call("Emulation.setDeviceMetricsOverride", width=390, height=800, deviceScaleFactor=2, mobile=True)
    browser = page(path)
    assert browser.evaluate("document.documentElement.scrollWidth") <= 390
    assert browser.errors() == []


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize(
    "path",
    [
        "api/sockcore_linux_misc.packet_ring.html",
        "api/constants-sockcore-linux-misc.html",
        "architecture.html",
        "commands.html",
        "families/AF_INET.html",
    ],
)
def test_long_names_break_between_words(page: Any, path: str, width: int) -> None:
    browser = page("index.html")
    browser.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
    browser = page(path)
    assert browser.evaluate(BROKEN_WORDS) == []


def test_pages_have_no_errors(browser: Browser, address: str, site: Path) -> None:
    """All pages would take a minute: one of each generator, and one of each folder."""
    paths = ["index.html", "genindex.html", "architecture.html", "performance.html"]
    for folder in ("families", "tutorial", "how-to", "explanation", "reference"):
        paths += [path.relative_to(site).as_posix() for path in sorted((site / folder).glob("*.html"))[:3]]
    paths += ["api/sockcore.plugin.html", "api/constants-sockcore-can.html", "api/distribution-sockcore-can.html"]
    errors = {}
    for path in paths:
        browser.open(f"{address}/{path}")
        errors[path] = browser.errors()
    assert {path: found for path, found in errors.items() if found} == {}


def test_browser_reports_errors(browser: Browser, address: str) -> None:
    """The tests above can fail: a failing script, a call of console.error and a missing file are reported."""
    browser.open(f"{address}/index.html")
    browser.evaluate("setTimeout(() => missing(), 0)")
    browser.evaluate("console.error('printed')")
    browser.evaluate("fetch('missing.html').then(() => new Promise(done => setTimeout(done, 100)))")
    errors = "\n".join(browser.errors())
    assert "missing is not defined" in errors
    assert "printed" in errors
    assert "404" in errors
