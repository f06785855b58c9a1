"""An internet of one machine: answers HTTP with the address it was asked at, and resolves a few names."""

import http.server
import socket
import struct
import sys
import threading

NAMES = dict(pair.split("=") for pair in sys.argv[1:])


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"{self.connection.getsockname()[0]} to {self.client_address[0]}".encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def answer(query):
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode().lower())
        at += 1 + query[at]
    address = NAMES.get(".".join(labels))
    kind = struct.unpack(">H", query[at + 1 : at + 3])[0]
    found = address is not None and kind == 1
    flags = 0x8180 if address else 0x8183
    head = query[:2] + struct.pack(">HHHHH", flags, 1, int(found), 0, 0)
    record = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + socket.inet_aton(address) if found else b""
    return head + query[12 : at + 5] + record


def resolve():
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("", 53))
    while True:
        query, sender = server.recvfrom(4096)
        server.sendto(answer(query), sender)


threading.Thread(target=resolve, daemon=True).start()
for port in (8081, 80):
    server = http.server.ThreadingHTTPServer(("", port), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
print("ready", flush=True)
sys.stdin.read()
