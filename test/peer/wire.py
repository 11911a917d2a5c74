"""Wire: contact records, items, boxes, receipts and QRIDs as bytes. Written from docs/wire.md.

Each `read_…` returns None for what is not exactly of the right form.
"""

import json
import re
from collections import namedtuple
from ipaddress import IPv6Address
from urllib.parse import urlsplit

from keys import is_signed, sha256, to_bytes, to_text

NUMBER_MAX = 1 << 48
STATED_MAX = NUMBER_MAX - (1 << 32)
ITEM_MAX = 320 * 1024
BODY_MAX = 256 * 1024
ITEMS_MAX = 1000
CONTACTS_MAX = 8
HOPS_MAX = 16
WAITS_MAX = 32
RECORD_MAX = 4096
URL = re.compile(r"https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]+)?(/[A-Za-z0-9.:/_@-]*)?")
QRID = re.compile(r"qrt:([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{43})(?:@(.+))?", re.DOTALL)
NAME = re.compile(r"([xyqp])([1-9][0-9]{0,14})(\??)")
TRACE = re.compile(r"[0-9a-f]{32}")
CODE = re.compile(r"[A-Z_]{1,64}")
STOPS = ("nothing", "gap", "busy", "doubt", "unknown")
NO_TAIL = bytes(32)

Contact = namedtuple("Contact", "vat urls serial kinds text")
Redeem = namedtuple("Redeem", "swissnum trace")
Message = namedtuple("Message", "target slots answer hops trace body")
# `of` is a number, or an `x` name; a refusal has neither slots nor body.
Resolve = namedtuple("Resolve", "of code trace slots body", defaults=[None, None])
Give = namedtuple("Give", "slots trace")
Want = namedtuple("Want", "names trace")
Drop = namedtuple("Drop", "names trace")
KINDS = ("message", "redeem", "resolve", "give", "want", "drop")
Lane = namedtuple("Lane", "first tail items")
Stored = namedtuple("Stored", "next tail stop")
Box = namedtuple("Box", "sender to linked lanes contacts stuck", defaults=[None])
Receipt = namedtuple("Receipt", "sender to lanes contacts request waits", defaults=[None])


