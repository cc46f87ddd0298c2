"""The contact bank: imports that lose nothing, duplicates merged by hand, forgetting, hand-over, and no leak."""

from __future__ import annotations

import csv
import io
import stat
import subprocess
from datetime import date
from email import message_from_string, policy
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from cdp import disk
from cdp.facilitation.recruit import cards, sheets
from cdp.facilitation.recruit import contacts as banks
from cdp.facilitation.recruit.contacts import Consent, Contact, Unusable
from cdp.facilitation.recruit.duplicates import pairs
from cdp.facilitation.recruit.pipeline import advance, board
from cdp.load import load
from tests.conftest import Cdp, charter, community, tree, write

TODAY = date(2026, 11, 24)
OUTLOOK = (
    '"Prénom","Nom","Société","Titre","Adresse de messagerie","Tél. (bureau)","Notes","Anniversaire"\r\n'
    '"Élodie","Côté-Gagné","Fablab de l\'Estrie","Directrice","elodie@exemple.invalid","819 555-0101","Ligne 1\r\nLigne 2","1980-01-01"\r\n'
)
GOOGLE = (
    "First Name,Last Name,Organization Name,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Value,Labels\n"
    "Ahmed,Ben Salah,Coop du Lac,* Work,ahmed@exemple.invalid ::: a2@exemple.invalid,418-555-0102,* myContacts\n"
)
SHEET = "Nom;Organisme;Courriel;Réseau;Région;Secteur;Code interne\nZoé Œuvrard;Maison d'été;zoe@exemple.invalid;Maisons de quartier;Estrie;Santé|Loisir;X-9\n"
CARDS = """BEGIN:VCARD
VERSION:3.0
FN:Noémie Gaudrault
N:Gaudrault;Noémie;;;
ORG:Coopérative des Trois-Pignons;Chantiers
EMAIL;TYPE=WORK:noemie@exemple.invalid
TEL;TYPE=CELL:+1 418 555-0103
X-SKYPE:noemie.g
END:VCARD
BEGIN:VCARD
VERSION:4.0
FN:Réal Matteau
EMAIL:real@exemple.invalid
TEL;VALUE=uri:tel:+1-819-555-0104
NOTE:Préfère le téléphone\\, le matin
KIND:individual
END:VCARD
BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Tr=C3=A9panier;Zo=C3=A9
FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Zo=C3=A9 Tr=C3=A9panier
END:VCARD
"""


# Imports


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_outlook_in_any_encoding(encoding: str) -> None:
    ((found,), *_) = sheets.table(sheets.decoded(OUTLOOK.encode(encoding)))

    assert (found["name"], found["organization"], found["role"]) == (
        "Élodie Côté-Gagné",
        "Fablab de l'Estrie",
        "Directrice",
    )
    assert found["emails"] == ("elodie@exemple.invalid",)
    assert found["phones"] == ("819 555-0101",)
    assert found["note"] == "Ligne 1\nLigne 2"
    assert found["other"] == {"Anniversaire": ("1980-01-01",)}


def test_the_second_title_of_outlook_in_french_is_the_job_and_regions_have_several_names() -> None:
    ((found,), *_) = sheets.table(
        "Titre,Prénom,Nom,Société,Dép/Région (bureau),Titre\nMme,Ana,Roy,Coop,Mauricie,Directrice\n"
    )
    assert (found["role"], found["region"], found["other"]) == ("Directrice", "Mauricie", {"Titre": ("Mme",)})
    for heading in ("Business State", "Address 1 - Region", "Région administrative"):
        ((found,), *_) = sheets.table(f"Nom,{heading}\nAna,Estrie\n")
        assert found["region"] == "Estrie"
    ((found,), *_) = cards.cards(
        "BEGIN:VCARD\nVERSION:3.0\nFN:Ana\nADR:;;1 rue A;Alma;Lac-Saint-Jean;G8B;Canada\nEND:VCARD\n"
    )
    assert found["region"] == "Lac-Saint-Jean"


def test_google_and_a_spreadsheet() -> None:
    ((google,), *_) = sheets.table(GOOGLE)
    assert google["name"] == "Ahmed Ben Salah"
    assert google["emails"] == ("ahmed@exemple.invalid", "a2@exemple.invalid")
    assert google["other"]["Labels"] == ("* myContacts",)

    ((sheet,), *_) = sheets.table(sheets.decoded(("sep=;\r\n" + SHEET).encode("utf-8")))
    assert (sheet["networks"], sheet["region"], sheet["sectors"]) == (
        ("Maisons de quartier",),
        "Estrie",
        ("Santé", "Loisir"),
    )
    assert sheet["other"] == {"Code interne": ("X-9",)}


