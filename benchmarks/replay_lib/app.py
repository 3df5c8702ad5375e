"""The application under test: one question a line, one model call each, over a connection that it keeps."""

import http.client
import json
import os
import sys
from urllib.parse import urlsplit

place = urlsplit(os.environ["OPENAI_BASE_URL"])
assert place.hostname is not None
connection = http.client.HTTPConnection(place.hostname, place.port or 80)


def ask(prompt: str) -> str:
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": prompt}]})
    connection.request("POST", f"{place.path}/chat/completions", body, {"Content-Type": "application/json"})
    return str(json.load(connection.getresponse())["choices"][0]["message"]["content"])


for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps({"id": request["id"], "output": ask(f"Answer briefly. {request['input']}")}), flush=True)
