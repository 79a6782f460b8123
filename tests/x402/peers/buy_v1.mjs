// The older official buyer of npm, version 1. Arguments: URL, private key, JSON body, and further headers as JSON.
// Prints status, headers and body of what it got in the end, as JSON.
import { createWalletClient, http } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { base } from "viem/chains";
import { wrapFetchWithPayment } from "x402-fetch";

const [url, key, body, headers = "{}"] = process.argv.slice(2);
// It signs offline: its transport is never used.
const wallet = createWalletClient({ account: privateKeyToAccount(key), chain: base, transport: http("http://127.0.0.1:1") });
const pay = wrapFetchWithPayment(fetch, wallet, 10_000_000n);
const request = { method: "POST", headers: { "content-type": "application/json", ...JSON.parse(headers) }, body };
const answer = await pay(url, request);
const got = { status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.json() };
console.log(JSON.stringify(got));
