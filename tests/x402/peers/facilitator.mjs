// The official facilitator of npm behind its three routes. Arguments: RPC URL, private key, CAIP-2 network, and how
// long a settlement waits for its receipt in milliseconds. Prints its URL once it serves.
import http from "node:http";
import { x402Facilitator } from "@x402/core/facilitator";
import { toFacilitatorEvmSigner } from "@x402/evm";
import { registerExactEvmScheme } from "@x402/evm/exact/facilitator";
import { createWalletClient, http as rpc, nonceManager, publicActions } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { base, baseSepolia } from "viem/chains";

const [rpcUrl, key, network, receiptMs = "20000"] = process.argv.slice(2);
const chain = [base, baseSepolia].find(({ id }) => network === `eip155:${id}`);
const account = privateKeyToAccount(key, { nonceManager });
const transport = rpc(rpcUrl, { retryCount: 0 });
const client = createWalletClient({ account, chain, transport, pollingInterval: 100 }).extend(publicActions);
const signer = toFacilitatorEvmSigner(
  { ...client, address: account.address, getCode: client.getCode },
  { confirmationTimeoutMs: Number(receiptMs) },
);
const facilitator = registerExactEvmScheme(new x402Facilitator(), { signer, networks: network });

async function body(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return JSON.parse(text);
}

async function answer(request) {
  if (request.method === "GET" && request.url === "/supported") return facilitator.getSupported();
  const { paymentPayload, paymentRequirements } = await body(request);
  if (request.url === "/verify") return facilitator.verify(paymentPayload, paymentRequirements);
  if (request.url === "/settle") return facilitator.settle(paymentPayload, paymentRequirements);
  throw new Error("no such route");
}

const server = http.createServer(async (request, response) => {
  try {
    const text = JSON.stringify(await answer(request));
    response.writeHead(200, { "content-type": "application/json" }).end(text);
  } catch (error) {
    console.error(error);
    response.writeHead(500, { "content-type": "application/json" }).end(JSON.stringify({ error: "internal" }));
  }
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