@settings(deadline=None)
@given(
    st.lists(
        st.lists(
            st.text(st.characters(blacklist_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=8),
            min_size=5,
            max_size=5,
        ),
        min_size=1,
        max_size=5,
    )
)
def test_no_cell_of_a_table_is_lost(rows: list[list[str]]) -> None:
    stream = io.StringIO()
    csv.writer(stream, delimiter=";").writerows([["Nom", "Courriel", "Organisme", "Truc", "Bidule"], *rows])
    found, *_ = sheets.table(stream.getvalue())

    assert len(found) == len(rows)
    for row, draft in zip(rows, found, strict=True):
        kept = (
            str(draft["name"])
            + str(draft.get("organization"))
            + "".join(draft.get("emails", ()))
            + repr(draft["other"])
        )
        assert draft["name"] == row[0]
        assert all(
            part in kept or repr(part)[1:-1] in kept
            for cell in row[1:]
            for part in cell.replace("|", ";").replace(":::", ";").split(";")
            if part
        )


def test_vcards_of_three_versions() -> None:
    (noemie, real, zoe), left, *_ = cards.cards(CARDS.replace("\n", "\r\n"))

    assert left == []

    assert (noemie["name"], noemie["organization"]) == ("Noémie Gaudrault", "Coopérative des Trois-Pignons, Chantiers")
    assert noemie["other"]["x-skype"] == ("noemie.g",)
    assert "CELL" in noemie["other"]["tel type"][0]
    assert (real["phones"], real["note"]) == (("+1-819-555-0104",), "Préfère le téléphone, le matin")
    assert zoe["name"] == "Zoé Trépanier"


@pytest.mark.parametrize("version", ["2.1", "3.0", "4.0"])
def test_no_value_of_a_card_is_cut_and_a_broken_card_spoils_no_other(version: str) -> None:
    written = (
        f"BEGIN:VCARD\nVERSION:{version}\nFN:Ana Roy\nN:Roy;Ana;;;\nNOTE:un\\, deux\\ntrois; quatre, ci\n nq\n"
        "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQ\n SkZJRg\nitem1.X-SOCIALPROFILE;TYPE=a:http://exemple.invalid/x,y\n"
        "TITLE;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Chef=2C g=C3=A9n=\n=C3=A9ral, aussi\n"
        "EMAIL;INTERNET;PREF:ana@exemple.invalid\nEND:VCARD\n"
        "BEGIN:VCARD\nVERSION:3.0\nEMAIL\nBEGIN:VCARD\nVERSION:3.0\nFN:Béa\nEND:VCARD\n"
    )
    (ana, bea), left, *_ = cards.cards(sheets.decoded(written.encode()))

    assert ana["note"] == "un, deux\ntrois; quatre, cinq"
    assert ana["role"] == "Chef, général, aussi"
    assert ana["other"]["x-socialprofile"] == ("http://exemple.invalid/x,y",)
    assert "photo" not in ana["other"]
    assert "PREF" in ana["other"]["email type"][0]
    assert bea["name"] == "Béa"
    assert [str(text) for text in left] == ["la carte 2, qui ne se lit pas"]


def test_ten_thousand_lines_in_the_encoding_of_windows_keep_their_quoted_newlines() -> None:
    rows = [f'"Zoé {n}";zoe{n}@exemple.invalid;"une note\r\nsur ""deux"" lignes"\r\n' for n in range(10_000)]
    found, left, *_ = sheets.table(
        sheets.decoded(("Nom;Courriel;Notes\r\n" + "".join(rows) + ";;x\r\n").encode("cp1252"))
    )

    assert len(found) == 10_000
    assert found[9_999]["note"] == 'une note\nsur "deux" lignes'
    assert [str(text) for text in left] == ["la ligne 20002, qui n’a ni nom ni adresse"]


def test_outlook_has_a_title_that_is_not_a_job() -> None:
    ((found,), *_) = sheets.table("Titre,Prénom,Nom,Titre1\nMme,Ana,Roy,Directrice\n")

    assert (found["role"], found["other"]) == ("Directrice", {"Titre": ("Mme",)})


def test_a_quote_left_open_is_located_and_unseen_signs_are_dropped() -> None:
    with pytest.raises(Unusable, match="ouvert à la ligne 3"):
        sheets.table('Nom;Courriel\nAna;a@exemple.invalid\n"Béa;b@exemple.invalid\nCyr;c@exemple.invalid\n')
    assert sheets.decoded("A\x00\x1b[2J\u202e\x9bb\tc\nd".encode()) == "A[2Jb\tc\nd"


@pytest.mark.parametrize(
    "text", ["", "bonjour", "a;b\n", "Truc;Chose\n1;2\n", "BEGIN:VCARD\nEND:VCARD", "BEGIN:VCARD\nFN"]
)
def test_what_is_not_a_list_of_contacts_is_refused(text: str) -> None:
    with pytest.raises(Unusable):
        cards.cards(text) if text.startswith("BEGIN") else sheets.table(text)


# The bank


@pytest.mark.parametrize(
    ("cell", "emails"),
    [
        ("/o=ExchangeLabs/ou=Exchange Administrative Group/cn=Recipients/cn=ana", ()),
        ("casse", ()),
        ("x@y", ()),
        ("ana@exemple.org\nBcc: z@exemple.org", ("ana@exemple.org",)),
        ("Ana Roy <ana@exemple.org>", ("ana@exemple.org",)),
        ("ana@exemple.org, bea@exemple.org", ("ana@exemple.org", "bea@exemple.org")),
        ("mailto:ana@exemple.org; ana@exemple.org", ("ana@exemple.org",)),
    ],
)
def test_only_addresses_that_can_be_written_to_are_addresses_and_the_rest_is_kept(
    cell: str, emails: tuple[str]
) -> None:
    quoted = cell.replace('"', '""')
    found = sheets.table(f'Nom,Courriel\nAna Roy,"{quoted}"\n')
    card = cards.cards(
        "BEGIN:VCARD\nVERSION:3.0\nFN:Ana Roy\nEMAIL:" + cell.partition("\n")[0] + "\nEND:VCARD\n"
    ).drafts[0]
    (draft,) = found.drafts

    assert draft.get("emails", ()) == emails
    assert card["emails"] == emails or ";" in cell
    if not emails:
        assert draft["other"] == {"email?": (cell,)}
        assert [str(text).replace("\u00a0", " ") for text in found.doubtful] == [f"ligne 2 : « {cell} »"]
    elif "Bcc" in cell:
        assert draft["other"] == {"email?": ("Bcc: z@exemple.org",)}


def test_networks_are_listed_with_commas_or_semicolons_and_each_is_one() -> None:
    ((found,), *_) = sheets.table('Nom,Réseaux\nAna,"Réseau C, Réseau D; réseau c"\n')
    assert found["networks"] == ("Réseau C", "Réseau D")
    bank, *_ = banks.added((), [found, {"name": "Béa", "networks": ["RÉSEAU C"]}], "x", TODAY)
    assert board(bank, community(), 3, 2).networks_without == ("Réseau C", "Réseau D")
    both = tuple(advance(each, "a", "ally", TODAY) for each in bank)
    assert board(both, community(), 2, 3).networks == ("Réseau C", "Réseau D")
    assert not board(both, community(), 2, 3).ready


def test_saint_is_one_word_however_it_is_written() -> None:
    bank, *_ = banks.added(
        (),
        [
            {"name": "Ana", "networks": ["Popotes du Bas-St-Laurent"], "region": "Bas-St. Laurent"},
            {"name": "Béa", "networks": ["Popotes du Bas-Saint-Laurent"], "region": "Bas-Saint-Laurent"},
            {"name": "Cy", "networks": ["Ste-Thérèse"], "region": "Est"},
        ],
        "x",
        TODAY,
    )
    found = board((advance(bank[0], "a", "ally", TODAY), *bank[1:]), community(), 2, 2)

    assert found.networks == ("Popotes du Bas-St-Laurent",)
    assert found.networks_without == ("Ste-Thérèse",)
    assert found.regions_without == ("Est",)
    assert [each.name for each in banks.find(bank, region="bas saint laurent")] == ["Ana", "Béa"]
    assert [each.name for each in banks.find(bank, network="sainte therese")] == ["Cy"]


def test_a_total_is_no_contact_and_is_named() -> None:
    text = "Nom;Organisme;Courriel;Présences\nAna Total;Total;a@exemple.org;3\nTOTAL;;;45\n;Total général : 12;;\nNombre de contacts;;;=NB(A2:A3)\nTotalement Bio;;;\n"
    found = sheets.table(text)

    assert [draft["name"] for draft in found.drafts] == ["Ana Total", "Totalement Bio"]
    assert [str(where).replace("\u00a0", " ") for where in found.left] == [
        "la ligne 3, qui semble un total : « TOTAL 45 »",
        "la ligne 4, qui semble un total : « Total général : 12 »",
        "la ligne 5, qui semble un total : « Nombre de contacts =NB(A2:A3) »",
    ]


def test_a_step_is_noted_for_several_people_at_once_or_for_nobody(cdp: Cdp, base: Path) -> None:
    for name in ("Ana Roy", "Béa Côté", "Cy Roy"):
        cdp("contacts", "add", name, "--root", base)
    said = cdp("contacts", "pipeline", "a", "c1", "c3", "--status", "contacted", "--root", base).stdout
    assert "Message envoyé (2)" in said.replace("\u00a0", " ")
    cdp("contacts", "pipeline", "a", "c2", "Inconnue", "--status", "met", "--root", base, code=2)
    assert "Rencontre faite (0)" in cdp("contacts", "pipeline", "a", "--root", base).stdout


def test_columns_that_are_understood_are_not_said_to_be_unknown_and_numbered_groups_are_not_alike() -> None:
    text = '"Titre","Prénom","Nom","Titre","Courriel","Catégories","Code"\n"Mme","Ana","Roy","Directrice","a@exemple.org","Popotes","X"\n'
    found = sheets.table(text, "Catégories")
    assert found.unknown == ("Code",)
    assert found.drafts[0]["other"] == {"Titre": ("Mme",), "Catégories": ("Popotes",), "Code": ("X",)}
    bank = (contact("c1", "Ana Roy", organization="École 12"), contact("c2", "Ana Roy", organization="École 13"))
    assert pairs(bank) == []


def test_networks_written_together_by_an_older_version_count_one_by_one_and_can_be_separated(
    cdp: Cdp, base: Path
) -> None:
    old = "contacts:\n- {id: c1, name: Ana, networks: ['Popotes, Écocentres']}\n- {id: c2, name: Béa, networks: [Popotes]}\n"
    write(base, {"private/contacts.yml": old})
    bank = tuple(advance(each, "a", "ally", TODAY) for each in banks.read(old)[:1])
    assert board(bank, community(), 1, 2).networks == ("Popotes", "Écocentres")

    said = cdp("contacts", "list", "--root", base).stdout.replace("\u00a0", " ")
    assert "1 contact a plusieurs réseaux" in said
    assert "cdp contacts split" in said
    assert "1 contact changé" in cdp("contacts", "split", "--root", base).stdout.replace("\u00a0", " ")
    assert "split" not in cdp("contacts", "list", "--root", base).stdout
    kept = banks.read((base / "private/contacts.yml").read_text(encoding="utf-8"))
    assert [each.networks for each in kept] == [("Popotes", "Écocentres"), ("Popotes",)]
    cdp("contacts", "edit", "c2", "--network", "Fablabs, Maisons", "--root", base)
    kept = banks.read((base / "private/contacts.yml").read_text(encoding="utf-8"))
    assert kept[1].networks == ("Fablabs", "Maisons", "Popotes")


def test_labels_become_networks_and_a_second_import_completes(cdp: Cdp, base: Path, tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "g.csv": "Name,E-mail 1 - Value,Labels\nAna Roy,ana@exemple.org,* myContacts ::: Popotes ::: popotes\nBéa,b@exemple.org,* myContacts\n",
            "o.csv": "Prénom;Nom;Adresse de messagerie;Catégories\nCyr;Côté;c@exemple.org;Écocentres;;\n",
            "v.vcf": "BEGIN:VCARD\nVERSION:3.0\nFN:Dalia\nEMAIL:d@exemple.org\nCATEGORIES:Maisons,Popotes\nEND:VCARD\n",
        },
    )
    there = ("--root", base)
    said = cdp("contacts", "import", tmp_path / "g.csv", *there).stdout.replace("\u00a0", " ")
    assert '--network-from "Labels"' in said
    again = cdp("contacts", "import", tmp_path / "g.csv", "--network-from", "labels", *there).stdout
    assert "1 contact complété" in again.replace("\u00a0", " ")
    cdp("contacts", "import", tmp_path / "o.csv", "--network-from", "Catégories", *there)
    cdp("contacts", "import", tmp_path / "v.vcf", "--network-from", "catégories", "--region", "Estrie", *there)

    listed = cdp("contacts", "list", *there).stdout.replace("\u00a0", " ")
    assert "4 contacts." in listed
    assert "c1    · Ana Roy · Popotes\n" in listed
    assert "Cyr Côté · Écocentres" in listed
    assert "Dalia · Maisons, Popotes · Estrie" in listed
    wrong = cdp("contacts", "import", tmp_path / "g.csv", "--network-from", "Zut", *there, code=2).stderr
    assert "Name, E-mail 1 - Value, Labels" in wrong


