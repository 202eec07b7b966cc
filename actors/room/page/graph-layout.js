/**
 * Where actors stand, left to right in the order in which frames meet them. Pure: numbers in, numbers out.
 *
 * An actor that both begins and ends the graph (the call: voices come out of it, the agent's voice goes into it)
 * stands twice, at both ends; other links that lead back run below, links that skip actors run above.
 */

const PITCH = 66;
const ROW = 108;
const ZIGZAG = 33;
const LETTER = 7.6;
const PADDING = 20;
const HEIGHT = 32;
const MARGIN = 8;

/** @typedef {{id: string, path: string, label: string, x: number, y: number, width: number, height: number}} Place */

/**
 * @param {string[]} paths actors @param {{key: string, from: string, to: string}[]} links
 * @returns {{places: Place[], curves: Map<string, string>, width: number, height: number}}
 */
export function layOut(paths, links) {
  const roots = paths.filter((path) => !links.some(({ to }) => to === path));
  const begin = roots.length ? roots : paths.slice(0, 1);
  const { layers, back } = rank(paths, links, begin);
  const last = Math.max(0, ...layers.values()) + 1;
  const ends = new Set(links.filter((link) => back.has(link.key) && begin.includes(link.to)).map(({ to }) => to));

  const columns = new Map();
  const stand = (path, id, layer) => {
    const column = columns.get(layer) ?? columns.set(layer, []).get(layer);
    column.push({ id, path, layer, label: path.slice(path.lastIndexOf("/") + 1) });
  };
  for (const path of paths) stand(path, path, layers.get(path) ?? 0);
  for (const path of ends) stand(path, `${path} (end)`, last);

  const places = [...columns.values()].flatMap((column) =>
    column.map(({ id, path, layer, label }, index) => ({
      id,
      path,
      label,
      layer,
      width: label.length * LETTER + PADDING,
      height: HEIGHT,
      x: layer * PITCH,
      y: (index - (column.length - 1) / 2) * ROW + (layer % 2 ? ZIGZAG : -ZIGZAG),
    })),
  );
  const byId = new Map(places.map((place) => [place.id, place]));
  const curves = new Map();
  for (const link of links) {
    const from = byId.get(link.from);
    const to = byId.get(back.has(link.key) && ends.has(link.to) ? `${link.to} (end)` : link.to);
    if (from && to) curves.set(link.key, { from, to });
  }
  return fit(places, curves);
}

/** Longest way from the beginning; a link into an actor that is already on the way leads back. */
function rank(paths, links, begin) {
  const layers = new Map();
  const back = new Set();
  const open = new Set();
  const walk = (path, layer) => {
    if ((layers.get(path) ?? -1) >= layer) return;
    layers.set(path, layer);
    open.add(path);
    for (const link of links) {
      if (link.from !== path) continue;
      if (open.has(link.to)) back.add(link.key);
      else if (!back.has(link.key)) walk(link.to, layer + 1);
    }
    open.delete(path);
  };
  for (const path of [...begin, ...paths]) if (!layers.has(path)) walk(path, 0);
  return { layers, back };
}

/** Moves everything into positive numbers and draws the curves. */
function fit(places, curves) {
  if (!places.length) return { places, curves: new Map(), width: 0, height: 0 };
  const spans = [...curves.values()].map(({ from, to }) => to.layer - from.layer);
  const above = Math.max(0, ...spans.filter((span) => span > 1)) * 9;
  const below = Math.max(0, ...spans.filter((span) => span <= 0).map((span) => 2 - span)) * 11;
  const left = Math.min(...places.map(({ x, width }) => x - width / 2)) - MARGIN;
  const top = Math.min(...places.map(({ y }) => y - HEIGHT / 2)) - above - MARGIN;
  for (const place of places) {
    place.x -= left;
    place.y -= top;
  }
  const drawn = new Map([...curves].map(([key, { from, to }]) => [key, curve(from, to)]));
  const width = Math.max(...places.map((place) => place.x + place.width / 2)) + MARGIN;
  const height = Math.max(...places.map(({ y }) => y + HEIGHT / 2)) + below + MARGIN;
  return { places, curves: drawn, width, height };
}

function curve(from, to) {
  const span = to.layer - from.layer;
  const point = (x, y) => `${x.toFixed(1)} ${y.toFixed(1)}`;
  if (span === 1) {
    const down = from.y < to.y ? HEIGHT / 2 : -HEIGHT / 2;
    const [start, end] = [from.y + down, to.y - down];
    return `M${point(from.x, start)}C${point(from.x, end)} ${point(to.x, start)} ${point(to.x, end)}`;
  }
  const side = span > 1 ? -1 : 1;
  const reach = side * (span > 1 ? 14 + span * 11 : 18 + (1 - span) * 13);
  const [start, end] = [from.y + (side * HEIGHT) / 2, to.y + (side * HEIGHT) / 2];
  const edge = (span > 1 ? Math.min : Math.max)(start, end) + reach;
  return `M${point(from.x, start)}C${point(from.x, edge)} ${point(to.x, edge)} ${point(to.x, end)}`;
}