def write_json(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def read_json(data):
    """Any JSON value; Ellipsis for bytes that are none."""
    try:
        text = data if isinstance(data, str) else data.decode()
        return json.loads(text, parse_constant=lambda _: 1 / 0)
    except (ValueError, ZeroDivisionError, RecursionError):
        return ...


def is_whole(value, least=1, most=NUMBER_MAX):
    return type(value) is int and least <= value <= most


def extend(tail, number, item):
    """The tail after an item."""
    return sha256(tail + number.to_bytes(8, "big") + item)


# Contact records


def write_contact(keys, urls, serial, kinds=KINDS):
    inner = {"vat": keys.vat, "urls": list(urls), "serial": serial, "kinds": list(kinds)}
    record = write_json(inner)
    signature = to_text(keys.sign(b"qrt contact 1\n" + record.encode()))
    return write_json({"record": record, "signature": signature})


def read_contact(text):
    """A record that its vat has signed."""
    if len(text.encode()) > RECORD_MAX:
        return None
    outer = read_json(text)
    if not isinstance(outer, dict) or not isinstance(outer.get("record"), str):
        return None
    signature, inner = to_bytes(outer.get("signature"), 64), read_json(outer["record"])
    if signature is None or not isinstance(inner, dict):
        return None
    vat, urls, serial, kinds = (inner.get(key) for key in ("vat", "urls", "serial", "kinds"))
    is_right = (
        to_bytes(vat, 32) is not None
        and isinstance(urls, list)
        and len(urls) <= 8
        and all(is_url(url) for url in urls)
        and is_whole(serial)
        and isinstance(kinds, list)
        and len(kinds) <= 64
        and all(isinstance(kind, str) for kind in kinds)
        and is_signed(vat, b"qrt contact 1\n" + outer["record"].encode(), signature)
    )
    return Contact(vat, urls, serial, kinds, text) if is_right else None


def is_url(url):
    if not isinstance(url, str) or len(url) > 512 or URL.fullmatch(url) is None:
        return False
    try:
        parts = urlsplit(url)
        if parts.netloc.startswith("["):
            IPv6Address(parts.hostname)
        return parts.username is None and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def read_qrid(text):
    """Returns (vat, swissnum, URL or None)."""
    found = QRID.fullmatch(text)
    if found is None:
        return None
    vat, swissnum, url = found.groups()
    if to_bytes(vat, 32) is None or to_bytes(swissnum, 32) is None:
        return None
    return None if url is not None and not is_url(url) else (vat, swissnum, url)


# Items


def is_name(value):
    found = NAME.fullmatch(value) if isinstance(value, str) else None
    is_marked = found is not None and found[3] == "?"
    if found is None or (is_marked and found[1] in "yq"):
        return False
    return int(found[2]) <= NUMBER_MAX


def is_names(value, most=1000):
    return isinstance(value, list) and len(value) <= most and all(is_name(name) for name in value)


def write_item(item):
    if isinstance(item, (Redeem, Give, Want, Drop)):
        return write_json([type(item).__name__.lower(), *item]).encode()
    if isinstance(item, Resolve):
        head = ["resolve", item.of, item.code, item.trace]
        if item.body is None:
            return write_json(head).encode()
        return write_json([*head, item.slots]).encode() + b"\n" + item.body.encode()
    head = write_json(["message", item.target, item.slots, item.answer, item.hops, item.trace])
    return head.encode() + b"\n" + item.body.encode()


def read_item(data):
    if len(data) > ITEM_MAX:
        return None
    line, newline, body = data.partition(b"\n")
    head = read_json(line)
    if not isinstance(head, list) or not head:
        return None
    kind, *rest = head
    if kind == "redeem" and len(rest) >= 2:
        swissnum, trace = rest[:2]
        return Redeem(swissnum, trace) if to_bytes(swissnum, 32) and is_trace(trace) else None
    if kind == "resolve" and len(rest) >= 3:
        return read_resolve(*rest[:3], rest[3:4], body if newline else None)
    if kind in ("give", "want", "drop") and len(rest) >= 2:
        return read_list(kind, *rest[:2])
    if kind == "message" and len(rest) >= 5 and newline:
        return read_message(*rest[:5], body)
    return None


def read_resolve(of, code, trace, more, body):
    is_of = is_whole(of) or (is_name(of) and of[0] == "x")
    if not is_of or not isinstance(code, str) or not is_trace(trace):
        return None
    if code not in ("", "THREW"):
        return Resolve(of, code, trace) if CODE.fullmatch(code) else None
    text = read_text(body)
    if text is None or not more or not is_names(more[0]):
        return None
    return Resolve(of, code, trace, more[0], text)


def read_list(kind, names, trace):
    if not is_trace(trace) or not isinstance(names, list) or len(names) > 1000:
        return None
    if kind != "drop":
        return (Give if kind == "give" else Want)(names, trace) if is_names(names) else None
    for entry in names:
        is_entry = isinstance(entry, list) and len(entry) >= 2
        if not is_entry or not is_name(entry[0]) or not is_whole(entry[1]):
            return None
    return Drop([entry[:2] for entry in names], trace)


def read_text(data):
    try:
        return None if data is None else data.decode()
    except UnicodeDecodeError:
        return None


def read_message(target, slots, answer, hops, trace, body):
    is_right = (
        is_name(target)
        and is_names(slots)
        and is_whole(answer, 0, 1)
        and is_whole(hops, 0, HOPS_MAX)
        and is_trace(trace)
    )
    text = read_text(body)
    if not is_right or text is None:
        return None
    return Message(target, slots, answer, hops, trace, text)


def is_trace(value):
    return isinstance(value, str) and TRACE.fullmatch(value) is not None


# Boxes and receipts


def write_box(box):
    lanes = [
        [lane.first, to_text(lane.tail), [len(item) for item in lane.items]] for lane in box.lanes
    ]
    head = {"kind": "box", "from": box.sender, "to": box.to, "linked": box.linked}
    head |= {"lanes": lanes, "contacts": box.contacts}
    head |= {} if box.stuck is None else {"stuck": box.stuck}
    items = [item for lane in box.lanes for item in lane.items]
    return b"\n".join([write_json(head).encode(), b"".join(items)])


def read_box(data):
    line, newline, body = data.partition(b"\n")
    head = read_head(line, "box")
    if head is None or not newline or type(head.get("linked")) is not bool:
        return None
    if head.get("stuck", True) is not True:
        return None
    lanes, at = [], 0
    for entry in head["lanes"]:
        first, tail, lengths = entry[:3]
        tail = to_bytes(tail, 32)
        if not is_whole(first) or tail is None or not isinstance(lengths, list):
            return None
        if not all(is_whole(length, 0) for length in lengths):
            return None
        items = []
        for length in lengths:
            items.append(body[at : at + length])
            at += length
        lanes.append(Lane(first, tail, items))
    if at != len(body) or sum(len(lane.items) for lane in lanes) > ITEMS_MAX:
        return None
    said = (head["linked"], lanes, head["contacts"], head.get("stuck"))
    return Box(head["from"], head["to"], *said)


def write_receipt(receipt):
    lanes = [[lane.next, to_text(lane.tail), lane.stop] for lane in receipt.lanes]
    head = {"kind": "receipt", "from": receipt.sender, "to": receipt.to, "lanes": lanes}
    head |= {"contacts": receipt.contacts, "request": to_text(receipt.request)}
    head |= {} if receipt.waits is None else {"waits": receipt.waits}
    return write_json(head).encode()


def read_receipt(data):
    head = read_head(data, "receipt")
    request = to_bytes(head.get("request"), 24) if head else None
    if request is None or not is_whole(head.get("waits", 0), 0, WAITS_MAX):
        return None
    lanes = []
    for number, tail, stop, *_ in head["lanes"]:
        tail = to_bytes(tail, 32)
        if not is_whole(number, 0) or tail is None or stop not in STOPS:
            return None
        lanes.append(Stored(number, tail, stop))
    return Receipt(head["from"], head["to"], lanes, head["contacts"], request, head.get("waits"))


def read_head(data, kind):
    """What boxes and receipts have in common: two lanes of three entries each, or more."""
    head = read_json(data)
    if not isinstance(head, dict) or head.get("kind") != kind:
        return None
    lanes, contacts = head.get("lanes"), head.get("contacts")
    is_right = (
        to_bytes(head.get("from"), 32) is not None
        and to_bytes(head.get("to"), 32) is not None
        and isinstance(lanes, list)
        and len(lanes) == 2
        and all(isinstance(lane, list) and len(lane) >= 3 for lane in lanes)
        and isinstance(contacts, list)
        and len(contacts) <= CONTACTS_MAX
        and all(isinstance(contact, str) for contact in contacts)
    )
    return head if is_right else None