def test_a_wrong_address_is_refused_by_hand_and_shown_after_an_import(cdp: Cdp, base: Path, tmp_path: Path) -> None:
    assert "adresse de courriel" in cdp("contacts", "add", "Ana", "--email", "casse", "--root", base, code=2).stderr
    write(tmp_path, {"s.csv": "Nom,Courriel\nAna Roy,/o=ExchangeLabs/cn=ana\n"})
    said = cdp("contacts", "import", tmp_path / "s.csv", "--root", base).stdout
    assert "ligne 2" in said
    assert "Courriel à vérifier" in cdp("contacts", "find", "ana", "--root", base).stdout


def test_a_second_import_completes_who_is_more_than_a_name() -> None:
    first = {"name": "Bob Côté", "organization": "Coop", "region": "Mauricie"}
    bank, *_ = banks.added((), [first, {"name": "Ana", "region": "Estrie"}], "x", TODAY)
    more = [{**first, "networks": ["Jardins"]}, {"name": "Ana", "region": "Mauricie"}, {**first, "region": "Estrie"}]
    new, same, completed = banks.added(bank, more, "x", TODAY, ["meetings"])

    assert [(each.name, each.region) for each in new][2:] == [("Ana", "Mauricie"), ("Bob Côté", "Estrie")]
    assert (same, completed, new[0].networks) == (0, 1, ("Jardins",))
    assert new[0].consents[0].purpose == "meetings"


