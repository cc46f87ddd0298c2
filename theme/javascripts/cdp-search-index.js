// What the search asks: which pages hold some words, in which order, and what they say around them.
export const site = new URL("../", import.meta.url);
const COMPLETIONS = 12; // most words that the beginning of one may stand for

// --- What is fetched

let fetched = 0;

/** Returns how many bytes the search has fetched, not compressed, since the page was opened. */
export const weighed = () => fetched;

async function body(address, options) {
  const answer = await fetch(address, options);
  if (!answer.ok) throw new Error(String(answer.status));
  const data = await answer.arrayBuffer();
  fetched += data.byteLength;
  return data;
}

const text = (data) => new TextDecoder().decode(data);

// --- The index

let opened = null;

/** Forgets an index that was published anew since it was opened. */
export const forget = () => {
  opened = open_index(true);
  opened.catch(() => (opened = null));
};

/** Returns the index, its stemmers loaded; asked again after a failure. */
export const index = () => {
  opened ??= open_index(false).catch((error) => {
    opened = null;
    throw error;
  });
  return opened;
};

async function open_index(anew) {
  const root = JSON.parse(text(await body(new URL("search/index/index.json", site), { cache: anew ? "reload" : "no-cache" })));
  const names = { fr: ["french", "FrenchStemmer"], en: ["english", "EnglishStemmer"] };
  if (root.languages.length) await script("base");
  await Promise.all(root.languages.map((lang) => script(names[lang][0])));
  root.stemmers = root.languages.map((lang) => new window[names[lang][1]]());
  root.joined = new RegExp(root.table.joined, "gu");
  root.stop = new Set(root.table.stop);
  root.loaded = new Map();
  return root;
}

const script = (name) =>
  new Promise((resolve, reject) => {
    const element = document.createElement("script");
    element.src = new URL(`javascripts/stemmers/${name}.js`, site).href;
    element.onload = resolve;
    element.onerror = reject;
    document.head.append(element);
  });

/** Returns a file of the index; the site may have been published anew since the index was opened. */
export async function file(root, name) {
  if (!root.loaded.has(name)) {
    const wanted = body(new URL(`search/index/${root.version}/${name}`, site)).then((data) => (name.endsWith(".json") ? JSON.parse(text(data)) : data));
    root.loaded.set(name, wanted);
    wanted.catch(() => root.loaded.delete(name));
  }
  return root.loaded.get(name);
}

// --- Words: the same cut as scripts/cdp/search/terms.py, from the same lists

const LETTERS = /[\p{L}\p{N}]+/gu;
const folded = (word) => word.normalize("NFD").replace(/\p{Mn}/gu, "");

export function words({ table, stop, joined }, text) {
  let low = text.normalize("NFC").toLowerCase();
  for (const [letter, written] of Object.entries(table.ligatures)) low = low.replaceAll(letter, written);
  const groups = [];
  const plain = (part) => {
    for (const [word] of part.matchAll(LETTERS)) {
      if (([...word].length > 1 || /\p{Nd}/u.test(word)) && !stop.has(word)) groups.push([clip(word)]);
    }
  };
  const clip = (word) => [...word].slice(0, table.longest).join("");
  let start = 0;
  for (const match of low.matchAll(joined)) {
    const before = low.slice(start, match.index);
    const base = before.match(/\p{L}+$/u)?.[0];
    if (!base) continue;
    plain(before.slice(0, -base.length));
    const ending = (match[1] ?? match[2] ?? match[3] ?? "").replace(/s$/, "");
    groups.push((ending ? [base, feminine(table, base.replace(/s$/, ""), ending)] : [base]).map(clip));
    if (ending.length > 3 && !table.endings.includes(ending)) groups.push([ending]);
    start = match.index + match[0].length;
  }
  plain(low.slice(start));
  return groups;
}

function feminine(table, base, ending) {
  for (const [added, masculine, whole] of table.feminine) {
    if (ending === added && base.endsWith(masculine)) return base.slice(0, -masculine.length) + whole;
  }
  return base + ending;
}

