"""Anew: numbers, tails, names and held items of a link after a settling. From docs/wire.md."""

import common
import link as links
import names
import promises
import settling
import wire
from statement import begin_exports, begin_lane


def begin(vat, place):
    """Begins anew by both last words."""
    link = vat.link(place)
    own = settling.state(link, link["settling"], vat.id, place)
    peer = link["settling"]["peer"]
    held, discarded, answers = read_held(link, place, own, peer)
    starts = [[begin_lane(own, peer, lane), begin_lane(peer, own, lane)] for lane in (1, 2)]
    common.forget(link, own["common"], peer["common"])
    names.bury(link, own, peer, (begin_exports(peer, own), starts[0][0][0]))
    link.update(exports=begin_exports(own, peer) - 1, skips=True)
    ways = link["ways"]
    link["ways"] = {number: way for number, way in ways.items() if int(number) < own["common"]}
    for index, (out, received) in enumerate(starts):
        link["out"][index] = links.fresh_out(*out, receipted=out[0])
        link["in"][index] = {"next": received[0], "tail": received[1].hex()}
    link["begun"] += 1
    link["doubt"] = None
    link["settling"]["stage"] = "done"
    answered = promises.begin_anew(vat, place)
    for number, item in discarded:
        end(vat, place, number, item, ways, "QRT_ITEM_DISCARDED")
    for number, data, item, refs in held:
        now = send_again(vat, place, number, data, item, refs, ways)
        promises.move_answer(vat, place, answered.pop(f"q{number}", None), now)
    for found in answered.values():
        promises.lose(vat, found)
    for item, refs in answers:
        promises.put_end(vat, place, item.of, item.code, item.body, refs)
    promises.give_again(vat, place)


def read_held(link, place, own, peer):
    """What is sent again in lane 1, with its references; what is not; and what goes in lane 2."""
    held, discarded = [], []
    kept, after = own["lanes"][0][:2]
    out = link["out"][0]
    links.note_stored(link, kept)
    for number, text in enumerate(out["items"][kept - out["first"] :], kept):
        data = text.encode()
        item = wire.read_item(data)
        # What keeps the books of names is made anew.
        if isinstance(item, (wire.Give, wire.Want)):
            continue
        if link["settling"]["discards"] and number < after:
            discarded.append((number, item))
        else:
            slots = item.slots if isinstance(item, wire.Message) else []
            refs = [names.ref_of(link, place, slot) for slot in slots]
            held.append((number, data, item, refs))
    kept, out = own["lanes"][1][0], link["out"][1]
    texts = out["items"][kept - out["first"] :]
    items = [wire.read_item(text.encode()) for text in texts]
    answers = [
        (item, [names.ref_of(link, place, slot) or "own/none" for slot in item.slots or []])
        for item in items
        if is_common(item, own, peer)
    ]
    return held, discarded, answers


def is_common(item, own, peer):
    """Whether an item of lane 2 speaks of what the peer knows."""
    if isinstance(item, wire.Drop):
        return False
    if isinstance(item.of, int):
        return item.of < peer["common"]
    return int(promises.plain(item.of)[1:]) < own["exports"][0]


def send_again(vat, place, number, data, item, refs, ways):
    """Puts an item into lane 1 under its new number, with the names of the new state of things."""
    link = vat.link(place)
    if isinstance(item, wire.Message):
        target = names.current(link, item.target)
        if names.is_dead(link, target):
            return end(vat, place, number, item, ways, "QRT_NO_OBJECT")
        slots = [
            slot if ref is None else vat.give(place, ref) for slot, ref in zip(item.slots, refs)
        ]
        data = wire.write_item(item._replace(target=target, slots=slots))
    now = vat.put(place, data)
    if str(number) in ways:
        link["ways"][str(now)] = ways[str(number)]
    if isinstance(item, wire.Redeem) or (isinstance(item, wire.Message) and item.answer == 1):
        link["again"][str(number)] = str(now)
        vat.rename(f"{place}/q{number}", f"{place}/q{now}")


    if isinstance(item, wire.Redeem):
        key = names.key_of(item.swissnum)
        link["redeemed"][key], link["redeems"][str(now)] = now, key
    return now


def end(vat, place, number, item, ways, code):
    """An item is not sent again: whoever it was forwarded for hears of it."""
    if str(number) in ways:
        vat.refuse(*ways[str(number)], code, item.trace)
    else:
        vat.link(place)["refused"][str(number)] = code
