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

export function drawXAxis(to: Painter, ink: Ink, frame: Frame, scale: Scale, title: string): void {
  const width = frame.right - frame.left;
  const ticks = fit(scale.ticks(Math.max(2, Math.floor(width / 80))), width, scale.kind === "category");
  to.line([frame.left, frame.bottom, frame.right, frame.bottom], { color: ink.line });
  const room = Math.floor(width / Math.max(1, ticks.length) / 6);
  for (const tick of ticks) {
    if (tick.at < frame.left - 1 || tick.at > frame.right + 1) continue;
    to.line([tick.at, frame.bottom, tick.at, frame.bottom + 4], { color: ink.line });
    to.text(clipText(tick.text, Math.max(4, room)), tick.at, frame.bottom + 7, { color: ink.quiet, align: "center", baseline: "top", size: 10.5 });
  }
  if (title) to.text(title, (frame.left + frame.right) / 2, frame.bottom + 24, { color: ink.quiet, align: "center", baseline: "top", size: 11 });
}

export function drawYAxis(to: Painter, ink: Ink, frame: Frame, scale: Scale, title: string): void {
  const height = frame.bottom - frame.top;
  const ticks = fit(scale.ticks(Math.max(2, Math.floor(height / 36))), height * 3, scale.kind === "category");
  for (const tick of ticks) {
    if (tick.at < frame.top - 1 || tick.at > frame.bottom + 1) continue;
    if (scale.kind !== "category") to.line([frame.left, tick.at, frame.right, tick.at], { color: ink.soft });
    to.text(clipText(tick.text, 12), frame.left - 6, tick.at, { color: ink.quiet, align: "right", baseline: "middle", size: 10.5 });
  }
  if (title) to.text(clipText(title, Math.floor(height / 5.5) + 8), 11, (frame.top + frame.bottom) / 2, { color: ink.quiet, align: "center", rotate: -90, size: 11 });
}

/** Leaves labels out evenly when there are more categories than room. */
function fit<T>(ticks: T[], room: number, category: boolean): T[] {
  if (!category) return ticks;
  const every = Math.ceil(ticks.length / Math.max(1, Math.floor(room / 46)));
  return every <= 1 ? ticks : ticks.filter((_, index) => index % every === 0);
}
