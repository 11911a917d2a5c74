"""Link: lanes, numbers, tails, receipts and doubt of one pair of vats, without any network.

Written from docs/wire.md. `fresh()` is the whole state: plain data, so that it can be a file.
"""

import secrets

import common
import wire
from keys import to_text
from statement import MARK_BYTES

LANES = (0, 1)
BOX_ITEMS = 400
BOX_BYTES = 900_000


def fresh():
    """A link on which nothing has happened."""
    return {
        "out": [fresh_out(1, wire.NO_TAIL) for _ in LANES],
        "in": [{"next": 0, "tail": wire.NO_TAIL.hex()} for _ in LANES],
        "heard": False,
        "doubt": None,
        "settling": None,
        "settled": None,
        **common.fresh(),
    }


def fresh_out(first, tail, receipted=0):
    return {
        **{"first": first, "tail": tail.hex(), "items": []},
        **{"sent": first, "receipted": receipted},
    }


def next_out(lane):
    return lane["first"] + len(lane["items"])


def put(link, lane, item):
    """Gives the item its number."""
    out = link["out"][lane]
    out["items"].append(item.decode())
    return next_out(out) - 1


def make_lanes(link, skip=0):
    """The lanes of the next box. `skip` leaves out the first items of lane 1, which is a gap."""
    lanes, room, space = [], BOX_ITEMS, BOX_BYTES
    # Lane 2 is never busy: what it holds goes first.
    for index in reversed(LANES):
        out = link["out"][index]
        first, tail, items = out["first"], bytes.fromhex(out["tail"]), []
        for text in out["items"]:
            item = text.encode()
            if index == 0 and skip > 0:
                tail, first, skip = wire.extend(tail, first, item), first + 1, skip - 1
                continue
            if room < 1 or space < len(item):
                break
            items.append(item)
            room, space = room - 1, space - len(item)
        out["sent"] = max(out["sent"], first + len(items))
        lanes.insert(0, wire.Lane(first, tail, items))
    return lanes


def draw_mark():
    return to_text(secrets.token_bytes(MARK_BYTES))


def doubt(link, reason):
    """Stops the link, which is to be settled."""
    if link["doubt"] is None:
        start_doubt(link, reason)


def start_doubt(link, reason, mark=None, yours=""):
    """Begins a doubt, or begins it again with a new mark; `yours` is the peer's that was seen."""
    link["doubt"] = reason
    link["settling"] = {
        **{"mark": mark or draw_mark(), "yours": yours, "bound": "", "stage": "doubt"},
        **{"peer": None, "low": 0, "high": 0, "word": None, "discards": False, "answered": None},
    }


def take(link, box, use):
    """Takes what is next out of a box; `use(lane, number, item)` is called for each item."""
    stops = ["nothing", "nothing"]
    for index in LANES:
        if link["doubt"] is None:
            stops[index] = take_lane(link, index, box, use)
    return ["doubt", "doubt"] if link["doubt"] else stops


def shows_begin(link, box):
    """Whether the box states the numbers and tails that both are to begin anew with."""
    if link["settling"] is None or link["settling"]["stage"] != "done":
        return False
    stated = [(lane.first, lane.tail) for lane in box.lanes]
    return stated == state_of(link)


def take_lane(link, index, box, use):
    state, lane = link["in"][index], box.lanes[index]
    if state["next"] == 0:
        if box.linked:
            doubt(link, "the peer has had receipts of boxes that are not known here")
            return "doubt"
        state["next"], state["tail"] = lane.first, lane.tail.hex()
    if lane.first > state["next"]:
        return "gap"
    number, tail, items = lane.first, lane.tail, list(lane.items)
    if number + len(items) < state["next"]:
        return "nothing"
    while number < state["next"]:
        tail, number = wire.extend(tail, number, items.pop(0)), number + 1
    if tail.hex() != state["tail"]:
        doubt(link, f"another history of lane {index + 1} before item {number}")
        return "doubt"
    for item in items:
        use(index, number, item)
        tail = wire.extend(tail, number, item)
        if index == 0:
            note_item(link, number, item, tail)
        number += 1
    state["next"], state["tail"] = number, tail.hex()
    return "nothing"


def note_item(link, number, data, tail):
    """Keeps what a doubt will need to know of a lane 1 item of the peer."""
    item = wire.read_item(data)
    common.note_names(link, "in", number, item)
    common.note_point(link, "in", number, item, tail)


def state_of(link):
    """What a receipt says of each lane."""
    return [(lane["next"], bytes.fromhex(lane["tail"])) for lane in link["in"]]


def use_receipt(link, receipt, had_heard):
    """Deletes what is stored. Returns True if the peer says that it does not know us."""
    stops = [lane.stop for lane in receipt.lanes]
    if link["doubt"] is not None:
        return False
    if "doubt" in stops:
        doubt(link, "the peer is in doubt")
    elif "unknown" in stops:
        if not had_heard:
            return True
        doubt(link, "the peer has lost its disk")
    else:
        plans = [stored_out(link, index, receipt.lanes[index]) for index in LANES]
        if None in plans:
            doubt(link, "a receipt that does not fit")
        else:
            note_stored(link, receipt.lanes[0].next)
            for out, plan in zip(link["out"], plans):
                out.update(plan)
            link["heard"] = link["heard"] or any(lane.next for lane in receipt.lanes)
    return False


def stored_out(link, index, stored):
    """The lane once its items below `next` are deleted; None when that does not fit."""
    out = link["out"][index]
    if stored.next == 0:
        return {} if out["receipted"] == 0 else None
    if not max(out["first"], out["receipted"]) <= stored.next <= out["sent"]:
        return None
    first, tail, items = out["first"], bytes.fromhex(out["tail"]), list(out["items"])
    while first < stored.next:
        tail, first = wire.extend(tail, first, items.pop(0).encode()), first + 1
    if tail != stored.tail:
        return None
    return {"first": first, "tail": tail.hex(), "items": items, "receipted": first}


def note_stored(link, until):
    """Keeps checkpoints of the lane 1 items that are about to be deleted."""
    out = link["out"][0]
    tail = bytes.fromhex(out["tail"])
    for number, text in zip(range(out["first"], until), out["items"]):
        tail = wire.extend(tail, number, text.encode())
        common.note_point(link, "out", number, wire.read_item(text.encode()), tail)


def give_up(link):
    """On `unknown`: drops the first redeem and all up to the next. Returns what was dropped."""
    out, dropped = link["out"][0], []
    tail, number = bytes.fromhex(out["tail"]), out["first"]
    while out["items"]:
        item = out["items"][0].encode()
        if dropped and isinstance(wire.read_item(item), wire.Redeem):
            break
        dropped.append((number, item))
        tail, number = wire.extend(tail, number, item), number + 1
        out["items"].pop(0)
    out.update(first=number, tail=tail.hex(), sent=max(out["sent"], number))
    return dropped
