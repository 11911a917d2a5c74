"""Settling: which statement counts, and what is stated of a doubt. Written from docs/wire.md.

`link["settling"]` is plain data: it is there from the first doubt until the peer has begun anew too.
Each function says what to do next to a link; nothing here knows of a network.
"""

import common
import link as links
import wire
from keys import to_text
from statement import FACTS, WORD

LAST = ("ready", "done")


# What the peer states


def hear(link, said):
    """Takes a statement that is known to be new."""
    settling, mark = link["settling"], said["mark"]
    if said["stage"] == "unknown":
        return
    if settling["bound"] not in ("", mark):
        return links.start_doubt(link, "one of us is an older copy", yours=mark)
    settling["yours"] = mark
    has_lanes = said["stage"] != "asked"
    is_mine = said["yours"] == settling["mark"]
    if not has_lanes or not (is_mine or (said["yours"] == "" and said["stage"] == "doubt")):
        return
    settling["bound"] = mark
    before = settling["peer"]
    if before is not None and before["stage"] in LAST:
        if said["stage"] not in LAST:
            return
        if word_of(before) != word_of(said):
            return links.start_doubt(link, "the peer has two last words", yours=mark)
    settling["peer"] = said
    bounds = common.narrow(link, settling["low"], settling["high"], said["match"])
    settling["low"], settling["high"] = bounds


def word_of(said):
    return [said[member] for member in WORD]


def is_begun_by_peer(link, said):
    """Whether the statement shows that the peer has begun anew, as this vat has."""
    settling = link["settling"]
    is_done = settling["stage"] == said["stage"] == "done"
    return is_done and settling["peer"] is not None and word_of(settling["peer"]) == word_of(said)


def confirm(link):
    """The peer has begun anew: from now on both go on as ever."""
    link["settled"], link["settling"] = link["settling"], None


# What this vat states


def fit(out, received, tail):
    """Where the lane goes on if the peer has the same items; None if it does not fit."""
    if received == 0:
        return None if out["receipted"] else out["first"]
    if not out["first"] <= received <= links.next_out(out):
        return None
    number, own = out["first"], bytes.fromhex(out["tail"])
    for text in out["items"][: received - number]:
        own, number = wire.extend(own, number, text.encode()), number + 1
    return received if to_text(own) == tail else None


def fits(link):
    """For both lanes, once the peer's facts are known."""
    peer = link["settling"]["peer"]
    return [fit(out, *lane[2:4]) for out, lane in zip(link["out"], peer["lanes"])]


def ask(link):
    """The checkpoints on which the peer is to speak: none when nothing is left to ask."""
    settling = link["settling"]
    if settling["stage"] != "doubt" or settling["peer"] is None or fits(link)[0] is not None:
        return []
    received = settling["peer"]["lanes"][0][2]
    return common.question(link, settling["low"], settling["high"], received)


def facts(link, last=False):
    """What is said of the link; as a last word, or as a word before it."""
    peer = link["settling"]["peer"]
    found = [None, None] if peer is None else fits(link)
    kept = [out["first"] if at is None else at for out, at in zip(link["out"], found)]
    until = 1
    if last:
        until = kept[0] if found[0] is not None else link["settling"]["low"] or 1
    lanes = [
        [own, links.next_out(out), lane["next"], to_text(bytes.fromhex(lane["tail"]))]
        for own, out, lane in zip(kept, link["out"], link["in"])
    ]
    exports = [common.kept_exports(link, until) if last else 1, link["exports"] + 1]
    return dict(zip(FACTS, (lanes, [*exports, common.seen(link)], until)))


def decide(link, choice):
    """Says the last word if it can be said; `choice` is for items that the peer may have taken."""
    settling = link["settling"]
    if settling["stage"] != "doubt" or settling["peer"] is None or ask(link):
        return
    word, is_sure = facts(link, last=True), None not in fits(link)
    kept, after = word["lanes"][0][:2]
    if is_sure or kept == after or choice is not None:
        settling.update(word=word, stage="ready", discards=not is_sure and choice == "discard")


def can_begin(link):
    settling = link["settling"]
    peer = settling["peer"]
    is_last = peer is not None and peer["stage"] in LAST and peer["yours"] == settling["mark"]
    return settling["stage"] == "ready" and is_last


def state(link, settling, sender, to, asked=None):
    """The members of a statement that tell of the link; those of a settled one as they were.

    `asked` has the checkpoints on which to speak, by default those that the peer stated last.
    """
    peer = settling["peer"]
    is_doubt = settling["stage"] == "doubt"
    if asked is None:
        asked = [] if peer is None else peer["checkpoints"]
    return {
        **{"from": sender, "to": to, "mark": settling["mark"], "yours": settling["yours"]},
        **{"stage": settling["stage"], **(settling["word"] or facts(link))},
        "checkpoints": ask(link) if is_doubt else [],
        "match": common.match(link, asked),
    }


def state_without(stage, sender, to, mark, yours):
    """A statement of a vat that has no such doubt."""
    nothing = {"lanes": [], "exports": [], "common": 0, "checkpoints": [], "match": []}
    ends = {"from": sender, "to": to, "mark": mark, "yours": yours}
    return {**ends, "stage": stage, **nothing}
