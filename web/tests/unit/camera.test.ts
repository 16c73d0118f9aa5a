import { describe, expect, it } from "vitest";
import { cameraOf, cameraText, fit, zoomed } from "@/graph/camera";

const picture = { width: 3000, height: 400, nodes: [{ x: 0, y: 0, width: 120, height: 40 }, { x: 2800, y: 300, width: 200, height: 40, focus: true }] };
const room = { width: 1000, height: 600 };

describe("the camera over a graph", () => {
  it("comes back from its text, and from the text again", () => {
    const moved = zoomed(fit(picture, room), 3.1, { x: 730, y: 211 });
    const text = cameraText(moved, room);
    const found = cameraOf(text, picture, room)!;
    expect(found.scale).toBeCloseTo(moved.scale, 2);
    expect(Math.abs(found.x - moved.x)).toBeLessThan(10);
    expect(cameraText(found, room)).toBe(text);
  });
  it("shows the same in the middle of a window of another size", () => {
    const other = { width: 400, height: 900 };
    expect(cameraText(cameraOf("2800:310:1.5", picture, other)!, other)).toBe("2800:310:1.5");
  });
  it("is none where the text says none or nothing would be seen", () => {
    for (const text of ["", "1:2", "a:b:c", "0:0:0", "0:0:1e9", "90000:90000:1"]) expect(cameraOf(text, picture, room)).toBeNull();
  });
  it("begins readable, at what the graph is about", () => {
    const first = fit(picture, room, 0.62);
    expect(first.scale).toBe(0.62);
    expect(2900 * first.scale + first.x).toBeLessThan(room.width);
    expect(fit(picture, room).scale).toBeLessThan(0.4);
  });
  it("keeps the point under the pointer and its limits", () => {
    const near = zoomed({ x: 0, y: 0, scale: 2.4 }, 2, { x: 100, y: 100 });
    expect(near.scale).toBe(2.5);
    expect((100 - near.x) / near.scale).toBeCloseTo(100 / 2.4);
  });
});
