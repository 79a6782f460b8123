// The official buyer of npm, version 2. Arguments: URL, private key, JSON body, and further headers as JSON.
// Prints status, headers and body of what it got in the end, as JSON.
import { wrapFetchWithPaymentFromConfig } from "@x402/fetch";
import { ExactEvmScheme } from "@x402/evm";
import { privateKeyToAccount } from "viem/accounts";

const [url, key, body, headers = "{}"] = process.argv.slice(2);
const client = new ExactEvmScheme(privateKeyToAccount(key));
const pay = wrapFetchWithPaymentFromConfig(fetch, { schemes: [{ network: "eip155:*", client }] });
const request = { method: "POST", headers: { "content-type": "application/json", ...JSON.parse(headers) }, body };
const answer = await pay(url, request);
const got = { status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.json() };
console.log(JSON.stringify(got));