def test_words_that_a_charter_refuses_are_words_in_the_bank(cdp: Cdp, base: Path, tmp_path: Path) -> None:
    write(tmp_path, {"s.csv": "Nom,Courriel,Notes\nnull,a@exemple.org,~\n"})
    cdp("contacts", "import", tmp_path / "s.csv", "--root", base)
    cdp("contacts", "edit", "c1", "--region", "~", "--root", base)
    assert "1 contact." in cdp("contacts", "list", "--root", base).stdout.replace("\u00a0", " ")


def contact(id: str = "c1", name: str = "Ana Roy", **fields: object) -> Contact:
    return Contact.model_validate({"id": id, "name": name, **fields})


_words = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=6).map(str.strip).filter(bool)
_contacts = st.builds(
    lambda **fields: Contact.model_validate(fields),
    id=_words,
    name=_words,
    organization=st.none() | _words,
    region=st.none() | _words,
    note=st.none() | _words,
    networks=st.lists(_words, max_size=2),
    emails=st.lists(_words, max_size=2),
    other=st.dictionaries(_words, st.lists(_words, min_size=1, max_size=2), max_size=2),
)


@settings(deadline=None)
@given(st.lists(_contacts, max_size=4))
def test_a_bank_is_read_as_it_was_written(found: list[Contact]) -> None:
    assert banks.read(banks.write(tuple(found))) == tuple(found)


