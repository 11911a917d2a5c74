"""Doubts: the statements that one vat exchanges with its peers. Written from docs/wire.md."""

import time

import anew
import link as links
import settling

AGAIN_S = 15 * 60
NEWS = ("mark", "yours", "stage", "checkpoints", "match")


class Doubts:
    def __init__(self, vat):
        self.vat = vat
        # Marks for links that are not in doubt: they are forgotten when the process ends.
        self.asked = {}
        self.answered_at = {}

    def answer(self, said):
        """The answer to a statement that was posted, without its `request`."""
        vat, place, asked = self.vat, said["from"], said["checkpoints"]
        if place not in vat.state["links"]:
            return self.wrap("settled", place, self.without("unknown", place, "", said["mark"]))
        link = vat.link(place)
        for text in said["contacts"]:
            vat.learn(text, of=place)
        if link["settling"] is None:
            settled = link["settled"]
            if settled is not None and settled["bound"] == said["mark"]:
                words = settling.state(link, settled, vat.id, place, asked)
                return self.wrap("settled", place, words)
            mark = self.asked.setdefault(place, links.draw_mark())
            if said["yours"] != mark:
                words = self.without("asked", place, mark, said["mark"])
                return self.wrap("settled", place, words)
            links.start_doubt(link, "the peer is in doubt", mark=self.asked.pop(place))
        if said["yours"] == link["settling"]["mark"]:
            self.hear(place, said)
        return self.wrap("settled", place, self.words(place, asked))

    def make(self, place):
        """The statement to post."""
        return self.wrap("settle", place, self.words(place))

    def hear_answer(self, place, stated, said):
        """Takes the answer to what was stated."""
        link = self.vat.link(place)
        for text in said["contacts"]:
            self.vat.learn(text, of=place)
        if link["settling"] is None:
            return
        if link["settling"]["mark"] == stated["mark"]:
            link["settling"]["answered"] = news_of(stated)
            self.answered_at[place] = time.monotonic()
            if said["stage"] == "unknown":
                self.answered_at[place] = float("inf")
        self.hear(place, said)

    def has_news(self, place):
        """Whether there is a statement to post."""
        link = self.vat.link(place)
        if link["settling"] is None:
            return False
        # A new process may be somewhere else: that is news as well.
        answered_at = self.answered_at.get(place, float("-inf"))
        is_old = time.monotonic() - answered_at > AGAIN_S
        return is_old or link["settling"]["answered"] != news_of(self.words(place))

    def hear(self, place, said):
        """Takes a statement that is new, and goes as far as it leads."""
        link = self.vat.link(place)
        settling.hear(link, said)
        self.go_on(place)
        if settling.is_begun_by_peer(link, said):
            settling.confirm(link)

    def go_on(self, place):
        link = self.vat.link(place)
        if link["settling"] is not None:
            settling.decide(link, self.vat.state["decide"])
            if settling.can_begin(link):
                anew.begin(self.vat, place)

    def words(self, place, asked=None):
        link = self.vat.link(place)
        found = link["settling"] or link["settled"]
        return settling.state(link, found, self.vat.id, place, asked)

    def without(self, stage, place, mark, yours):
        return settling.state_without(stage, self.vat.id, place, mark, yours)

    def wrap(self, kind, place, words):
        # A peer that was put back may have forgotten where this vat is.
        is_peer = place in self.vat.state["links"]
        return {"kind": kind, **words, "contacts": [self.vat.record] if is_peer else []}


def news_of(said):
    return [said[member] for member in NEWS]
