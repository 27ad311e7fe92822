"""The table of a benchmark: from its JSON, so that it can be printed again.

    python report.py FILE.json
"""

import json
import pathlib
import sys


def rate(value, unit):
    if unit == "bytes/s":
        return f"{value / 1e6:.1f} MB/s"
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.1f} {unit}"


def against(value, wanted, form, at_most=False):
    """The figure, and beside it what was wanted."""
    if value is None:
        return "-"
    text = form(value)
    if wanted is None:
        return text
    reached = value <= wanted if at_most else value >= wanted
    sign = "<=" if at_most else ">="
    return f"{text} ({sign} {form(wanted)}: {'yes' if reached else 'NO'})"


def times(value):
    return f"{value:.2f} x"


def percent(value):
    return f"{100 * value:.0f} %"


def claim_cells(row, claim):
    """The cells of one comparison, or why there is none."""
    if "obstacle" in claim:
        return [row["title"], claim["peer"], claim["ours"], claim["obstacle"], "-", "-"]
    return [
        row["title"],
        f"{claim['peer_label']}: {rate(claim['peer_rate'], row['unit'])}",
        f"{claim['ours']}: {rate(claim['our_rate'], row['unit'])}",
        against(claim["ratio"], claim["wanted_ratio"], times),
        against(claim.get("limit_share"), claim["wanted_limit_share"], percent),
        against(claim.get("memory_share"), claim["wanted_memory_share"], percent, at_most=True)]


def table(document):
    """Markdown."""
    lines = [] if not document["rows"] else [
        "| work | peer | distill | ratio | of the limit | peak memory, of the peer's |",
        "|---|---|---|---|---|---|"]
    for row in document["rows"]:
        for claim in row["claims"]:
            lines.append("| " + " | ".join(claim_cells(row, claim)) + " |")
    lines += growth_lines(document.get("growth")) + tracking_lines(document.get("tracking"))
    lines += [""] + [
        f"- {note}" for note in dict.fromkeys(n for row in document["rows"] for n in row["notes"])]
    return "\n".join(lines).rstrip()


def growth_lines(growth):
    if not growth:
        return []
    if "obstacle" in growth:
        return ["", f"Cost as work grows: {growth['obstacle']}"]
    lines = ["", "| as work grows | 1 x | 10 x | quotient |", "|---|---|---|---|"]
    names = {
        "tokens_per_second": ("`distill general`", lambda v: f"{v:,.0f} tokens/s", 0.95, False),
        "peak_rss_bytes": ("its peak memory", lambda v: f"{v / 1e6:,.0f} MB", 1.05, True),
        "corpus_bytes_per_second": ("`distill corpus`", lambda v: f"{v / 1e6:.2f} MB/s", None, False),
        "corpus_peak_rss_bytes": ("its peak memory", lambda v: f"{v / 1e6:,.0f} MB", None, True)}
    for key, (name, form, wanted, at_most) in names.items():
        cell = against(growth["quotient"][key], wanted, times, at_most)
        lines.append(f"| {name} | {form(growth['x1'][key])} | {form(growth['x10'][key])} | {cell} |")
    return lines


def tracking_lines(tracking):
    if not tracking:
        return []
    if "obstacle" in tracking:
        return ["", f"Cost of tracking: {tracking['obstacle']}"]
    lines = ["", "| `distill general`, every step told | speed, to one beside it without a server | rounds |",
             "|---|---|---|"]
    names = {"none": "no server either", "on": "a server that takes everything", "hanging": "one that hangs for ever"}
    for way, name in names.items():
        rounds = tracking["rounds"][way]
        cell = against(tracking["quotient"][way], 0.99, lambda v: f"{v:.4f} x", False)
        lines.append(f"| {name} | {cell} | {min(rounds):.4f} to {max(rounds):.4f} |")
    return lines


def variants(document):
    """Every way that was measured, its median and spread."""
    if not document["rows"]:
        return ""
    lines = ["| work | way | median | lowest to highest | peak memory |", "|---|---|---|---|---|"]
    for row in document["rows"]:
        for v in row["variants"]:
            if "obstacle" in v:
                lines.append(f"| {row['name']} | {v['label']} | {v['obstacle']} | | |")
                continue
            memory = v.get("peak_rss_bytes")
            lines.append(
                f"| {row['name']} | {v['label']} | {rate(v['rate'], row['unit'])} | "
                f"{rate(min(v['rates']), row['unit'])} to {rate(max(v['rates']), row['unit'])} | "
                + (f"{memory / 1e6:,.0f} MB |" if memory else "- |"))
    return "\n".join(lines)


def text(document):
    machine = document["machine"]
    head = (
        f"{machine['cpu']}, {machine['cores']} cores, {document['threads']} threads each; PyTorch "
        f"{document['versions']['torch']}; {document['rounds']} rounds in turn, medians; "
        f"{document['date']}")
    if document.get("busy"):
        head += f"\nMeasured although the machine was busy: {document['busy']}"
    return "\n\n".join(part for part in (head, table(document).strip(), variants(document)) if part)


if __name__ == "__main__":
    print(text(json.loads(pathlib.Path(sys.argv[1]).read_text())))