@settings(deadline=None)
@given(_contacts, _contacts)
def test_merging_loses_nothing(one: Contact, two: Contact) -> None:
    result = banks.merged(one, two)
    kept = {result.name, result.organization, result.region, result.note, *result.networks, *result.emails}
    kept |= {value for values in result.other.values() for value in values}

    for each in (one, two):
        said = {each.name, each.organization, each.region, each.note, *each.networks, *each.emails}
        assert said | {value for values in each.other.values() for value in values} <= kept | {None}
    assert result.id == one.id


def test_duplicates_are_found_by_address_phone_and_name() -> None:
    bank = (
        contact("c1", "Marie Tremblay", organization="Coop du Lac", emails=("m@x.invalid",), phones=("819 555-0101",)),
        contact("c2", "M. Tremblay", emails=("M@X.invalid",)),
        contact("c3", "Tremblay, Marie", organization="Coop du Lac inc."),
        contact("c4", "Marie Tremblay", organization="Musée de la mer"),
        contact("c5", "Réception", phones=("+1 (819) 555-0101",)),
    )
    assert {(pair.one.id, pair.two.id) for pair in pairs(bank)} == {("c1", "c2"), ("c1", "c3"), ("c1", "c5")}


def test_ready_for_kickoff_counts_heads_and_networks() -> None:
    here = community("network_heads:\n  - name: Ana Roy\n    network: Maisons\n")
    bank = tuple(
        contact(f"c{n}", name, networks=(network,), region="Estrie")
        for n, (name, network) in enumerate(
            [("Ana Roy", "Maisons"), ("Béa", "Maisons"), ("Cy", "Écocentres"), ("Di", "Popotes")]
        )
    )
    assert not board(bank, here, 3, 2).ready
    bank = tuple(advance(each, "a", "ally", TODAY) for each in bank[:2]) + bank[2:]
    assert (board(bank, here, 3, 2).heads, board(bank, here, 3, 2).ready) == (2, False)
    bank = (*bank[:2], advance(bank[2], "a", "ally", TODAY), bank[3])
    found = board(bank, here, 3, 2)
    assert found.ready
    assert found.networks_without == ("Popotes",)
    assert found.regions_without == ()
    assert not board(bank, here, 4, 2).ready


def test_only_allies_who_agreed_are_named_in_the_charter_with_the_day(cdp: Cdp, base: Path) -> None:
    for name, status, named in (
        ("Ana Roy", "ally", "yes"),
        ("Béa", "ally", "no"),
        ("Cy", "met", "yes"),
        ("Zoé Œuvrard", "ally", "yes"),
    ):
        cdp("contacts", "add", name, "--network", "Popotes", "--root", base)
        cdp(
            "contacts",
            "pipeline",
            "a",
            name,
            "--status",
            status,
            "--named",
            named,
            "--root",
            base,
            "--as-of",
            "2026-11-24",
        )
    cdp("contacts", "heads", "a", "--apply", "--root", base)
    text = (base / "communities/a/index.md").read_text(encoding="utf-8")

    assert "  - name: Ana Roy\n    network: Popotes\n    agreed: 2026-11-24\n" in text
    assert "Béa" not in text
    assert "Cy" not in text
    assert text.count("Zoé") == 1
    assert "Rien à changer" in cdp("contacts", "heads", "a", "--apply", "--root", base).stdout


