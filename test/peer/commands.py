"""Commands: what whoever runs the peer asks of it, each as JSON with a reply as JSON."""

import link as links
import promises
import wire
from objects import write_body


class Commands:
    def __init__(self, peer):
        self.peer, self.vat = peer, peer.vat

    def obey(self, command):
        with self.peer.lock:
            reply = getattr(self, "do_" + command["do"])(**command.get("with", {}))
            self.vat.save()
            self.peer.wake.notify_all()
        return reply

    def do_install(self, kind):
        ref, swissnum = self.vat.install(kind)
        return {"ref": ref, "qrid": f"qrt:{self.vat.id}.{swissnum}@{self.peer.url}"}

    def do_send(self, to, args, hops=0):
        target, body, refs = self.read(to, args)
        return {"to": target, "refused": self.vat.send(target, body, refs, hops=hops)}

    def read(self, to, args):
        for text in [to, *find_qrids(args)]:
            vat, _, url = wire.read_qrid(text) or (None, None, None)
            if url is not None:
                self.vat.state["hints"][vat] = url
        return self.vat.parse_ref(to), *write_body(self.vat.parse_args(args))

    def do_ask(self, to, args):
        """The same with an answer: returns the promise of it, by the name that is said."""
        target, body, refs = self.read(to, args)
        answer = promises.make(self.vat)
        refused = self.vat.send(target, body, refs, answer=answer)
        place = target.split("/")[0]
        number = links.next_out(self.vat.link(place)["out"][0]) - 1
        del self.vat.state["promises"][answer]
        far = self.vat.link(place)["far"][f"q{number}"]
        far["followers"].remove(answer)
        return {"ref": f"{place}/q{number}", "refused": refused}

    def do_promise(self):
        return {"ref": promises.make(self.vat)}

    def do_settle(self, ref, value):
        promises.settle(self.vat, ref, ["", *write_body(self.vat.parse_args(value))])
        return {}

    def do_end(self, ref):
        """What became of a promise: `[code, body, references]`, or None."""
        return {"end": promises.end_of(self.vat, ref)}

    def do_drop(self, ref):
        promises.drop(self.vat, ref)
        return {}

    def do_item(self, to, item):
        """Puts a text into lane 1 as it is."""
        return {"number": self.vat.put(to, item.encode())}

    def do_decide(self, choice):
        """From now on the choice for items in doubt: `resend`, `discard`, or None: they wait."""
        self.vat.state["decide"] = choice
        for vat in self.vat.state["links"]:
            self.peer.doubts.go_on(vat)
        return {}

    def do_die(self, at):
        """Ends the process, without a word, once a settling is on disk in that stage."""
        links = self.vat.state["links"]
        self.peer.dies_at = {vat: (at, link["begun"]) for vat, link in links.items()}
        return {}

    def do_faults(self, seed, every):
        self.peer.faults.set(seed, every)
        return {}

    def do_status(self):
        state = self.vat.state
        shown = {}
        for vat, link in state["links"].items():
            counts = [len(out["items"]) for out in link["out"]]
            shown[vat] = {"doubt": link["doubt"], "waiting": counts, "refused": link["refused"]}
            settling = link["settling"]
            shown[vat] |= {"in": [lane["next"] for lane in link["in"]]}
            shown[vat] |= {"sent": link["sent"], "far": list(link["far"])}
            shown[vat] |= {"stage": settling and settling["stage"], "begun": link["begun"]}
        memories = {f"own/{name}": found["memory"] for name, found in state["objects"].items()}
        return {"links": shown, "memories": memories, "faults": self.peer.faults.counts}


def find_qrids(value):
    if isinstance(value, dict):
        return [text for entry in value.values() for text in find_qrids(entry)]
    if isinstance(value, list):
        return [text for entry in value for text in find_qrids(entry)]
    return [value] if isinstance(value, str) else []
