"""The embedded room: a server for page, signalling and API on one port."""

from actors.room.rooms import ParticipantEntered as ParticipantEntered
from actors.room.rooms import ParticipantExited as ParticipantExited
from actors.room.server import DEFAULT_ROOM as DEFAULT_ROOM
from actors.room.server import RoomServer as RoomServer
from actors.room.server import load_certificate as load_certificate
from actors.room.server import open_room as open_room
from actors.room.tokens import Signer as Signer
