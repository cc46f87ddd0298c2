"""``cdp serve``: the site as it will be, kept up to date while people write."""

from __future__ import annotations

import threading
from datetime import date
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from cdp import report
from cdp.cli import language
from cdp.cli.build import CACHE, blocking, options, publish
from cdp.cli.check import style
from cdp.cli.ground import Ground, as_of_option, ground, root_option, say, stop
from cdp.engine import EngineError, GuardError
from cdp.rules import run
from cdp.text import T

_RELOAD = """(()=>{let seen=null;const ask=()=>fetch("/.cdp/version",{cache:"no-store"}).then(r=>r.text()).then(v=>{
if(seen!==null&&v!==seen)location.reload();seen=v;setTimeout(ask,0)}).catch(()=>setTimeout(ask,2000));ask()})();"""
_PAUSE = 0.15
"""Seconds without a change before the site is restaged: editors write a file in several steps."""
_HOLD = 20.0
"""Seconds that a browser's question is held open when nothing changes."""


class Preview:
    """The published folder, its version, and the wish to see it anew."""

    def __init__(self, root: Path | None, as_of: date | None, out: Path) -> None:
        self.root, self.as_of, self.out = root, as_of, out
        self.version = 0
        self.changed = threading.Event()
        self._published = threading.Condition()

    def refresh(self) -> None:
        """Restage what changed; show diagnostics, and keep the former site when a build fails."""
        here = ground(self.root, self.as_of)
        repository = here.repository()
        found = run(repository, here.today)
        told = [item for item in found if item.severity == "error"] or blocking(found)
        if told:
            click.echo(
                report.text(told, here.today, report.Looked(len(repository.communities)), language(), style), nl=False
            )
        try:
            publish(here, repository, options(here, self.out, engine="mkdocs", jobs=1, cache=True))
        except EngineError as error:
            click.secho(say(error.message), fg="red")
            return
        except GuardError as error:
            for reason in error.reasons:
                click.secho(say(reason), fg="red")
            return
        with self._published:
            self.version += 1
            self._published.notify_all()
        click.echo(say(T("Site à jour.")))

    def keep_fresh(self) -> None:
        """Refresh after each change, for ever."""
        while True:
            self.changed.wait()
            while self.changed.is_set():
                self.changed.clear()
                self.changed.wait(_PAUSE)
            try:
                self.refresh()
            except SystemExit:
                # mkdocs.yml is wrong for now; the message was said and the preview goes on.
                continue

    def next_version(self, seen: int) -> int:
        """Return the version once it differs from ``seen``, or after a while."""
        with self._published:
            self._published.wait_for(lambda: self.version != seen, _HOLD)
            return self.version


class _Handler(SimpleHTTPRequestHandler):
    """Serves the folder; pages get a script that reloads them."""

    def __init__(self, *args: Any, preview: Preview, **kwargs: Any) -> None:
        self.preview = preview
        # A system may have other ideas (Windows asks its registry), and browsers then refuse modules.
        self.extensions_map = {**self.extensions_map, ".js": "text/javascript"}
        super().__init__(*args, directory=str(preview.out), **kwargs)

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/.cdp/version":
            self._send(str(self.preview.next_version(self.preview.version)).encode(), "text/plain")
        elif path == "/.cdp/reload.js":
            self._send(_RELOAD.encode(), "text/javascript")
        elif path.endswith("/"):
            self._page(Path(self.translate_path(path)) / "index.html")
        else:
            super().do_GET()

    def _page(self, file: Path) -> None:
        try:
            html = file.read_bytes()
        except OSError:
            missing = self.preview.out / "404.html"
            self._send(missing.read_bytes() if missing.exists() else b"404", "text/html", 404)
            return
        self._send(html.replace(b"</body>", b'<script src="/.cdp/reload.js"></script></body>', 1), "text/html")

    def _send(self, data: bytes, kind: str, code: int = 200) -> None:
        self.send_response(code)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: who reads what is nobody's business."""


class _Changes(FileSystemEventHandler):
    def __init__(self, preview: Preview) -> None:
        self.preview = preview

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type in ("opened", "closed_no_write"):
            return
        for path in (event.src_path, event.dest_path):
            parts = Path(str(path)).parts
            if "communities" in parts or "theme" in parts or parts[-1:] == ("mkdocs.yml",):
                self.preview.changed.set()


def watch(preview: Preview, here: Ground) -> Any:
    """Return an observer of the texts, the theme and the settings."""
    observer = Observer()
    changes = _Changes(preview)
    observer.schedule(changes, str(here.root / "communities"), recursive=True)
    if (here.root / "theme").is_dir():
        observer.schedule(changes, str(here.root / "theme"), recursive=True)
    observer.schedule(changes, str(here.root), recursive=False)
    return observer


@click.command()
@root_option
@as_of_option
@click.option("--host", metavar="ADRESSE", default="127.0.0.1", show_default=True, help=say(T("Adresse où écouter.")))
@click.option(
    "--port",
    metavar="N",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help=say(T("Port où écouter.")),
)
def serve(root: Path | None, as_of: date | None, host: str, port: int) -> None:
    """Serve the site and refresh it at each change."""
    here = ground(root, as_of)
    (here.root / CACHE).mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="serve-", dir=here.root / CACHE) as folder:
        preview = Preview(here.root, as_of, Path(folder) / "site")
        preview.refresh()
        try:
            server = ThreadingHTTPServer((host, port), partial(_Handler, preview=preview))
        except OSError:
            stop(
                T("le port {port} est déjà pris", port=port),
                T("Arrêtez l'autre programme, ou choisissez un autre port : cdp serve --port {other}", other=port + 1),
            )
        observer = watch(preview, here)
        observer.start()
        threading.Thread(target=preview.keep_fresh, daemon=True).start()
        click.secho(
            say(
                T("Le site se lit sur http://{host}:{port}/ (Ctrl+C pour arrêter).", host=host, port=server.server_port)
            ),
            fg="green",
        )
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo(say(T("Arrêté.")))
        finally:
            observer.stop()
            observer.join()
            server.server_close()
