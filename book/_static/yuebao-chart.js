/* A chart becomes Vega's live view when the reader reaches for it; until then, and where that fails, the picture stays.
   The picture's own frame is kept, so nothing moves. A mark pressed keeps its series, or itself, in front.
   Also copies the line for embedding. */
const here = import.meta.url, d = document, NEAR = 24;
const all = []; // the charts that are live
let tip, shown, leaving;

function hide() {
  clearTimeout(leaving);
  if (!shown) return;
  tip.hidden = true;
  dim(shown);
  shown = null;
}

const kin = (chart, one, other) => (chart.many ? one.datum.series === other.datum.series : one.datum.tip === other.datum.tip);

// What is pinned, or else the mark, stays in front; the others step back.
function dim(chart, mark) {
  const front = chart.pin || mark;
  chart.marks.forEach((other) => other.node.classList.toggle("faint", !!front && !kin(chart, front, other)));
}

function pin(chart, mark) {
  chart.pin = mark && !(chart.pin && kin(chart, chart.pin, mark)) ? mark : null;
  if (mark) show(chart, mark);
  else dim(chart);
}

function say(chart, lines, place) {
  clearTimeout(leaving);
  if (shown && shown !== chart) hide();
  if (!tip) {
    tip = d.body.appendChild(d.createElement("div"));
    tip.className = "chart-tip";
    tip.setAttribute("role", "status");
    tip.addEventListener("pointerenter", () => clearTimeout(leaving));
    tip.addEventListener("pointerleave", hide);
  }
  shown = chart;
  tip.hidden = false;
  tip.replaceChildren(...lines.map((line) => Object.assign(d.createElement("span"), {textContent: line})));
  const {width, height} = tip.getBoundingClientRect(), right = d.documentElement.clientWidth - width - 8;
  const left = Math.max(8, Math.min(place.left + place.width / 2 - width / 2, right));
  const above = place.top - height - 8;
  tip.style.translate = `${left + scrollX}px ${(above < 8 ? place.bottom + 8 : above) + scrollY}px`;
}

function show(chart, mark) {
  chart.at = chart.told.indexOf(mark);
  dim(chart, mark);
  // The words stand clear of the mark's own label.
  const same = chart.many ? [mark] : chart.marks.filter((other) => kin(chart, mark, other));
  const boxes = same.map(({node}) => node.getBoundingClientRect());
  const top = Math.min(...boxes.map((box) => box.top)), bottom = Math.max(...boxes.map((box) => box.bottom));
  const {left, width} = mark.node.getBoundingClientRect();
  const lines = mark.datum.tip.split("\n");
  const pinned = chart.pin && kin(chart, chart.pin, mark);
  if (pinned) lines.push(`只看 ${chart.many ? mark.datum.series : lines[0]}；再按一次恢复`);
  say(chart, lines, {left, width, top, bottom});
}

function near(chart, x, y) {
  let best = null, least = NEAR;
  for (const mark of chart.told) {
    const box = mark.node.getBoundingClientRect();
    const far = Math.hypot(Math.max(box.left - x, 0, x - box.right), Math.max(box.top - y, 0, y - box.bottom));
    if (far < least) [best, least] = [mark, far];
  }
  return best;
}

function point(chart, x, y) {
  const mark = near(chart, x, y);
  if (mark) show(chart, mark);
  else if (shown === chart) hide();
}

function step(chart, key) {
  if ((key === "Enter" || key === " ") && shown === chart && chart.at >= 0) {
    pin(chart, chart.told[chart.at]);
    return true;
  }
  const last = chart.told.length - 1, moves = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1};
  if (last < 0 || !(key in moves || key === "Home" || key === "End")) return false;
  const to = key === "Home" ? 0 : key === "End" ? last : chart.at < 0 && moves[key] < 0 ? last : chart.at + moves[key];
  show(chart, chart.told[Math.max(0, Math.min(last, to))]);
  return true;
}

async function live(box) {
  const name = box.closest("figure").id.slice(2), size = box.classList.contains("wide") ? "wide" : "narrow";
  const {runtime, spec} = await (await fetch(new URL(`../charts/${name}.${size}.json`, here))).json();
  const {View, parse, expr} = await import(new URL(runtime, here));
  const view = new View(parse(spec, {}, {ast: true}), {renderer: "svg", container: d.createElement("div"), expr, hover: false});
  await view.runAsync();
  const picture = box.querySelector("svg"), svg = view.container().querySelector("svg");
  for (const part of ["width", "height", "viewBox"]) svg.setAttribute(part, picture.getAttribute(part));
  svg.setAttribute("aria-hidden", "true"); // the box has the text alternative
  const marks = [...svg.querySelectorAll("path, text, line, rect")]
    .map((node) => ({node, item: node.__data__, datum: node.__data__?.datum}))
    .filter(({datum}) => datum?.tip);
  const many = new Set(marks.map(({datum}) => datum.series)).size > 1;
  picture.replaceWith(svg);
  return {
    at: -1,
    many,
    marks: marks.filter(({item}) => many || item.mark.marktype !== "line"),
    told: marks.filter(({item}) => item.tooltip),
  };
}

function reach(box) {
  let chart, asked, last, told;
  async function wake() {
    if (asked) return;
    asked = true;
    try {
      all.push((chart = await live(box)));
      box.classList.add("live");
      if (box.matches(":focus-visible")) hint();
      else if (last) point(chart, last.x, last.y);
    } catch {
      asked = false; // offline, or an old browser
    }
  }
  function hint() {
    say(chart, ["按 ← → 逐个看数值，回车只看一项，Esc 关闭"], box.getBoundingClientRect());
  }
  function at(event) {
    last = {x: event.clientX, y: event.clientY};
    wake();
    if (chart) point(chart, last.x, last.y);
  }
  box.tabIndex = 0;
  // A finger's first touch tells, as pointing does; pressing the mark told pins it.
  box.addEventListener("pointerenter", (event) => {
    told = event.pointerType !== "touch" || (chart && shown === chart && chart.told[chart.at]);
  });
  box.addEventListener("click", (event) => {
    const mark = chart && near(chart, event.clientX, event.clientY);
    if (chart && (!mark || told === true || told === mark)) pin(chart, mark);
  });
  for (const kind of ["pointerenter", "pointermove", "pointerdown"]) box.addEventListener(kind, at);
  box.addEventListener("pointerleave", (event) => {
    last = null;
    if (event.pointerType !== "touch") leaving = setTimeout(hide, 150);
  });
  box.addEventListener("focus", () => (chart ? box.matches(":focus-visible") && hint() : wake()));
  box.addEventListener("blur", hide);
  box.addEventListener("keydown", (event) => {
    if (chart && !event.ctrlKey && !event.altKey && !event.metaKey && step(chart, event.key)) event.preventDefault();
  });
}

d.querySelectorAll('.exhibit[id^="x-"] > .chart').forEach(reach);
d.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  all.forEach((chart) => pin(chart));
  hide();
});
d.addEventListener("pointerdown", (event) => shown && !event.target.closest(".chart, .chart-tip") && hide());
// The keyboard scrolls a chart into view as it reaches it: what is said there stays.
addEventListener("scroll", () => d.activeElement?.matches(".chart:focus-visible") || hide(), {passive: true});

d.querySelectorAll(".exhibit-tools .embed").forEach((box) => {
  const line = box.querySelector("code"), copy = box.querySelector(".copy");
  if (!copy || !navigator.clipboard) return;
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(line.textContent);
    copy.textContent = "已复制";
  });
});
