"""Faults: what a bad network or an enemy on the way does to boxes and receipts.

All kinds take turns. None of them touches what the vat knows of itself.
"""

import random

KINDS = {
    "reply": ("busy", "noReceipt", "flipReceipt", "replayReceipt", "reflect"),
    "box": ("gap", "repeat", "replayBox", "cutBox", "flipBox"),
}


class Faults:
    def __init__(self, kept):
        """`kept` outlives the process: how many were drawn, and how often each was."""
        self.random, self.every = random.Random(0), 0
        self.receipts, self.boxes = [], []
        self.drawn, self.counts = kept["drawn"], kept["counts"]

    def set(self, seed, every):
        """From now on one in `every` replies and boxes has a fault; none if it is 0."""
        self.random, self.every = random.Random(seed), every

    def draw(self, kind):
        """The fault of the next reply or box; None for no fault."""
        if self.every == 0:
            return None
        self.drawn[kind] += 1
        turn, rest = divmod(self.drawn[kind], self.every)
        if rest != 0:
            return None
        fault = KINDS[kind][turn % len(KINDS[kind])]
        self.counts[fault] = self.counts.get(fault, 0) + 1
        return fault

    def note_stops(self, stops):
        for stop in stops:
            if stop != "nothing":
                self.counts[f"told {stop}"] = self.counts.get(f"told {stop}", 0) + 1

    def spoil_reply(self, fault, sealed, request):
        """The reply as it arrives."""
        older = self.remember(self.receipts, sealed)
        if fault == "noReceipt":
            return b""
        if fault == "flipReceipt":
            return self.flip(sealed)
        if fault == "replayReceipt":
            return older
        return request if fault == "reflect" else sealed

    def before_box(self, fault, sealed):
        """What arrives before the box."""
        older = self.remember(self.boxes, sealed)
        if fault == "repeat":
            return [sealed]
        if fault == "replayBox":
            return [older]
        if fault == "cutBox":
            return [sealed[: self.random.randrange(len(sealed))]]
        return [self.flip(sealed)] if fault == "flipBox" else []

    def remember(self, kept, sealed):
        """Returns one of the last that were remembered before."""
        older = self.random.choice(kept) if kept else b""
        kept.append(sealed)
        del kept[:-20]
        return older

    def flip(self, sealed):
        at = self.random.randrange(len(sealed))
        changed = bytearray(sealed)
        changed[at] ^= 1 << self.random.randrange(8)
        return bytes(changed)
