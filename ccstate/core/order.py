"""Order: a graph over writes, sorted so that what is needed comes first; the same order on every machine."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping


class Cycle(Exception):
    """The graph has a cycle; carries its nodes in order."""

    def __init__(self, nodes: tuple[str, ...]) -> None:
        self.nodes = nodes
        super().__init__(" -> ".join((*nodes, nodes[0])))


def sort(nodes: Iterable[str], edges: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Kahn with a heap: `edges` are (before, after); ties by name. Raises Cycle."""
    return tuple(node for batch in batches(nodes, edges) for node in batch)


def batches(nodes: Iterable[str], edges: Iterable[tuple[str, str]]) -> tuple[tuple[str, ...], ...]:
    """Sets of nodes that may go together, each after all it needs; sorted inside. Raises Cycle."""
    waiting, followers = _graph(nodes, edges)
    ready = sorted(node for node, count in waiting.items() if count == 0)
    result = []
    done = 0
    while ready:
        result.append(tuple(ready))
        done += len(ready)
        following: list[str] = []
        for node in ready:
            for follower in followers[node]:
                waiting[follower] -= 1
                if waiting[follower] == 0:
                    heapq.heappush(following, follower)
        ready = [heapq.heappop(following) for _ in range(len(following))]
    if done < len(waiting):
        stuck = {node for node, count in waiting.items() if count > 0}
        raise Cycle(_find_cycle(stuck, followers))
    return tuple(result)


def _graph(
    nodes: Iterable[str], edges: Iterable[tuple[str, str]]
) -> tuple[dict[str, int], Mapping[str, list[str]]]:
    waiting = dict.fromkeys(nodes, 0)
    followers: dict[str, list[str]] = defaultdict(list)
    for before, after in sorted(set(edges)):
        if before in waiting and after in waiting and before != after:
            waiting[after] += 1
            followers[before].append(after)
    return waiting, followers


def _find_cycle(stuck: set[str], followers: Mapping[str, list[str]]) -> tuple[str, ...]:
    """One cycle among nodes that could not be sorted: walk backwards, every stuck node waits for another."""
    needs: dict[str, str] = {}
    for before in sorted(stuck):
        for after in followers[before]:
            if after in stuck:
                needs.setdefault(after, before)
    node = min(stuck)
    seen: dict[str, int] = {}
    walk: list[str] = []
    while node not in seen:
        seen[node] = len(walk)
        walk.append(node)
        node = needs[node]
    return tuple(reversed(walk[seen[node] :]))
