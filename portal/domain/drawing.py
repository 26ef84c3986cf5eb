"""The room of pictures of the rules: the transition tables as text for people and as graphs for Graphviz."""

from __future__ import annotations

from collections.abc import Iterable

from portal.domain.states import ATTEMPT, ORDER, REFUND, REFUND_DECISIONS, UNCONFIRMED, Moved

Edge = tuple[str, str, str]


def _attempt_edges() -> Iterable[Edge]:
    for (status, event), step in ATTEMPT.items():
        if isinstance(step, Moved) and (step.to is not status):
            yield str(status), event.__name__ + (" (late)" if step.late else ""), str(step.to)


def _order_edges() -> Iterable[Edge]:
    for (status, event), to in ORDER.items():
        yield str(status), str(event), str(to)
    yield "review", "a person dismisses", "(the status before)"


def _refund_edges() -> Iterable[Edge]:
    for (status, event), to in REFUND.items():
        if to is not status:
            yield str(status), event.__name__, str(to)
    for decided, targets in REFUND_DECISIONS.items():
        for target in sorted(targets):
            yield str(decided), "decision", str(target)


NEW_LINE = r"\n"  # as Graphviz spells it
STYLE = """  graph [rankdir=LR fontname="sans-serif"]
  node [shape=box style=rounded fontname="sans-serif"]
  edge [fontname="sans-serif" fontsize=10]"""
MACHINES = {"order": _order_edges, "attempt": _attempt_edges, "refund": _refund_edges}


def tables() -> str:
    """Return every machine as a table: from, on, to; and what an attempt makes of every event."""
    parts = []
    for name, edges in MACHINES.items():
        rows = [("from", "on", "to"), *edges()]
        widths = [max(len(row[place]) for row in rows) for place in range(2)]
        lines = [f"{row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]}" for row in rows]
        parts.append("\n".join([name.upper(), *lines]))
    unmoved = [
        f"{status:<10} {event.__name__:<10} {type(step).__name__.lower()}"
        for (status, event), step in ATTEMPT.items()
        if not isinstance(step, Moved)
    ]
    deduced = ", ".join(f"{event.__name__} → {to}" for event, to in UNCONFIRMED.items())
    parts.append("\n".join(["ATTEMPT, what changes nothing", *unmoved]))
    parts.append(f"An end that was only deduced gives way to the operator's first word: {deduced}")
    return "\n\n".join(parts)


def graphs() -> str:
    """Return one Graphviz digraph, a cluster for each machine; edges between the same states are joined."""
    clusters = [_cluster(name, list(edges())) for name, edges in MACHINES.items()]
    return "\n".join(["digraph cross {", STYLE, *clusters, "}"])


def _cluster(name: str, edges: list[Edge]) -> str:
    joined: dict[tuple[str, str], list[str]] = {}
    for before, event, after in edges:
        joined.setdefault((before, after), []).append(event)
    states = dict.fromkeys(state for pair in joined for state in pair)
    lines = [f'  subgraph cluster_{name} {{ label="{name}"']
    lines += [f'    "{name} {state}" [label="{state}"]' for state in states]
    for (before, after), events in joined.items():
        label = NEW_LINE.join(events)
        lines.append(f'    "{name} {before}" -> "{name} {after}" [label="{label}"]')
    return "\n".join([*lines, "  }"])
