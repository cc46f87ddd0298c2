"""What an export says of itself: RO-Crate (1.1), for repositories of data, and CITATION.cff (1.2.0), for people who cite."""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from cdp.model.community import Community
from cdp.model.registry import digest
from cdp.site.described import licence

CRATE = "ro-crate-metadata.json"
CITATION = "CITATION.cff"


def crate(community: Community, files: Mapping[str, bytes], address: str) -> bytes:
    """Return the RO-Crate of an export.

    Args:
        community: an archive.
        files: what the export holds, by path.
        address: of the community's page, or "".
    """
    charter, freeze = community.charter, community.freeze
    assert freeze is not None
    known = licence(charter.license)
    dataset: dict[str, Any] = {
        "@id": "./",
        "@type": "Dataset",
        "name": community.title,
        "description": charter.summary or community.title,
        "datePublished": freeze.date.isoformat() if freeze.date else None,
        "temporalCoverage": _life(community),
        "inLanguage": charter.language,
        "keywords": ", ".join(charter.tags) or None,
        "spatialCoverage": ", ".join(charter.regions) or None,
        "license": {"@id": known[1]} if known else charter.license,
        "identifier": f"sha256:{freeze.digest}",
        "url": address or None,
        "creator": {"@id": "#community"},
        "hasPart": [{"@id": quote(path)} for path in sorted(files)],
    }
    graph: list[dict[str, Any]] = [
        {
            "@id": CRATE,
            "@type": "CreativeWork",
            "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
            "about": {"@id": "./"},
        },
        {key: value for key, value in dataset.items() if value is not None},
        {"@id": "#community", "@type": "Organization", "name": community.title},
    ]
    if known:
        graph.append({"@id": known[1], "@type": "CreativeWork", "name": charter.license, "identifier": known[0]})
    graph += [_file(path, data) for path, data in sorted(files.items())]
    document = {"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": graph}
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _file(path: str, data: bytes) -> dict[str, Any]:
    kind = "text/markdown" if path.endswith(".md") else mimetypes.guess_type(path)[0]
    entry = {"@id": quote(path), "@type": "File", "name": path.rpartition("/")[2], "contentSize": str(len(data))}
    return entry | ({"encodingFormat": kind} if kind else {}) | {"sha256": digest(data)}


def _life(community: Community) -> str | None:
    start, end = community.charter.start_date, community.charter.end_date
    return f"{start.isoformat()}/{end.isoformat()}" if start and end else None


def citation(community: Community, address: str) -> bytes:
    """Return ``CITATION.cff``; the author is the community, so that nobody is named who did not ask for it."""
    charter, freeze = community.charter, community.freeze
    known = licence(charter.license)
    fields: list[tuple[str, Any]] = [
        ("cff-version", "1.2.0"),
        ("message", "Pour citer cette archive. To cite this archive."),
        ("type", "dataset"),
        ("title", community.title),
        ("abstract", charter.summary),
        ("authors", [{"name": community.title}]),
        ("date-released", freeze.date.isoformat() if freeze and freeze.date else None),
        ("keywords", list(charter.tags) or None),
        ("license", known[0] if known else None),
        ("url", address or None),
    ]
    # Each value is JSON, which is YAML; the keys are plain.
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in fields if value is not None]
    return ("\n".join(lines) + "\n").encode()
