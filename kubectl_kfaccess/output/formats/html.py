"""
Format `html`: one page that needs nothing else: no request, no font, no script from elsewhere.

Jinja2 escapes every text. The policy of the page (CSP) names the hashes of its own style and script, so a
browser runs no other, even if a text were to become markup.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from kubectl_kfaccess.output.style import Format, Style

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.envelope import Response

TEMPLATES = Path(__file__).with_name("templates")
# What ends a script element, and what older browsers take for the end of a line
_IN_SCRIPT = {
    ord("<"): "\\u003c",
    ord(">"): "\\u003e",
    ord("&"): "\\u0026",
    0x2028: "\\u2028",
    0x2029: "\\u2029",
}


def render(response: Response, _style: Style) -> Iterator[str]:
    """Yield the page; nothing if the report has none."""
    if response.report.page is None:
        return
    template, texts = response.report.page()
    environment = _environment()
    style, script = _source(template, "css"), _source(template, "js")
    yield environment.get_template(template).render(
        texts,
        style=Markup(style),  # noqa: S704 # our own file
        script=Markup(script),  # noqa: S704 # our own file
        policy=f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}';"
        " base-uri 'none'; form-action 'none'",
    )


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["code"] = with_code
    environment.filters["json_in_script"] = json_in_script
    return environment


def with_code(text: str) -> Markup:
    """Return *text* as HTML, what stands between two backticks as code."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:  # a name has a backtick of its own
        return escape(text)
    marked = (
        Markup("<code>{}</code>").format(piece) if at % 2 else escape(piece)
        for at, piece in enumerate(pieces)
    )
    return Markup("").join(marked)


def json_in_script(data: object) -> Markup:
    """Return *data* as JSON that no character of can end the script element in which it stands."""
    text = msgspec.json.encode(data).decode("utf-8")
    return Markup(text.translate(_IN_SCRIPT))  # noqa: S704 # its special characters are escaped


def _source(template: str, ending: str) -> str:
    """Return the style or the script that belongs to the template."""
    return TEMPLATES.joinpath(template.replace("html.j2", ending)).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """Return the hash of an inline element as a policy names it."""
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"


FORMATS = (Format("html", "a page for a browser, without a server", "html", render),)
