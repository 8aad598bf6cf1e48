"use strict";
(() => {
  const form = document.querySelector("form.filters");
  const rows = [...document.querySelectorAll("tr.statement")];
  const groups = [...document.querySelectorAll("tbody[data-group]")];
  const details = [...document.querySelectorAll("details")];
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));

  const apply = () => {
    const data = new FormData(form);
    const verdicts = new Set(data.getAll("verdict"));
    const group = data.get("group");
    const words = data.get("text").toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const fits = verdicts.has(row.dataset.verdict)
        && (!group || row.parentElement.dataset.group === group)
        && words.every((word) => texts.get(row).includes(word));
      row.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    for (const body of groups) {
      body.hidden = ![...body.querySelectorAll("tr.statement")].some((row) => !row.hidden);
    }
    form.querySelector("output").textContent = `${shown} of ${rows.length} shown`;
  };

  const button = form.querySelector("button[name=open]");
  button.addEventListener("click", () => {
    const open = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(open));
    button.textContent = open ? "Close all details" : "Open all details";
    for (const each of details) each.open = open;
  });
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());

  form.hidden = false;
  apply();
})();
