/** What part of a graph is seen, how large; and how an address says it. */
import { scaleFor, type Picture } from "./layout";

export interface Camera {
  x: number;
  y: number;
  scale: number;
}

export interface Room {
  width: number;
  height: number;
}

type Extent = Pick<Picture, "width" | "height"> & { nodes: readonly (Pick<Picture["nodes"][number], "x" | "y" | "width" | "height"> & { focus?: boolean })[] };

const LEAST_SCALE = 0.08;
const MOST_SCALE = 2.5;
/** Below the graph there are buttons. */
const FOOT = 50;

/** All of it, but no smaller than `least`: what does not fit then is centred on what the graph is about. */
export function fit(picture: Extent, { width, height }: Room, least = LEAST_SCALE): Camera {
  const scale = Math.min(1.15, Math.max(least, scaleFor(picture, { width, height })));
  const focus = picture.nodes.find((node) => node.focus) ?? picture.nodes[0];
  const around = (size: number, room: number, at: number) => (size < room ? (room - size) / 2 : Math.min(24, Math.max(room - size - 24, room / 2 - at * scale)));
  return {
    scale,
    x: around(picture.width * scale, width, focus ? focus.x + focus.width / 2 : 0),
    y: around(picture.height * scale, height - FOOT, focus ? focus.y + focus.height / 2 : 0),
  };
}

/** Nearer or further, with one point of the window left where it is. */
export function zoomed(camera: Camera, factor: number, at: { x: number; y: number }): Camera {
  const scale = Math.min(MOST_SCALE, Math.max(LEAST_SCALE, camera.scale * factor));
  const ratio = scale / camera.scale;
  return { scale, x: at.x - (at.x - camera.x) * ratio, y: at.y - (at.y - camera.y) * ratio };
}

/** Like 120:45:0.8: what is in the middle of the window, so that another window shows the same, and the scale. */
export function cameraText({ x, y, scale }: Camera, { width, height }: Room): string {
  return [(width / 2 - x) / scale, (height / 2 - y) / scale].map(Math.round).concat(Number(scale.toPrecision(3))).join(":");
}

/** The camera that a text says; null where it says none, or one that would show nothing of this picture. */
export function cameraOf(text: string, picture: Extent, { width, height }: Room): Camera | null {
  const [x, y, scale] = text.split(":").map(Number);
  if (scale === undefined || ![x, y, scale].every(Number.isFinite) || scale < LEAST_SCALE || scale > MOST_SCALE) return null;
  const camera = { scale, x: width / 2 - x! * scale, y: height / 2 - y! * scale };
  const seen = camera.x < width && camera.y < height && camera.x + picture.width * scale > 0 && camera.y + picture.height * scale > 0;
  return seen ? camera : null;
}
