"""Peer: a vat of its own that talks to others by HTTP. Written from docs/wire.md.

Usage: python3 peer.py FOLDER. Each line of standard input is a command as JSON, each line of
standard output a reply; the first line says where it listens. It ends with its standard input.
"""

import json
import os
import random
import secrets
import signal
import sys
import threading
import time
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import wire
from commands import Commands
from doubts import Doubts
from faults import Faults
from keys import BODY_MAX, to_text
from statement import read_statement
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
        self.doubts = Doubts(self.vat)
        self.dies_at = {}
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
        if not opened:
            return 400, b""
        sender, nonce, text = opened
        box, said = wire.read_box(text), read_statement(text, "settle")
        ends = (box.sender, box.to) if box else (said["from"], said["to"]) if said else None
        if ends != (sender, self.vat.id):
            return 400, b""
        fault = self.faults.draw("reply")
        if fault == "busy":
            return 503, b""
        with self.lock:
            reply = self.answer_box(box, nonce) if box else self.answer_statement(said, nonce)
            self.wake.notify_all()
        counter = int.from_bytes(nonce[16:], "big") & ((1 << 53) - 1)
        own_nonce = secrets.token_bytes(16) + counter.to_bytes(8, "big")
        sealed = self.vat.keys.seal(sender, own_nonce, reply)
        return 200, self.faults.spoil_reply(fault, sealed, data)

    def answer_box(self, box, nonce):
        lanes = self.vat.accept(box)
        self.pauses.pop(box.sender, None)
        self.due.pop(box.sender, None)
        contacts = [self.vat.record] if lanes[0].stop != "unknown" else []
        return wire.write_receipt(wire.Receipt(self.vat.id, box.sender, lanes, contacts, nonce))

    def answer_statement(self, said, nonce):
        words = self.doubts.answer(said)
        self.vat.save()
        self.die_if_due(said["from"])
        return wire.write_json(words | {"request": to_text(nonce)}).encode()

    # What this vat wants from others

    def post_for_ever(self):
        while True:
            with self.lock:
                for vat in self.dies_at:
                    self.die_if_due(vat)
                now = time.monotonic()
                peers = [vat for vat in self.vat.state["links"] if self.has_work(vat)]
                ready = [vat for vat in peers if self.due.get(vat, 0) <= now]
                if not ready:
                    self.wake.wait(PAUSE_S["min"])
            for vat in ready:
                if not self.post(vat):
                    pause = min(self.pauses.get(vat, PAUSE_S["min"]) * 2, PAUSE_S["max"])
                    self.pauses[vat] = pause
                    self.due[vat] = time.monotonic() + pause * random.random()

    def has_work(self, vat):
        return self.vat.has_work(vat) or self.doubts.has_news(vat)

    def post(self, vat):
        """Sends one box or statement; whether another should follow at once."""
        url = self.find(vat)
        if url is None:
            return False
        fault = self.faults.draw("box")
        with self.lock:
            if not self.has_work(vat):
                return True
            is_settling = self.vat.link(vat)["settling"] is not None
            before = self.vat.before_box(vat)
            skip = 2 if fault == "gap" else 0
            out = self.doubts.make(vat) if is_settling else self.vat.make_box(vat, skip)
            self.vat.save()
            self.die_if_due(vat)
        if is_settling:
            return self.post_statement(vat, url, out, fault)
        return self.post_box(vat, url, out, before, fault)

    def post_box(self, vat, url, box, before, fault):
        first = next((lane.first for lane in box.lanes if lane.items), 0)
        nonce = secrets.token_bytes(16) + first.to_bytes(8, "big")
        text = self.exchange(vat, url, nonce, wire.write_box(box), fault)
        receipt = text and wire.read_receipt(text)
        if not receipt or receipt.request != nonce:
            return False
        if (receipt.sender, receipt.to) != (vat, self.vat.id):
            return False
        with self.lock:
            self.vat.take_receipt(vat, receipt, before)
        self.faults.note_stops(lane.stop for lane in receipt.lanes)
        self.pauses.pop(vat, None)
        self.found[vat] = url
        return any(stored.next > lane.first for stored, lane in zip(receipt.lanes, box.lanes))

    def post_statement(self, vat, url, stated, fault):
        """Each is followed by a pause that grows, whatever comes of it."""
        nonce = secrets.token_bytes(16) + bytes(8)
        text = self.exchange(vat, url, nonce, wire.write_json(stated).encode(), fault)
        said = text and read_statement(text, "settled")
        if not said or said["request"] != to_text(nonce):
            return False
        if (said["from"], said["to"]) != (vat, self.vat.id):
            return False
        with self.lock:
            self.doubts.hear_answer(vat, stated, said)
            self.vat.save()
            self.die_if_due(vat)
        self.found[vat] = url
        return False

    def exchange(self, vat, url, nonce, text, fault):
        """What a vat replies to a text; None for nothing that it has sealed."""
        sealed = self.vat.keys.seal(vat, nonce, text)
        path = f"{url}/qrt/1/vat/{vat}/box"
        for other in self.faults.before_box(fault, sealed):
            self.request("POST", path, other)
        reply = self.request("POST", path, sealed)
        opened = reply and self.vat.keys.open(reply)
        return opened[2] if opened and opened[0] == vat else None

    def die_if_due(self, vat):
        """Ends this very process once a settling has come so far, if it was told to."""
        link = self.vat.state["links"].get(vat)
        if link is None or vat not in self.dies_at:
            return
        stage, begun = self.dies_at[vat]
        is_begun = link["begun"] > begun
        is_there = link["settling"] is not None and link["settling"]["stage"] == stage
        if is_begun if stage == "done" else is_there:
            os.kill(os.getpid(), signal.SIGKILL)

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


def main():
    peer = Peer(sys.argv[1])
    commands = Commands(peer)
    peer.start()
    print(json.dumps({"vat": peer.vat.id, "url": peer.url}), flush=True)
    for line in sys.stdin:
        print(json.dumps(commands.obey(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
