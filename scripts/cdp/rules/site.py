"""Family 9xx, the site as a whole: what ``mkdocs.yml`` owes to those who read and answer."""

from __future__ import annotations

from collections.abc import Iterator

from cdp.rules.registry import Finding, View, repository_rule


@repository_rule("CDP912", "person-in-charge-missing")
def person_in_charge_missing(view: View) -> Iterator[Finding]:
    """Le site recueille des réponses, et personne n'est désigné pour protéger les renseignements personnels.

    Pourquoi : la Loi 25 demande de publier le titre et les coordonnées de cette personne; les gens doivent savoir à
    qui s'adresser pour retirer une réponse ou un nom.

    Comment corriger : dans `mkdocs.yml`, sous `extra`, `cdp`, `privacy`, donnez `responsible` et `contact`; la page
    « Vie privée » du site les montre.
    """
    for fault in view.repository.strays:
        if fault.kind == "responsible":
            yield Finding(fault.place, fault.message, fault.fix)
