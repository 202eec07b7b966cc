"""The protocol `callboard.1` as types: what each side may say, read and written by both.

docs/protocol.md describes every message. `parse_client` is for the room, `parse_server` for its
clients, `to_json` for both.
"""

from actors.protocol import limits as limits
from actors.protocol.both import TOPICS as TOPICS
from actors.protocol.both import Admin as Admin
from actors.protocol.both import Event as Event
from actors.protocol.both import Message as Message
from actors.protocol.both import Ping as Ping
from actors.protocol.both import Pong as Pong
from actors.protocol.both import Signal as Signal
from actors.protocol.client import ClientMessage as ClientMessage
from actors.protocol.client import Eject as Eject
from actors.protocol.client import Join as Join
from actors.protocol.client import Leave as Leave
from actors.protocol.client import Update as Update
from actors.protocol.client import parse_client as parse_client
from actors.protocol.fields import Json as Json
from actors.protocol.fields import ProtocolError as ProtocolError
from actors.protocol.limits import SUBPROTOCOL as SUBPROTOCOL
from actors.protocol.limits import is_room_name as is_room_name
from actors.protocol.participant import Media as Media
from actors.protocol.participant import Participant as Participant
from actors.protocol.participant import Permissions as Permissions
from actors.protocol.participant import Track as Track
from actors.protocol.server import Error as Error
from actors.protocol.server import Joined as Joined
from actors.protocol.server import ParticipantJoined as ParticipantJoined
from actors.protocol.server import ParticipantLeft as ParticipantLeft
from actors.protocol.server import ParticipantUpdated as ParticipantUpdated
from actors.protocol.server import ServerMessage as ServerMessage
from actors.protocol.server import parse_server as parse_server
from actors.protocol.server import to_json as to_json
