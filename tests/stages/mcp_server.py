"""A server of ours that speaks the Model Context Protocol over its standard streams."""

import json
import sys

TOOLS = [
    {
        "name": "add",
        "description": "Add two numbers.",
        "inputSchema": {
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
            "required": ["a", "b"],
        },
    },
    {"name": "fail", "inputSchema": {"type": "object", "properties": {}}},
]


def answer(method: str, params: dict) -> dict | None:
    match method:
        case "initialize":
            return {
                "protocolVersion": params.get("protocolVersion", "2025-06-18"),
                "capabilities": {"tools": {}},
                "serverInfo": {"name": "ours", "version": "1"},
            }
        case "tools/list":
            return {"tools": TOOLS}
        case "tools/call" if params["name"] == "add":
            total = params["arguments"]["a"] + params["arguments"]["b"]
            return {"content": [{"type": "text", "text": str(total)}]}
        case "tools/call":
            return {"content": [{"type": "text", "text": "not today"}], "isError": True}
    return None


for line in sys.stdin:
    asked = json.loads(line)
    if "id" not in asked:
        continue
    result = answer(asked["method"], asked.get("params") or {})
    told = {"jsonrpc": "2.0", "id": asked["id"]}
    if result is None:
        told["error"] = {"code": -32601, "message": "no such method"}
    else:
        told["result"] = result
    print(json.dumps(told), flush=True)
