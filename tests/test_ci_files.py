"""What forges run by themselves: valid against the published schemas, least rights, pinned, no way in for members' text."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from cdp import __version__
from cdp.cli import COMMANDS
from cdp.cli.new import FORGES, workflows
from tests.conftest import ROOT, Cdp, write

SCHEMAS = {"github": "vendor.github-workflows", "gitlab": "vendor.gitlab-ci", "forgejo": "vendor.github-workflows"}
FILES = [(forge, path, text) for forge in FORGES for path, text in workflows(forge).items()]
ACTIONS = [file for file in FILES if file[0] != "gitlab"]


def named(files: list[tuple[str, str, str]]) -> Any:
    return pytest.mark.parametrize(
        ("forge", "path", "text"), files, ids=[f"{forge}:{Path(path).name}" for forge, path, _ in files]
    )


def scripts(data: Any) -> list[str]:
    """Every text that a shell runs."""
    if isinstance(data, dict):
        found = [
            text
            for key in ("run", "script", "before_script")
            for text in ([data[key]] if isinstance(data.get(key), str) else data.get(key) or [])
        ]
        return found + [text for value in data.values() for text in scripts(value)]
    return [text for value in data for text in scripts(value)] if isinstance(data, list) else []


@named(FILES)
def test_it_fits_the_published_schema(forge: str, path: str, text: str, tmp_path: Path) -> None:
    file = tmp_path / "ci.yml"
    file.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", SCHEMAS[forge], str(file)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


@named(ACTIONS)
def test_rights_are_the_least(forge: str, path: str, text: str) -> None:
    data = yaml.safe_load(text)

    assert data["permissions"] == {}
    assert "concurrency" in data
    assert ("pull_request_target" in text) == path.endswith("cdp-archives.yml")
    for name, job in data["jobs"].items():
        assert job["timeout-minutes"] <= 30
        writes = {right for right, level in job["permissions"].items() if level == "write"}
        assert writes <= {"deploy": {"pages", "id-token"}, "remind": {"issues"}}.get(name, set())


@named(ACTIONS)
def test_actions_are_pinned_by_commit_and_keep_no_credentials(forge: str, path: str, text: str) -> None:
    for line in re.findall(r"uses:.*", text):
        assert re.fullmatch(r"uses: actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)
    assert text.count("actions/checkout@") == text.count("persist-credentials: false")


@named(FILES)
def test_no_expression_is_put_into_a_script(forge: str, path: str, text: str) -> None:
    found = scripts(yaml.safe_load(text))

    assert found
    assert not [script for script in found if "${{" in script or "eval " in script]


@named(FILES)
def test_scripts_are_good_shell(forge: str, path: str, text: str) -> None:
    for script in scripts(yaml.safe_load(text)):
        done = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        unquoted = re.sub(r"'[^']*'|\"[^\"]*\"|<<'PYTHON'.*", "", script, flags=re.DOTALL)
        assert "$" not in unquoted.replace("$(", "").replace("\\\n", ""), script


@named(FILES)
def test_every_cdp_command_is_one_that_exists(forge: str, path: str, text: str) -> None:
    from importlib import import_module

    said = [line for script in scripts(yaml.safe_load(text)) for line in re.findall(r"(?m)^\s*cdp (\w+)(.*)$", script)]

    assert said
    for name, rest in said:
        module, function = COMMANDS[name][0].split(":")
        command = getattr(import_module(module), function)
        for word in rest.split()[:1]:
            command = getattr(command, "commands", {}).get(word, command)
        known = {word for option in command.params for word in option.opts}
        assert set(re.findall(r"(?<=\s)--?[a-z]+", rest)) <= known | {"--base"}


def test_a_pull_request_is_compared_with_the_whole_history() -> None:
    github = yaml.safe_load(workflows("github")[".github/workflows/cdp-check.yml"])["jobs"]["check"]["steps"]

    assert github[0]["with"]["fetch-depth"] == 0
    assert 'GIT_DEPTH: "0"' in workflows("gitlab")[".gitlab-ci.yml"]
    assert "--base" in "".join(scripts(github))


def test_archives_are_judged_by_the_target_branch_alone() -> None:
    """The one workflow that runs with the target's rights puts nothing of the proposal on the disk."""
    for forge, path, text in ACTIONS:
        if "pull_request_target" in text:
            for name, job in yaml.safe_load(text)["jobs"].items():
                assert job["permissions"] == {"contents": "read"}, (forge, path, name)
                assert all(
                    set(step.get("with", {})) <= {"fetch-depth", "persist-credentials", "python-version"}
                    for step in job["steps"]
                )
            said = "".join(scripts(yaml.safe_load(text)))
            assert "checkout" not in said or "checkout --quiet --detach refs/cdp/base" in said
            assert "cdp archive verify --base" in said
            assert "cdp archive verify --full" in said


