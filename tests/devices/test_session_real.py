"""Sessions over the real engine and a real room on loopback: once through everything."""

import numpy as np
import pytest
import trio
from sessions import loudness, tone

from actors.call.session import open_call
from actors.call.webrtc import open_media_engine
from actors.room import open_room

pytestmark = pytest.mark.real


def test_audio_and_video_cross_a_real_call_and_everything_is_closed() -> None:
    async def main() -> None:
        async with open_room(port=0) as room, open_media_engine() as engine:
            url = f"{room.url}/lobby"
            async with (
                open_call(url, name="Ada", engine=engine) as ada,
                open_call(url, name="Bob", engine=engine) as bob,
            ):
                events = bob.events()
                with trio.fail_after(20):
                    while ada.id not in bob.connected:
                        await anext(events)
                    seen: list[np.ndarray] = []
                    first = trio.Event()

                    def see(frame) -> None:
                        seen.append(frame.pixels.reshape(frame.height, frame.width, 3))
                        first.set()

                    bob.render_video(ada.id, see, color_format="RGB")
                    camera = ada.camera("c", 320, 240, color_format="BGRA")
                    blue = np.zeros((240, 320, 4), np.uint8)
                    blue[..., 0] = 255
                    microphone, speaker = ada.microphone(), bob.speaker()
                    async with trio.open_nursery() as nursery:
                        nursery.start_soon(microphone.write, tone(440, 4))
                        while not first.is_set():
                            camera.write(blue)
                            await trio.sleep(1 / 30)
                        await speaker.read(16_000)
                        pcm = await speaker.read(16_000)
                        nursery.cancel_scope.cancel()
            red, green, blue_ = seen[-1].reshape(-1, 3).mean(axis=0)
            assert (red < 20, green < 20, blue_ > 235) == (True, True, True)
            # In tenths of a second, of which a machine that is busy elsewhere may miss some.
            parts = [pcm[start : start + 3200] for start in range(0, len(pcm), 3200)]
            clear = [part for part in parts if 6000 < loudness(part, 440) < 10_000]
            assert len(clear) >= 3
            assert min(loudness(part, 700) for part in clear) < 300
            assert bob.ended == ada.ended == "the call was left"

    trio.run(main)
