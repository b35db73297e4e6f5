// Lighthouse (mobile, simulated) and axe (light, dark, narrow) on pages that are being served.
// Asked by audit.py: node measure.mjs '{"address", "pages", "chromium", "axe"}'; answers a line of JSON a page.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import lighthouse from "lighthouse";
import puppeteer from "puppeteer-core";

const asked = JSON.parse(process.argv[2]);
const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"];
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const LOOKS = {
  light: [{ width: 1280, height: 900 }, "light"],
  dark: [{ width: 1280, height: 900 }, "dark"],
  narrow: [{ width: 390, height: 844 }, "light"],
};

async function withPage(browser, use) {
  const context = await browser.createBrowserContext();
  try {
    return await use(await context.newPage());
  } finally {
    await context.close();
  }
}

/** Lighthouse's report; on a busy machine its recording now and then misses the start, then once more. */
async function reported(page, url, tries = 3) {
  const { lhr } = await lighthouse(url, { onlyCategories: CATEGORIES, logLevel: "error" }, undefined, page);
  if (!lhr.runtimeError) return lhr;
  if (tries <= 1) throw new Error(`${url}: ${lhr.runtimeError.message}`);
  return reported(page, url, tries - 1);
}

/** One page as Lighthouse sees it: scores of 100, sizes in bytes, times in milliseconds. */
async function measured(page, url) {
  const lhr = await reported(page, url);
  const loaded = lhr.audits["network-requests"].details.items;
  const short = (audit) => audit.scoreDisplayMode !== "informative" && audit.score !== null && audit.score < 1;
  const failed = CATEGORIES.flatMap((name) =>
    lhr.categories[name].auditRefs
      .filter((ref) => ref.weight > 0 && short(lhr.audits[ref.id]))
      .map((ref) => `${ref.id} (${lhr.audits[ref.id].displayValue ?? lhr.audits[ref.id].title})`),
  );
  return {
    scores: CATEGORIES.map((name) => Math.round(lhr.categories[name].score * 100)),
    bytes: loaded.reduce((sum, item) => sum + item.transferSize, 0),
    fcp: lhr.audits["first-contentful-paint"].numericValue,
    lcp: lhr.audits["largest-contentful-paint"].numericValue,
    tbt: lhr.audits["total-blocking-time"].numericValue,
    cls: lhr.audits["cumulative-layout-shift"].numericValue,
    charts: await page.$$eval("figure.exhibit", (all) => all.filter((one) => one.querySelector("svg")).length),
    failed,
  };
}

/** What axe finds on a page in one look, each as "look rule: element". */
async function violations(page, url, look) {
  const [viewport, scheme] = LOOKS[look];
  await page.setViewport(viewport);
  await page.emulateMediaFeatures([
    { name: "prefers-color-scheme", value: scheme },
    { name: "prefers-reduced-motion", value: "reduce" },
  ]);
  await page.goto(url, { waitUntil: "networkidle0" });
  await page.evaluate(AXE);
  // Target size is of WCAG 2.2 and off unless asked for.
  const options = { resultTypes: ["violations"], rules: { "target-size": { enabled: true } } };
  const found = await page.evaluate(async (given) => (await axe.run(document, given)).violations, options);
  return found.flatMap((rule) => rule.nodes.map((node) => `${look} ${rule.id}: ${node.target.join(" ")}`));
}

const browser = await puppeteer.launch({
  executablePath: asked.chromium,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});
try {
  for (const name of asked.pages) {
    const url = `${asked.address}/${name}.html`;
    const found = await withPage(browser, (page) => measured(page, url));
    found.axe = [];
    for (const look of asked.axe ? Object.keys(LOOKS) : []) {
      found.axe.push(...(await withPage(browser, (page) => violations(page, url, look))));
    }
    process.stdout.write(`${JSON.stringify({ page: name, ...found })}\n`);
  }
} finally {
  await browser.close();
}
