"""Promises: those of this vat, and those of peers, by the names that are said. From docs/wire.md.

A promise of this vat is `own/pID`; one of a peer is `VAT/qN` or `VAT/yN` as any thing of it. An
end is `[code, body, references]`, with the code `""` or `THREW`.
"""

import common
import link as links
import names
import wire

NO_TRACE = "0" * 32


def fresh():
    """For each link: `sent` counts mentions of own promises, `far` has the promises of the peer."""
    return {"sent": {}, "far": {}}


def failure(code, message="refused"):
    return ["THREW", wire.write_json({"name": "Error", "message": message, "code": code}), []]


def make(vat):
    vat.state["made"] += 1
    ref = f"own/p{vat.state['made']}"
    vat.state["promises"][ref] = {"end": None, "waiting": [], "followers": []}
    return ref


def open_answer(vat, place, number):
    """The promise of what a peer's item is answered."""
    link, answer = vat.link(place), make(vat)
    link["made"][f"p{number}"] = answer
    link["names"][answer] = f"p{number}"
    link["sent"][f"p{number}"] = 1
    return answer


def far_of(vat, ref):
    """What is known of a promise of a peer."""
    place, name = ref.split("/")
    return None if place == "own" else vat.link(place)["far"].get(name)


def is_promise(vat, ref):
    return ref in vat.state["promises"] or far_of(vat, ref) is not None


def single(end):
    """The one reference that a value is; None if it is something else."""
    code, body, refs = end
    value = wire.read_json(body)
    is_single = code == "" and isinstance(value, dict) and set(value) == {"$"}
    return refs[value["$"]] if is_single else None


def end_of(vat, ref):
    """What became of a promise, also by way of others; None while it is pending."""
    found = vat.state["promises"].get(ref) or far_of(vat, ref)
    if found is None:
        return ["", '{"$":0}', [ref]]
    end = found["end"]
    target = None if end is None else single(end)
    return end if target is None else end_of(vat, target) if is_promise(vat, target) else end


def settle(vat, ref, end):
    """A promise of this vat has its end, or waits for the one that this is."""
    found = vat.state["promises"][ref]
    target = single(end)
    if target is not None and is_promise(vat, target):
        end = end_of(vat, target)
        if end is None:
            known = vat.state["promises"].get(target) or far_of(vat, target)
            known["followers"].append(ref)
            return
    found["end"] = end
    waiting, found["waiting"] = found["waiting"], []
    for each in waiting:
        send_on(vat, end, *each)
    for place, link in list(vat.state["links"].items()):
        if ref in link["names"]:
            tell(vat, place, ref)
    release(vat, found)


def release(vat, found):
    followers, found["followers"] = found["followers"], []
    for ref in followers:
        settle(vat, ref, found["end"])


def send_to(vat, ref, *message):
    """A message to a promise of this vat."""
    found = vat.state["promises"][ref]
    if found["end"] is None:
        found["waiting"].append(list(message))
    else:
        send_on(vat, found["end"], *message)


def send_on(vat, end, body, refs, trace, hops, answer):
    target = single(end)
    code = vat.send(target, body, refs, trace, hops, answer=answer) if target else None
    if answer is not None and (code is not None or target is None):
        failed = failure(code or "QRT_PROMISE_DATA")
        settle(vat, answer, end if target is None and end[0] == "THREW" else failed)


def tell(vat, place, ref):
    """Tells a peer what became of a promise that it knows."""
    link = vat.link(place)
    name = link["names"][ref]
    of = int(name[1:]) if name[0] == "p" else name + "?"
    put_end(vat, place, of, *vat.state["promises"][ref]["end"])


def put_end(vat, place, of, code, body, refs):
    """Puts an end into lane 2, and what that names first into lane 1, too."""
    named = vat.link(place)["mentions"]["out"]
    slots = [vat.give(place, each, lane=2) for each in refs]
    early = [slot for slot in slots if slot[0] == "x" and plain(slot)[1:] not in named]
    put_answer(vat, place, wire.Resolve(of, code, NO_TRACE, slots, body))
    if early:
        vat.put(place, wire.write_item(wire.Give(early, NO_TRACE)))


def put_answer(vat, place, item):
    """Puts an item into lane 2."""
    links.put(vat.link(place), 1, wire.write_item(item))
    note_sent(vat, place, None, item)


def plain(name):
    return name.rstrip("?")


def slots_of(item):
    """All names in an item that give something."""
    if isinstance(item, wire.Resolve):
        return item.slots or []
    return item.slots if isinstance(item, (wire.Message, wire.Give)) else []


def note_sent(vat, place, number, item):
    """Counts what an item mentions; `number` is that of one of lane 1."""
    link = vat.link(place)
    for name in slots_of(item):
        if name.endswith("?"):
            own = plain(name)
            is_new = own not in link["sent"]
            link["sent"][own] = link["sent"].get(own, 0) + 1
            ref = names.ref_of(link, place, own)
            if is_new and vat.state["promises"][ref]["end"] is not None:
                tell(vat, place, ref)
    if number is not None:
        target = [item.target] if isinstance(item, wire.Message) else []
        for name in target + slots_of(item) + (item.names if isinstance(item, wire.Want) else []):
            if name in link["far"]:
                link["far"][name]["last"] = number


