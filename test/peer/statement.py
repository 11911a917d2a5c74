"""Statement: what two vats in doubt say, and where they go on. Written from docs/wire.md.

A statement is the dict that its JSON is, once `read_statement` has found it to be of the form.
"""

from keys import sha256, to_bytes
from wire import CONTACTS_MAX, STATED_MAX, is_whole, read_json, write_json

KINDS = ("settle", "settled")
STAGES = ("unknown", "asked", "doubt", "ready", "done")
FACTS = ("lanes", "exports", "common")
MEMBERS = ("kind", "from", "to", "mark", "yours", "stage", *FACTS, "checkpoints", "match", "contacts")
WORD = ("from", "to", "mark", "yours", *FACTS)
CHECKPOINTS_MAX = 64
MARK_BYTES = 16


def read_statement(data, *kinds):
    """Returns a dict with the members of a statement and no others; None for all else."""
    head = read_json(data)
    if not isinstance(head, dict) or head.get("kind") not in (kinds or KINDS):
        return None
    is_answer, stage = head["kind"] == "settled", head.get("stage")
    members = MEMBERS + (("request",) if is_answer else ())
    if any(member not in head for member in members) or stage not in STAGES:
        return None
    has_facts, is_last = stage not in ("unknown", "asked"), stage in ("ready", "done")
    contacts = head["contacts"]
    is_right = (
        to_bytes(head["from"], 32) is not None
        and to_bytes(head["to"], 32) is not None
        and is_mark(head["mark"], has_facts)
        and is_mark(head["yours"], is_last)
        and (not has_facts or are_facts(*(head[member] for member in FACTS)))
        and are_checkpoints(head["checkpoints"])
        and is_match(head["match"])
        and isinstance(contacts, list)
        and len(contacts) <= CONTACTS_MAX
        and all(isinstance(contact, str) for contact in contacts)
        and (not is_answer or to_bytes(head["request"], 24) is not None)
    )
    return {member: head[member] for member in members} if is_right else None


def is_mark(value, is_needed):
    return (value == "" and not is_needed) or to_bytes(value, MARK_BYTES) is not None


def are_facts(lanes, exports, common):
    if not isinstance(lanes, list) or len(lanes) != 2 or not all(is_lane(lane) for lane in lanes):
        return False
    if not isinstance(exports, list) or len(exports) < 3:
        return False
    kept, next_number, seen = exports[:3]
    is_right = is_count(kept) and is_count(next_number) and is_count(seen, 0)
    return is_right and kept <= next_number and is_count(common) and common <= lanes[0][0]


def are_checkpoints(value):
    if not isinstance(value, list) or len(value) > CHECKPOINTS_MAX:
        return False
    return all(is_checkpoint(each) for each in value)


def is_checkpoint(value, least=1):
    if not isinstance(value, list) or len(value) < 2:
        return False
    return is_count(value[0], least) and to_bytes(value[1], 32) is not None


def is_match(value):
    if value == []:
        return True
    return is_checkpoint(value, 0) and len(value) > 2 and is_count(value[2], 0)


def is_lane(lane):
    if not isinstance(lane, list) or len(lane) < 4:
        return False
    kept, next_number, received, tail = lane[:4]
    is_right = is_count(kept) and is_count(next_number) and is_count(received, 0)
    return is_right and kept <= next_number and to_bytes(tail, 32) is not None


def is_count(value, least=1):
    return is_whole(value, least, STATED_MAX)


def last_word(said):
    """A last word as it goes into the new tails."""
    return write_json([said[member] for member in WORD])


def begin_lane(sender, receiver, lane):
    """The next number of lane 1 or 2 from the one to the other, and the tail before it."""
    lines = ["qrt settle 1", str(lane), last_word(sender), last_word(receiver), ""]
    # One number is left out: an old box without items states it with the tail of then.
    number = max(sender["lanes"][lane - 1][1], receiver["lanes"][lane - 1][2]) + 1
    return number, sha256("\n".join(lines).encode())


def begin_exports(sender, receiver):
    """The number of the first `x` name of the sender."""
    return max(sender["exports"][1], receiver["exports"][2] + 1)
