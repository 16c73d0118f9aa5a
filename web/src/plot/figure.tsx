/** The paper a chart is drawn on: sizes itself, follows the theme, listens to pointer and keys, exports. */
import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from "react";
import { download, fileName } from "@/lib/download";
import { MenuItem, Pop } from "@/ui/pop";
import { useDark } from "@/ui/theme";
import { inkOf, type Ink } from "./colors";
import { CanvasPainter, SvgPainter, type Painter } from "./painter";

export interface Size {
  width: number;
  height: number;
}

export interface Tip {
  x: number;
  y: number;
  title: string;
  pairs: readonly (readonly [string, string])[];
}

/** A drawing; of one with parts, each part after the first waits for the next frame. */
export type Drawing = (to: Painter, size: Size, ink: Ink) => void | Iterator<void>;

export interface FigureProps {
  label: string;
  height: number;
  /** Draws the chart; runs when it or the size or the theme changes. */
  draw: Drawing;
  /** Draws what follows the pointer, on a layer of its own. */
  over?: Drawing;
  /** Whether an export shows what is over the chart, too. */
  overIsContent?: boolean;
  tip?: Tip | null;
  onMove?: (x: number, y: number, size: Size) => void;
  onLeave?: () => void;
  onDrag?: (from: [number, number], now: [number, number], size: Size, done: boolean) => void;
  onClick?: (x: number, y: number, size: Size) => void;
  onKey?: (event: KeyboardEvent, size: Size) => void;
  /** The chart as a Vega-Lite specification, for export. */
  spec?: () => unknown;
  cursor?: string;
  children?: ReactNode;
}

export function Figure(props: FigureProps) {
  const host = useRef<HTMLDivElement>(null);
  const base = useRef<HTMLCanvasElement>(null);
  const top = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(0);
  const dark = useDark();
  const ink = inkOf(dark);
  const { draw, over, height } = props;
  useLayoutEffect(() => {
    const watch = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)));
    watch.observe(host.current!);
    setWidth(host.current!.clientWidth);
    return () => watch.disconnect();
  }, []);
  useEffect(() => (width > 0 ? paint(base.current!, { width, height }, (to) => draw(to, { width, height }, ink)) : undefined), [draw, width, height, ink]);
  useEffect(() => (width > 0 ? paint(top.current!, { width, height }, (to) => over?.(to, { width, height }, ink)) : undefined), [over, width, height, ink]);
  const size = { width, height };
  const gesture = useGesture(props, size);
  return (
    <div className="figure">
      <div className="tools">
        <ExportMenu {...props} size={size} ink={ink} />
      </div>
      <div
        ref={host}
        className="surface"
        role="img"
        aria-label={props.label}
        tabIndex={props.onKey ? 0 : undefined}
        style={{ height, cursor: props.cursor }}
        onKeyDown={(event) => props.onKey?.(event, size)}
        {...gesture}
      >
        <canvas ref={base} aria-hidden="true" />
        <canvas ref={top} className="over" aria-hidden="true" />
        {props.tip && <TipBox tip={props.tip} size={size} />}
        {props.children}
      </div>
    </div>
  );
}

/** Draws, if need be over several frames. Returns how to stop. */
function paint(canvas: HTMLCanvasElement, size: Size, draw: (to: Painter) => void | Iterator<void>): () => void {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(size.width * ratio);
  canvas.height = Math.round(size.height * ratio);
  canvas.style.width = `${size.width}px`;
  canvas.style.height = `${size.height}px`;
  const context = canvas.getContext("2d");
  if (!context) return () => {};
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const parts = draw(new CanvasPainter(context));
  let frame = 0;
  const next = () => {
    if (parts && !parts.next().done) frame = requestAnimationFrame(next);
  };
  next();
  return () => cancelAnimationFrame(frame);
}

function atOnce(parts: void | Iterator<void>): void {
  while (parts && !parts.next().done);
}

function useGesture(props: FigureProps, size: Size) {
  const start = useRef<[number, number] | null>(null);
  const moved = useRef(false);
  const at = (event: PointerEvent<HTMLDivElement>): [number, number] => {
    const box = event.currentTarget.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  return {
    onPointerDown: (event: PointerEvent<HTMLDivElement>) => {
      if (event.button !== 0) return;
      start.current = at(event);
      moved.current = false;
      if (props.onDrag) event.currentTarget.setPointerCapture(event.pointerId);
    },
    onPointerMove: (event: PointerEvent<HTMLDivElement>) => {
      const now = at(event);
      if (start.current && props.onDrag && (moved.current || distance(start.current, now) > 4)) {
        moved.current = true;
        props.onDrag(start.current, now, size, false);
      } else props.onMove?.(now[0], now[1], size);
    },
    onPointerUp: (event: PointerEvent<HTMLDivElement>) => {
      const now = at(event);
      if (start.current && moved.current) props.onDrag?.(start.current, now, size, true);
      else if (start.current) props.onClick?.(now[0], now[1], size);
      start.current = null;
    },
    onPointerLeave: () => props.onLeave?.(),
  };
}

const distance = (a: [number, number], b: [number, number]): number => Math.hypot(a[0] - b[0], a[1] - b[1]);

function TipBox({ tip, size }: { tip: Tip; size: Size }) {
  const right = tip.x > size.width * 0.6;
  const low = tip.y > size.height * 0.55;
  return (
    <div
      className="tip"
      style={{
        left: right ? undefined : tip.x + 12,
        right: right ? size.width - tip.x + 12 : undefined,
        top: low ? undefined : Math.max(0, tip.y - 10),
        bottom: low ? Math.max(0, size.height - tip.y - 10) : undefined,
      }}
    >
      <b className="ellipsis">{tip.title}</b>
      <div className="pairs">
        {tip.pairs.map(([name, text], index) => (
          <span key={index} style={{ display: "contents" }}>
            <span>{name}</span>
            <span>{text}</span>
          </span>
        ))}
      </div>
    </div>
  );
}

function ExportMenu(props: FigureProps & { size: Size; ink: Ink }) {
  const { size, ink } = props;
  const name = fileName(props.label.slice(0, 60));
  const print = (to: Painter) => {
    atOnce(props.draw(to, size, ink));
    if (props.overIsContent) atOnce(props.over?.(to, size, ink));
  };
  const png = () => {
    const canvas = document.createElement("canvas");
    canvas.width = size.width * 2;
    canvas.height = size.height * 2;
    const context = canvas.getContext("2d");
    if (!context) return;
    context.scale(2, 2);
    context.fillStyle = ink.background;
    context.fillRect(0, 0, size.width, size.height);
    print(new CanvasPainter(context));
    canvas.toBlob((blob) => blob && download(`${name}.png`, blob));
  };
  const svg = () => {
    const painter = new SvgPainter(size.width, size.height, ink.background);
    print(painter);
    download(`${name}.svg`, painter.toString(), "image/svg+xml");
  };
  return (
    <Pop label="Export this chart" icon="download" className="btn quiet icon small" menu>
      {(close) => (
        <>
          <MenuItem onClick={() => (close(), png())}>PNG image</MenuItem>
          <MenuItem onClick={() => (close(), svg())}>SVG image</MenuItem>
          {props.spec && (
            <MenuItem onClick={() => (close(), download(`${name}.vl.json`, JSON.stringify(props.spec!(), null, 2), "application/json"))}>
              Vega-Lite specification
            </MenuItem>
          )}
        </>
      )}
    </Pop>
  );
}
