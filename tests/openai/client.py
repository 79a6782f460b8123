"""The unmodified client of PyPI, used as its documentation has it. Prints one JSON object of what it saw."""

import json
import sys

import openai

url, key, poor_key = sys.argv[1:4]
client = openai.OpenAI(base_url=url + "/v1", api_key=key, max_retries=0)
seen = {}

seen["models"] = [model.id for model in client.models.list()]
seen["model"] = client.models.retrieve("gpt-4o-mini").owned_by

messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Which city?"}]
answer = client.chat.completions.create(model="gpt-4o-mini", messages=messages, temperature=0.5, max_tokens=50)
seen["text"] = answer.choices[0].message.content
seen["usage"] = answer.usage.total_tokens
seen["finish"] = answer.choices[0].finish_reason

stream = client.chat.completions.create(
    model="haiku", messages=messages, stream=True, stream_options={"include_usage": True}
)
words = []
for chunk in stream:
    if chunk.choices and chunk.choices[0].delta.content:
        words.append(chunk.choices[0].delta.content)
    last = chunk
seen["streamed"] = "".join(words)
seen["streamed_usage"] = last.usage.completion_tokens
seen["receipt"] = last.model_extra["aipaygen"]["receipt"].count(".")

tools = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}]
raw = client.chat.completions.with_raw_response.create(
    model="gemini-2.5-flash", messages=messages, tools=tools, extra_headers={"X-Pricing": "metered"}
)
call = raw.parse().choices[0].message.tool_calls[0]
seen["call"] = [call.function.name, json.loads(call.function.arguments)]
seen["metered_price"] = raw.headers["x-price-usdc"]

vectors = client.embeddings.create(model="text-embedding-3-small", input="How far is the moon?")
seen["vector"] = vectors.data[0].embedding

def caught(action):
    try:
        action()
    except openai.APIError as error:
        return [type(error).__name__, getattr(error, "status_code", None), error.code]
    return None

ask = lambda model, **more: client.chat.completions.create(model=model, messages=messages, **more)
seen["unknown_model"] = caught(lambda: ask("gpt-9"))
seen["bad_member"] = caught(lambda: ask("haiku", extra_body={"no_such_member": 1}))
seen["provider_failed"] = caught(lambda: ask("haiku"))
seen["broke_off"] = caught(lambda: list(ask("haiku", stream=True)))
wrong, poor = client.with_options(api_key="apk_wrong"), client.with_options(api_key=poor_key)
seen["wrong_key"] = caught(lambda: wrong.chat.completions.create(model="haiku", messages=messages))
seen["no_money"] = caught(lambda: poor.chat.completions.create(model="haiku", messages=messages))

print(json.dumps(seen))
