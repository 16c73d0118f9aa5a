import { useEffect, useRef } from "react";
import { useDark } from "@/ui/theme";
import { ramp } from "./colors";
import type { ColorKey, ShapeKey } from "./encode";
import { CanvasPainter, type Shape } from "./painter";

/** What colours and shapes mean. A category is a button when clicking it can do something. */
export function Legend({ of, shapes, onPick }: { of: ColorKey; shapes?: ShapeKey | undefined; onPick?: (text: string) => void }) {
  if (of.title === "" && !shapes?.entries.length) return null;
  return (
    <div className="legend">
      {of.title !== "" && <span className="muted">{of.title}</span>}
      {of.ramp && (
        <span className="key">
          {of.ramp.low} <Ramp /> {of.ramp.high}
        </span>
      )}
      {of.entries.map((entry) => {
        const inner = (
          <>
            <Dot color={entry.color} />
            <span className="ellipsis">{entry.text}</span>
            <span className="muted">{entry.count}</span>
          </>
        );
        return onPick ? (
          <button key={entry.text} type="button" title={`Filter by ${entry.text}`} onClick={() => onPick(entry.text)}>
            {inner}
          </button>
        ) : (
          <span key={entry.text} className="key">
            {inner}
          </span>
        );
      })}
      {shapes?.entries.map((entry) => (
        <span key={entry.text} className="key">
          <ShapeMark shape={entry.shape} /> <span className="ellipsis">{entry.text}</span>
        </span>
      ))}
    </div>
  );
}

export function Dot({ color }: { color: string }) {
  return (
    <svg width="9" height="9" aria-hidden="true">
      <circle cx="4.5" cy="4.5" r="4.5" fill={color} />
    </svg>
  );
}

function Ramp() {
  const dark = useDark();
  return (
    <svg className="ramp" viewBox="0 0 24 1" preserveAspectRatio="none" aria-hidden="true">
      {Array.from({ length: 24 }, (_, index) => (
        <rect key={index} x={index} width="1.1" height="1" fill={ramp(index / 23, dark)} />
      ))}
    </svg>
  );
}

function ShapeMark({ shape }: { shape: Shape }) {
  const ref = useRef<HTMLCanvasElement>(null);
  const dark = useDark();
  useEffect(() => {
    const context = ref.current?.getContext("2d");
    if (!context) return;
    context.setTransform(2, 0, 0, 2, 0, 0);
    context.clearRect(0, 0, 12, 12);
    new CanvasPainter(context).marks([6, 6], shape, 4, { color: dark ? "#aab2bf" : "#4c5561" });
  }, [shape, dark]);
  return <canvas ref={ref} width={24} height={24} style={{ width: 12, height: 12 }} aria-hidden="true" />;
}
