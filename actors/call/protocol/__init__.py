"""The protocol `callboard.1` as types: what each side may say, read and written by both.

docs/protocol.md describes every message. `parse_client` is for the room, `parse_server` for its
clients, `to_json` for both.
"""

from actors.call.protocol import limits as limits
from actors.call.protocol.both import TOPICS as TOPICS
from actors.call.protocol.both import Admin as Admin
from actors.call.protocol.both import Event as Event
from actors.call.protocol.both import Message as Message
from actors.call.protocol.both import Ping as Ping
from actors.call.protocol.both import Pong as Pong
from actors.call.protocol.both import Signal as Signal
from actors.call.protocol.client import ClientMessage as ClientMessage
from actors.call.protocol.client import Eject as Eject
from actors.call.protocol.client import Join as Join
from actors.call.protocol.client import Leave as Leave
from actors.call.protocol.client import Update as Update
from actors.call.protocol.client import parse_client as parse_client
from actors.call.protocol.errors import ProtocolError as ProtocolError
from actors.call.protocol.fields import Json as Json
from actors.call.protocol.limits import SUBPROTOCOL as SUBPROTOCOL
from actors.call.protocol.limits import is_room_name as is_room_name
from actors.call.protocol.participant import Media as Media
from actors.call.protocol.participant import Participant as Participant
from actors.call.protocol.participant import Permissions as Permissions
from actors.call.protocol.participant import Track as Track
from actors.call.protocol.server import Error as Error
from actors.call.protocol.server import Joined as Joined
from actors.call.protocol.server import ParticipantJoined as ParticipantJoined
from actors.call.protocol.server import ParticipantLeft as ParticipantLeft
from actors.call.protocol.server import ParticipantUpdated as ParticipantUpdated
from actors.call.protocol.server import ServerMessage as ServerMessage
from actors.call.protocol.server import parse_server as parse_server
from actors.call.protocol.write import to_json as to_json
