"""The older official buyer of PyPI, version 1. Arguments: URL, private key, JSON body, and further headers as JSON.

Prints status, headers and body of what it got in the end, as JSON.
"""

import asyncio
import json
import sys

from eth_account import Account
from x402.clients.httpx import x402HttpxClient

url, key, body, *rest = sys.argv[1:]
headers = {"content-type": "application/json", **json.loads(rest[0] if rest else "{}")}


async def main():
    async with x402HttpxClient(account=Account.from_key(key), timeout=60) as http:
        answer = await http.post(url, content=body, headers=headers)
        await answer.aread()
    print(json.dumps({"status": answer.status_code, "headers": dict(answer.headers), "body": answer.json()}))


asyncio.run(main())
