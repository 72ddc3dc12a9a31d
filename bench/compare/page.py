"""python3 -m compare.page REPORT.json: writes the tables of docs/performance.md and its plots anew from what bench/run.sh has left."""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/performance.md"
BEGIN, END = "<!-- measured: begin (bench/compare/page.py) -->", "<!-- measured: end -->"
COLOURS = {"haproxy": "#9aa5b1", "pgbouncer": "#d9822b", "pgbouncer-session": "#e0a96d", "sql-proxy": "#2364aa", "sql-proxy-session": "#73a5d6"}


def _name(row):
    return f"{row['script']} {row['protocol']} {row['clients']} clients {'TLS' if row['tls'] else 'plain'}"


def _table(header, lines):
    return ["| " + " | ".join(header) + " |", "|" + "---|" * len(header), *("| " + " | ".join(map(str, line)) + " |" for line in lines)]


def _number(value, digits=2):
    return "" if value is None else f"{value:,.{digits}f}"


def pgbench_table(rows):
    lines = []
    for row in rows:
        if row["error"]:
            lines.append([_name(row), row["peer"], "does not run", "", "", "", ""])
            continue
        low, high = row["tps"]["spread"]
        cpu = "" if row["peer"] == "direct" else _number(row["cpu"]["median"] * 1e6, 1)
        lines.append([_name(row), row["peer"], f"{row['tps']['median']:,.0f} ({low:,.0f} to {high:,.0f})", _number(row["p50"]["median"], 0),
                      _number(row["p99"]["median"], 0), cpu, _number(row["system_calls"], 1)])
    return _table(["load", "peer", "tps (spread)", "p50 µs", "p99 µs", "CPU µs/tx", "calls/tx"], lines)


def ratio_table(ratios):
    wanted = [r for r in ratios if r["over"] != "direct"]
    return _table(["load", "peer", "over", "CPU/tx", "tps", "added p50", "added p99"],
                  [[r["load"], r["peer"], r["over"], *(_number(r.get(f)) for f in ("cpu", "tps", "added p50", "added p99"))] for r in wanted])


def plot(title, unit, groups):
    """An SVG of bars: `groups` is [(label, [(peer, value)])]."""
    bar, gap, left, width = 16, 14, 230, 760
    largest = max((value for _, bars in groups for _, value in bars), default=1) or 1
    parts, y = [], 40
    for label, bars in groups:
        middle = y + bar * len(bars) / 2 + 4
        parts.append(f'<text x="{left - 8}" y="{middle:.0f}" text-anchor="end">{label}</text>')
        for peer, value in bars:
            length = (width - left - 190) * value / largest
            parts.append(f'<rect x="{left}" y="{y}" width="{length:.1f}" height="{bar - 3}" fill="{COLOURS.get(peer, "#777777")}"/>')
            parts.append(f'<text x="{left + length + 6:.1f}" y="{y + bar - 5}">{peer} {value:,.1f}</text>')
            y += bar
        y += gap
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y}" font-family="sans-serif" font-size="11">\n'
            f'<rect width="100%" height="100%" fill="#ffffff"/>\n<text x="12" y="22" font-size="14">{title} ({unit})</text>\n' + "\n".join(parts) + "\n</svg>\n")


def cpu_groups(rows):
    groups = {}
    for row in rows:
        if row["peer"] in COLOURS and not row["error"] and row["clients"] == 8:
            groups.setdefault(_name(row), []).append((row["peer"], row["cpu"]["median"] * 1e6))
    return list(groups.items())


def bulk_groups(lines):
    groups = {}
    for line in lines:
        groups.setdefault(line["what"], []).append((line["peer"], float(line["MB per CPU second"].replace(",", ""))))
    return list(groups.items())


def measured(report, plots):
    lines = [*report["heading"], ""]
    for title, name in plots:
        lines += [f"![{title}]({name})", ""]
    if report["pgbench"]:
        lines += ["### pgbench", "", *pgbench_table(report["pgbench"]), "", "### Ratios", "",
                  "Medians of the rounds' own ratios; \"added\" is what is added to the direct connection's latency, over what the peer adds.", "",
                  *ratio_table(report["ratios"]), ""]
    for title, table in report["others"].items():
        if table:
            lines += [f"### {title}", "", *_table(list(table[0]), [list(line.values()) for line in table]), ""]
    return "\n".join(lines)


def main():
    report = json.loads(Path(sys.argv[1]).read_text())
    plots = []
    for name, title, unit, groups in (
            ("performance-cpu.svg", "Processor time per transaction, 8 clients", "µs, less is better", cpu_groups(report["pgbench"])),
            ("performance-bulk.svg", "Large results and COPY", "MB per CPU second, more is better", bulk_groups(report["others"].get("Large results and COPY", [])))):
        if groups:
            (PAGE.parent / name).write_text(plot(title, unit, groups))
            plots.append((title, name))
    text = PAGE.read_text()
    fresh = f"{BEGIN}\n{measured(report, plots)}{END}"
    PAGE.write_text(re.sub(re.escape(BEGIN) + ".*?" + re.escape(END), lambda _: fresh, text, flags=re.S))


if __name__ == "__main__":
    main()
