"""The tables: what was measured, and each figure of sql-proxy's over that of its peers."""

import json
from statistics import median

# The peers that the ratios are taken to, in the order of the columns.
AGAINST = ("direct", "haproxy", "pgbouncer", "pgbouncer-session")


def load_table(rows):
    lines = ["| load | peer | tps | p50 µs | p95 µs | p99 µs | CPU µs/tx | calls/tx |", "|---|---|--:|--:|--:|--:|--:|--:|"]
    for row in rows:
        if row.error:
            lines.append(f"| {row.load} | {row.peer} | does not run: {row.error.splitlines()[0][:80]} | | | | | |")
            continue
        low, high = row.spread("tps")
        lines.append(f"| {row.load} | {row.peer} | {row.middle('tps'):,.0f} ({low:,.0f} to {high:,.0f}) | {row.middle('p50'):,.0f} | {row.middle('p95'):,.0f} | "
                     f"{row.middle('p99'):,.0f} | {_microseconds(row)} | {'' if row.calls is None else f'{row.calls:.1f}'} |")
    return lines


def _microseconds(row):
    return "" if row.peer == "direct" else f"{row.middle('cpu') * 1e6:.1f}"


def ratios(rows):
    """[(load, peer, other, {figure: ratio})]: medians over the rounds' own ratios, each pair of which ran one after the other."""
    by_load = {}
    for row in rows:
        if row.samples and not row.error:
            by_load.setdefault(row.load, {})[row.peer] = row
    result = []
    for load, peers in by_load.items():
        for name, row in peers.items():
            if not name.startswith("sql-proxy"):
                continue
            for other in AGAINST:
                if other in peers:
                    result.append((load, name, other, _ratio(row, peers[other], peers.get("direct"))))
    return result


def _ratio(row, other, direct):
    def over(figure):
        pairs = [(getattr(a, figure), getattr(b, figure)) for a, b in zip(row.samples, other.samples)]
        return median(a / b for a, b in pairs) if all(b for _, b in pairs) else None

    figures = {"tps": over("tps"), "p50": over("p50"), "p99": over("p99"), "cpu": over("cpu") if other.peer != "direct" else None}
    if direct is not None and other.peer not in ("direct", row.peer):
        # What is added to the direct connection's time, over what the other adds.
        for figure in ("p50", "p99"):
            ours, theirs = row.middle(figure) - direct.middle(figure), other.middle(figure) - direct.middle(figure)
            figures[f"added {figure}"] = ours / theirs if theirs > 0 else None
    return figures


def ratio_table(rows):
    lines = ["| load | peer | over | tps | p50 | p99 | CPU/tx | added p50 | added p99 |", "|---|---|---|--:|--:|--:|--:|--:|--:|"]
    for load, name, other, figures in ratios(rows):
        cells = " | ".join(_number(figures.get(f)) for f in ("tps", "p50", "p99", "cpu", "added p50", "added p99"))
        lines.append(f"| {load} | {name} | {other} | {cells} |")
    return lines


def _number(value):
    return "" if value is None else f"{value:.2f}"


def write(folder, heading, rows, others):
    """`others`: tables of the further measurements, {title: (header, [cells])}. Writes report.md and report.json; gives the text."""
    lines = [*heading, "", "## pgbench", "", *load_table(rows), "", "## Ratios", "", *ratio_table(rows)]
    for title, (header, cells) in others.items():
        lines += ["", f"## {title}", "", "| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
        lines += ["| " + " | ".join(map(str, line)) + " |" for line in cells]
    text = "\n".join(lines) + "\n"
    (folder / "report.md").write_text(text)
    (folder / "report.json").write_text(json.dumps({
        "heading": heading, "pgbench": [row.as_json() for row in rows],
        "ratios": [{"load": str(load), "peer": name, "over": other, **figures} for load, name, other, figures in ratios(rows)],
        "others": {title: [dict(zip(header, line)) for line in cells] for title, (header, cells) in others.items()}}, indent=1) + "\n")
    return text