def note_received(link, number, item):
    """Counts what a peer's item mentions of its own promises."""
    for name in slots_of(item):
        own = names.OTHER_SIDE[name[0]] + plain(name)[1:]
        if own not in link["far"] and name.endswith("?"):
            link["far"][own] = fresh_far(0)
            # One that was given up before: what is only given once more is given up once more.
            was_named = link["mentions"]["in"].get(own[1:], number) < number
            is_old = own[0] == "q" or was_named
            link["far"][own]["dropped"] = is_old and isinstance(item, wire.Give)
        if own in link["far"]:
            link["far"][own]["received"] += 1


def fresh_far(received, last=0):
    return {
        **{"received": received, "last": last, "end": None},
        **{"followers": [], "dropped": False},
    }


def use_resolve(vat, place, item):
    """A peer says what became of a promise of its own."""
    link = vat.link(place)
    name = f"q{item.of}" if isinstance(item.of, int) else "y" + plain(item.of)[1:]
    if name[0] == "q" and int(name[1:]) >= links.next_out(link["out"][0]):
        return
    refs = [names.resolve(link, place, slot) for slot in item.slots or []]
    is_refusal = item.code not in ("", "THREW")
    if is_refusal and name[0] == "q":
        vat.refused(place, item)
    found = link["far"].get(name)
    if found is None and name[0] == "y" and name[1:] not in link["mentions"]["in"]:
        # Lane 1 is still to name it.
        found = link["far"][name] = fresh_far(0)
    if found is None or found["end"] is not None:
        return
    if is_refusal:
        found["end"] = failure(item.code if name[0] == "q" else "QRT_ANSWER_LOST")
    elif None in refs:
        found["end"] = failure("QRT_NAME_UNKNOWN")
    else:
        found["end"] = [item.code, item.body, refs]
    release(vat, found)


def use_want(vat, place, item):
    link = vat.link(place)
    for name in item.names:
        own = names.OTHER_SIDE[name[0]] + name[1:]
        ref = names.ref_of(link, place, own) if own in link["sent"] else None
        if ref is None:
            of = int(own[1:]) if own[0] == "p" else own
            put_answer(vat, place, wire.Resolve(of, "QRT_ANSWER_LOST", item.trace))
        elif vat.state["promises"][ref]["end"] is not None:
            tell(vat, place, ref)


def use_drop(vat, place, item):
    """A peer needs promises of this vat no more."""
    link = vat.link(place)
    for name, received in item.names:
        own = names.OTHER_SIDE[name[0]] + name[1:]
        if own not in link["sent"]:
            continue
        ref = names.ref_of(link, place, own)
        link["sent"][own] -= received
        if link["sent"][own] <= 0:
            del link["sent"][own], link["names"][ref]
            link["given" if own[0] == "x" else "made"].pop(own)


def drop(vat, ref):
    """A promise of a peer is needed no more."""
    far_of(vat, ref)["dropped"] = True
    send_drops(vat, ref.split("/")[0])


def send_drops(vat, place):
    """Tells the peer of what may be given up: nothing that was sent there must come later."""
    link = vat.link(place)
    if link["doubt"] is not None:
        return
    first = link["out"][0]["first"]
    far = link["far"].items()
    seen = common.seen(link)
    given = [(n, f) for n, f in far if n[0] == "q" or int(n[1:]) <= seen]
    ready = [n for n, f in given if f["dropped"] and f["last"] < first]
    # What was not named since both began to count is forgotten in silence.
    for name in [name for name in ready if link["far"][name]["received"] == 0]:
        ready.remove(name)
        link["far"].pop(name)
    for at in range(0, len(ready), 1000):
        entries = [[name, link["far"].pop(name)["received"]] for name in ready[at : at + 1000]]
        put_answer(vat, place, wire.Drop(entries, NO_TRACE))


def begin_anew(vat, place):
    """Both ends count anew. Returns promises of the peer whose names are dead."""
    link = vat.link(place)
    is_left = {**link["given"], **link["made"]}
    link["sent"] = {name: 0 for name in link["sent"] if name in is_left}
    dead = {name: link["far"].pop(name) for name in list(link["far"]) if names.is_dead(link, name)}
    for found in link["far"].values():
        found["received"] = 0
    return dead


def move_answer(vat, place, found, number):
    """The answer to an item that is sent again under that number, or not at all."""
    if found is not None and number is not None:
        vat.link(place)["far"][f"q{number}"] = {**found, "received": 1, "last": number}
    elif found is not None:
        lose(vat, found)


def lose(vat, found):
    """Nobody will say what became of a promise."""
    if found["end"] is None:
        found["end"] = failure("QRT_ANSWER_LOST")
        release(vat, found)


def give_again(vat, place):
    """Names once what nothing that is sent again has named, and asks for what is pending."""
    link = vat.link(place)
    unsent = [name + "?" for name, sent in link["sent"].items() if sent == 0]
    pending = [n for n, f in link["far"].items() if f["end"] is None and f["received"] == 0]
    for at in range(0, len(unsent), 1000):
        vat.put(place, wire.write_item(wire.Give(unsent[at : at + 1000], NO_TRACE)))
    for at in range(0, len(pending), 1000):
        vat.put(place, wire.write_item(wire.Want(pending[at : at + 1000], NO_TRACE)))
