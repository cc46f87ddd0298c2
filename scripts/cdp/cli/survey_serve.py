"""``cdp survey serve``."""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
from datetime import date, datetime
from pathlib import Path
from types import FrameType
from zoneinfo import ZoneInfo

import click

from cdp import answers_store
from cdp.cli import refusal
from cdp.cli.ground import Day, ground, root_option, say, stop
from cdp.cli.survey_forms import survey_theme, survey_wording
from cdp.survey.questions import FormError
from cdp.survey.questions import form as make
from cdp.text import T

_TIDY = 60.0
"""Seconds between two rewritings of what was received (see cdp.answers_store)."""


@click.command()
@click.option("--host", metavar="ADRESSE", default="127.0.0.1", show_default=True, help=say(T("Adresse où écouter.")))
@click.option(
    "--port",
    metavar="N",
    default=8765,
    show_default=True,
    type=click.IntRange(0, 65535),
    help=say(T("Port où écouter.")),
)
@click.option("--proxy", metavar="ADRESSE", default="", help=say(T("Adresse du serveur mandataire qui est devant.")))
@click.option("--limit", metavar="N", default=60, show_default=True, type=click.IntRange(0), help=say(T("Réponses par minute du même endroit; 0 : sans limite.")))  # fmt: skip
@click.option("--as-of", "day", type=Day(), default=None, help=say(T("Jour à prendre pour aujourd'hui, AAAA-MM-JJ.")))
@root_option
def serve(host: str, port: int, proxy: str, limit: int, day: date | None, root: Path | None) -> None:
    """Receive answers to the surveys that are open or will be."""
    try:
        from cdp.receiver import Receiver, web
    except ImportError:
        stop(T("la partie qui reçoit les réponses n'est pas installée"), T("Installez-la : pip install 'cdp-saisons[receiver]'"))  # fmt: skip
    here = ground(root, day)
    zone = ZoneInfo(here.settings.timezone)
    fixed = day or here.settings.as_of
    wording, theme = survey_wording(here), survey_theme(here)
    with contextlib.ExitStack() as stack:
        surveys, stores = {}, []
        for community in here.repository().communities:
            for page in community.surveys:
                if not page.readable or page.record.closes < here.today or page.record.results:
                    continue
                try:
                    form = make(community, page, wording)
                    store = stack.enter_context(answers_store.opened(here.root, form.name))
                except (FormError, answers_store.Refused) as error:
                    stop(error.message, error.fix, code=1)
                surveys[form.name] = (form, store.put, community.charter.language)
                stores.append(store)
        if not surveys:
            stop(T("aucun sondage n'est ouvert ni à venir"), T("Préparez-en un : cdp survey new NOM"), code=1)

        receiver = Receiver(
            surveys,
            theme,
            here.settings.survey_receiver,
            (here.settings.site_url,),
            lambda: fixed or datetime.now(zone).date(),
            limit,
        )
        try:
            listener = _listener(host, port)
        except OSError as error:
            stop(T("impossible d'écouter sur {host}:{port} ({reason})", host=host, port=port, reason=refusal(error)), T("Choisissez un autre port avec --port."))  # fmt: skip
        if not receiver.base:
            receiver.settle(f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}")
        stopping = threading.Event()

        def tidy() -> None:
            while not stopping.wait(_TIDY):
                for store in stores:
                    store.tidy()

        def finish(number: int, frame: FrameType | None) -> None:
            stopping.set()

        threading.Thread(target=tidy, daemon=True).start()
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, finish)
        for name in surveys:
            click.echo(f"{receiver.base}/{name}")
        web.serve(receiver, listener, proxy)


def _listener(host: str, port: int) -> socket.socket:
    """Return a socket bound to an address: the first that a name has.

    Raises:
        OSError: the address is not ours, or taken.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(address)
    listener.listen(1024)
    return listener
