/* The search page: Pagefind's index (made by _ext/yuebao_search.py, one character one word), our own list. */
const root = new URL(document.documentElement.dataset.content_root || "./", location.href);
const status = document.getElementById("search-status");
const list = document.getElementById("search-results");
const query = (new URLSearchParams(location.search).get("q") || "").trim();
const han = "[\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\u3007]";
const hasHan = new RegExp(han);
const eachHan = new RegExp(han, "g");
const most = 30;

for (const box of document.querySelectorAll("input[name=q]")) box.value = query;

/* What the reader typed, as Pagefind's searches: Chinese as the exact string, other words by their beginning;
   numbers written as the index has them; dates and names with a stroke asked for themselves. */
const phrase = (word) => (hasHan.test(word) ? `"${word.replace(eachHan, " $& ").trim().replace(/\s+/g, " ")}"` : word);
const phrases = () => query.replace(/["“”「」%％]/g, " ").replace(/[0-9A-Za-z]+(?:[/-][0-9A-Za-z]+)+/g, " $& ")
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

/* Pages that have every phrase, best first. */
async function find(pagefind) {
  const found = [];
  for (const phrase of phrases()) found.push((await pagefind.search(phrase)).results);
  const [first = [], ...others] = found;
  const scores = others.map((results) => new Map(results.map((r) => [r.id, r.score])));
  return first
    .filter((r) => scores.every((s) => s.has(r.id)))
    .map((r) => ({r, score: scores.reduce((sum, s) => sum + s.get(r.id), r.score)}))
    .sort((a, b) => b.score - a.score)
    .map(({r}) => r);
}

async function run() {
  if (!query) { status.textContent = "请输入要找的词。"; return; }
  status.textContent = "正在查找…";
  try {
    const pagefind = await import(new URL("pagefind/pagefind.js", root).href);
    await pagefind.options({excerptLength: 60, baseUrl: root.pathname});
    const found = await find(pagefind);
    const pages = await Promise.all(found.slice(0, most).map((r) => r.data()));
    const named = (page) => solid(page.meta.title || "").includes(query);
    pages.sort((a, b) => named(b) - named(a)); /* a page of that name comes first; otherwise Pagefind's order stands */
    list.replaceChildren(...pages.map(entry));
    status.textContent = !pages.length ? `没有找到“${query}”。可换一个较短的词。`
      : found.length > most ? `“${query}”：${found.length} 页，列出前 ${most} 页。` : `“${query}”：${found.length} 页。`;
  } catch (error) {
    status.textContent = location.protocol === "file:" ? "直接打开的文件不能搜索；请用 make serve 打开本书。" : "索引没有打开，请稍后再试。";
  }
}
run();
