/**
 * One small set of strokes with two surfaces: a canvas to look at and an SVG to keep.
 *
 * Every chart draws through it, so what is exported is what is seen. Text is always text: nothing that comes from
 * the store is parsed as markup.
 */

export interface Stroke {
  color: string;
  width?: number;
  alpha?: number;
  dash?: number[];
}

export interface Fill {
  color: string;
  alpha?: number;
}

export interface TextStyle {
  color: string;
  size?: number;
  align?: "left" | "center" | "right";
  baseline?: "top" | "middle" | "bottom";
  weight?: number;
  /** Degrees, clockwise. */
  rotate?: number;
}

export type Shape = "circle" | "square" | "triangle" | "diamond" | "cross" | "star";
export const SHAPES: Shape[] = ["circle", "square", "triangle", "diamond", "cross", "star"];

export interface Painter {
  /** Lines through the points x0, y0, x1, y1, …; a NaN lifts the pen. */
  line(points: ArrayLike<number>, stroke: Stroke): void;
  area(points: ArrayLike<number>, fill: Fill): void;
  rect(x: number, y: number, width: number, height: number, fill: Fill | null, stroke?: Stroke): void;
  /** The same mark at many places. */
  marks(points: ArrayLike<number>, shape: Shape, size: number, fill: Fill, edge?: Stroke): void;
  text(text: string, x: number, y: number, style: TextStyle): void;
  clip(x: number, y: number, width: number, height: number, draw: () => void): void;
}

export const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

export class CanvasPainter implements Painter {
  constructor(private readonly to: CanvasRenderingContext2D) {}

  private pen(stroke: Stroke): void {
    this.to.strokeStyle = stroke.color;
    this.to.lineWidth = stroke.width ?? 1;
    this.to.globalAlpha = stroke.alpha ?? 1;
    this.to.setLineDash(stroke.dash ?? []);
    this.to.lineJoin = "round";
  }

  private trace(points: ArrayLike<number>): void {
    this.to.beginPath();
    let down = false;
    for (let i = 0; i + 1 < points.length; i += 2) {
      const [x, y] = [points[i]!, points[i + 1]!];
      if (Number.isNaN(x) || Number.isNaN(y)) down = false;
      else if (down) this.to.lineTo(x, y);
      else {
        this.to.moveTo(x, y);
        down = true;
      }
    }
  }

  line(points: ArrayLike<number>, stroke: Stroke): void {
    this.pen(stroke);
    this.trace(points);
    this.to.stroke();
    this.to.globalAlpha = 1;
  }

  area(points: ArrayLike<number>, fill: Fill): void {
    this.to.fillStyle = fill.color;
    this.to.globalAlpha = fill.alpha ?? 1;
    this.trace(points);
    this.to.fill();
    this.to.globalAlpha = 1;
  }

  rect(x: number, y: number, width: number, height: number, fill: Fill | null, stroke?: Stroke): void {
    if (fill !== null) {
      this.to.fillStyle = fill.color;
      this.to.globalAlpha = fill.alpha ?? 1;
      this.to.fillRect(x, y, width, height);
    }
    if (stroke) {
      this.pen(stroke);
      this.to.strokeRect(x, y, width, height);
    }
    this.to.globalAlpha = 1;
  }

  marks(points: ArrayLike<number>, shape: Shape, size: number, fill: Fill, edge?: Stroke): void {
    this.to.fillStyle = fill.color;
    this.to.globalAlpha = fill.alpha ?? 1;
    this.to.beginPath();
    for (let i = 0; i + 1 < points.length; i += 2) {
      const [x, y] = [points[i]!, points[i + 1]!];
      if (Number.isNaN(x) || Number.isNaN(y)) continue;
      if (shape === "circle") {
        this.to.moveTo(x + size, y);
        this.to.arc(x, y, size, 0, 2 * Math.PI);
      } else if (shape === "square") this.to.rect(x - 0.9 * size, y - 0.9 * size, 1.8 * size, 1.8 * size);
      else {
        corners(shape, x, y, size).forEach(([px, py], index) => (index === 0 ? this.to.moveTo(px, py) : this.to.lineTo(px, py)));
        this.to.closePath();
      }
    }
    this.to.fill();
    if (edge) {
      this.pen(edge);
      this.to.stroke();
    }
    this.to.globalAlpha = 1;
  }

  text(text: string, x: number, y: number, style: TextStyle): void {
    this.to.save();
    this.to.font = `${style.weight ?? 400} ${style.size ?? 11}px ${FONT}`;
    this.to.fillStyle = style.color;
    this.to.textAlign = style.align ?? "left";
    this.to.textBaseline = style.baseline ?? "middle";
    this.to.translate(x, y);
    if (style.rotate) this.to.rotate((style.rotate * Math.PI) / 180);
    this.to.fillText(text, 0, 0);
    this.to.restore();
  }

  clip(x: number, y: number, width: number, height: number, draw: () => void): void {
    this.to.save();
    this.to.beginPath();
    this.to.rect(x, y, width, height);
    this.to.clip();
    draw();
    this.to.restore();
  }
}

export class SvgPainter implements Painter {
  private readonly parts: string[] = [];
  private clips = 0;

  constructor(
    private readonly width: number,
    private readonly height: number,
    private readonly background: string,
  ) {}

