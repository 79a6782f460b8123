"""The official facilitator of PyPI behind its three routes.

Arguments: RPC URL, private key, CAIP-2 network, and how long a settlement waits for its receipt in milliseconds.
Prints its URL once it serves.
"""

import json
import sys
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from x402 import x402FacilitatorSync
from x402.mechanisms.evm.exact.register import register_exact_evm_facilitator
from x402.mechanisms.evm.signers import FacilitatorWeb3Signer
from x402.schemas.helpers import parse_payment_payload, parse_payment_requirements

rpc_url, key, network, *rest = sys.argv[1:]
receipt_ms = int(rest[0]) if rest else 20_000
signer = FacilitatorWeb3Signer(key, rpc_url, confirmation_timeout_seconds=receipt_ms / 1000)
facilitator = x402FacilitatorSync()
register_exact_evm_facilitator(facilitator, signer, network)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.respond(facilitator.get_supported)

    def do_POST(self):
        length = int(self.headers["content-length"])
        asked = json.loads(self.rfile.read(length))
        version = asked["x402Version"]
        payload = parse_payment_payload(asked["paymentPayload"])
        requirements = parse_payment_requirements(version, asked["paymentRequirements"])
        act = facilitator.verify if self.path == "/verify" else facilitator.settle
        self.respond(lambda: act(payload, requirements))

    def respond(self, act):
        try:
            status, text = 200, act().model_dump_json(by_alias=True, exclude_none=True)
        except Exception:
            traceback.print_exc()
            status, text = 500, '{"error":"internal"}'
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
