// The unmodified client of npm, used as its documentation has it. Prints one JSON object of what it saw.
const { OpenAI } = require("openai");

async function main(url, key, poorKey) {
  const client = new OpenAI({ baseURL: url + "/v1", apiKey: key, maxRetries: 0 });
  const seen = {};
  seen.models = [];
  for await (const model of client.models.list()) seen.models.push(model.id);
  seen.model = (await client.models.retrieve("gpt-4o-mini")).owned_by;

  const messages = [{ role: "system", content: "Be brief." }, { role: "user", content: "Which city?" }];
  const answer = await client.chat.completions.create({ model: "gpt-4o-mini", messages, temperature: 0.5, max_tokens: 50 });
  seen.text = answer.choices[0].message.content;
  seen.usage = answer.usage.total_tokens;
  seen.finish = answer.choices[0].finish_reason;

  const stream = await client.chat.completions.create({
    model: "haiku", messages, stream: true, stream_options: { include_usage: true },
  });
  let last;
  seen.streamed = "";
  for await (const chunk of stream) {
    seen.streamed += chunk.choices[0]?.delta?.content ?? "";
    last = chunk;
  }
  seen.streamed_usage = last.usage.completion_tokens;
  seen.receipt = last.aipaygen.receipt.split(".").length - 1;

  const tools = [{ type: "function", function: { name: "weather", parameters: { type: "object", properties: {} } } }];
  const { data, response } = await client.chat.completions
    .create({ model: "gemini-2.5-flash", messages, tools }, { headers: { "X-Pricing": "metered" } })
    .withResponse();
  const call = data.choices[0].message.tool_calls[0];
  seen.call = [call.function.name, JSON.parse(call.function.arguments)];
  seen.metered_price = response.headers.get("x-price-usdc");

  const vectors = await client.embeddings.create({ model: "text-embedding-3-small", input: "How far is the moon?" });
  seen.vector = vectors.data[0].embedding;

  const caught = async (action) => {
    try {
      await action();
    } catch (error) {
      return [error.constructor.name, error.status ?? null, error.code ?? null];
    }
    return null;
  };
  const ask = (model, more = {}, by = client) => by.chat.completions.create({ model, messages, ...more });
  seen.unknown_model = await caught(() => ask("gpt-9"));
  seen.bad_member = await caught(() => ask("haiku", { no_such_member: 1 }));
  seen.provider_failed = await caught(() => ask("haiku"));
  seen.broke_off = await caught(async () => {
    for await (const _ of await ask("haiku", { stream: true })) {
      // Only the end is of interest.
    }
  });
  seen.wrong_key = await caught(() => ask("haiku", {}, client.withOptions({ apiKey: "apk_wrong" })));
  seen.no_money = await caught(() => ask("haiku", {}, client.withOptions({ apiKey: poorKey })));
  console.log(JSON.stringify(seen));
}

main(...process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