const stems = new Map();

export function keys(root, word) {
  let found = stems.get(word);
  if (!found) {
    found = new Set();
    for (const stemmer of root.stemmers) {
      found.add(folded(stemmer.stemWord(word)));
      found.add(stemmer.stemWord(folded(word)));
    }
    stems.set(word, found);
  }
  return found;
}

// --- Finding

/** Returns a word as it is asked for, with the accent that its end may lack, and in the other number. */
const spelled = ({ table }, word) => {
  const ends = /^[\p{ASCII}]+$/u.test(word) ? table.accented.filter(([plain]) => word.endsWith(plain)).slice(0, 1) : [];
  const others = table.plurals.filter(([one]) => word.endsWith(one));
  return [word, ...[...ends, ...others].map(([end, other]) => word.slice(0, -end.length) + other)];
};

/** Returns what a question asks: for each word its keys; the last one may be only begun. */
function asked(root, question) {
  const groups = words(root, question).slice(0, 12);
  return groups.map((group, place) => ({
    keys: new Set(group.flatMap((word) => spelled(root, word)).flatMap((word) => [...keys(root, word)])),
    begun: place === groups.length - 1 && !/[\s"»”]$/.test(question) && group[0].length > 2 ? folded(group[0]) : "",
  }));
}

const fits = (term, key) => term.keys.has(key) || (term.begun && key.startsWith(term.begun));

/** Returns which file of words would hold a key. */
function place(starts, key) {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (starts[middle] <= key) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

/** Returns the lines of a file of words: key, how many pages have it, where its places are. */
function lines(buffer) {
  const data = new Uint8Array(buffer);
  const decoder = new TextDecoder();
  const found = [];
  let at = 0;
  const next = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = data[at++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  while (at < data.length) {
    const long = data[at++];
    const key = decoder.decode(data.subarray(at, at + long));
    at += long;
    const count = next();
    const size = next();
    found.push({ key, count, places: data.subarray(at, at + size) });
    at += size;
  }
  return found;
}

async function matching(root, term) {
  if (!root.starts.length) return [];
  const wanted = new Set([...term.keys].map((key) => place(root.starts, key)));
  if (term.begun) {
    const first = place(root.starts, term.begun);
    for (let chunk = first; chunk < first + 3 && chunk < root.starts.length; chunk++) {
      if (chunk === first || root.starts[chunk].startsWith(term.begun)) wanted.add(chunk);
    }
  }
  const read = await Promise.all([...wanted].map((chunk) => file(root, `w${chunk}.bin`)));
  const found = read.flatMap(lines).filter((line) => fits(term, line.key));
  const whole = found.filter((line) => term.keys.has(line.key));
  const rest = found.filter((line) => !term.keys.has(line.key)).sort((a, b) => b.count - a.count);
  return [...whole.map((line) => [line, 1]), ...rest.slice(0, COMPLETIONS).map((line) => [line, 0.5])];
}

/** Returns the pages that a question finds, in order: those of living communities, the site's own, those of the others. */
export async function find(root, question) {
  const terms = asked(root, question);
  const total = new Float32Array(root.pages);
  const having = new Uint8Array(root.pages);
  const found = await Promise.all(terms.map((term) => matching(root, term)));
  for (const these of found) {
    const best = new Float32Array(root.pages);
    let count = 0;
    for (const [line, share] of these) {
      let page = -1;
      let value = 0;
      let shift = 0;
      for (const byte of line.places) {
        value += (byte & 127) * 2 ** shift;
        shift += 7;
        if (byte > 127) continue;
        page += Math.floor(value / 16);
        if (best[page] === 0) count++;
        best[page] = Math.max(best[page], (value % 16) * share);
        value = shift = 0;
      }
    }
    // How much a word says: the fewer pages have it, the more (BM25, Robertson and Zaragoza, 2009).
    const rare = Math.log(1 + (root.pages - count + 0.5) / (count + 0.5));
    for (let page = 0; page < root.pages; page++) {
      if (best[page] > 0) {
        total[page] += rare * best[page];
        having[page]++;
      }
    }
  }
  const [from, to] = root.guides[document.documentElement.lang] ?? [root.living, root.guide];
  for (let page = root.living; page < root.guide; page++) if (page < from || page >= to) having[page] = 0;
  const most = having.reduce((a, b) => Math.max(a, b), 0);
  const said = phrases(root, question);
  const pages = [];
  // A page that lacks a word of the question does not say it word for word.
  if (most && (!said.length || most === terms.length)) for (let page = 0; page < root.pages; page++) if (having[page] === most) pages.push(page);
  const rank = (page) => (page < root.living ? 0 : page < root.guide ? 1 : 2);
  pages.sort((a, b) => rank(a) - rank(b) || total[b] - total[a] || a - b);
  return { terms, phrases: said, pages, partly: most < terms.length };
}

export async function described(root, page) {
  const part = await file(root, `p${Math.floor(page / root.each)}.json`);
  const [url, title, kind, lang, community] = part.pages[page % root.each];
  const [name, stage, named] = part.communities[community];
  return { url: new URL(url.split("/").map(encodeURIComponent).join("/"), site).href, title, kind, lang, name, named, stage };
}

// --- What a page says around the words

const BLOCKS = "p, li, td, th, dd, dt, h2, h3, h4, pre, figcaption, summary, caption";
const HOLDING = `${BLOCKS}, :has(${BLOCKS})`;
const WORD = /[\p{L}\p{N}\p{M}]+(?:[·•‧∙⋅]\p{L}{1,6})*(?:\(\p{L}{1,4}\)\p{L}?)?/gu;
const BEFORE = 50; // letters shown before: what is found is then within the lines that a phone shows
const AFTER = 130;

export const marked = (root, terms, text) =>
  [...text.matchAll(WORD)].flatMap((match) => {
    const all = words(root, match[0]).flatMap((group) => group.flatMap((word) => [...keys(root, word), folded(word)]));
    const term = terms.findIndex((one) => all.some((key) => fits(one, key)));
    return term < 0 ? [] : [{ from: match.index, to: match.index + match[0].length, term }];
  });

/** Fills an element with a text, its words found marked. */
export function show(element, text, marks) {
  let at = 0;
  for (const { from, to } of marks) {
    const mark = document.createElement("mark");
    mark.textContent = text.slice(from, to);
    element.append(text.slice(at, from), mark);
    at = to;
  }
  element.append(text.slice(at));
}

// Words between quotation marks follow one another on a page, as they are written but for accents, case and signs.

const SPOKEN = /[\p{L}\p{N}\p{M}]+/gu;

/** Returns the words of a text as those of a phrase are compared with them, each with its place. */
function spoken({ table }, text) {
  return [...text.matchAll(SPOKEN)].map(({ 0: found, index }) => {
    let word = folded(found.toLowerCase());
    for (const [letter, written] of Object.entries(table.ligatures)) word = word.replaceAll(letter, written);
    return { word, index };
  });
}

/** Returns the phrases of a question, of two words or more; the last word of one that is not closed may be only begun. */
export const phrases = (root, question) =>
  // Marks within marks are one pair.
  [...question.replace(/[«“]\s*["“]([^"«»“”]+)["”]\s*[»”]/gu, '"$1"').matchAll(/["«“”]([^"«»“”]+)(["»“”]|$)/gu)]
    .map(([, text, closed]) => ({ words: spoken(root, text).map(({ word }) => word), begun: !closed && !/\s$/.test(text) }))
    .filter(({ words }) => words.length > 1);

/** Returns where the words of a phrase follow one another in a text, or -1. */
function place_of(root, text, { words, begun }) {
  const said = spoken(root, text);
  const same = (at) =>
    words.every((word, next) => {
      const heard = said[at + next]?.word;
      return begun && next === words.length - 1 ? heard?.startsWith(word) : heard === word;
    });
  const at = said.findIndex((_, first) => same(first));
  return at < 0 ? -1 : said[at].index;
}

/** Tells whether a page says every phrase, in its title or in one of its blocks. */
export async function says(root, phrases, url) {
  const page = await read(root, url);
  const texts = [page.title, ...page.blocks.map((block) => block.text)];
  return phrases.every((phrase) => texts.some((text) => place_of(root, text, phrase) >= 0));
}

const KEPT = 90; // pages that stay read
const kept = new Map();

/** Returns what a page says, block by block; read once. */
function read(root, url) {
  if (!kept.has(url)) {
    const wanted = reading(root, url);
    kept.set(url, wanted);
    wanted.catch(() => kept.delete(url));
    if (kept.size > KEPT) kept.delete(kept.keys().next().value);
  }
  return kept.get(url);
}

async function reading(root, url) {
  const page = new DOMParser().parseFromString(text(await body(url)), "text/html").querySelector(".cdp-page");
  const said = { title: page?.querySelector("h1")?.textContent ?? "", blocks: [] };
  for (const part of page?.querySelectorAll(root.unread) ?? []) part.remove();
  let section = "";
  for (const block of page?.querySelectorAll(BLOCKS) ?? []) {
    if (/^(?:H.|DT)$/.test(block.tagName)) section = block.id || section;
    const lang = block.closest("[lang]")?.lang ?? "";
    // What an item says before a list that it holds is its own; hard spaces stay: a passage is found by its exact words.
    const own = block.querySelector(BLOCKS) ? [...block.childNodes].filter((node) => !node.matches?.(HOLDING)) : [block];
    const text = own.map((node) => node.textContent).join("").replace(/[ \t\r\n]+/g, " ").trim();
    if (text) said.blocks.push({ text, section, lang });
  }
  return said;
}

/** Returns the block of a page that says the most of a question, or null. */
export async function excerpt(root, terms, phrases, url) {
  const page = await read(root, url);
  let best = null;
  for (const block of page.blocks) {
    const places = phrases.map((phrase) => place_of(root, block.text, phrase)).filter((at) => at >= 0);
    const from = Math.min(...places, block.text.length);
    const marks = marked(root, terms, block.text).filter((mark) => !places.length || mark.to > from);
    const various = new Set(marks.map((mark) => mark.term)).size;
    const worth = places.length * 100 + various * 4 + Math.min(marks.length, 3) + Math.min(block.text.length / 40, 3);
    if (!best || worth > best.worth) best = { ...block, worth, marks };
  }
  return best;
}

/** Returns the part of a text that is shown: around its first words found. */
export function cut({ text, marks }) {
  const first = marks[0] ?? { from: 0 };
  let from = first.from <= BEFORE ? 0 : text.indexOf(" ", first.from - BEFORE) + 1;
  if (from > first.from) from = first.from;
  let to = Math.max(first.from + AFTER, from + BEFORE + AFTER);
  to = to >= text.length ? text.length : Math.max(text.lastIndexOf(" ", to), first.to ?? 0) || to;
  const shown = marks.filter((mark) => mark.from >= from && mark.to <= to);
  const [before, after] = [from > 0 ? "… " : "", to < text.length ? " …" : ""];
  const shift = before.length - from;
  return {
    text: before + text.slice(from, to) + after,
    marks: shown.map((mark) => ({ from: mark.from + shift, to: mark.to + shift })),
  };
}

/** Returns the address of a passage: its section, and its words for the browsers that show them (WICG Text Fragments). */
export function passage(url, { text, marks, section }) {
  if (!marks.length) return url;
  // Browsers begin a passage at a whole word, and « l’élan » is one to them.
  const before = text.slice(0, marks[0].from).match(/[\p{L}\p{N}\p{M}’'·-]*$/u)[0].length;
  const words = text.slice(marks[0].from - before).match(/^[\p{L}\p{N}\p{M}’'·-]+(?: [\p{L}\p{N}\p{M}’'·-]+){0,3}/u)?.[0] ?? "";
  const quoted = encodeURIComponent(words).replaceAll("-", "%2D");
  return `${url}#${encodeURIComponent(section)}${words && `:~:text=${quoted}`}`;
}

