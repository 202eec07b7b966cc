// One connection, told by lines of JSON: descriptions in and out, then what is heard. "offer" makes it offer first.
"use strict";
const readline = require("node:readline");

const tell = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

// All candidates stand in the description: whoever reads it needs nothing more.
function gathered(peer) {
  return new Promise((resolve) => {
    const look = () => (peer.iceGatheringState === "complete" ? resolve() : setTimeout(look, 10));
    look();
  });
}

async function describe(peer, description) {
  await peer.setLocalDescription(description);
  await gathered(peer);
  const { type, sdp } = peer.localDescription;
  tell({ description: { type, sdp } });
}

exports.converse = async ({ connect, listen }) => {
  const peer = connect();
  const heard = (what) => tell({ heard: what });
  peer.ontrack = ({ track }) => listen(track, heard, peer);
  peer.onconnectionstatechange = () => tell({ state: peer.connectionState });
  readline.createInterface({ input: process.stdin }).on("line", async (line) => {
    const { description } = JSON.parse(line);
    await peer.setRemoteDescription(description);
    if (description.type === "offer") await describe(peer, await peer.createAnswer());
  }).on("close", () => process.exit(0));
  if (process.argv.includes("offer")) await describe(peer, await peer.createOffer());
};