def test_the_board_and_the_rule_agree_on_allies_who_are_not_named(cdp: Cdp, base: Path) -> None:
    there = ("--root", base, "--as-of", "2026-11-24")
    for name, network in (("Ana Roy", "Popotes"), ("Béa Côté", "Popotes"), ("Cyr Otis", "Écocentres")):
        cdp("contacts", "add", name, "--network", network, "--root", base)
    for who, named in (("c1", "yes"), ("c2", "no"), ("c3", "no")):
        cdp("contacts", "pipeline", "a", who, "--status", "ally", "--named", named, *there)
    kickoff = "kickoff:\n  date: 2026-12-08\n  validated: [formula, objectives, expectations]\n"
    write(base, {"communities/a/index.md": charter(kickoff)})
    said = cdp("contacts", "pipeline", "a", *there).stdout.replace("\u00a0", " ")
    assert "Prête pour la rencontre de démarrage" in said
    assert "La charte ne le dit pas encore : cdp contacts heads a --apply" in said
    assert "CDP303" in cdp("check", *there, code=None).stdout

    cdp("contacts", "heads", "a", "--apply", *there)
    written = (base / "communities/a/index.md").read_text(encoding="utf-8")
    assert "unnamed_heads:\n" in written
    assert "Béa" not in written
    assert "CDP303" not in cdp("check", *there, code=None).stdout
    assert "Rien à changer" in cdp("contacts", "heads", "a", *there).stdout.replace("\u00a0", " ")
    again = cdp("contacts", "pipeline", "a", *there).stdout.replace("\u00a0", " ")
    assert "Têtes de réseaux : 3 sur 3. Réseaux : 2 sur 2." in again
    assert "pas encore" not in again

    # Somebody changes her mind: the count follows, and the name comes with its day.
    cdp("contacts", "pipeline", "a", "c2", "--named", "yes", *there)
    cdp("contacts", "heads", "a", "--apply", *there)
    assert "name: Béa Côté" in (base / "communities/a/index.md").read_text(encoding="utf-8")
    (group,) = load(disk.read(base)).communities[0].charter.unnamed_heads
    assert (group.network, group.count) == ("Écocentres", 1)


def test_consent_and_purge_come_with_each_contact() -> None:
    new, same, _ = banks.added((), [{"name": "Ana"}, {"name": "Ana"}], "salon", TODAY, ["meetings", "meetings"])
    assert (len(new), same) == (1, 1)
    assert new[0].purge == date(2028, 11, 24)
    assert [consent.purpose for consent in new[0].consents] == ["meetings"]


def test_a_consent_is_for_a_purpose_and_can_be_withdrawn() -> None:
    ana = banks.agreeing(Contact(id="c1", name="Ana"), ["meetings"], TODAY, "de vive voix")

    assert (banks.agreed(ana, "meetings"), banks.agreed(ana, "surveys")) == (True, None)
    assert banks.agreeing(ana, ["meetings"], TODAY) == ana
    left = banks.withdrawing(ana, ["meetings", "surveys"], TODAY)
    assert (banks.agreed(left, "meetings"), banks.agreed(left, "surveys")) == (False, False)
    assert banks.agreed(banks.agreeing(left, ["surveys"], TODAY), "surveys") is True
    assert left.consents[0] == Consent(purpose="meetings", date=TODAY, how="de vive voix", withdrawn=TODAY)


# The command


def git(root: Path, *words: str) -> str:
    named = ["-c", "user.name=T", "-c", "user.email=t@exemple.invalid"]
    return subprocess.run(["git", "-C", str(root), *named, *words], check=True, capture_output=True, text=True).stdout


@pytest.fixture
def base(tmp_path: Path) -> Path:
    root = tmp_path / "base"
    write(
        root,
        {
            "mkdocs.yml": "site_name: B\ntheme: {name: material, language: fr}\n",
            ".gitignore": "/private/\n/.cdp/\n/site/\n",
            "communities/a/index.md": charter(
                "network_heads:\n  - name: Zoé Œuvrard\n    network: Maisons\n    agreed: 2026-01-01\n"
            ),
        },
    )
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "Début")
    return root


def test_the_bank_is_for_its_owner_and_never_in_git(cdp: Cdp, base: Path) -> None:
    cdp("contacts", "add", "Ana Roy", "--email", "ana@exemple.invalid", "--root", base)
    file = base / "private/contacts.yml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert git(base, "status", "--porcelain") == ""
    assert "CDP804" not in cdp("check", "--root", base, code=None).stdout
    git(base, "add", "-f", "private/contacts.yml")
    assert "private/contacts.yml:1:1: CDP804" in cdp("check", "--root", base, code=1).stdout
    (base / ".gitignore").write_text("")
    git(base, "rm", "--cached", "-q", "private/contacts.yml")
    assert "n’ignore pas" in cdp("contacts", "add", "Béa", "--root", base, code=2).stderr


