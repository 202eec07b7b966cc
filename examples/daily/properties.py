"""Make one of each virtual device and show what it says of itself."""

from daily import Daily

Daily.init()

camera = Daily.create_camera_device("my-camera", width=1280, height=720, color_format="RGBA")
microphone = Daily.create_microphone_device("my-microphone", sample_rate=16000, channels=1)
speaker = Daily.create_speaker_device("my-speaker", sample_rate=16000, channels=1)

print(f"{camera.name}: {camera.width}x{camera.height} {camera.color_format}")
for device in (microphone, speaker):
    print(f"{device.name}: {device.sample_rate} Hz, {device.channels} channel(s)")
