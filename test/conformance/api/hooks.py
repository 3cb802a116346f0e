"""Hooks of schemathesis: real names in the schema, so that requests get past the first check, and signatures."""

import json
import os
import urllib.request

import requests.auth
import schemathesis

with open(os.environ["APOC_FUZZ_NAMES"], encoding="utf-8") as file:
    NAMES = json.load(file)
LINES = "application/jsonl"


def either(values, schema):
    """One of the real values, or whatever the schema allows."""
    return {"anyOf": [{"enum": values}, schema]}


def adapt_parameter(parameter, method):
    if parameter["name"] == "publisher":
        parameter["schema"] = {"enum": [NAMES["publisher"]]}
    if parameter["name"] == "podId":
        parameter["schema"] = {"enum": NAMES["disposable"] if method == "delete" else NAMES["pods"]}
    if parameter["name"] == "container":
        parameter["schema"] = either([NAMES["container"]], parameter["schema"])


@schemathesis.hook
def before_load_schema(_context, schema):
    for methods in schema["paths"].values():
        for method, operation in methods.items():
            for parameter in operation.get("parameters", []):
                adapt_parameter(parameter, method)
            example = NAMES["bodies"].get(operation["operationId"])
            if example is not None:
                operation["requestBody"]["content"]["application/json"]["example"] = example
            for response in operation["responses"].values():
                if LINES in response["content"]:
                    lines = response["content"][LINES]
                    lines["schema"] = {"type": "array", "items": lines["schema"]}
    schemas = schema["components"]["schemas"]
    container = schemas["PodManifest"]["properties"]["containers"]["items"]["properties"]
    container["image"] = either(NAMES["images"], container["image"])
    grant = schemas["Grant"]["properties"]
    grant["providerKeyId"] = either([NAMES["providerKeyId"]], grant["providerKeyId"])
    quote = schemas["QuoteRequest"]["properties"]
    quote["token"] = either([NAMES["token"]], quote["token"])
    quote["publisher"] = either([NAMES["publisher"]], quote["publisher"])


@schemathesis.hook
def before_call(_context, case, _kwargs):
    # A log that is followed does not end.
    if case.query and case.query.get("follow") == "true":
        del case.query["follow"]


@schemathesis.deserializer(LINES)
def read_lines(_context, response):
    return [json.loads(line) for line in response.content.splitlines()]


class SignedRequest(requests.auth.AuthBase):
    """Has each request about a pod signed by the publisher, over the bytes that are sent."""

    def __call__(self, request):
        body = request.body or b""
        if isinstance(body, str):
            body = body.encode()
        if not isinstance(body, bytes):
            return request
        query = json.dumps({"method": request.method, "path": request.path_url, "body": body.hex()})
        with urllib.request.urlopen(os.environ["APOC_FUZZ_SIGNER"], data=query.encode(), timeout=30) as answer:
            request.headers["Authorization"] = answer.read().decode()
        return request


schemathesis.auth.set_from_requests(SignedRequest()).apply_to(path_regex="^/v1/pods/")
