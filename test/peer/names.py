"""Names: what a peer calls the things that this vat knows, and which names are dead.

Written from docs/wire.md. A dead name's number is never given again, so a range of them is enough.
"""

import secrets

from keys import sha256

SKIP_MAX = 1 << 28
OTHER_SIDE = {"x": "y", "y": "x", "p": "q", "q": "p"}


def fresh():
    return {
        **{"names": {}, "given": {}, "made": {}, "exports": 0, "skips": True},
        **{"redeemed": {}, "redeems": {}, "again": {}, "dead": {"y": [], "q": []}},
    }


def key_of(swissnum):
    """By what a vat looks a swissnum up."""
    return sha256(swissnum.encode()).hex()


def give(link, vat, ref, lane=1):
    """The name by which that peer knows the reference, or will, without a mark."""
    place, name = ref.split("/")
    # Lane 2 may come before the item that makes the thing.
    is_made = lane == 1 or name[0] != "q" or int(name[1:]) < link["out"][0]["first"]
    if place == vat and not is_dead(link, name) and is_made:
        return name
    if ref not in link["names"]:
        # The very bytes of an item may be said again by a copy, and mean another thing.
        link["exports"] += 1 + (secrets.randbelow(SKIP_MAX) if link["skips"] else 0)
        link["skips"] = False
        link["names"][ref] = f"x{link['exports']}"
        link["given"][link["names"][ref]] = ref
    return link["names"][ref]


def resolve(link, vat, name):
    """The reference that a peer's name stands for; None if it was never given."""
    own = OTHER_SIDE[name[0]] + name.rstrip("?")[1:]
    if own[0] == "y":
        return f"{vat}/{own}"
    if own[0] == "q":
        is_made = own[1:] in link["redeems"] or own in link["far"]
        return f"{vat}/{own}" if is_made else None
    return ref_of(link, vat, own)


def ref_of(link, vat, own):
    """The reference that a name of this vat's own saying stands for."""
    own = own.rstrip("?")
    if own[0] in "yq":
        return f"{vat}/{own}"
    return link["given"].get(own) or link["made"].get(own)


def is_dead(link, own):
    ranges = link["dead"].get(own[0], [])
    return any(first <= int(own[1:]) < after for first, after in ranges)


def current(link, name):
    """The name of a thing whose redeem was sent again under another number."""
    while name[0] == "q" and name[1:] in link["again"]:
        name = "q" + link["again"][name[1:]]
    return name


def bury(link, own, peer, after):
    """Makes names dead, by both last words; `after` has the lowest new numbers of `y` and `q`."""
    for kind, first, end in zip("yq", (peer["exports"][0], own["common"]), after):
        link["dead"][kind].append([first, end])
    kept = own["exports"][0]
    mentions = link["mentions"]
    mentions["out"] = {name: at for name, at in mentions["out"].items() if int(name) < kept}
    for table, first in (("given", kept), ("made", peer["common"])):
        link[table] = {name: ref for name, ref in link[table].items() if int(name[1:]) < first}
    # A thing keeps the first of its names that is left.
    is_left = {**link["given"], **link["made"]}
    link["names"] = {ref: name for ref, name in link["names"].items() if name in is_left}
    for name, ref in link["made"].items():
        if ref != "own/none":
            link["names"].setdefault(ref, name)
    redeems, redeemed, common = link["redeems"], link["redeemed"], own["common"]
    link["redeems"] = {at: key for at, key in redeems.items() if int(at) < common}
    link["redeemed"] = {key: at for key, at in redeemed.items() if at < common}
