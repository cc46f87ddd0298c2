// Finding without this program: lists and pages. With it: communities sorted at once, and the pages nearest to an
// unknown address.
(() => {
  const make = (tag, fields, ...children) => {
    const node = Object.assign(document.createElement(tag), fields);
    node.append(...children);
    return node;
  };
  const link = (textContent, href) => make("a", { textContent, href });

  // The list of communities, sorted without another page: each choice is in the address, the count is announced.
  const filter = document.querySelector(".cdp-filter");
  const sorting = async () => {
    const say = filter.dataset;
    const { communities } = await (await fetch(say.source)).json();
    const lists = document.querySelector(".cdp-lists");
    const cards = new Map([...lists.querySelectorAll(".cdp-card")].map((card) => [card.querySelector("a").href, card]));
    const stages = new Map([...filter.querySelectorAll("[data-key=stage] li")].map((item) => [item.dataset.value, item.textContent]));
    const asked = new URLSearchParams(location.search);
    const of = (community, key) => [community[key]].flat();
    const choices = [...filter.querySelectorAll("[data-key]")].map((list) => {
      const { key, name } = list.dataset;
      const counts = new Map();
      for (const value of communities.flatMap((each) => of(each, key))) counts.set(value, (counts.get(value) ?? 0) + 1);
      const values = key === "stage" ? [...stages.keys()].filter((stage) => counts.has(stage)) : [...counts.keys()].sort(new Intl.Collator(document.documentElement.lang).compare);
      const options = values.map((value) => make("option", { value, textContent: `${stages.get(value) ?? value} (${counts.get(value)})` }));
      const select = make("select", { name: key }, make("option", { value: "", textContent: say.all }), ...options);
      select.value = values.includes(asked.get(key)) ? asked.get(key) : "";
      return [key, select, make("label", {}, make("span", { textContent: name }), select)];
    });
    const found = make("ul", { className: "cdp-cards", hidden: true });
    const count = make("p", { className: "cdp-filter__count" });
    count.setAttribute("role", "status");
    const card = (each) => {
      const address = new URL(`${say.root}${each.url}`, location.href).href;
      const known = cards.get(address);
      if (known) return known.cloneNode(true);
      const title = make("h3", { className: "cdp-card__title", lang: each.language }, link(each.title, address));
      const chip = make("span", { className: `cdp-chip cdp-chip--${each.stage}`, textContent: stages.get(each.stage) ?? "" });
      const summary = make("p", { className: "cdp-card__summary", lang: each.language, textContent: each.summary ?? "" });
      return make("li", { className: `cdp-card cdp-card--${each.stage}` }, make("p", { className: "cdp-card__top" }, chip), title, summary);
    };
    const show = () => {
      const wanted = choices.filter(([, select]) => select.value);
      const kept = communities.filter((each) => wanted.every(([key, select]) => of(each, key).includes(select.value)));
      found.replaceChildren(...(wanted.length ? kept.map(card) : []));
      found.hidden = !wanted.length;
      lists.hidden = wanted.length > 0;
      clear.hidden = !wanted.length;
      const number = kept.length;
      count.textContent = !wanted.length ? "" : number === 0 ? say.none : number === 1 ? say.one : say.many.replace("%", number);
    };
    const choose = () => {
      const address = new URL(location.href);
      for (const [key, select] of choices) select.value ? address.searchParams.set(key, select.value) : address.searchParams.delete(key);
      history.replaceState(null, "", address);
      show();
    };
    const clear = make("button", { type: "button", className: "md-button", textContent: say.clear });
    clear.addEventListener("click", () => {
      for (const [, select] of choices) select.value = "";
      choose();
      choices[0][1].focus();
    });
    const usable = choices.filter(([, select]) => select.options.length > 1);
    const group = make("fieldset", {}, make("legend", { textContent: say.title }), ...usable.map(([, , label]) => label), clear);
    group.addEventListener("change", choose);
    filter.replaceChildren(group, count);
    filter.after(found);
    show();
  };
  if (filter) sorting().catch(() => (filter.hidden = true));

  // At an unknown address, propose the nearest: of the communities, then of the pages of the one that was meant.
  const near = document.querySelector(".cdp-near");
  const words = (text) => [...new Set(decodeURIComponent(text).toLowerCase().normalize("NFD").match(/[a-z0-9]{3,}/g))];
  const alike = (word, other) => word === other || (word.length > 3 && other.startsWith(word.slice(0, 4)));
  const propose = async () => {
    const source = near.querySelector("a").href;
    const asked = words(location.pathname).filter((word) => word !== "communities");
    const score = ({ pathname, textContent }) =>
      words(`${pathname} ${textContent}`).filter((word) => asked.some((other) => alike(word, other))).length;
    const nearest = (links) =>
      links.map((each) => [score(each), each]).filter(([points]) => points).sort((a, b) => b[0] - a[0]).slice(0, 5);
    const { communities } = await (await fetch(source)).json();
    let found = nearest(communities.map(({ title, url }) => link(title, new URL(url, source))));
    if (!found.length) return;
    const base = found[0][1].href;
    const page = new DOMParser().parseFromString(await (await fetch(base)).text(), "text/html");
    const inside = [...page.querySelectorAll(".cdp-nav__community a")].filter((each) => !each.hasAttribute("aria-current"));
    found = nearest([...found.map(([, each]) => each), ...inside.map((each) => link(each.textContent, new URL(each.getAttribute("href"), base)))]);
    near.querySelector("ul").append(...found.map(([, each]) => make("li", {}, each)));
    near.hidden = false;
  };
  if (near) propose().catch(() => (near.hidden = true));
})();
