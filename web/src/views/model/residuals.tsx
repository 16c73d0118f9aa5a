/** Regression: each sampled example as a point. */
import { useCallback } from "react";
import type { Residuals } from "@/api/types";
import { drawXAxis, drawYAxis } from "@/plot/axes";
import { categorical, type Ink } from "@/plot/colors";
import { Figure, type Size } from "@/plot/figure";
import type { Painter } from "@/plot/painter";
import { scaleOf } from "@/plot/scale";

export function ResidualPlot({ of, kind }: { of: Residuals; kind: "actual" | "residual" }) {
  const draw = useCallback(
    (to: Painter, size: Size, ink: Ink) => {
      const frame = { left: 62, top: 8, right: size.width - 10, bottom: size.height - 40 };
      const xs = kind === "actual" ? of.actual : of.predicted;
      const ys = kind === "actual" ? of.predicted : of.actual.map((actual, index) => of.predicted[index]! - actual);
      const axis = (values: number[], range: [number, number]) =>
        scaleOf({ kind: "linear", min: Math.min(...values), max: Math.max(...values), categories: [], type: "number" }, range);
      const sx = axis(xs, [frame.left, frame.right]);
      const sy = kind === "actual" ? axis([...xs, ...ys], [frame.bottom, frame.top]) : axis(ys, [frame.bottom, frame.top]);
      drawYAxis(to, ink, frame, sy, kind === "actual" ? "predicted" : "predicted − actual");
      drawXAxis(to, ink, frame, sx, kind === "actual" ? "actual" : "predicted");
      const ends = [Math.min(...xs), Math.max(...xs)] as const;
      const line = kind === "actual" ? ends.flatMap((x) => [sx.map(x), sy.map(x)]) : ends.flatMap((x) => [sx.map(x), sy.map(0)]);
      to.line(line, { color: ink.faint, dash: [4, 4] });
      to.marks(xs.flatMap((x, index) => [sx.map(x), sy.map(ys[index])]), "circle", 2.2, { color: categorical(0, ink.dark), alpha: 0.5 });
    },
    [of, kind],
  );
  return <Figure label={kind === "actual" ? `Predicted against actual, ${of.actual.length} examples` : "Residuals by predicted value"} height={260} draw={draw} />;
}
