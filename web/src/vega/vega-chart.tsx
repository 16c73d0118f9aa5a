/**
 * A Vega-Lite specification as a chart. Expressions run in Vega's interpreter rather than as generated code, so the
 * page needs no permission to evaluate strings; nothing is loaded from anywhere.
 */
import { useEffect, useRef, useState } from "react";
import * as vega from "vega";
import { expressionInterpreter } from "vega-interpreter";
import { compile, type TopLevelSpec } from "vega-lite";
import { download, fileName } from "@/lib/download";
import { categorical, inkOf } from "@/plot/colors";
import { FONT } from "@/plot/painter";
import { MenuItem, Pop } from "@/ui/pop";
import { useDark } from "@/ui/theme";

const noLoading: vega.Loader = {
  load: () => Promise.reject(new Error("Charts show data of the store only.")),
  sanitize: () => Promise.reject(new Error("Charts open no addresses.")),
  http: () => Promise.reject(new Error("Charts show data of the store only.")),
  file: () => Promise.reject(new Error("Charts show data of the store only.")),
} as unknown as vega.Loader;

export function VegaChart({ spec, label, height = 360 }: { spec: object; label: string; height?: number }) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<vega.View | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const dark = useDark();
  useEffect(() => {
    const element = host.current!;
    let live = true;
    let made: vega.View | null = null;
    // What says its own width, as small multiples do, keeps it.
    const watcher = new ResizeObserver(() => {
      const width = room(element);
      if (made && !("width" in spec) && made.width() !== width) void made.width(width).runAsync();
    });
    try {
      const size = { width: room(element), height, autosize: { type: "fit", contains: "padding" } };
      const full = { ...size, config: config(dark), ...spec } as unknown as TopLevelSpec;
      const compiled = compile(full, { logger: vega.logger(vega.Error) }).spec;
      made = new vega.View(vega.parse(compiled, {}, { ast: true }), { expr: expressionInterpreter, loader: noLoading, renderer: "canvas", container: element, hover: true, logLevel: vega.Error, tooltip: titleTip(element) } as unknown as vega.ViewOptions);
      view.current = made;
      watcher.observe(element);
      made.runAsync().then(
        () => live && setProblem(null),
        (error: Error) => live && setProblem(error.message),
      );
    } catch (error) {
      setProblem((error as Error).message);
    }
    return () => {
      live = false;
      watcher.disconnect();
      made?.finalize();
      view.current = null;
      element.replaceChildren();
    };
  }, [spec, dark, height]);
  const image = async (type: "png" | "svg") => {
    const name = `${fileName(label)}.${type}`;
    if (type === "svg") download(name, (await view.current?.toSVG()) ?? "", "image/svg+xml");
    else {
      const canvas = await view.current?.toCanvas(2);
      canvas?.toBlob((blob) => blob && download(name, blob));
    }
  };
  return (
    <div className="figure">
      <div className="tools">
        <Pop label="Export this chart" icon="download" className="btn quiet icon small" menu>
          {(close) => (
            <>
              <MenuItem onClick={() => (close(), void image("png"))}>PNG image</MenuItem>
              <MenuItem onClick={() => (close(), void image("svg"))}>SVG image</MenuItem>
              <MenuItem onClick={() => (close(), download(`${fileName(label)}.vl.json`, JSON.stringify(spec, null, 2), "application/json"))}>Vega-Lite specification</MenuItem>
            </>
          )}
        </Pop>
      </div>
      {problem && <p className="problem">This specification cannot be drawn: {problem}</p>}
      <div ref={host} className="vega-host" role="img" aria-label={label} />
    </div>
  );
}

const room = (element: HTMLElement): number => Math.max(200, element.clientWidth);

/** Tool tips as plain text in the element's title: values of the store are never markup. */
function titleTip(element: HTMLElement) {
  return (_handler: unknown, _event: unknown, _item: unknown, value: unknown) => {
    if (value === null || value === undefined || value === "") element.removeAttribute("title");
    else element.title = typeof value === "object" ? Object.entries(value).map(([name, of]) => `${name}: ${String(of)}`).join("\n") : String(value);
  };
}

function config(dark: boolean): object {
  const ink = inkOf(dark);
  return {
    background: null,
    font: FONT,
    view: { stroke: null },
    axis: { labelColor: ink.quiet, titleColor: ink.quiet, titleFontWeight: 400, gridColor: ink.soft, domainColor: ink.line, tickColor: ink.line, labelFontSize: 11, titleFontSize: 11 },
    legend: { labelColor: ink.quiet, titleColor: ink.quiet, titleFontWeight: 400 },
    title: { color: ink.ink },
    range: { category: Array.from({ length: 10 }, (_, index) => categorical(index, dark)) },
    mark: { color: categorical(0, dark) },
    boxplot: { median: { color: ink.ink } },
  };
}
