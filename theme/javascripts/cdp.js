// Without this program every page can be read; with it, the menu and wide tables obey the keyboard.
(() => {
  const english = document.documentElement.lang === "en";

  // A wide table scrolls in a frame of its own, which the keyboard reaches while there is something to scroll.
  const frames = [...document.querySelectorAll(".cdp-scroll")];
  for (const table of document.querySelectorAll("article table:not([class])")) {
    const frame = document.createElement("div");
    frame.className = "cdp-scroll";
    table.className = "cdp-table";
    table.replaceWith(frame);
    frame.append(table);
    frames.push(frame);
  }
  const fit = (frame) => {
    const wide = frame.scrollWidth > frame.clientWidth;
    const names = { tabindex: "0", role: "region", "aria-label": english ? "Table" : "Tableau" };
    if (frame.hasAttribute("aria-labelledby")) delete names["aria-label"];
    for (const [name, value] of Object.entries(names)) {
      if (wide) frame.setAttribute(name, value);
      else frame.removeAttribute(name);
    }
  };
  const watch = new ResizeObserver(() => frames.forEach(fit));
  for (const frame of frames) {
    fit(frame);
    watch.observe(frame);
    // What it holds may widen alone, when letters or an image arrive.
    if (frame.firstElementChild) watch.observe(frame.firstElementChild);
  }

  // A touch on a word of the glossary first shows what it means, as the mouse and the keyboard do; the next follows it.
  let shown = null;
  document.addEventListener("pointerdown", ({ target }) => (shown = document.activeElement === target ? target : null));
  document.addEventListener("click", (event) => {
    const term = event.target.closest("a.glossary-term");
    if (!term || event.pointerType !== "touch" || shown === term) return;
    event.preventDefault();
    term.focus();
  });
  // The search is loaded when it is first asked for; until then, and without it, its links lead to a page.
  const ours = document.currentScript.src;
  const links = [...document.querySelectorAll(".cdp-find-open")];
  const search = (question) => import(new URL("cdp-search.js", ours)).then((loaded) => loaded.open(question));
  for (const link of links) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
      search().catch(() => location.assign(link.href));
    });
  }
  if (links.length) {
    document.addEventListener("keydown", (event) => {
      const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
      if (typing || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (event.key !== "/" && event.key !== "s") return;
      event.preventDefault();
      search().catch(() => location.assign(links[0].href));
    });
    const question = new URLSearchParams(location.search).get("q");
    if (question && document.querySelector(".cdp-page--search")) search(question);
  }

  // The switch of light and dark is two radio buttons, of which one shows: the space bar does what the theme has Enter do.
  document.querySelector("[data-md-component=palette]")?.addEventListener("keydown", (event) => {
    if (event.key !== " ") return;
    event.preventDefault();
    event.target.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
  });

  // The menu is a checkbox that the theme hides: a button opens it, Escape or leaving it closes it.
  const drawer = document.getElementById("__drawer");
  const button = document.querySelector(".cdp-menu");
  const menu = document.querySelector(".md-sidebar--primary");
  if (!drawer || !button || !menu) return;
  drawer.setAttribute("autocomplete", "off"); // Firefox would open the menu again when a page is asked anew.
  button.addEventListener("click", () => {
    drawer.click();
    if (drawer.checked) menu.querySelector("a")?.focus();
  });
  drawer.addEventListener("change", () => button.setAttribute("aria-expanded", String(drawer.checked)));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && drawer.checked) {
      drawer.click();
      button.focus();
    }
  });
  document.addEventListener("focusin", ({ target }) => {
    if (drawer.checked && target !== button && !menu.contains(target)) drawer.click();
  });

  // In a long menu, show where we are.
  const here = menu.querySelector("[aria-current]");
  const box = menu.querySelector(".md-sidebar__scrollwrap");
  if (here && box) requestAnimationFrame(() => (box.scrollTop = here.offsetTop - box.clientHeight / 2));
})();