def test_a_copy_of_the_bank_and_cards_in_git_are_told_under_any_name(cdp: Cdp, base: Path) -> None:
    cdp("contacts", "add", "Ana Roy", "--root", base)
    write(
        base,
        {
            "contacts-copie.yml": (base / "private/contacts.yml").read_bytes(),
            "communities/a/notes/vieux.txt": (base / "private/contacts.yml").read_bytes(),
            "ana.vcf": CARDS.encode(),
            "communities/a/notes/contact.md": "---\ntitle: Écrire à un contact\n---\nMot.\n",
        },
    )
    assert "CDP804" not in cdp("check", "--root", base, code=None).stdout
    git(base, "add", "-A")
    said = cdp("check", "--root", base, code=1).stdout
    assert [line.split(":")[0] for line in said.splitlines() if "CDP804" in line] == [
        "ana.vcf",
        "communities/a/notes/vieux.txt",
        "contacts-copie.yml",
    ]
    assert "git rm --cached contacts-copie.yml; puis rangez-le dans private/" in said


def test_forgetting_removes_and_tells_where_the_name_stays(cdp: Cdp, base: Path, tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_bytes(SHEET.encode("cp1252", errors="replace").replace(b"?uvrard", b"\x8cuvrard"))
    cdp("contacts", "import", tmp_path / "s.csv", "--root", base)
    draft = base / "private/zoe.eml"
    draft.write_text("To: zoe@exemple.invalid\nSubject: Bonjour\n\nBonjour.\n")
    done = cdp("contacts", "forget", "zoé œuvrard", "--root", base, code=1)

    assert "communities/a/index.md:5" in done.stdout
    assert ".cdp/cache" in done.stdout
    assert "2026" in done.stdout or "20" in done.stdout.split("index.md:5")[1]
    assert not draft.exists()
    assert b"uvrard" not in b"".join(tree(base / "private").values())
    assert "aucun contact" in cdp("contacts", "forget", "zoé œuvrard", "--root", base, code=2).stderr


def test_a_contact_is_completed_and_its_sheet_says_the_steps_with_their_dates(cdp: Cdp, base: Path) -> None:
    there = ("--root", base)
    cdp("contacts", "add", "Ana Roy", "--email", "a@exemple.invalid", *there)
    cdp("contacts", "edit", "c1", "--network", "Popotes", "--region", "Estrie", "--email", "b@exemple.invalid", *there)
    cdp(
        "contacts",
        "pipeline",
        "a",
        "c1",
        "--status",
        "contacted",
        "--note",
        "au téléphone",
        *there,
        "--as-of",
        "2026-11-24",
    )
    cdp("contacts", "pipeline", "a", "c1", "--consent", "sondages", "--named", "no", *there, "--as-of", "2026-11-25")
    sheet = cdp("contacts", "find", "ana", *there).stdout.replace("\u00a0", " ")

    assert "Courriel : b@exemple.invalid, a@exemple.invalid" in sheet
    assert "Réseaux : Popotes" in sheet
    assert "a : Message envoyé (24 novembre 2026, au téléphone)" in sheet
    assert "A accepté : recevoir les sondages (25 novembre 2026)" in sheet
    said = cdp("contacts", "consent", "c1", "paraître sur la photo", *there).stdout
    assert "cdp n’en tient pas compte" in said
    assert "cdp n’en tient pas compte" not in cdp("contacts", "consent", "c1", "rencontres", *there).stdout
    assert "rien n’est à changer" in cdp("contacts", "edit", "c1", *there, code=2).stderr


def test_a_name_that_the_charter_should_not_say_is_told(cdp: Cdp, base: Path) -> None:
    cdp("contacts", "add", "Zoé Œuvrard", "--root", base)
    said = cdp("contacts", "pipeline", "a", "c1", "--status", "ally", "--named", "no", "--root", base).stdout
    assert "La charte nomme Zoé Œuvrard, qui ne veut pas l’être" in said


def test_forgetting_reaches_every_file_of_private(cdp: Cdp, base: Path) -> None:
    for name, extra in (("Zoé Œuvrard", ()), ("Ana Roy", ("--note", "Vient par Zoé Œuvrard (z@exemple.invalid)"))):
        cdp("contacts", "add", name, "--email", f"{name[0].lower()}@exemple.invalid", *extra, "--root", base)
    for name in ("Zoé Œuvrard", "Ana Roy"):
        cdp("contacts", "pipeline", "a", name, "--status", "ally", "--consent", "rencontres", "--root", base)
    words = ("invite", "a", "--kind", "kickoff", "--date", "2027-01-14", "--root", base, "--as-of", "2026-11-24")
    cdp(*words, "-o", base / "private/un")
    cdp(*words, "--together", "-o", base / "private/tous")
    write(base, {"private/notes.md": "Appeler Zoé Œuvrard; Zoé Œuvrardeau est une autre personne.\n"})
    (base / "private/reponses.db").write_bytes(b"\0\0Zo\xc3\xa9 \xc5\x92uvrard\0")
    assert len(list((base / "private/un").iterdir())) == 2
    said = cdp("contacts", "forget", "c1", "--root", base, code=1).stdout

    left = {path: data.decode("utf-8", errors="replace") for path, data in tree(base / "private").items()}
    assert not any("Zoé Œuvrard " in text or "Zoé Œuvrard;" in text for text in left.values())
    assert "Zoé Œuvrardeau" in left["notes.md"]
    assert not any("z@exemple.invalid" in text for text in left.values())
    assert list(left) == sorted(left)
    assert [path for path in left if path.startswith("un/")] == ["un/kickoff-c2-ana-roy.eml"]
    together = message_from_string(left["tous/kickoff.eml"], policy=policy.default)
    assert [each.addr_spec for each in together["Bcc"].addresses] == ["a@exemple.invalid"]
    assert next(iter(Calendar.from_ical(together.get_payload()[1].get_content()).walk("VEVENT")))
    assert "private/reponses.db en parle encore" in said


def test_a_name_of_one_word_is_told_and_not_taken_out_of_other_names(cdp: Cdp, base: Path) -> None:
    cdp("contacts", "add", "Ana", "--root", base)
    cdp("contacts", "add", "Béa Roy", "--note", "Amie d'Ana Otis", "--root", base)
    write(base, {"private/notes.md": "Ana Otis\n"})
    said = cdp("contacts", "forget", "c1", "--root", base, code=1).stdout

    assert "Le contact c2 en parle encore" in said
    assert "private/notes.md en parle encore" in said
    assert "Ana Otis" in (base / "private/contacts.yml").read_text(encoding="utf-8")


def test_only_the_successor_reads_a_hand_over(cdp: Cdp, base: Path, tmp_path: Path) -> None:
    cdp("contacts", "add", "Ana Roy", "--root", base)
    public = cdp("contacts", "key", "-o", tmp_path / "k").stdout.splitlines()[0]
    cdp("contacts", "key", "-o", tmp_path / "other")
    out = tmp_path / "banque.age"
    cdp("contacts", "export", "--to", public, "-o", out, "--root", base)
    assert b"Ana" not in out.read_bytes()
    assert stat.S_IMODE((tmp_path / "k").stat().st_mode) == 0o600
    new = tmp_path / "new"
    write(new, {"mkdocs.yml": "site_name: N\n", "communities/a/index.md": charter()})
    there = ("contacts", "import", out, "--root", new)
    assert "chiffré" in cdp(*there, code=2).stderr
    assert "déchiffre pas" in cdp(*there, "--identity", tmp_path / "other", code=2).stderr
    cdp(*there, "--identity", tmp_path / "k")
    assert "Ana Roy" in cdp("contacts", "list", "--root", new).stdout
    assert "age1" in cdp("contacts", "export", "--to", "zzz", "-o", tmp_path / "x", "--root", base, code=2).stderr
    assert "Git" in cdp("contacts", "key", "-o", base / "k", code=2).stderr
    exposed = base / "communities/banque.age"
    assert "Git" in cdp("contacts", "export", "--to", public, "-o", exposed, "--root", base, code=2).stderr
    assert not exposed.exists()


def test_a_broken_bank_is_explained(cdp: Cdp, base: Path) -> None:
    for text in (
        "contacts: [",
        "contacts: {a: b}",
        "contacts:\n  - {id: c1}\n",
        "contacts:\n  - {id: c1, name: A, zz: 1}\n",
    ):
        write(base, {"private/contacts.yml": text})
        assert "Erreur" in cdp("contacts", "list", "--root", base, code=2).stderr


def test_headings_are_read_as_people_write_them_and_the_others_are_named(cdp: Cdp, base: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "liste.csv"
    sheet.write_text(
        "Liste des partenaires 2026,,,,\n\nNom,Courriel professionnel,Réseau(x),Région,Taille de chandail\n"
        "Ana Roy,ana@reseau.example,Popotes; Jardins,Québec,M\n",
        encoding="utf-8",
    )
    said = cdp("contacts", "import", sheet, "--root", base).stdout
    assert "1 contact ajouté" in said
    assert "Taille de chandail" in said
    found = sheets.table(sheet.read_text(encoding="utf-8")).drafts
    assert found[0]["emails"] == ("ana@reseau.example",)
    assert found[0]["networks"] == ("Popotes", "Jardins")
    assert found[0]["region"] == "Québec"


def test_the_province_of_a_mail_program_is_no_region() -> None:
    (draft,) = sheets.table("Name,Business State,Company\nAna,QC,Coop\n").drafts
    assert "region" not in draft
    assert draft["other"]["Business State"] == ("QC",)
