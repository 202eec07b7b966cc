"""docs/protocol.md and the code say the same."""

import json
import re
from pathlib import Path

import pytest

from actors import protocol
from actors.protocol import limits
from actors.protocol.client import CLIENT_TYPES
from actors.protocol.server import SERVER_TYPES
from actors.room import line, outbox

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")

BLOCKS = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
# A block holds one object, or one a line; objects without a type are data within messages.
OBJECTS = [
    value
    for block in BLOCKS
    for value in json.JSONDecoder().raw_decode(block)[:1]
    + tuple(json.loads(each) for each in block.splitlines()[1:] if each.startswith('{"type"'))
]
MESSAGES = [value for value in OBJECTS if "type" in value]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message["type"])
def test_every_example_is_a_message_that_both_sides_read(message):
    text = json.dumps(message)
    readers = []
    if message["type"] in CLIENT_TYPES and "from" not in message:
        readers.append(protocol.parse_client)
    if message["type"] in SERVER_TYPES:
        readers.append(protocol.parse_server)
    assert readers
    for read in readers:
        written = json.loads(protocol.to_json(read(text)))
        assert {key: written[key] for key in message if key in written}.keys() == message.keys()


def test_every_message_is_described():
    described = set(re.findall(r"`([a-z_]+)`", PAGE.split("### join")[0]))
    assert CLIENT_TYPES.keys() | SERVER_TYPES.keys() <= described
    for kind in CLIENT_TYPES.keys() | SERVER_TYPES.keys():
        assert re.search(rf"^### .*\b{kind}\b", PAGE, re.MULTILINE), kind


def test_every_code_of_an_error_is_in_the_table_and_in_the_code():
    table = set(re.findall(r"^\| `([a-z_]+)` \| (?:yes|no)", PAGE, re.MULTILINE))
    sources = [
        path.read_text(encoding="utf-8")
        for folder in ("room", "protocol")
        for path in (ROOT / "actors" / folder).glob("*.py")
    ]
    raised = {
        code
        for source in sources
        for code in re.findall(r'(?:Error|_bad_token)\(\s*"([a-z_]+)"', source)
    }
    assert raised == table


@pytest.mark.parametrize(
    "sentence",
    [
        f"at most {limits.MESSAGE_BYTES // 1024} kB of UTF-8",
        f"nested at most {limits.NESTING}\ndeep",
        f"within {limits.JOIN_WITHIN:g} s",
        f"1 to {limits.NAME_LENGTH} characters",
        f"any JSON up to {limits.USER_DATA_BYTES // 1024} kB",
        f"under {limits.GRAPH_BYTES // 1024} kB",
        f"every {limits.PING_EVERY:g} s",
        f"nothing at all for {limits.SILENT_FOR:g} s",
        f"stayed away for {limits.LEAVE_AFTER:g} s",
        f"good until {limits.RESUME_WITHIN:g} s after",
        f"the room has its {limits.PARTICIPANTS} participants",
        f"more than {line.MESSAGES_PER_SECOND} messages or {line.BYTES_PER_SECOND // 1024} kB",
        f"({line.MESSAGES_AT_ONCE} messages and {line.BYTES_AT_ONCE // 1024**2} MB at once",
        f"fatal after {line.DROPPED_AT_MOST} dropped",
        f"leaves {outbox.MESSAGES} messages or {outbox.BYTES // 1024**2} MB unread",
        f"ROOM matching `{limits.ROOM_NAME.pattern}`",
        f"subprotocol `{limits.SUBPROTOCOL}`",
    ],
)
def test_every_number_is_the_codes_own(sentence):
    assert sentence in PAGE


def test_every_link_leads_somewhere():
    headings = {
        heading.lower().replace(",", "").replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)
    }
    for target in re.findall(r"\]\(([^)]+)\)", PAGE):
        name, _, anchor = target.partition("#")
        assert not name or (ROOT / "docs" / name).is_file(), target
        assert name or anchor in headings, target
