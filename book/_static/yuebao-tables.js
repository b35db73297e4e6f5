/* Tables sort by a column: once up, again down, then as printed. Numbers by their value, words as Chinese dictionaries do. */
const collator = new Intl.Collator("zh", {numeric: true});
const FEWEST = 5; /* rows it takes to be worth sorting */
const STEPS = {none: "ascending", ascending: "descending", descending: "none"};

/* What a cell is sorted by; null where it says nothing. */
function key(cell) {
  const number = cell?.querySelector("data");
  const text = (cell?.textContent || "").trim();
  if (number) return Number(number.value);
  return !text || text === "—" || text === "未见公布" || text === "不适用" ? null : text;
}

function compare(a, b) {
  if (a === null || b === null) return (a === null) - (b === null); /* what says nothing comes last, either way */
  return typeof a === "number" && typeof b === "number" ? a - b : collator.compare(String(a), String(b));
}

function sortable(table) {
  const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells], printed = [...body.rows];
  if (printed.length < FEWEST || body.querySelector(".group, [colspan], [rowspan]")) return;
  table.classList.add("sorts");
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    head.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => {
      const step = STEPS[head.getAttribute("aria-sort")], sign = step === "descending" ? -1 : 1;
      for (const other of heads) other.setAttribute("aria-sort", other === head ? step : "none");
      const keyed = printed.map((row) => [row, key(row.cells[column])]);
      if (step !== "none") keyed.sort(([, a], [, b]) => compare(a, b) * (a === null || b === null ? 1 : sign));
      body.append(...keyed.map(([row]) => row));
    });
  });
}

/* A folded table is made to sort when it is opened: a page of many tables is ready sooner. */
for (const table of document.querySelectorAll("table.data")) {
  const fold = table.closest("details:not([open])");
  if (fold) fold.addEventListener("toggle", () => sortable(table), {once: true});
  else sortable(table);
}
