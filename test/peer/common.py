"""Common: what two histories of a lane 1 have in common, found by checkpoints. From docs/wire.md.

`out` is the lane that this vat sends, `in` the one that it receives. A checkpoint is
`[number, tail]` as statements have it: the number of the next item, and the tail before it.
"""

import wire
from keys import to_text
from statement import CHECKPOINTS_MAX

# Checkpoints of that many items back are kept at the least. This peer thins none of its own.
DENSE = 1024


def fresh():
    return {"mentions": {"out": {}, "in": {}}, "points": {"out": [], "in": []}}


def note_names(link, way, number, item):
    """Remembers which item mentioned an `x` name first."""
    for name in exports_in(item):
        link["mentions"][way].setdefault(str(name), number)


def note_point(link, way, number, item, tail):
    """Keeps a checkpoint if the item can have made a name; `tail` is the one after it."""
    first = link["mentions"][way]
    is_new = any(first.get(str(name)) == number for name in exports_in(item))
    if is_new or isinstance(item, wire.Redeem):
        link["points"][way].append([number + 1, to_text(tail)])


def exports_in(item):
    slots = item.slots if isinstance(item, (wire.Message, wire.Give)) else []
    return [int(slot[1:].rstrip("?")) for slot in slots if slot[0] == "x"]


def seen(link):
    """The highest number of the peer's `x` names that this vat ever met."""
    return max((int(name) for name in link["mentions"]["in"]), default=0)


def kept_exports(link, common):
    """The first `x` name of this vat that no item below `common` has mentioned."""
    later = (int(name) for name, number in link["mentions"]["out"].items() if number >= common)
    return min(later, default=link["exports"] + 1)


def question(link, low, high, received):
    """The checkpoints on which the peer is to speak, of those between `low` and `high`."""
    top = min(link["out"][0]["first"], received)
    points = [point for point in link["points"]["out"] if low < point[0] <= top]
    points = [point for point in points if high == 0 or point[0] < high]
    reached = max(link["out"][0]["first"], received)
    blocks = {block_of(point[0], reached): point for point in points}
    points = [point for block, point in blocks.items() if block[1] <= min(top, high or top)]
    step = -(-len(points) // CHECKPOINTS_MAX) or 1
    # From the highest downwards: where nothing was lost, it is the answer.
    return points[::-1][::step][::-1]


def block_of(number, reached):
    """The first and the last number of the block of which a peer keeps one checkpoint."""
    size = 1
    while True:
        step = DENSE * size * 2
        if number >= reached // step * step - step:
            return number // size * size, number // size * size + size - 1
        size *= 2


def match(link, asked):
    """What a statement says of the checkpoints in the peer's last one."""
    if not asked:
        return []
    known = {tuple(point) for point in link["points"]["in"]}
    number, tail = max(
        ((point[0], point[1]) for point in asked if tuple(point[:2]) in known),
        default=(0, to_text(wire.NO_TAIL)),
    )
    above = min((p[0] for p in asked if p[0] > number and tuple(p[:2]) not in known), default=0)
    return [number, tail, above]


def narrow(link, low, high, matched):
    """The bounds of what is left to ask, after a `match` of the peer."""
    if not matched:
        return low, high
    number, tail, above = matched[:3]
    if number > 0 and [number, tail] not in link["points"]["out"]:
        return low, high
    low = max(low, number)
    return low, min(high or above, above) if above > low else high


def forget(link, common, of_peer):
    """Deletes the checkpoints that are not common to both."""
    for way, last in (("out", common), ("in", of_peer)):
        points = link["points"][way]
        link["points"][way] = [point for point in points if point[0] <= last]
