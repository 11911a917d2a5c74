"""Vat: what a vat keeps, and what it makes of items. Written from docs/wire.md.

A reference is a text: `own/ID`, or `VAT/yN` or `VAT/qN` for a thing of that peer by the name that
this vat says. All state is one JSON file, replaced and flushed before what it states leaves.
"""

import json
import os
import secrets
import time

import common
import link as links
import names
import promises
import settling
import wire
from keys import Keys, to_text
from objects import KINDS, Answer, Ref, end_of, read_body, write_body

DAY_MS = 86_400_000


class Vat:
    def __init__(self, folder):
        os.makedirs(folder, exist_ok=True)
        self.path = os.path.join(folder, "state.json")
        if os.path.exists(self.path):
            with open(self.path, encoding="utf8") as file:
                self.state = json.load(file)
            for link in self.state["links"].values():
                link["skips"] = True
        else:
            seed = secrets.token_hex(32)
            self.state = {"seed": seed, "serial": 0, "made": 0, "decide": None}
            self.state["faults"] = {"drawn": {"reply": 0, "box": 0}, "counts": {}}
            self.state |= {"objects": {}, "swissnums": {}, "contacts": {}, "hints": {}, "links": {}}
            self.state["promises"] = {}
        self.keys = Keys(bytes.fromhex(self.state["seed"]))
        self.id = self.keys.vat
        self.record = None

    def save(self):
        """Puts all on disk."""
        with open(self.path + ".new", "w", encoding="utf8") as file:
            json.dump(self.state, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(self.path + ".new", self.path)
        folder = os.open(os.path.dirname(self.path), os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)

    def listen_at(self, urls):
        """Signs where this vat is from now on."""
        self.state["serial"] = max(self.state["serial"] + 1, int(time.time() * 1000))
        self.record = wire.write_contact(self.keys, urls, self.state["serial"])
        self.save()

    def learn(self, text, of=None):
        """Keeps a contact record if it is newer; `of` is the only vat of which it may be."""
        contact = wire.read_contact(text)
        if contact is None or (of is not None and contact.vat != of):
            return None
        known = self.contact(contact.vat)
        is_sane = contact.serial <= time.time() * 1000 + DAY_MS
        if is_sane and (known is None or known.serial < contact.serial):
            self.state["contacts"][contact.vat] = text
            return contact
        return known

    def contact(self, vat):
        text = self.state["contacts"].get(vat)
        return None if text is None else wire.read_contact(text)

    # Objects and their references

    def install(self, kind):
        self.state["made"] += 1
        name, swissnum = str(self.state["made"]), to_text(secrets.token_bytes(32))
        self.state["objects"][name] = {"kind": kind, "memory": {}}
        self.state["swissnums"][names.key_of(swissnum)] = f"own/{name}"
        return f"own/{name}", swissnum

    def lookup(self, swissnum):
        return self.state["swissnums"].get(names.key_of(swissnum))

    def redeem(self, vat, swissnum):
        """The reference that a QRID stands for."""
        if vat == self.id:
            return self.lookup(swissnum) or "own/none"
        link, key = self.link(vat), names.key_of(swissnum)
        if key not in link["redeemed"]:
            item = wire.Redeem(swissnum, secrets.token_hex(16))
            number = self.put(vat, wire.write_item(item))
            link["redeemed"][key], link["redeems"][str(number)] = number, key
        return f"{vat}/q{link['redeemed'][key]}"

    def send(self, target, body, refs, trace=None, hops=0, way=None, answer=None):
        """Delivers here or puts into the outbox. Returns the code of a refusal, or None.

        `answer` is a promise of this vat that is to get the answer.
        """
        trace = trace or secrets.token_hex(16)
        place, name = self.current(target).split("/")
        if f"{place}/{name}" in self.state["promises"]:
            return promises.send_to(self, f"{place}/{name}", body, refs, trace, hops, answer)
        if place == "own":
            return self.run(name, body, refs, trace, answer)
        if hops > wire.HOPS_MAX:
            return "QRT_TOO_FAR"
        link = self.link(place)
        if names.is_dead(link, name):
            return "QRT_NO_OBJECT"
        slots = [self.give(place, ref) for ref in refs]
        item = wire.Message(name, slots, 0 if answer is None else 1, hops, trace, body)
        number = self.put(place, wire.write_item(item))
        if answer is not None:
            link["far"][f"q{number}"] = promises.fresh_far(1, number)
            promises.settle(self, answer, ["", '{"$":0}', [f"{place}/q{number}"]])
        elif way is not None:
            link["ways"][str(number)] = way
        return None

    def run(self, name, body, refs, trace, answer=None):
        found = self.state["objects"].get(name)
        if found is None:
            return "QRT_NO_OBJECT"
        said = KINDS[found["kind"]](read_body(body, refs), found["memory"])
        for target, args in [] if isinstance(said, Answer) else said:
            self.send(target, *write_body(args), trace=trace)
        if answer is not None:
            promises.settle(self, answer, end_of(said))
        return None

    # Links and their names

    def link(self, vat):
        if vat not in self.state["links"]:
            rest = {"ways": {}, "refused": {}, "told": 0, "begun": 0}
            self.state["links"][vat] = links.fresh() | names.fresh() | promises.fresh() | rest
        return self.state["links"][vat]

    def put(self, vat, data):
        """Puts an item into lane 1."""
        link = self.link(vat)
        number = links.put(link, 0, data)
        item = wire.read_item(data)
        common.note_names(link, "out", number, item)
        promises.note_sent(self, vat, number, item)
        return number

    def give(self, vat, ref, lane=1):
        ref = self.current(ref)
        name = names.give(self.link(vat), vat, ref, lane)
        return name + "?" if name[0] in "xp" and promises.is_promise(self, ref) else name

    def current(self, ref):
        """The reference as it is said now: a redeem that was sent again has another number."""
        place, name = ref.split("/")
        return ref if place == "own" else f"{place}/{names.current(self.link(place), name)}"

    def rename(self, old, new):
        """The thing has another name now, and keeps those by which peers know it."""
        for link in self.state["links"].values():
            if old in link["names"]:
                link["names"][new] = link["names"].pop(old)

    # Boxes and items

    def accept(self, box):
        """Takes a box. Returns the lanes of its receipt, once they are on disk."""
        if box.sender not in self.state["links"] and not self.is_invited(box):
            return [wire.Stored(0, wire.NO_TAIL, "unknown")] * 2
        link = self.link(box.sender)
        is_begun = links.shows_begin(link, box)
        stops = links.take(link, box, lambda *item: self.use(box.sender, *item))
        if is_begun:
            settling.confirm(link)
        # A box that fits says that the peer knows this vat.
        link["heard"] = link["heard"] or link["doubt"] is None
        for text in box.contacts:
            self.learn(text, of=box.sender)
        promises.send_drops(self, box.sender)
        self.save()
        return [wire.Stored(*state, stop) for state, stop in zip(links.state_of(link), stops)]

    def is_invited(self, box):
        items = box.lanes[0].items
        first = wire.read_item(items[0]) if items else None
        return isinstance(first, wire.Redeem) and not box.linked and self.lookup(first.swissnum)

    def use(self, vat, lane, number, data):
        """Consumes the item, whatever it holds."""
        item = wire.read_item(data)
        promises.note_received(self.link(vat), number, item)
        if lane == 1:
            if isinstance(item, wire.Resolve):
                promises.use_resolve(self, vat, item)
            elif isinstance(item, wire.Drop):
                promises.use_drop(self, vat, item)
            return
        code = "QRT_ITEM_MALFORMED"
        if isinstance(item, wire.Redeem):
            code = self.use_redeem(vat, number, item)
        elif isinstance(item, wire.Message):
            answer = promises.open_answer(self, vat, number) if item.answer == 1 else None
            code = self.use_message(vat, number, item, answer)
            if answer is not None and code is not None:
                return promises.settle(self, answer, promises.failure(code))
        elif isinstance(item, wire.Give):
            code = None
        elif isinstance(item, wire.Want):
            code = promises.use_want(self, vat, item)
        if code is not None:
            self.refuse(vat, number, code, item.trace if item else "0" * 32)

    def use_redeem(self, vat, number, item):
        link, found = self.link(vat), self.lookup(item.swissnum)
        link["made"][f"p{number}"] = found or "own/none"
        if found is None:
            return "QRT_NO_OBJECT"
        link["names"].setdefault(found, f"p{number}")
        return None

    def use_message(self, vat, number, item, answer):
        refs = [names.resolve(self.link(vat), vat, slot) for slot in item.slots]
        is_ours = item.target[0] in "yq"
        target = names.resolve(self.link(vat), vat, item.target) if is_ours else None
        if target is None:
            return "QRT_NO_OBJECT"
        if len(item.body.encode()) > wire.BODY_MAX:
            return "QRT_DATA_OVERSIZE"
        if None in refs:
            return "QRT_NAME_UNKNOWN"
        is_object = target.startswith("own/") and target not in self.state["promises"]
        hops = item.hops + (0 if is_object else 1)
        return self.send(target, item.body, refs, item.trace, hops, [vat, number], answer)

    def refuse(self, vat, number, code, trace):
        links.put(self.link(vat), 1, wire.write_item(wire.Resolve(number, code, trace)))

    def refused(self, vat, item):
        """A lane 1 item of this vat was refused: tells whoever it was forwarded for."""
        link, of = self.link(vat), str(item.of)
        way = link["ways"].pop(of, None)
        if way is not None:
            self.refuse(*way, item.code, item.trace)
        elif of not in link["refused"]:
            link["refused"][of] = item.code
        if of in link["redeems"]:
            link["redeemed"].pop(link["redeems"][of], None)

    def make_box(self, vat, skip=0):
        link = self.link(vat)
        contacts = [self.record] if link["told"] != self.state["serial"] else []
        is_linked = any(out["receipted"] for out in link["out"])
        lanes = links.make_lanes(link, skip)
        return wire.Box(self.id, vat, is_linked, lanes, contacts)

    def has_work(self, vat):
        link = self.state["links"][vat]
        is_known = link["heard"] or any(out["receipted"] for out in link["out"])
        has_news = is_known and link["told"] != self.state["serial"]
        return link["settling"] is None and (has_news or any(out["items"] for out in link["out"]))

    def before_box(self, vat):
        """What is to be known of a link when the receipt of a box comes."""
        link = self.link(vat)
        return {"heard": link["heard"], "told": self.state["serial"], "begun": link["begun"]}

    def take_receipt(self, vat, receipt, before):
        link = self.link(vat)
        if link["begun"] != before["begun"]:
            return
        if links.use_receipt(link, receipt, before["heard"]):
            for number, data in links.give_up(link):
                trace = wire.read_item(data).trace
                self.refused(vat, wire.Resolve(number, "QRT_NO_OBJECT", trace))
        elif link["doubt"] is None and any(lane.next for lane in receipt.lanes):
            link["told"] = before["told"]
        promises.send_drops(self, vat)
        for text in receipt.contacts:
            self.learn(text, of=vat)
        self.save()

    def parse_args(self, value):
        """In the args of a command `{"$ref": QRID or reference}` stands for a reference."""
        if isinstance(value, list):
            return [self.parse_args(entry) for entry in value]
        if not isinstance(value, dict):
            return value
        if set(value) == {"$ref"}:
            return Ref(self.parse_ref(value["$ref"]))
        return {key: self.parse_args(entry) for key, entry in value.items()}

    def parse_ref(self, text):
        found = wire.read_qrid(text)
        return text if found is None else self.redeem(found[0], found[1])
