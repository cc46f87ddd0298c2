// Within the page of unknown addresses, when nothing tells where the site is: looks for its root above this address,
// and leads the links, the styles and the programs there.
(async () => {
  const above = location.pathname.split("/").slice(1, -1).filter(Boolean).slice(0, 12);
  for (let depth = 0; depth <= above.length; depth++) {
    const root = ["", ...above.slice(0, depth), ""].join("/");
    const answer = await fetch(`${root}communities.json`, { method: "HEAD" }).catch(() => null);
    if (!answer?.ok || !answer.headers.get("content-type")?.includes("json")) continue;
    if (!depth) return;
    for (const name of ["href", "src"]) {
      for (const node of document.querySelectorAll(`[${name}^="/"]`)) {
        const there = root + node.getAttribute(name).slice(1);
        if (node.localName !== "script") node.setAttribute(name, there);
        else node.replaceWith(Object.assign(document.createElement("script"), { src: there, async: false }));
      }
    }
    return;
  }
})();
