// The search: a window over the page. Nothing is fetched before it opens.
import { cut, described, excerpt, file, find, forget, index, marked, passage, says, show, site, weighed } from "./cdp-search-index.js";

const english = document.documentElement.lang === "en";
const say = (french, inEnglish) => (english ? inEnglish : french);
const KINDS = {
  community: say("Communauté", "Community"),
  note: say("Note", "Note"),
  meeting: say("Rencontre", "Meeting"),
  season: say("Saison", "Season"),
  survey: say("Sondage", "Survey"),
  review: say("Bilan", "Review"),
  celebration: say("Célébration", "Celebration"),
  glossary: say("Glossaire", "Glossary"),
  guide: say("Guide d’animation", "Facilitators’ guide"),
  rule: say("Règle", "Rule"),
};
const STAGES = {
  idea: say("Idée", "Idea"),
  kickoff: say("Démarrage", "Kickoff"),
  active: say("En cours", "Active"),
  paused: say("En pause", "Paused"),
  closing: say("Fermeture", "Closing"),
  ended: say("Aboutie", "Ended"),
  archived: say("Archivée", "Archived"),
  dropped: say("Sans suite", "Dropped"),
};
const AT_ONCE = 10;
const TOGETHER = 3; // pages read at once to see whether words follow one another
const FIRST = 240_000; // bytes fetched for a first question, its index included: 300 KB with the programs that ask it
const NEXT = 140_000; // bytes fetched to see whether pages say the phrases of another question
const FURTHER = 600_000; // and each time that one asks for more
const others = document.querySelector("header .cdp-find")?.href ?? new URL("search/", site).href;
const number = new Intl.NumberFormat(document.documentElement.lang || "fr");

const make = (name, attributes = {}, ...inside) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...inside);
  return element;
};

const status = make("p", { class: "cdp-search__status", role: "status" });
const list = make("ol", { class: "cdp-search__list" });
const more = make("button", { type: "button", class: "cdp-search__more", hidden: "" });
const field = make("input", {
  class: "cdp-search__field",
  type: "search",
  id: "cdp-search-field",
  autocomplete: "off",
  autocapitalize: "none",
  spellcheck: "false",
  enterkeyhint: "search",
  maxlength: "200",
  placeholder: say("Un mot, un sujet…", "A word, a subject…"),
});
const close = make("button", { type: "button", class: "cdp-search__close" }, say("Fermer", "Close"));
const lives = make("fieldset", { class: "cdp-search__lives", hidden: "" }, make("legend", {}, say("Où", "Where")));
const choices = [
  ["all", say("Partout", "Everywhere")],
  ["living", say("Communautés vivantes", "Living communities")],
  ["archived", say("Communautés terminées", "Communities that are over")],
  ["here", say("Cette communauté", "This community")],
];
const counts = {};
const radios = {};
for (const [value, title] of choices) {
  counts[value] = make("span", { class: "cdp-search__count" });
  radios[value] = make("input", { type: "radio", name: "cdp-search-life", value });
  lives.append(make("label", {}, radios[value], make("span", {}, title, " ", counts[value])));
}
radios.all.checked = true;

