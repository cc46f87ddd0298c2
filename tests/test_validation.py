"""Front matter data to records: every fault located, the rest kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from cdp.model.schema import KINDS, schema
from tests.conftest import ROOT, community


def faults(front: str) -> list[tuple[str, int, int, str, str]]:
    index = community(front).index
    assert index is not None
    return [(f.kind, f.place.line, f.place.column, str(f.message), str(f.fix)) for f in index.faults]


@pytest.mark.parametrize(
    ("front", "kind", "line", "message", "fix"),
    [
        ("start_dat: 2026-01-01\n", "unknown_key", 4, "le champ « start_dat » est inconnu", "Écrivez « start_date »"),
        ("Start-Date: 2026-01-01\n", "unknown_key", 4, "le champ « Start-Date » est inconnu", "Écrivez « start_date »"),
        ("titre: Achats\n", "unknown_key", 4, "« titre » est inconnu", "Écrivez « title »"),
        ("Résumé: Achats\n", "unknown_key", 4, "« Résumé » est inconnu", "Écrivez « summary »"),
        ("categories: [a]\n", "unknown_key", 4, "« categories » est inconnu", "Écrivez « tags »"),
        ("date de fin: 2026-12-18\n", "unknown_key", 4, "« date de fin »", "Écrivez « end_date »"),
        ("status: fini\n", "unknown_key", 4, "« status » est inconnu", "Champs connus ici"),
        ("attentes: []\n", "unknown_key", 4, "« attentes »", "« expectations »"),
        ("Têtes-de-réseaux: []\n", "unknown_key", 4, "« Têtes-de-réseaux »", "« network_heads »"),
        ("début: 2026-01-01\n", "unknown_key", 4, "« début »", "« start_date »"),
        ("couleur: bleu\n", "unknown_key", 4, "« couleur » est inconnu", "Champs connus ici"),
        ("kickoff:\n  minute: x.md\n", "unknown_key", 5, "« minute »", "« minutes »"),
        ("seasons:\n  - id: s\n    start_date: 2026-01-01\n    titel: x\n", "unknown_key", 7, "« titel »", "« title »"),
        ("start_date: 28/02/2026\n", "date", 4, "« 28/02/2026 » n’est pas une date", "2026-02-28"),
        ("start_date: 2026-2-3\n", "date", 4, "n’est pas une date", "2026-02-03"),
        ("start_date: 1er mars 2026\n", "date", 4, "n’est pas une date", "2026-03-01"),
        ("start_date: March 4, 2026\n", "date", 4, "n’est pas une date", "2026-03-04"),
        ("start_date: 04/03/2026\n", "date", 4, "n’est pas une date", "2026-03-04"),
        ("start_date: mars 2026\n", "date", 4, "n’est pas une date", "un jour qui existe"),
        ("end_date: null\n", "date", 4, "n’est pas une date", "Effacez la ligne"),
        ("start_date: 2026-02-30\n", "date", 4, "le jour 2026-02-30 n’existe pas", "un jour qui existe"),
        ("start_date: [2026-01-01]\n", "date", 4, "doit être une date", "2026-01-01"),
        ("start_date: true\n", "date", 4, "doit être une date", "AAAA-MM-JJ"),
        ("language: [fr, en]\n", "value", 4, "« language » doit être une seule valeur", "fr, en"),
        ("tags: |\n  a\n  b\n", "value", 4, "« tags » : « a b » n’est pas une liste", "tags: [a, b]"),
        ("language: francais\n", "value", 4, "« francais » n’est pas permis", "fr, en"),
        ("formula:\n  format: remot\n", "value", 5, "« remot »", "Vouliez-vous dire remote"),
        ("formula:\n  rhythm: souvent\n", "value", 5, "« souvent » n’est pas un rythme", "4 semaines"),
        ("survey_every_months: quatre\n", "value", 4, "« quatre » n’est pas un nombre entier", "chiffres"),
        ("survey_every_months: 0\n", "value", 4, "« 0 » n’est pas permis", "1"),
        ("survey_every_months: 13\n", "value", 4, "« 13 » n’est pas permis", "12"),
        (f"survey_every_months: {'9' * 5000}\n", "value", 4, "n’est pas un nombre entier", "en chiffres"),
        ("tags: accueil\n", "value", 4, "« accueil » n’est pas une liste", "tags: [accueil]"),
        ("kickoff: oui\n", "value", 4, "« oui » n’est pas un bloc de champs", "kickoff: {date: …}"),
        ("purpose: [a, b]\n", "value", 4, "doit être un texte", 'purpose: "a, b"'),
        ("objectives:\n  - id: o1\n    text:\n", "value", 6, "le champ « text » est vide", "Donnez-lui une valeur."),
        ("succeeds: Achats Estrie\n", "value", 4, "n’est pas un nom de dossier", "succeeds: achats-estrie"),
        ("kickoff:\n  minutes: ../../b/x.md\n", "value", 5, "n’est pas le chemin", "depuis le dossier"),
        ("kickoff:\n  minutes: /etc/passwd\n", "value", 5, "n’est pas le chemin", "depuis le dossier"),
        ("born_from: a-b-c\n", "value", 4, "n’est pas un besoin", "communauté/sondage/besoin"),
        ("objectives:\n  - text: Sans identifiant\n", "missing", 5, "le champ « id » manque", "id: …"),
        ("objectives:\n  - id: o 1\n    text: x\n", "value", 5, "n’est pas un identifiant", "id: o-1"),
    ],
)
def test_a_fault_is_located_and_says_how_to_fix_it(front: str, kind: str, line: int, message: str, fix: str) -> None:
    ((found_kind, found_line, column, said, cure),) = faults(front)

    assert (found_kind, found_line) == (kind, line)
    assert column >= 1
    assert message in said.replace("\u00a0", " ")
    assert fix in cure.replace("\u00a0", " ")


def test_several_faults_come_one_a_place_in_order() -> None:
    found = faults("start_date: 2026-02-30\nend_dat: x\nlanguage: de\n")

    assert [(kind, line) for kind, line, *_ in found] == [("date", 4), ("unknown_key", 5), ("value", 6)]


def test_two_missing_keys_are_two_faults() -> None:
    found = faults("objectives:\n  - measure: x\n")

    assert [(line, message) for _, line, _, message, _ in found] == [
        (5, "le champ «\u00a0id\u00a0» manque"),
        (5, "le champ «\u00a0text\u00a0» manque"),
    ]


def test_an_empty_key_is_an_absent_one() -> None:
    assert faults("purpose:\nend_date:\n") == []
    assert faults("tags:\nseasons: # à remplir\nformula:\nsurvey_every_months:\nscope: ''\n") == []
    assert faults("kickoff:\n  date:\n  validated:\n") == []


def test_what_fits_is_kept_beside_what_does_not() -> None:
    item = community(
        "start_date: 2026-01-01\nend_date: demain\nobjectives:\n  - {id: o1, text: Un}\n  - {text: Sans id}\n  - {id: o3, text: Trois, outcome: gagné}\n"
    )

    assert str(item.charter.start_date) == "2026-01-01"
    assert [(o.id, o.outcome) for o in item.charter.objectives] == [("o1", "open"), ("o3", "open")]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_schemas_are_valid_and_described(kind: str, lang: str) -> None:
    document = schema(kind, lang)

    Draft202012Validator.check_schema(document)
    for name, field in document["properties"].items():
        assert field.get("description"), name
        assert "|" not in field["description"]
    assert "docstring" not in json.dumps(document)


def test_the_examples_fit_the_schema() -> None:
    import yaml

    class AsEditorsRead(yaml.SafeLoader):
        """Editors read numbers as numbers and dates as text."""

    AsEditorsRead.yaml_implicit_resolvers = {
        letter: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    homes = {
        "charter": "index.md",
        "meeting": "meetings/*.md",
        "note": "notes/**/*.md",
        "survey": "surveys/*.md",
        "season": "seasons/*.md",
    }
    seen = 0
    for kind, pattern in homes.items():
        validator = Draft202012Validator(schema(kind, "fr"))
        for path in sorted((ROOT / "communities").glob(f"*/{pattern}")):
            data = yaml.load(path.read_text(encoding="utf-8").split("---\n")[1], Loader=AsEditorsRead)
            assert [error.message for error in validator.iter_errors(data)] == [], path
            seen += 1
    assert seen > 50


def test_the_examples_exercise_every_field_of_the_charter() -> None:
    from cdp import disk
    from cdp.load import load
    from cdp.model.charter import Charter

    used = {
        key for item in load(disk.read(ROOT)).communities if item.index is not None for key in item.index.document.data
    }
    assert used == {field.alias or name for name, field in Charter.model_fields.items()}


def test_the_editor_is_wired_to_current_schemas() -> None:
    settings = json.loads((ROOT / ".vscode" / "settings.json").read_text(encoding="utf-8"))

    assert len(settings["yaml.schemas"]) == len(KINDS)
    for path, patterns in settings["yaml.schemas"].items():
        stored = json.loads((ROOT / path).read_text(encoding="utf-8"))
        assert stored == schema(Path(path).stem, "fr")
        assert all(list(ROOT.glob(pattern)) for pattern in patterns), patterns
