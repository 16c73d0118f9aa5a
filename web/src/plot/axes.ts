/** Axes: few lines, quiet labels, nothing that competes with the data. */
import type { Ink } from "./colors";
import type { Painter } from "./painter";
import type { Scale } from "./scale";

export interface Frame {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export function clipText(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, Math.max(1, limit - 1))}…`;
}

/** The name of a category in this many characters: a chain of steps is known by what it ends with. */
export function clipCategory(text: string, limit: number): string {
  const end = text.split(" → ").at(-1)!;
  return text.length <= limit || end === text ? clipText(text, limit) : clipText(`… ${end}`, limit);
}

export function drawXAxis(to: Painter, ink: Ink, frame: Frame, scale: Scale, title: string): void {
  const width = frame.right - frame.left;
  const ticks = fit(scale.ticks(Math.max(2, Math.floor(width / 80))), width, scale.kind === "category");
  to.line([frame.left, frame.bottom, frame.right, frame.bottom], { color: ink.line });
  const room = Math.floor(width / Math.max(1, ticks.length) / 6);
  const clip = scale.kind === "category" ? clipCategory : clipText;
  for (const tick of ticks) {
    if (tick.at < frame.left - 1 || tick.at > frame.right + 1) continue;
    to.line([tick.at, frame.bottom, tick.at, frame.bottom + 4], { color: ink.line });
    const text = clip(tick.text, Math.max(4, room));
    // The last one ends with the paper.
    to.text(text, Math.min(tick.at, frame.right + 8 - text.length * 3), frame.bottom + 7, { color: ink.quiet, align: "center", baseline: "top", size: 10.5 });
  }
  if (title) to.text(title, (frame.left + frame.right) / 2, frame.bottom + 24, { color: ink.quiet, align: "center", baseline: "top", size: 11 });
}

export function drawYAxis(to: Painter, ink: Ink, frame: Frame, scale: Scale, title: string): void {
  const height = frame.bottom - frame.top;
  const all = scale.ticks(Math.max(2, Math.floor(height / 36)));
  const ticks = scale.kind === "category" ? fit(all, height * 3, true) : all;
  for (const tick of ticks) {
    if (tick.at < frame.top - 1 || tick.at > frame.bottom + 1) continue;
    if (scale.kind !== "category") to.line([frame.left, tick.at, frame.right, tick.at], { color: ink.soft });
    to.text(clipText(tick.text, 12), frame.left - 6, tick.at, { color: ink.quiet, align: "right", baseline: "middle", size: 10.5 });
  }
  if (title) to.text(clipText(title, Math.floor(height / 5.5) + 8), 11, (frame.top + frame.bottom) / 2, { color: ink.quiet, align: "center", rotate: -90, size: 11 });
}

/** Leaves labels out evenly when there are more than there is room for; those of categories may be cut instead. */
export function fit<T extends { text: string }>(ticks: T[], room: number, category: boolean): T[] {
  const each = category ? 46 : Math.max(...ticks.map((tick) => tick.text.length)) * 6 + 6;
  const every = Math.ceil(ticks.length / Math.max(1, Math.floor(room / each)));
  return every <= 1 ? ticks : ticks.filter((_, index) => index % every === 0);
}