const here = location.pathname.startsWith(site.pathname)
  ? location.pathname.slice(site.pathname.length).match(/^communities\/([^/]+)\//)?.[1]
  : undefined;
radios.here.parentElement.hidden = !here;

const dialog = make(
  "dialog",
  { class: "cdp-search md-typeset", "aria-label": say("Recherche", "Search") },
  make(
    "div",
    { role: "search", class: "cdp-search__bar" },
    make("label", { for: field.id, class: "cdp-search__name" }, say("Chercher", "Search")),
    field,
    close,
  ),
  lives,
  make("div", { class: "cdp-search__results" }, status, list, more),
);
document.body.append(dialog);

let turn = 0;
let shown = { terms: [], phrases: [], pages: [], partly: false };
let range = null;

function chosen(root, life) {
  const { pages } = shown;
  if (life === "living") return pages.filter((page) => page < root.living);
  if (life === "archived") return pages.filter((page) => page >= root.guide);
  if (life === "here") return range ? pages.filter((page) => page >= range[0] && page < range[1]) : [];
  return pages;
}

/** Says how many pages there are, and shows the first ones. */
async function present(root) {
  const mine = turn;
  const life = choices.find(([value]) => radios[value].checked)[0];
  const possible = chosen(root, life);
  // Pages that have the words of a phrase are read, the likeliest first, to see whether they say it.
  const told = shown.phrases.length ? { possible, read: 0, pages: [] } : { possible, read: possible.length, pages: possible };
  if (shown.phrases.length) await further(root, told, Math.max(FIRST, weighed() + NEXT));
  if (mine !== turn) return;
  for (const [value] of choices) {
    counts[value].textContent = shown.phrases.length ? "" : number.format(chosen(root, value).length);
  }
  lives.hidden = !shown.pages.length;
  const first = await items(root, told.pages.slice(0, AT_ONCE));
  if (mine !== turn) return;
  status.textContent = summary(told);
  list.replaceChildren(...(told.pages.length || !shown.terms.length ? [] : [elsewhere()]));
  extend(root, told, first);
}

/** Returns what is proposed when nothing is found. */
function elsewhere() {
  const item = make("li", { class: "cdp-search__other" });
  if (shown.phrases.length) {
    const name = say("Chercher sans les guillemets", "Search without the quotation marks");
    const apart = make("button", { type: "button", class: "cdp-search__more" }, name);
    apart.addEventListener("click", () => {
      field.value = field.value.replace(/["«»“”]/g, " ").trim();
      field.focus();
      answer();
    });
    item.append(apart, " ");
  }
  item.append(make("a", { href: others }, say("Trouver autrement", "Other ways to find")));
  return item;
}

/** Reads the next pages that may say what is asked word for word, and keeps those that do: a list of them, or until so many bytes were fetched. */
async function further(root, told, bytes) {
  const mine = turn;
  const { phrases } = shown;
  const enough = told.pages.length + AT_ONCE;
  let heaviest = 0;
  do {
    const next = told.possible.slice(told.read, told.read + TOGETHER);
    const before = weighed();
    const saying = await Promise.all(
      next.map((page) => described(root, page).then((one) => says(root, phrases, one.url)).catch(() => false)),
    );
    heaviest = Math.max(heaviest, weighed() - before);
    told.read += next.length;
    told.pages.push(...next.filter((_, at) => saying[at]));
  } while (mine === turn && told.read < told.possible.length && told.pages.length < enough && weighed() + heaviest <= bytes);
}

function summary({ possible, read, pages }) {
  if (!shown.terms.length) return say("Écrivez un mot plus précis.", "Type a more precise word.");
  const many = english ? pages.length !== 1 : pages.length > 1;
  const count = `${number.format(pages.length)} ${many ? "pages" : "page"}`;
  if (read < possible.length) {
    const first = number.format(read);
    return pages.length
      ? count + say(` parmi les ${first} premières`, ` among the first ${first}`)
      : say(`Aucune des ${first} premières pages ne le dit mot à mot.`, `None of the first ${first} pages says it word for word.`);
  }
  if (!pages.length) {
    return shown.phrases.length
      ? say("Aucune page ne le dit mot à mot.", "No page says it word for word.")
      : say("Aucune page ne contient ces mots.", "No page holds these words.");
  }
  return count + (shown.partly ? say(" : aucune n’a tous ces mots", ": none has all these words") : "");
}

/** Returns items of the list once their titles are known: they take their whole place at once. */
function items(root, pages) {
  const { terms } = shown;
  return Promise.all(
    pages.map(async (page) => {
      const one = await described(root, page);
      const link = make("a", { class: "cdp-search__hit", href: one.url, lang: one.lang });
      const name = one.kind === "community" || !one.name ? [] : [make("span", { lang: one.named }, one.name)];
      const parts = [KINDS[one.kind], ...name, STAGES[one.stage]].filter(Boolean);
      const where = make("p", { class: "cdp-search__where" }, ...parts.flatMap((part, at) => (at ? [" · ", part] : [part])));
      const item = make("li", {}, link, where, make("p", { class: "cdp-search__text" }));
      show(link, one.title, marked(root, terms, one.title));
      item.dataset.url = one.url;
      return item;
    }),
  );
}

/** Adds items to the list, and says how to have more. */
function extend(root, told, added) {
  const mine = turn;
  list.append(...added);
  for (const item of added) seen.observe(item);
  const listed = list.querySelectorAll(".cdp-search__hit").length;
  const known = listed < told.pages.length;
  more.textContent = known ? say("Plus de pages", "More pages") : say("Chercher plus loin", "Look further");
  more.hidden = !known && told.read >= told.possible.length;
  more.onclick = async () => {
    more.disabled = true;
    try {
      if (!known) await further(root, told, weighed() + FURTHER);
      const next = await items(root, told.pages.slice(listed, listed + AT_ONCE));
      if (mine !== turn) return;
      status.textContent = summary(told);
      if (told.pages.length) list.querySelector(".cdp-search__other")?.remove();
      more.disabled = false;
      extend(root, told, next);
      (next[0]?.querySelector("a") ?? more).focus();
    } catch {
      if (mine === turn) failed();
    } finally {
      more.disabled = false;
    }
  };
}

// What a page says is read when its place in the list is seen: a page that one opens then comes from the cache.
const seen = new IntersectionObserver((items) => {
  for (const { isIntersecting, target } of items) {
    if (!isIntersecting) continue;
    seen.unobserve(target);
    const mine = turn;
    index()
      .then((root) => excerpt(root, shown.terms, shown.phrases, target.dataset.url))
      .then((best) => {
        if (mine !== turn || !best) return;
        const part = cut(best);
        const [link, text] = [target.querySelector("a"), target.querySelector(".cdp-search__text")];
        show(text, part.text, part.marks);
        text.lang = best.lang;
        link.href = passage(target.dataset.url, best);
      })
      .catch(() => {});
  }
});

function failed() {
  list.replaceChildren(
    make("li", { class: "cdp-search__other" }, make("a", { href: others }, say("Trouver autrement", "Other ways to find"))),
  );
  status.textContent = say("La recherche ne répond pas; vérifiez la connexion.", "The search does not answer; check the connection.");
}

let presented = "";
async function answer(again = true) {
  const mine = ++turn;
  const question = field.value;
  if (!question.trim()) {
    list.replaceChildren();
    status.textContent = "";
    lives.hidden = more.hidden = true;
    return;
  }
  const slow = setTimeout(() => (status.textContent = say("Un instant…", "One moment…")), 500);
  try {
    const root = await index();
    if (here && !range) {
      const units = await file(root, "units.json");
      range = units[decodeURIComponent(here)] ?? null;
    }
    const found = await find(root, question);
    if (mine !== turn) return;
    shown = found;
    await present(root);
    if (mine !== turn) return;
    presented = question;
  } catch (error) {
    if (mine !== turn) return;
    if (!again) return failed();
    // The site was published anew under our feet: its index has another name.
    forget();
    range = null;
    await answer(false);
  } finally {
    clearTimeout(slow);
  }
}

let waiting = 0;
field.addEventListener("input", () => {
  clearTimeout(waiting);
  // Pages are read for what is between quotation marks: not at each letter.
  waiting = setTimeout(answer, /["«“]/.test(field.value) ? 400 : 60);
});
lives.addEventListener("change", () => {
  turn++;
  index().then(present, failed);
});
const shut = () => {
  dialog.close();
  // Where nothing had the focus before, the hidden field would keep it, and the keys with it.
  if (dialog.contains(document.activeElement)) document.activeElement.blur();
};
close.addEventListener("click", shut);
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) shut();
});
dialog.addEventListener("keydown", (event) => {
  const links = [...list.querySelectorAll("a")];
  const at = links.indexOf(document.activeElement);
  if (event.key === "Escape") {
    // A browser's own field would only empty itself.
    shut();
  } else if (event.key === "Enter" && document.activeElement === field && !event.isComposing) {
    // The list may still answer the former question, or nothing yet.
    const press = () => presented === field.value && list.querySelector("a")?.click();
    clearTimeout(waiting);
    if (presented === field.value) press();
    else answer().then(press);
  } else if (event.key === "ArrowDown" && links.length && document.activeElement.type !== "radio") {
    links[Math.min(at + 1, links.length - 1)].focus();
  } else if (event.key === "ArrowUp" && at >= 0) {
    (at ? links[at - 1] : field).focus();
  } else {
    return;
  }
  event.preventDefault();
});
list.addEventListener("click", (event) => {
  // A passage of the page where one already is: nothing loads, the window must go.
  if (event.target.closest("a")) setTimeout(() => shut());
});

/** Opens the window, with a question when there is one. */
export function open(question = "") {
  if (!dialog.open) dialog.showModal();
  if (question) field.value = question;
  field.focus();
  field.select();
  index().catch(failed);
  if (question) answer();
}
