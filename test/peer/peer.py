"""Peer: a vat of its own that talks to others by HTTP. Written from docs/wire.md.

Usage: python3 peer.py FOLDER. Each line of standard input is a command as JSON, each line of
standard output a reply; the first line says where it listens. It ends with its standard input.
"""

import json
import random
import secrets
import sys
import threading
import time
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import link as links
import wire
from faults import Faults
from keys import BODY_MAX
from objects import write_body
from vat import Vat

TIMEOUT_S = 5
OCTETS = "application/octet-stream"
PAUSE_S = {"min": 0.02, "max": 0.5}


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        # Whoever asked may have been killed.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Peer:
    def __init__(self, folder):
        self.lock = threading.Lock()
        self.wake = threading.Condition(self.lock)
        self.vat = Vat(folder)
        self.faults = Faults(self.vat.state["faults"])
        self.due = {}
        self.pauses = {}
        self.found = {}
        self.server = Server(("127.0.0.1", 0), self.make_responder())
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.vat.listen_at([self.url])

    def start(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        threading.Thread(target=self.post_for_ever, daemon=True).start()

    # What others ask

    def make_responder(peer):
        class Responder(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                is_ours = self.path == f"/qrt/1/vat/{peer.vat.id}/contact"
                body = peer.vat.record.encode() if is_ours else b""
                self.reply(200 if is_ours else 404, body, "application/json")

            def do_POST(self):
                length = self.headers.get("content-length", "")
                is_ours = self.path == f"/qrt/1/vat/{peer.vat.id}/box"
                if not is_ours or not length.isdigit() or int(length) > BODY_MAX:
                    self.close_connection = True
                    return self.reply(400 if is_ours else 404, b"")
                status, body = peer.answer(self.rfile.read(int(length)))
                self.reply(status, body)

            def reply(self, status, body, kind=OCTETS):
                self.send_response(status)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        return Responder

    def answer(self, data):
        """The status and body for a POST."""
        opened = self.vat.keys.open(data)
        box = opened and wire.read_box(opened[2])
        if not box or (box.sender, box.to) != (opened[0], self.vat.id):
            return 400, b""
        fault = self.faults.draw("reply")
        if fault == "busy":
            return 503, b""
        with self.lock:
            lanes = self.vat.accept(box)
            self.pauses.pop(box.sender, None)
            self.due.pop(box.sender, None)
            self.wake.notify_all()
        contacts = [self.vat.record] if lanes[0].stop != "unknown" else []
        receipt = wire.Receipt(self.vat.id, box.sender, lanes, contacts, opened[1])
        counter = int.from_bytes(opened[1][16:], "big") & ((1 << 53) - 1)
        nonce = secrets.token_bytes(16) + counter.to_bytes(8, "big")
        sealed = self.vat.keys.seal(box.sender, nonce, wire.write_receipt(receipt))
        return 200, self.faults.spoil_reply(fault, sealed, data)

    # What this vat wants from others

    def post_for_ever(self):
        while True:
            with self.lock:
                now = time.monotonic()
                peers = [vat for vat in self.vat.state["links"] if self.vat.has_work(vat)]
                ready = [vat for vat in peers if self.due.get(vat, 0) <= now]
                if not ready:
                    self.wake.wait(PAUSE_S["min"])
            for vat in ready:
                if not self.post(vat):
                    pause = min(self.pauses.get(vat, PAUSE_S["min"]) * 2, PAUSE_S["max"])
                    self.pauses[vat] = pause
                    self.due[vat] = time.monotonic() + pause * random.random()

    def post(self, vat):
        """Sends one box; whether anything came of it."""
        url = self.find(vat)
        if url is None:
            return False
        fault = self.faults.draw("box")
        with self.lock:
            had_heard, told = self.vat.link(vat)["heard"], self.vat.state["serial"]
            box = self.vat.make_box(vat, skip=2 if fault == "gap" else 0)
            self.vat.save()
        first = next((lane.first for lane in box.lanes if lane.items), 0)
        nonce = secrets.token_bytes(16) + first.to_bytes(8, "big")
        sealed = self.vat.keys.seal(vat, nonce, wire.write_box(box))
        path = f"{url}/qrt/1/vat/{vat}/box"
        for other in self.faults.before_box(fault, sealed):
            self.request("POST", path, other)
        reply = self.request("POST", path, sealed)
        opened = reply and self.vat.keys.open(reply)
        receipt = opened and wire.read_receipt(opened[2])
        if not receipt or receipt.request != nonce:
            return False
        if not (receipt.sender == opened[0] == vat and receipt.to == self.vat.id):
            return False
        with self.lock:
            self.vat.take_receipt(vat, receipt, had_heard, told)
        self.faults.note_stops(lane.stop for lane in receipt.lanes)
        self.pauses.pop(vat, None)
        self.found[vat] = url
        return any(stored.next > lane.first for stored, lane in zip(receipt.lanes, box.lanes))

    def find(self, vat):
        """A URL that has served a record of this vat, and a receipt if it was used since."""
        if vat in self.found:
            return self.found.pop(vat)
        contact, hint = self.vat.contact(vat), self.vat.state["hints"].get(vat)
        for url in [*(contact.urls if contact else []), *([hint] if hint else [])]:
            data = self.request("GET", f"{url}/qrt/1/vat/{vat}/contact")
            try:
                with self.lock:
                    if data and self.vat.learn(data.decode(), of=vat):
                        return url
            except UnicodeDecodeError:
                continue
        return None

    def request(self, method, url, body=None):
        """The body of a 200; None for anything else."""
        parts = urlsplit(url)
        connection = HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT_S)
        try:
            connection.request(method, parts.path, body, {"content-type": OCTETS})
            response = connection.getresponse()
            data = response.read(BODY_MAX + 1)
            return data if response.status == 200 else None
        except (OSError, HTTPException):
            return None
        finally:
            connection.close()

    # What the operator asks

    def obey(self, command):
        with self.lock:
            reply = getattr(self, "do_" + command["do"])(**command.get("with", {}))
            self.vat.save()
            self.wake.notify_all()
        return reply

    def do_install(self, kind):
        ref, swissnum = self.vat.install(kind)
        return {"ref": ref, "qrid": f"qrt:{self.vat.id}.{swissnum}@{self.url}"}

    def do_send(self, to, args, hops=0):
        for text in [to, *find_qrids(args)]:
            vat, _, url = wire.read_qrid(text) or (None, None, None)
            if url is not None:
                self.vat.state["hints"][vat] = url
        target, (body, refs) = self.vat.parse_ref(to), write_body(self.vat.parse_args(args))
        return {"to": target, "refused": self.vat.send(target, body, refs, hops=hops)}

    def do_item(self, to, item):
        """Puts a text into lane 1 as it is."""
        return {"number": links.put(self.vat.link(to), 0, item.encode())}

    def do_faults(self, seed, every):
        self.faults.set(seed, every)
        return {}

    def do_status(self):
        state = self.vat.state
        shown = {}
        for vat, link in state["links"].items():
            counts = [len(out["items"]) for out in link["out"]]
            shown[vat] = {"doubt": link["doubt"], "waiting": counts, "refused": link["refused"]}
            shown[vat] |= {"in": [lane["next"] for lane in link["in"]]}
        memories = {f"own/{name}": found["memory"] for name, found in state["objects"].items()}
        return {"links": shown, "memories": memories, "faults": self.faults.counts}


def find_qrids(value):
    if isinstance(value, dict):
        return [text for entry in value.values() for text in find_qrids(entry)]
    if isinstance(value, list):
        return [text for entry in value for text in find_qrids(entry)]
    return [value] if isinstance(value, str) else []


def main():
    peer = Peer(sys.argv[1])
    peer.start()
    print(json.dumps({"vat": peer.vat.id, "url": peer.url}), flush=True)
    for line in sys.stdin:
        print(json.dumps(peer.obey(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
