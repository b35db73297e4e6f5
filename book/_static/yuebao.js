/* Runs in the head: theme before the first paint, then the menu, links that copy, citations and the scrolling tables. No other page script is needed. */
(function (d) {
  "use strict";
  var root = d.documentElement, own = d.currentScript && d.currentScript.src, names = {auto: "自动", light: "浅色", dark: "深色"};
  function stored() { try { return localStorage.getItem("theme"); } catch (e) { return null; } }
  function set(theme) {
    if (!names[theme]) theme = "auto";
    root.dataset.theme = theme;
    try { localStorage.setItem("theme", theme); } catch (e) { /* private window */ }
    return theme;
  }
  root.classList.add("js");
  root.dataset.theme = names[stored()] ? stored() : "auto";

  d.addEventListener("DOMContentLoaded", function () {
    var button = d.querySelector(".theme-button"), menu = d.querySelector(".menu-button"), order = ["auto", "dark", "light"];
    function say() { button.textContent = "明暗：" + names[root.dataset.theme]; }
    if (button) {
      say();
      button.addEventListener("click", function () {
        set(order[(order.indexOf(root.dataset.theme) + 1) % 3]);
        say();
      });
    }
    if (menu) {
      menu.addEventListener("click", function () {
        var open = root.classList.toggle("menu-open");
        menu.setAttribute("aria-expanded", String(open));
      });
    }
    /* The # beside a heading copies its address; where the browser lets no page do that it is a link. */
    var said = d.createElement("p");
    said.className = "sr";
    said.setAttribute("role", "status");
    d.body.appendChild(said);
    d.addEventListener("click", function (event) {
      var link = event.target.closest && event.target.closest("a.headerlink");
      if (!link || !navigator.clipboard) return;
      navigator.clipboard.writeText(link.href).then(function () {
        said.textContent = "";
        setTimeout(function () { said.textContent = link.dataset.said = "已复制"; }, 50);
        setTimeout(function () { delete link.dataset.said; }, 2000);
      }, function () { /* not allowed: the address bar has it */ });
    });
    /* A citation gets the day it is made on and, where the pages were bound without an address, the one they are read at. */
    var now = new Date(), day = [now.getFullYear(), now.getMonth() + 1, now.getDate()].map(function (n) { return String(n).padStart(2, "0"); }).join("-");
    d.querySelectorAll(".cited-on").forEach(function (place) { place.textContent = day; });
    if (own && /^https?:$/.test(location.protocol)) {
      var site = new URL("..", own).href.replace(/editions\/\d{4}-\d{2}\/$/, "");
      d.querySelectorAll(".cited-at").forEach(function (place) { place.textContent = site + "editions/" + place.dataset.at; });
      d.querySelectorAll(".to-fill").forEach(function (note) { note.remove(); });
    }
    /* A table wider than its place can be scrolled with the keyboard. */
    d.querySelectorAll(".scroll, .table-wrapper, div.highlight pre").forEach(function (box) {
      if (!box.hasAttribute("tabindex") && box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    });
  });
})(document);
