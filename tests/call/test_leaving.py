"""Leaving a room: a call that is cancelled says goodbye, and waits only for the answer."""

import trio

from actors import protocol
from actors.call.address import MeetingAddress
from actors.call.signalling import LEAVE_SECONDS, Signalling
from actors.room import ParticipantExited, open_room


def test_a_cancelled_call_has_left_as_soon_as_the_room_answers():
    gone = []

    async def main():
        async with open_room(observe=gone.append) as room:
            address = MeetingAddress.parse(room.meeting_url("lobby"))
            async with trio.open_nursery() as nursery:
                channel = Signalling(
                    address, protocol.Join(name="Ada", agent=True), random=lambda: 0.5
                )
                await nursery.start(channel.run)
                began = trio.current_time()
                nursery.cancel_scope.cancel()
            took = trio.current_time() - began
            assert [each.reason for each in gone if isinstance(each, ParticipantExited)] == ["left"]
            # The bound on a silent server was not used up: this one has answered.
            assert took < LEAVE_SECONDS

    trio.run(main)
