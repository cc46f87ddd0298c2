// The menu's label opens a checkbox that no keyboard reaches: give it what a button has.
(() => {
  const drawer = document.getElementById("__drawer");
  const button = document.querySelector("label.cdp-menu");
  if (!drawer || !button) return;
  const say = () => button.setAttribute("aria-expanded", String(drawer.checked));
  button.setAttribute("role", "button");
  button.setAttribute("tabindex", "0");
  say();
  drawer.addEventListener("change", say);
  button.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    drawer.click();
    if (drawer.checked) document.querySelector(".cdp-nav a")?.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && drawer.checked) {
      drawer.click();
      button.focus();
    }
  });
})();