@pytest.mark.parametrize("forge", [*FORGES, "none"])
def test_init_copies_the_files_of_the_forge(forge: str, cdp: Cdp, tmp_path: Path) -> None:
    cdp("init", tmp_path / "base", "--forge", forge)
    found = {path.relative_to(tmp_path / "base").as_posix() for path in (tmp_path / "base").rglob("*.yml")}

    assert found - {"mkdocs.yml"} == set(FORGES.get(forge, {}).values())
    for path in found - {"mkdocs.yml"}:
        text = (tmp_path / "base" / path).read_text(encoding="utf-8")
        assert f'CDP: "cdp-saisons=={__version__}"' in text
        assert "{{cdp}}" not in text


def test_this_repository_uses_what_it_ships() -> None:
    for path, text in workflows("github", ".").items():
        assert (ROOT / path).read_text(encoding="utf-8") == text


# pre-commit


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=T", "-c", "user.email=t@exemple.test", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_the_hook_is_declared_as_pre_commit_wants() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_the_hook_checks_the_communities_of_the_commit(small_base: Path, tmp_path: Path) -> None:
    hook = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))[0]
    hook |= {"language": "system", "entry": f"{sys.executable} -m cdp check"}
    hook.pop("language_version")
    (small_base / ".pre-commit-config.yaml").write_text(
        yaml.safe_dump({"repos": [{"repo": "local", "hooks": [hook]}]}), encoding="utf-8"
    )
    slugs = sorted(path.name for path in (small_base / "communities").iterdir())[:2]
    git(small_base, "init", "-q")
    git(small_base, "add", "-A")
    git(small_base, "commit", "-qm", "x")
    for slug in slugs:
        (small_base / "communities" / slug / "notes").mkdir(exist_ok=True)
        (small_base / "communities" / slug / "notes" / "x.md").write_text("---\ndate: non\n---\n", encoding="utf-8")
    git(small_base, "add", "communities")
    git(small_base, "reset", "-q", "communities/" + slugs[1])
    env = {
        "PRE_COMMIT_HOME": str(tmp_path / "cache"),
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "HOME": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "run"],
        cwd=small_base,
        capture_output=True,
        text=True,
        check=False,
        env=env,
    )

    assert done.returncode == 1, done.stdout + done.stderr
    assert f"communities/{slugs[0]}/notes/x.md" in done.stdout
    assert f"communities/{slugs[1]}/" not in done.stdout

    # A commit that only removes a page is checked too.
    (small_base / "communities" / slugs[1] / "notes" / "x.md").write_text("Voir [y](y.md).\n", encoding="utf-8")
    (small_base / "communities" / slugs[1] / "notes" / "y.md").write_text("Y.\n", encoding="utf-8")
    (small_base / "communities" / slugs[0] / "notes" / "x.md").unlink()
    git(small_base, "add", "-A")
    git(small_base, "commit", "-qm", "y")
    git(small_base, "rm", "-q", f"communities/{slugs[1]}/notes/y.md")
    words = [sys.executable, "-m", "pre_commit", "run"]
    done = subprocess.run(words, cwd=small_base, capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "CDP901" in done.stdout


def test_files_name_their_communities(small_base: Path, cdp: Cdp) -> None:
    slugs = sorted(path.name for path in (small_base / "communities").iterdir())
    for slug in slugs[:2]:
        (small_base / "communities" / slug / "notes").mkdir(exist_ok=True)
        (small_base / "communities" / slug / "notes" / "x.md").write_text("---\ndate: non\n---\n", encoding="utf-8")

    def found(*words: str) -> set[str]:
        said = cdp("check", *words, "--as-of", "2026-11-24", cwd=small_base, code=None).stdout
        return set(re.findall(r"communities/([^/]+)/notes/x\.md:2", said))

    first, second = slugs[:2]
    assert found(f"communities/{first}/notes/x.md") == {first}
    assert found(f"communities/{first}/index.md", f"communities/{second}/gone.md") == {first, second}
    assert found(f"communities/{first}/") == {first}
    assert found(first) == {first}
    assert found("mkdocs.yml") == {first, second}
    assert found(f"communities/{first}/index.md", "communities/gone/index.md") == {first, second}


def test_actions_can_be_linted_by_their_own_tool() -> None:
    tool = shutil.which("zizmor", path=str(Path(sys.executable).parent))
    assert tool is not None, "zizmor is one of the test requirements"
    done = subprocess.run(
        [tool, "--offline", "--no-progress", str(ROOT / ".github" / "workflows")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_what_is_said_of_one_community_does_not_depend_on_how_little_is_read(small_base: Path, cdp: Cdp) -> None:
    write(
        small_base,
        {
            "communities/a/notes/x.md": "---\ndate: non\nauthors: [{name: Eve Roy, agreed: 2026-01-01}]\n---\n"
            "[ici](../../b/notes/%79.md#la) [rien](../../b/notes/y.md#rien) [parti](../../b/notes/z.md)\n",
            "communities/b/notes/y.md": "# Y\n\n## Là\n",
            "communities/b/notes/w.md": "---\nauthors: [{name: Ève Roy, agreed: 2026-01-01}]\n---\n",
            "communities/c/index.md": "---\ntitle: C\nsummary: x\nsucceeds: a\n---\n",
        },
    )

    def said(*words: str) -> list[dict[str, object]]:
        done = cdp("check", *words, "--root", small_base, "--as-of", "2026-11-24", "--format", "json", code=None)
        found: list[dict[str, object]] = json.loads(done.stdout)["diagnostics"]
        return found

    everything = said()
    assert {item["rule"] for item in everything} >= {"CDP009", "CDP305", "CDP901", "CDP902"}
    for slug in ("a", "b", "c"):
        assert said(slug) == [item for item in everything if item["community"] == slug]


@pytest.mark.slow
def test_the_steps_of_a_pull_request_annotate_what_the_branch_changed(small_base: Path, tmp_path: Path) -> None:
    git(small_base, "init", "-q", "-b", "main")
    git(small_base, "add", "-A")
    git(small_base, "commit", "-qm", "x")
    git(tmp_path, "clone", "-q", str(small_base), "clone")
    clone = tmp_path / "clone"
    git(clone, "checkout", "-q", "-b", "proposed")
    write(clone, {"communities/a/notes/x.md": "---\ndate: non\n---\n"})
    git(clone, "add", "-A")
    git(clone, "commit", "-qm", "y")
    steps = yaml.safe_load(workflows("github")[".github/workflows/cdp-check.yml"])["jobs"]["check"]["steps"]
    env = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "GITHUB_BASE_REF": "main",
        "RUNNER_TEMP": str(tmp_path),
    }

    def ran(name: str) -> subprocess.CompletedProcess[str]:
        script = next(step["run"] for step in steps if step.get("name") == name)
        return subprocess.run(
            ["bash", "-e", "-c", script], cwd=clone, env=env, capture_output=True, text=True, check=False
        )

    done = ran("Vérifier")
    assert done.returncode == 1, done.stderr
    assert re.search(
        r"^::error file=communities/a/notes/x\.md,line=2,col=\d+,title=CDP009 not-a-date::", done.stdout, re.MULTILINE
    )
    assert "Comparé" in done.stdout or "main" in done.stdout
    assert ran("Publier à blanc").returncode == 1
    (clone / "communities/a/notes/x.md").unlink()
    git(clone, "commit", "-qam", "z")
    assert ran("Vérifier").returncode == 0
    assert ran("Publier à blanc").returncode == 0
    assert (tmp_path / "site" / "index.html").is_file()


# One issue, kept up to date


class Forge(ThreadingHTTPServer):
    """Answers as Forgejo and GitLab do about issues, from memory; lists come by pages of two."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.issues: list[dict[str, Any]] = [
            {"title": f"Autre {n}", "body": "", "labels": "", "number": n} for n in (1, 2, 3)
        ]
        self.tokens: set[str] = set()


class _Answer(BaseHTTPRequestHandler):
    server: Forge

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _answer(self, data: object) -> None:
        self.server.tokens.add(self.headers.get("Authorization") or self.headers.get("PRIVATE-TOKEN") or "")
        body = json.dumps(data).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _given(self) -> dict[str, str]:
        raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.headers["Content-Type"] == "application/json":
            return dict(json.loads(raw))
        given = {key: values[0] for key, values in parse_qs(raw).items()}
        return {"body" if key == "description" else key: value for key, value in given.items()}

    def do_GET(self) -> None:
        asked = {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}
        found = [each for each in self.server.issues if asked.get("labels", "") in each["labels"]]
        first = 2 * (int(asked.get("page", "1")) - 1)
        self._answer([each | {"iid": each["number"]} for each in found[first : first + 2]])

    def do_POST(self) -> None:
        issue = {"labels": "", **self._given(), "number": len(self.server.issues) + 1}
        self.server.issues.append(issue)
        self._answer(issue)

    def do_PATCH(self) -> None:
        issue = self.server.issues[int(self.path.rsplit("/", 1)[1]) - 1]
        issue.update(self._given())
        self._answer(issue)

    def do_PUT(self) -> None:
        self.do_PATCH()


@pytest.fixture
def forge() -> Iterator[Forge]:
    with Forge() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()


GH = """#!/usr/bin/env python3
import json, pathlib, sys
words, state = sys.argv[1:], pathlib.Path(__file__).with_name("issues.json")
issues = json.loads(state.read_text()) if state.exists() else []
after = lambda word: words[words.index(word) + 1]
if words[:2] == ["issue", "list"]:
    print(issues[0]["number"] if issues else "")
elif words[:2] == ["issue", "create"]:
    body = pathlib.Path(after("--body-file")).read_text()
    issues.append({"number": 4, "title": after("--title"), "labels": after("--label"), "body": body})
elif words[:2] == ["issue", "edit"]:
    assert words[2] == "4"
    issues[0]["body"] = pathlib.Path(after("--body-file")).read_text()
elif words[:2] != ["label", "create"]:
    sys.exit(f"unknown: {words}")
state.write_text(json.dumps(issues))
"""


@pytest.mark.parametrize("name", list(FORGES))
def test_the_scheduled_run_keeps_one_issue_up_to_date(
    name: str, forge: Forge, small_base: Path, tmp_path: Path
) -> None:
    if name == "gitlab" and shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    work = tmp_path / "work"
    (work / "bin").mkdir(parents=True)
    (work / "bin" / "gh").write_text(GH, encoding="utf-8")
    (work / "bin" / "gh").chmod(0o755)
    if name == "gitlab":
        script = "\n".join(yaml.safe_load(workflows(name)[".gitlab-ci.yml"])["cdp-remind"]["script"])
    else:
        text = next(text for path, text in workflows(name).items() if "cdp due" in text)
        steps = yaml.safe_load(text)["jobs"]["remind"]["steps"]
        wanted = ("Écrire les rappels", "Tenir le ticket à jour")
        script = "\n".join(step["run"] for step in steps if step.get("name") in wanted)
    server = f"http://127.0.0.1:{forge.server_address[1]}"
    env = {
        "PATH": f"{work / 'bin'}:{Path(sys.executable).parent}:/usr/bin:/bin",
        "HOME": str(work),
        "RUNNER_TEMP": str(work),
        "GITHUB_STEP_SUMMARY": str(work / "summary.md"),
        "GITHUB_SERVER_URL": server,
        "GITHUB_REPOSITORY": "nous/base",
        "TOKEN": "secret",
        "CDP_TOKEN": "secret",
        "CI_API_V4_URL": server,
        "CI_PROJECT_ID": "7",
        "LC_ALL": "C.UTF-8",
    }

    def issues() -> list[dict[str, Any]]:
        done = subprocess.run(
            ["bash", "-e", "-c", script.replace("/tmp/due.md", str(work / "due.md"))],
            cwd=small_base,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "secret" not in done.stdout + done.stderr
        if name == "github":
            found: list[dict[str, Any]] = json.loads((work / "bin" / "issues.json").read_text(encoding="utf-8"))
            return found
        assert all(token.endswith("secret") for token in forge.tokens)
        return forge.issues[3:]

    (first,) = issues()
    write(small_base, {"communities/a/index.md": LATE})
    (second,) = issues()

    assert first["title"] == "Ce qui vient, ce qui est en retard"
    assert second["number"] == 4
    assert "L'accueil & vous" not in first["body"]
    assert "accueil &" in second["body"].replace("&amp;", "&").replace("\\", "")


LATE = (
    "---\ntitle: L'accueil & vous\nsummary: x\nstart_date: 2020-02-03\nend_date: 2020-12-18\n"
    "kickoff: {date: 2020-02-03, validated: [formula, objectives, expectations]}\n---\n"
)
