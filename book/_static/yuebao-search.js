/* The search page: Pagefind's index (made by yuebao/search.py, one character one word) and the names
   of search-names.json (yuebao/names.py), our own list. The address says all: ?q= &chapter= &edition= */
const root = new URL(document.documentElement.dataset.content_root || "./", location.href);
const status = document.getElementById("search-status");
const list = document.getElementById("search-results");
const form = document.getElementById("search-form");
const choices = document.getElementById("search-chapters");
const direct = document.getElementById("search-direct");
const none = document.getElementById("search-none");
const shorter = document.getElementById("search-shorter");
const editions = document.getElementById("search-edition");
const asked = new URLSearchParams(location.search);
const query = (asked.get("q") || "").trim();
const han = "[\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\u3007]";
const hasHan = new RegExp(han);
const eachHan = new RegExp(han, "g");
const most = 30;
const mostDirect = 8;

for (const box of document.querySelectorAll("input[name=q]")) box.value = query;

/* What the reader typed, as Pagefind's searches: Chinese as the exact string, other words by their beginning;
   numbers written as the index has them; dates and names with a stroke asked for themselves. */
const phrase = (word) => (hasHan.test(word) ? `"${word.replace(eachHan, " $& ").trim().replace(/\s+/g, " ")}"` : word);
const phrases = (asked) => asked.replace(/["“”「」%％]/g, " ").replace(/[0-9A-Za-z]+(?:[/-][0-9A-Za-z]+)+/g, " $& ")
  .replace(/(\d)\.(?=\d)/g, "$1zdz").replace(/(\d),(?=\d{3})/g, "$1zcz")
  .split(/[\s，。、；：]+/).filter(Boolean).map(phrase);

/* Out of the index come single characters; set them solid again and join neighbouring marks. */
const gap = "((?:</?mark>)*)[ ]+((?:</?mark>)*)";
const cjk = "[\\u3000-\\u303f\\u3400-\\u9fff\\uf900-\\ufaff\\uff00-\\uffef\\u201c\\u201d]";
const after = new RegExp(`(${cjk})${gap}`, "g");
const before = new RegExp(`${gap}(?=${cjk})`, "g");
const solid = (text) => text.replace(after, "$1$2$3").replace(before, "$1$2").replace(/<\/mark><mark>/g, "")
  .replace(/(\d)zdz(?=\d)/g, "$1.").replace(/(\d)zcz(?=\d)/g, "$1,").replace(/ (?=(?:<\/?mark>)*%)/g, "");
const escape = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

const make = (name, html) => {
  const node = document.createElement(name);
  node.innerHTML = html; /* Pagefind escapes the text of its excerpts */
  return node;
};

function entry(page) {
  const item = document.createElement("li");
  const parts = page.sub_results.filter((s) => s.url !== page.url && s.excerpt !== page.excerpt).slice(0, 3);
  item.append(make("h2", `<a href="${escape(page.url)}">${escape(solid(page.meta.title || page.url))}</a>`));
  item.append(make("p", solid(page.excerpt)));
  if (parts.length) {
    const inner = document.createElement("ul");
    for (const s of parts) inner.append(make("li", `<a href="${escape(s.url)}">${escape(solid(s.title))}</a>：${solid(s.excerpt)}`));
    item.append(inner);
  }
  return item;
}

/* Pages that have every phrase of what is asked, best first. */
async function find(pagefind, asked, exact = false) {
  const found = [];
  for (const phrase of phrases(asked)) found.push((await pagefind.search(exact ? `"${phrase}"` : phrase)).results);
  const [first = [], ...others] = found;
  const scores = others.map((results) => new Map(results.map((r) => [r.id, r.score])));
  return first
    .filter((r) => scores.every((s) => s.has(r.id)))
    .map((r) => ({r, score: scores.reduce((sum, s) => sum + s.get(r.id), r.score)}))
    .sort((a, b) => b.score - a.score)
    .map(({r}) => r);
}

/* The edition whose index is searched: this one, or an earlier one that lies under its own folder. */
if (editions) editions.value = [...editions.options].some((o) => o.value === asked.get("edition")) ? asked.get("edition") : "";
const place = editions ? editions.selectedOptions[0].dataset.place || "" : "";
const base = new URL(place, root);

/* Which chapter each page found is filed under. The page itself says it: Pagefind's own filters are
   written in another order each time the index is made, and the same book must give the same bytes. */
async function filed(found) {
  return new Map(await Promise.all(found.map(async (r) => [r.id, (await r.data()).meta.chapter])));
}

/* Names: by a part of the name, or by the beginning of its initials or its pinyin; the closest first. */
async function names() {
  const answer = await fetch(new URL("search-names.json", base));
  if (!answer.ok) return [];
  const typed = query.toLowerCase().replace(/[\s'’]/g, "");
  const rank = ([name, initials, pinyin]) => {
    const lower = name.toLowerCase();
    if (lower === typed) return 0;
    if (initials === typed || pinyin === typed) return 1;
    if (lower.startsWith(typed)) return 2;
    if (lower.includes(typed)) return 3;
    return /^[a-z0-9]+$/.test(typed) && typed.length > 1 && (initials.startsWith(typed) || pinyin.startsWith(typed)) ? 4 : 9;
  };
  return (await answer.json()).map((row) => [rank(row), row]).filter(([n]) => n < 9)
    .sort((a, b) => a[0] - b[0]).slice(0, mostDirect).map(([, row]) => row);
}

function showNames(rows) {
  direct.hidden = !rows.length;
  direct.querySelector("ul").replaceChildren(...rows.map(([name, , , kind, at, where]) =>
    make("li", `<a href="${escape(new URL(at, base).href)}">${escape(name)}</a> <span>${escape(where ? `${kind}，${where}` : kind)}</span>`)));
}

/* Found, counted by chapter, as a row of choices; choosing changes the list and the address, not the page. */
function showChoices(found, of, chosen, choose) {
  const counts = new Map();
  for (const r of found) counts.set(of.get(r.id), (counts.get(of.get(r.id)) || 0) + 1);
  if (chosen && !counts.has(chosen)) counts.set(chosen, 0);
  const rows = [["", found.length], ...[...counts].filter(([name]) => name).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))];
  for (const label of choices.querySelectorAll("label")) label.remove();
  for (const [name, count] of rows) {
    const label = make("label", `<input type="radio" name="chapter" value="${escape(name)}"> ${escape(name || "全部")}<span class="count">${count}</span>`);
    const box = label.firstElementChild;
    box.checked = name === chosen;
    box.addEventListener("change", () => choose(name));
    choices.append(label);
  }
  choices.hidden = !found.length;
}

/* The longest part of a Chinese word that is found, for who found nothing. */
async function suggest(pagefind) {
  const letters = [...query];
  if (!hasHan.test(query)) return;
  for (let size = Math.min(letters.length - 1, 8); size >= 2; size -= 1)
    for (let at = 0; at + size <= letters.length; at += 1) {
      const part = letters.slice(at, at + size).join("");
      if (new RegExp(`^${han}+$`).test(part) && (await find(pagefind, part)).length) {
        const link = document.createElement("a");
        link.textContent = part;
        link.href = `search.html?${new URLSearchParams({q: part, ...(place && {edition: editions.value})})}`;
        shorter.replaceChildren("可改找：", link);
        shorter.hidden = false;
        return;
      }
    }
}

async function run() {
  if (!query) { status.textContent = "请输入要找的词。"; return; }
  status.textContent = "正在查找…";
  try {
    const pagefind = await import(new URL("pagefind/pagefind.js", base).href);
    await pagefind.options({excerptLength: 60, baseUrl: base.pathname});
    const named = await names();
    showNames(named);
    /* Pinyin is in no page; asked for it, Pagefind would find words that begin a little like it. */
    const spelt = named.length > 0 && /^[a-z0-9]+$/i.test(query) && !named.some(([name]) => name.toLowerCase().includes(query.toLowerCase()));
    const found = await find(pagefind, query, spelt);
    const of = await filed(found);
    let turn = 0;
    const show = async (chapter) => {
      const mine = (turn += 1);
      const kept = chapter ? found.filter((r) => of.get(r.id) === chapter) : found;
      const pages = await Promise.all(kept.slice(0, most).map((r) => r.data()));
      if (mine !== turn) return; /* another choice was made meanwhile */
      const titled = (page) => solid(page.meta.title || "").includes(query);
      pages.sort((a, b) => titled(b) - titled(a)); /* a page of that name comes first; otherwise Pagefind's order stands */
      list.replaceChildren(...pages.map(entry));
      const what = `“${query}”${chapter ? `，${chapter}` : ""}`;
      const also = named.length ? `直达 ${named.length} 处；` : "";
      none.hidden = pages.length > 0 || named.length > 0;
      status.textContent = !found.length ? (named.length ? `“${query}”：${also}正文里没有这个词。` : `没有找到“${query}”。可换一个较短的词。`)
        : kept.length > most ? `${what}：${also}${kept.length} 页，列出前 ${most} 页。` : `${what}：${also}${kept.length} 页。`;
    };
    const choose = (chapter) => {
      const now = new URL(location.href);
      if (chapter) now.searchParams.set("chapter", chapter); else now.searchParams.delete("chapter");
      history.replaceState(null, "", now);
      return show(chapter);
    };
    const wanted = asked.get("chapter") || "";
    const known = [...of.values()].includes(wanted) ? wanted : "";
    showChoices(found, of, known, choose);
    await show(known);
    if (!found.length && !named.length) await suggest(pagefind);
  } catch (error) {
    status.textContent = location.protocol === "file:" ? "直接打开的文件不能搜索；请用 make serve 打开本书。"
      : place ? "这一期的索引没有打开；它可能没有放在这个网站上。" : "索引没有打开，请稍后再试。";
  }
}
if (editions) editions.addEventListener("change", () => form.requestSubmit());
run();
