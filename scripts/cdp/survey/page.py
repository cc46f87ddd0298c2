"""A form as one accessible page that needs nothing else: no file, no library, no JavaScript to be filled in.

The receiver, the site and ``cdp survey form --format html`` give the same page. Its policy (CSP) allows the style and
the script that it holds, by their digests, and sending to the receiver alone.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlsplit

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from cdp.markup import MAIL
from cdp.survey.columns import table_label
from cdp.survey.questions import ITEMS, Form, Item, Question
from cdp.text import N, T, Text, translate

LONGEST = 4000
"""Most characters of a text answer: what a page says and the receiver holds to."""


def page(
    form: Form,
    theme: Mapping[str, str],
    lang: str,
    *,
    receiver: str = "",
    values: Mapping[str, Sequence[str]] | None = None,
    errors: Mapping[str, Text] | None = None,
    hidden: Mapping[str, str] | None = None,
    other: str = "",
) -> str:
    """Return the page of a form.

    Args:
        form: the form.
        theme: texts of ``theme/survey/``: ``form.html``, ``form.css``, ``form.js``.
        lang: "fr" or "en".
        receiver: address that receives the answers of all surveys, or "" when nothing does.
        values: what was answered, to show it again.
        errors: what is wrong, by question id ("" for the whole form).
        hidden: more fields, such as ``key`` and ``token``.
        other: address of the same form in the other language, or "".
    """
    style, script = theme["form.css"], theme["form.js"]
    action = address(form, receiver) if receiver else ""
    mail = MAIL.search(form.contact)
    if mail is not None and not receiver:
        action = f"mailto:{mail[0]}"
    return _environment(theme, lang).get_template("form.html").render(
        form=form,
        lang=lang,
        n=1 if lang == "en" else 0,
        action=action,
        subject=quote(form.title.say(lang)),
        receiver=bool(receiver),
        mail=mail[0] if mail else "",
        csp=policy(style, script, action),
        style=style,
        script=script,
        values=values or {},
        errors=errors or {},
        hidden=hidden or {},
        other=other,
        longest=LONGEST,
    )  # fmt: skip


def sheet(form: Form, theme: Mapping[str, str], lang: str) -> str:
    """Return a form to print and fill in with a pen."""
    style = theme["form.css"]
    template = _environment(theme, lang).get_template("paper.html")
    n = 1 if lang == "en" else 0
    return template.render(form=form, lang=lang, n=n, csp=policy(style, "", ""), style=style)


def thanks(form: Form, theme: Mapping[str, str], lang: str, message: Text, *, again: str = "") -> str:
    """Return the page that a receiver shows after an answer, or in place of a form that is not open."""
    style = theme["form.css"]
    template = _environment(theme, lang).get_template("thanks.html")
    n = 1 if lang == "en" else 0
    return template.render(
        form=form, lang=lang, n=n, csp=policy(style, "", ""), style=style, message=message, again=again
    )


def address(form: Form, receiver: str) -> str:
    """Return where a form is sent: ``<receiver>/<slug>/<id>``."""
    return f"{receiver.rstrip('/')}/{quote(form.slug)}/{quote(form.survey)}"


def policy(style: str, script: str, action: str) -> str:
    """Return the content security policy of a page that holds one style and one script and sends to ``action``."""
    target = "mailto:" if action.startswith("mailto:") else action or "'none'"
    parts = urlsplit(target)
    if parts.scheme in ("http", "https"):
        # Browsers hold redirections to the policy too: the whole folder of the survey is allowed, nothing beside it.
        target = f"{parts.scheme}://{parts.netloc}{parts.path}"
    return (
        f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}; img-src data:; "
        f"base-uri 'none'; form-action {target}"
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" if text else "'none'"


def _environment(theme: Mapping[str, str], lang: str) -> Environment:
    environment = Environment(
        loader=DictLoader({name: text for name, text in theme.items() if name.endswith(".html")}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        _=lambda message, **args: translate(T(message, **args), lang),
        n_=lambda message, plural, n, **args: translate(N(message, plural, n, **args), lang),
        say=lambda text: translate(text, lang),
        heading=_heading,
        tongue=lambda form, asked: _tongue(form, asked, lang),
    )
    return environment


def _tongue(form: Form, asked: Item | Question, lang: str) -> Markup:
    """Return the attribute of what is asked in words of another language than that of the page, or nothing."""
    language = lang
    if isinstance(asked, Question) and asked.subject:
        language = form.language
    elif asked.id not in ITEMS and asked.label.fr == asked.label.en:
        # A question that a community added and did not translate.
        language = "fr"
    return Markup(' lang="{}"').format(language) if language != lang else Markup("")


def _heading(item: Item, rows: tuple[Question, ...], n: int) -> str:
    """Return what heads one of several tables of an item, or "" when the item's own heading says it."""
    return table_label(item, rows)[n] if rows[0].kind == "row" and item.asks else ""
