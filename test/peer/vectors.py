"""Vectors: checks every case of test/vectors against this implementation.

Usage: python3 vectors.py [FOLDER]. It prints how many cases hold, or the first that does not.
"""

import json
import sys
from pathlib import Path

import statement
import wire
from keys import Keys, sha256, to_text

FOLDER = Path(__file__).resolve().parent.parent / "vectors"
counts = {}


def check(file, name, holds):
    if not holds:
        raise SystemExit(f"{file}.json: {name}: not so")
    counts[file] = counts.get(file, 0) + 1


def name(said):
    return said["side"] + str(said["number"]) + ("?" if said.get("isPromise") else "")


def names(item):
    """What a vector says of an item, as this implementation has it."""
    kind, trace = item["kind"], item["trace"]
    slots = [name(slot) for slot in item.get("slots", [])]
    if kind == "message":
        answer = 1 if item["isAnswerWanted"] else 0
        return wire.Message(name(item["target"]), slots, answer, item["hops"], trace, item["body"])
    if kind == "redeem":
        return wire.Redeem(item["swissnum"], trace)
    if kind == "resolve":
        of, code = item["of"], item["code"]
        more = [slots, item["body"]] if code in ("", "THREW") else []
        return wire.Resolve(of["number"] if of["side"] == "p" else name(of), code, trace, *more)
    if kind == "give":
        return wire.Give(slots, trace)
    if kind == "want":
        return wire.Want([name(said) for said in item["names"]], trace)
    return wire.Drop([[name(said["name"]), said["received"]] for said in item["names"]], trace)


def check_keys(read):
    parties = read("keys")["parties"]
    keys = {party["name"]: Keys(bytes.fromhex(party["seed"])) for party in parties}
    for party in parties:
        own = keys[party["name"]]
        check("keys", "public key", own.public.hex() == party["publicKey"])
        check("keys", "vat id", own.vat == party["vat"])
        check("keys", "box secret", own.box_secret.hex() == party["boxSecret"])
        check("keys", "box public", own.box_public.hex() == party["boxPublic"])
    shared = read("keys")["shared"]
    alice, bob = keys["alice"], keys["bob"]
    check("keys", "shared", alice.shared(bob.public).hex() == shared)
    check("keys", "shared", bob.shared(alice.public).hex() == shared)
    return keys


def check_items(read):
    for case in read("items")["valid"]:
        item, data = names(case["item"]), case["bytes"].encode()
        check("items", case["name"], wire.read_item(data) == item and wire.write_item(item) == data)
    for case in read("items")["invalid"]:
        check("items", case["name"], wire.read_item(case["bytes"].encode()) is None)
    for case in read("tails"):
        before, item = bytes.fromhex(case["before"]), case["item"].encode()
        after = wire.extend(before, case["number"], item)
        check("tails", case["number"], after.hex() == case["after"])


def check_texts(read):
    for file, parse, write in (
        ("boxes", wire.read_box, wire.write_box),
        ("receipts", wire.read_receipt, wire.write_receipt),
    ):
        for case in read(file)["valid"]:
            data = case["plaintext"].encode()
            check(file, case["name"], parse(data) is not None and write(parse(data)) == data)
        for case in read(file)["invalid"]:
            check(file, case["name"], parse(case["plaintext"].encode()) is None)


def check_envelopes(read, keys):
    alice, bob = keys["alice"], keys["bob"]

    def opened(own, data):
        found = own.open(data)
        box = found and wire.read_box(found[2])
        return found if box and (box.sender, box.to) == (found[0], own.vat) else None

    for case in read("envelopes")["valid"]:
        data, nonce = bytes.fromhex(case["bytes"]), bytes.fromhex(case["nonce"])
        text = case["plaintext"].encode()
        check("envelopes", case["name"], opened(bob, data) == (alice.vat, nonce, text))
        check("envelopes", case["name"], alice.seal(bob.vat, nonce, text) == data)
    for case in read("envelopes")["invalid"]:
        data = bytes.fromhex(case["bytes"])
        check("envelopes", case["name"], opened(bob, data) is None and opened(alice, data) is None)


def check_contacts(read, keys):
    cases = read("contacts")
    for case in cases["valid"]:
        contact = wire.read_contact(case["record"])
        check("contacts", case["name"], contact is not None)
        written = wire.write_contact(keys["alice"], contact.urls, contact.serial, contact.kinds)
        check("contacts", case["name"], written == case["record"])
    for case in cases["unsigned"] + cases["invalid"]:
        check("contacts", case["name"], wire.read_contact(case["record"]) is None)


def check_statements(read):
    cases = read("statements")
    for case in cases["valid"]:
        said = statement.read_statement(case["plaintext"].encode())
        check("statements", case["name"], said is not None)
        check("statements", case["name"], wire.write_json(said) == case["plaintext"])
    for case in cases["invalid"]:
        found = statement.read_statement(case["plaintext"].encode())
        check("statements", case["name"], found is None)
    alice, bob = (statement.read_statement(cases["lastWords"][name]) for name in ("alice", "bob"))
    for name, sender, receiver in (("fromAlice", alice, bob), ("fromBob", bob, alice)):
        after = cases["after"][name]
        for lane in (1, 2):
            number, tail = statement.begin_lane(sender, receiver, lane)
            expected = after["lanes"][lane - 1]
            check("statements", name, {"next": number, "tail": to_text(tail)} == expected)
        check("statements", name, statement.begin_exports(sender, receiver) == after["nextExport"])


PLAIN_HINT = "http://127.0.0.1:8000"
LONG_HINT = "https://[2001:db8::1]:8000/a"


def check_qrids(read):
    for case in read("swissnums")["valid"]:
        check("swissnums", "hash", sha256(case["swissnum"].encode()).hex() == case["hash"])
        hints = {"qrid": None, "withHint": PLAIN_HINT, "withLongHint": LONG_HINT}
        for name, url in hints.items():
            found = wire.read_qrid(case[name])
            check("swissnums", name, found is not None and found[1:] == (case["swissnum"], url))
    for text in read("swissnums")["invalid"]:
        check("swissnums", text, wire.read_qrid(text) is None)


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER

    def read(name):
        return json.loads((folder / f"{name}.json").read_text())

    keys = check_keys(read)
    check_items(read)
    check_texts(read)
    check_envelopes(read, keys)
    check_contacts(read, keys)
    check_statements(read)
    check_qrids(read)
    print(" ".join(f"{name} {count}" for name, count in counts.items()))


if __name__ == "__main__":
    main()
