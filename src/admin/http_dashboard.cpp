#include "admin/http_dashboard.hpp"

#include <string_view>

namespace sqlproxy::admin {
namespace {

constexpr std::string_view kPage = R"html(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>sql-proxy</title>
<link rel="stylesheet" href="/dashboard.css">
<script src="/dashboard.js" defer></script>
</head>
<body>
<header><h1>sql-proxy</h1><p id="state">asking ...</p></header>
<section id="figures"></section>
<h2>Databases</h2>
<table id="databases"></table>
<nav id="tables"></nav>
<table id="rows"></table>
</body>
</html>
)html";

constexpr std::string_view kStyle = R"css(:root { color-scheme: light dark; font: 14px/1.45 system-ui, sans-serif; }
body { margin: 1.5rem auto; max-width: 76rem; padding: 0 1rem; }
header { display: flex; align-items: baseline; gap: 1rem; }
h1 { font-size: 1.3rem; }
h2 { font-size: 1rem; margin-top: 2rem; }
#figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .8rem; }
figure { margin: 0; padding: .6rem .8rem; border: 1px solid #8884; border-radius: .4rem; }
figcaption { opacity: .75; }
figure b { font-size: 1.4rem; font-variant-numeric: tabular-nums; }
svg { display: block; width: 100%; height: 2.6rem; }
polyline { fill: none; stroke: #3b82f6; stroke-width: 1.5; vector-effect: non-scaling-stroke; }
table { border-collapse: collapse; font-size: 13px; display: block; overflow-x: auto; }
th, td { text-align: left; padding: .2rem .7rem .2rem 0; border-bottom: 1px solid #8883; white-space: nowrap; }
nav { margin: 2rem 0 .6rem; display: flex; gap: .5rem; }
.bad { color: #dc2626; font-weight: 600; }
)css";

constexpr std::string_view kScript = R"js("use strict";
const SECONDS = 2, KEPT = 90;
const remembered = new Map();
let before = null;

// Samples of Prometheus' text format: [{name, labels, value}].
function samples(text) {
  const found = [];
  for (const line of text.split("\n")) {
    const match = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (!match) continue;
    const labels = {};
    for (const [, key, value] of (match[2] || "").matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) labels[key] = value;
    found.push({name: match[1], labels, value: Number(match[3])});
  }
  return found;
}

const sum = (all, name, wanted = {}) => all
  .filter((s) => s.name === "sql_proxy_" + name && Object.entries(wanted).every(([k, v]) => s.labels[k] === v))
  .reduce((total, s) => total + s.value, 0);

function figures(now, past, seconds) {
  const rate = (name, wanted) => past ? Math.max(0, sum(now, name, wanted) - sum(past, name, wanted)) / seconds : NaN;
  const mean = (stage) => {
    const times = rate("statement_seconds_sum", {stage}), count = rate("statement_seconds_count", {stage});
    return count > 0 ? times / count * 1e6 : NaN;
  };
  const hits = rate("parse_cache_hits_total"), misses = rate("parse_cache_misses_total");
  return {
    "statements per second": rate("statements_total"),
    "denied per second": rate("statements_total", {decision: "deny"}),
    "refused by rate limits per second": rate("rate_limited_total"),
    "transactions per second": rate("transactions_total"),
    "proxy's share, mean in µs": mean("pipeline"),
    "server's share, mean in µs": mean("backend"),
    "wait for a connection, mean in µs": mean("queue"),
    "parse cache hits in %": hits + misses > 0 ? 100 * hits / (hits + misses) : NaN,
    "clients": sum(now, "clients"),
    "clients that wait": sum(now, "clients", {state: "waiting"}),
    "server connections": sum(now, "pool_connections"),
    "audit events that wait": sum(now, "audit_queue_depth"),
    "audit events lost": sum(now, "audit_dropped_total"),
  };
}

function element(name, text, parent, className) {
  const made = document.createElement(name);
  if (text !== undefined && text !== null) made.textContent = text;
  if (className) made.className = className;
  if (parent) parent.append(made);
  return made;
}

function line(values) {
  const space = "http://www.w3.org/2000/svg", svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 100 30");
  svg.setAttribute("preserveAspectRatio", "none");
  const top = Math.max(1e-9, ...values.filter(Number.isFinite)), drawn = document.createElementNS(space, "polyline");
  drawn.setAttribute("points", values.map((v, i) => [i * 100 / (KEPT - 1), 29 - 28 * (v || 0) / top].map((n) => n.toFixed(1)).join(",")).join(" "));
  svg.append(drawn);
  return svg;
}

const shown = (value) => Number.isFinite(value) ? value.toLocaleString("en", {maximumFractionDigits: value < 10 ? 2 : 0}) : "–";

function drawFigures(values) {
  const place = document.getElementById("figures");
  place.replaceChildren();
  for (const [name, value] of Object.entries(values)) {
    const kept = remembered.get(name) || [];
    kept.push(value);
    if (kept.length > KEPT) kept.shift();
    remembered.set(name, kept);
    const figure = element("figure", null, place);
    element("figcaption", name, figure);
    element("b", shown(value), figure);
    figure.append(line(kept));
  }
}

function drawTable(table, rows) {
  table.replaceChildren();
  if (!rows.length) return void element("caption", "nothing", table);
  const head = element("tr", null, element("thead", null, table)), body = element("tbody", null, table);
  const columns = Object.keys(rows[0]);
  for (const column of columns) element("th", column, head);
  for (const row of rows) {
    const drawn = element("tr", null, body);
    for (const column of columns) element("td", row[column], drawn, row[column] === "no" || row[column] === "open" ? "bad" : "");
  }
}

function drawHealth(health) {
  drawTable(document.getElementById("databases"), Object.entries(health.databases).map(([database, d]) => ({
    database, reachable: d.reachable === null ? "not known" : d.reachable ? "yes" : "no", "query in µs": d.query_us,
    connections: d.pool.connections, idle: d.pool.idle, opening: d.pool.opening, waiting: d.pool.waiting,
    breakers: [...new Set(Object.values(d.breakers))].join(", "), paused: d.paused ? "yes" : "",
  })));
}

async function look() {
  const state = document.getElementById("state");
  try {
    // These answer everybody, and what everybody may ask is not audited.
    const [page, health] = await Promise.all([fetch("/metrics", {credentials: "omit"}), fetch("/health", {credentials: "omit"})]);
    const now = samples(await page.text()), at = performance.now(), found = await health.json();
    drawFigures(figures(now, before && before.now, before ? (at - before.at) / 1000 : 1));
    drawHealth(found);
    before = {now, at};
    state.className = found.status === "ok" ? "" : "bad";
    state.textContent = `${found.version}, ${found.status === "ok" ? "every database answers" : "not every database answers"}`;
  } catch (fault) {
    state.className = "bad";
    state.textContent = "the proxy does not answer";
  }
  setTimeout(look, SECONDS * 1000);
}

for (const name of ["pools", "clients", "servers", "stats", "policies"]) {
  element("button", name, document.getElementById("tables")).onclick = async () => {
    const table = document.getElementById("rows"), answer = await fetch("/api/v1/" + name);
    if (answer.ok) drawTable(table, (await answer.json())[name]);
    else table.replaceChildren(element("caption", `refused: ${answer.status}`));
  };
}
look();
)js";

}  // namespace

HttpResponse dashboard_file(HttpRoute route) {
  HttpResponse response;
  switch (route) {
    case HttpRoute::dashboard_script:
      response.content_type = "text/javascript; charset=utf-8";
      response.body = kScript;
      break;
    case HttpRoute::dashboard_style:
      response.content_type = "text/css; charset=utf-8";
      response.body = kStyle;
      break;
    default: response.content_type = "text/html; charset=utf-8"; response.body = kPage;
  }
  return response;
}

}  // namespace sqlproxy::admin
