"use strict";
(() => {
  const form = document.getElementById("formulaire");
  const errors = document.getElementById("erreurs");
  const answers = () => {
    const found = {};
    for (const [name, value] of new FormData(form)) {
      if (!value.trim() || name === "key" || name === "token") continue;
      (found[name] ??= []).push(value);
    }
    return found;
  };
  const hide = (name, value) => {
    const field = form.querySelector(`input[type=hidden][name=${name}]`) ?? form.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name }));
    field.value ||= value;
  };
  const empty = () => {
    if (Object.keys(answers()).length) return false;
    errors.hidden = false;
    errors.focus();
    return true;
  };
  form.addEventListener("submit", (event) => {
    if (empty()) event.preventDefault();
  });
  if (form.dataset.receiver) {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    hide("key", Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(""));
    const given = new URLSearchParams(location.hash.slice(1) || location.search);
    const token = given.get("token");
    if (token) {
      hide("token", token);
      history.replaceState(null, "", location.pathname);
    }
  }
  for (const node of document.querySelectorAll(".scripted")) node.hidden = false;
  document.getElementById("enregistrer")?.addEventListener("click", () => {
    if (empty()) return;
    const text = JSON.stringify({ version: 1, survey: form.dataset.survey, answers: answers() }, null, 1);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = form.dataset.survey.replace("/", "-") + ".json";
    link.click();
    document.getElementById("etat").textContent = link.download;
  });
})();