  line(points: ArrayLike<number>, stroke: Stroke): void {
    this.parts.push(`<path d="${path(points, false)}" fill="none"${pen(stroke)}/>`);
  }

  area(points: ArrayLike<number>, fill: Fill): void {
    this.parts.push(`<path d="${path(points, true)}"${paint(fill)}/>`);
  }

  rect(x: number, y: number, width: number, height: number, fill: Fill | null, stroke?: Stroke): void {
    const look = (fill === null ? ' fill="none"' : paint(fill)) + (stroke ? pen(stroke) : "");
    this.parts.push(`<rect x="${r(x)}" y="${r(y)}" width="${r(Math.max(0, width))}" height="${r(Math.max(0, height))}"${look}/>`);
  }

  marks(points: ArrayLike<number>, shape: Shape, size: number, fill: Fill, edge?: Stroke): void {
    const look = paint(fill) + (edge ? pen(edge) : "");
    for (let i = 0; i + 1 < points.length; i += 2) {
      const [x, y] = [points[i]!, points[i + 1]!];
      if (Number.isNaN(x) || Number.isNaN(y)) continue;
      if (shape === "circle") this.parts.push(`<circle cx="${r(x)}" cy="${r(y)}" r="${r(size)}"${look}/>`);
      else this.parts.push(`<path d="${path(corners(shape, x, y, size).flat(), true)}"${look}/>`);
    }
  }

  text(text: string, x: number, y: number, style: TextStyle): void {
    const anchor = { left: "start", center: "middle", right: "end" }[style.align ?? "left"];
    const base = { top: "hanging", middle: "central", bottom: "auto" }[style.baseline ?? "middle"];
    const turn = style.rotate ? ` transform="rotate(${style.rotate} ${r(x)} ${r(y)})"` : "";
    this.parts.push(
      `<text x="${r(x)}" y="${r(y)}" fill="${escape(style.color)}" font-size="${style.size ?? 11}" font-weight="${style.weight ?? 400}" ` +
        `text-anchor="${anchor}" dominant-baseline="${base}"${turn}>${escape(text)}</text>`,
    );
  }

  clip(x: number, y: number, width: number, height: number, draw: () => void): void {
    const id = `c${this.clips++}`;
    this.parts.push(`<clipPath id="${id}"><rect x="${r(x)}" y="${r(y)}" width="${r(width)}" height="${r(height)}"/></clipPath><g clip-path="url(#${id})">`);
    draw();
    this.parts.push("</g>");
  }

  toString(): string {
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" width="${this.width}" height="${this.height}" viewBox="0 0 ${this.width} ${this.height}" ` +
      `font-family="${escape(FONT)}"><rect width="100%" height="100%" fill="${escape(this.background)}"/>${this.parts.join("")}</svg>`
    );
  }
}

function corners(shape: Exclude<Shape, "circle">, x: number, y: number, size: number): [number, number][] {
  const s = size;
  switch (shape) {
    case "square":
      return [[x - s * 0.9, y - s * 0.9], [x + s * 0.9, y - s * 0.9], [x + s * 0.9, y + s * 0.9], [x - s * 0.9, y + s * 0.9]];
    case "triangle":
      return [[x, y - s * 1.2], [x + s * 1.1, y + s * 0.8], [x - s * 1.1, y + s * 0.8]];
    case "diamond":
      return [[x, y - s * 1.3], [x + s * 1.1, y], [x, y + s * 1.3], [x - s * 1.1, y]];
    case "cross": {
      const [a, b] = [s * 1.1, s * 0.4];
      return [[x - b, y - a], [x + b, y - a], [x + b, y - b], [x + a, y - b], [x + a, y + b], [x + b, y + b], [x + b, y + a], [x - b, y + a], [x - b, y + b], [x - a, y + b], [x - a, y - b], [x - b, y - b]];
    }
    case "star":
      return Array.from({ length: 10 }, (_, i) => {
        const radius = i % 2 === 0 ? s * 1.4 : s * 0.6;
        const angle = -Math.PI / 2 + (i * Math.PI) / 5;
        return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
      });
  }
}

const r = (value: number): string => String(Math.round(value * 100) / 100);

function path(points: ArrayLike<number>, closed: boolean): string {
  let out = "";
  let down = false;
  for (let i = 0; i + 1 < points.length; i += 2) {
    const [x, y] = [points[i]!, points[i + 1]!];
    if (Number.isNaN(x) || Number.isNaN(y)) down = false;
    else {
      out += `${down ? "L" : "M"}${r(x)} ${r(y)}`;
      down = true;
    }
  }
  return closed ? `${out}Z` : out;
}

function pen(stroke: Stroke): string {
  const dash = stroke.dash?.length ? ` stroke-dasharray="${stroke.dash.join(" ")}"` : "";
  const alpha = stroke.alpha === undefined ? "" : ` stroke-opacity="${stroke.alpha}"`;
  return ` stroke="${escape(stroke.color)}" stroke-width="${stroke.width ?? 1}" stroke-linejoin="round"${alpha}${dash}`;
}

function paint(fill: Fill): string {
  return ` fill="${escape(fill.color)}"${fill.alpha === undefined ? "" : ` fill-opacity="${fill.alpha}"`}`;
}

export function escape(text: string): string {
  return text.replace(/[&<>"'\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, (char) => ESCAPES[char] ?? "");
}

const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
