// A far side by @roamhq/wrtc: Google's WebRTC. Says a tone of 1000 Hz and tells what it hears.
"use strict";
const { RTCPeerConnection, MediaStream, nonstandard } = require("@roamhq/wrtc");
const { converse } = require("./converse.cjs");

const RATE = 48000;
const CHUNK = RATE / 100;

converse({
  connect() {
    const peer = new RTCPeerConnection({ iceServers: [] });
    const source = new nonstandard.RTCAudioSource();
    const track = source.createTrack();
    peer.addTrack(track, new MediaStream([track]));
    let at = 0;
    setInterval(() => {
      const samples = new Int16Array(CHUNK);
      for (let n = 0; n < CHUNK; n += 1) samples[n] = 8000 * Math.sin((2 * Math.PI * 1000 * at++) / RATE);
      source.onData({ samples, sampleRate: RATE, bitsPerSample: 16, channelCount: 1, numberOfFrames: CHUNK });
    }, 10);
    return peer;
  },
  // How often the wave goes up through zero in a second of what is heard.
  listen(track, heard) {
    let crossings = 0;
    let samples = 0;
    let before = 0;
    new nonstandard.RTCAudioSink(track).ondata = (data) => {
      for (let n = 0; n < data.samples.length; n += data.channelCount) {
        const sample = data.samples[n];
        if (before < 0 && sample >= 0) crossings += 1;
        if (sample !== 0) before = sample;
        samples += 1;
      }
      if (samples >= data.sampleRate) {
        heard({ hertz: (crossings * data.sampleRate) / samples });
        crossings = samples = 0;
      }
    };
  },
});
