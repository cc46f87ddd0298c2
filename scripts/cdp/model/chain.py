"""What a site says of its archives to programs: ``/.well-known/cdp-archives.json`` (RFC 8615), version 1.

Whoever keeps a copy can tell later whether a record was changed, taken out or put between: each holds the hash of the
one before, and ``head`` is that of the last.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from cdp.model.charter import Outcome
from cdp.model.fields import Slug
from cdp.model.registry import Sha256, Tree


class _Published(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ChainRecord(_Published):
    """A record of the registry."""

    number: int = Field(ge=1, description="Rang dans son archive|Rank in its archive")
    kind: Literal["freeze", "redaction", "note"] = Field(
        description="Gel, caviardage permis ou note|Freeze, lawful redaction or note"
    )
    date: str = Field(description="Date, AAAA-MM-JJ|Date, YYYY-MM-DD")
    sha256: Sha256 = Field(description="SHA-256 des octets du registre|SHA-256 of the record's bytes")
    previous: Sha256 | None = Field(
        description="SHA-256 du registre précédent dans toute la chaîne; null pour le premier"
        "|SHA-256 of the record before in the whole chain; null for the first"
    )
    outcome: Outcome | None = Field(None, description="Issue de la vie, pour un gel|Outcome of the life, for a freeze")


class ChainArchive(_Published):
    """An archived community."""

    slug: Slug = Field(description="Identifiant, pour toujours|Identifier, for ever")
    title: str | None = Field(description="Titre|Title")
    url: str = Field(
        description="Adresse de sa page; relative à la racine du site si le site n'a pas d'adresse"
        "|Address of its page; relative to the site's root when the site has no address"
    )
    files: int | None = Field(description="Nombre de fichiers figés|Number of frozen files")
    tree: Tree | None = Field(description="Nom que Git donne au dossier figé|Git's name of the frozen folder")
    records: tuple[ChainRecord, ...] = Field(description="Ses registres, dans l'ordre|Its records, in order")


class Chain(_Published):
    """The registry's chain."""

    version: Literal[1] = Field(description="Version de ce format|Version of this format")
    head: Sha256 = Field(description="SHA-256 du dernier registre de la chaîne|SHA-256 of the chain's last record")
    archives: tuple[ChainArchive, ...] = Field(description="Les archives, par identifiant|The archives, by identifier")
