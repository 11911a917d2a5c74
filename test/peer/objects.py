"""Objects: what lives in this vat, and how the body of a message is written and read.

An object is a function of its args and its memory. It returns what it sends: pairs of target, args.
"""

import wire

AHEAD = 20


class Ref(str):
    """A reference within args."""


class Answer:
    """What an object answers: `""` and a value, or `THREW` and an error."""

    def __init__(self, code, value):
        self.code, self.value = code, value


def end_of(said):
    """The end of the answer, from what a function has returned."""
    found = said if isinstance(said, Answer) else Answer("", None)
    return [found.code, *write_body(found.value)]


def write_body(args):
    """Returns (body, references)."""
    refs = []

    def write(value):
        if isinstance(value, Ref):
            if value not in refs:
                refs.append(value)
            return {"$": refs.index(value)}
        if isinstance(value, list):
            return [write(entry) for entry in value]
        if isinstance(value, dict):
            return {"$" + key if key.startswith("$") else key: write(value[key]) for key in value}
        return value

    return wire.write_json(write(args)), refs


def read_body(body, refs):
    """The args; references in it are `Ref`."""

    def read(value):
        if isinstance(value, list):
            return [read(entry) for entry in value]
        if not isinstance(value, dict):
            return value
        if set(value) == {"$"}:
            return Ref(refs[value["$"]])
        return {key[1:] if key.startswith("$") else key: read(value[key]) for key in value}

    return read(wire.read_json(body))


def ledger(args, memory):
    """Exchanges numbered entries with a partner; notes what does not follow the one before."""
    if "entry" in args:
        got = memory.get("got", 0)
        if args["entry"] != got + 1:
            memory.setdefault("faults", []).append([got, args["entry"]])
        memory["got"] = args["entry"]
    else:
        memory.update(until=args["until"], partner=args["partner"], sent=0)
    sends = []
    if "partner" in memory:
        last = min(memory["until"], memory.get("got", 0) + AHEAD)
        sends = [(memory["partner"], {"entry": n}) for n in range(memory["sent"] + 1, last + 1)]
        memory["sent"] = max(memory["sent"], last)
    return sends


def keeper(args, memory):
    """Keeps all that it is told."""
    memory.setdefault("got", []).append(args)
    return []


def postman(args, memory):
    """Sends `args` on to `to`."""
    memory["count"] = memory.get("count", 0) + 1
    return [(args["to"], args["args"])]


def echo(args, memory):
    """Answers `args.value`, or throws `args.error`."""
    return Answer("", args["value"]) if "value" in args else Answer("THREW", args["error"])


KINDS = {"ledger": ledger, "keeper": keeper, "postman": postman, "echo": echo}
