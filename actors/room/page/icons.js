/** Line icons on a 24 by 24 grid, drawn here. */

import { svg } from "./dom.js";

const SLASH = "M4 4 20 20";
const MICROPHONE = "M12 3.5a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0v-5a3 3 0 0 1 3-3ZM5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3";
const CAMERA = "M4.5 7h9a1.5 1.5 0 0 1 1.5 1.5v7a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 3 15.5v-7A1.5 1.5 0 0 1 4.5 7ZM15 11l6-3.5v9L15 13";
const SCREEN = "M4.5 4.5h15A1.5 1.5 0 0 1 21 6v9.5a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 15.5V6a1.5 1.5 0 0 1 1.5-1.5ZM9 20.5h6M12 13.5V8M9.5 10.3 12 7.8l2.5 2.5";

const paths = {
  microphone: MICROPHONE,
  microphoneOff: MICROPHONE + SLASH,
  camera: CAMERA,
  cameraOff: CAMERA + SLASH,
  screen: SCREEN,
  screenOff: SCREEN,
  chat: "M5 4.5h14A1.5 1.5 0 0 1 20.5 6v9A1.5 1.5 0 0 1 19 16.5h-8L6.5 20v-3.5H5A1.5 1.5 0 0 1 3.5 15V6A1.5 1.5 0 0 1 5 4.5ZM8 9h8M8 12h5",
  // Curtain cords and a lamp: what stands behind the stage.
  backstage: "M3.5 4h17M5 4c0 6-.5 11-1.5 16h4C9 15 9.5 10 9.5 4M19 4c0 6 .5 11 1.5 16h-4C15 15 14.5 10 14.5 4",
  leave: "M10 4.5H5.5A1.5 1.5 0 0 0 4 6v12a1.5 1.5 0 0 0 1.5 1.5H10M15 8l4.5 4L15 16M19 12H9",
  close: "M6 6 18 18M18 6 6 18",
};

/** @param {keyof typeof paths} name */
export function icon(name) {
  return svg(
    "svg",
    { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true", focusable: "false" },
    svg("path", { d: paths[name] }),
  );
}
