/** Line icons on a 16 px square, drawn here so that no font or sprite has to load. */
const PATHS = {
  projects: "M2 4h5l1.5 2H14v7H2z",
  models: "M8 1.8 14 5v6l-6 3.2L2 11V5zM2 5l6 3.2L14 5M8 8.2v6",
  runs: "M4 2.5 13 8l-9 5.5z",
  charts: "M2 2v12h12M4.5 11l3-4 2.5 2 3.5-5",
  examples: "M2 3h12v10H2zM2 6.3h12M2 9.6h12M6 3v10",
  data: "M2.5 4c0-1.2 2.5-2 5.5-2s5.5.8 5.5 2-2.5 2-5.5 2-5.5-.8-5.5-2zM2.5 4v8c0 1.2 2.5 2 5.5 2s5.5-.8 5.5-2V4M2.5 8c0 1.2 2.5 2 5.5 2s5.5-.8 5.5-2",
  sql: "M3 4l3.5 4L3 12M8.5 12.5H13",
  history: "M4 2v12M4 9c5 0 7-1 7-4M11 5a1.6 1.6 0 1 0 0-3.2A1.6 1.6 0 0 0 11 5z",
  pipeline: "M1.5 6h4v4h-4zM10.5 2h4v4h-4zM10.5 10h4v4h-4zM5.5 8h2.5M8 4v8M8 4h2.5M8 12h2.5",
  compare: "M2 3h5v10H2zM9 3h5v10H9z",
  filter: "M2 3h12l-4.6 5.4V13L6.6 14V8.4z",
  columns: "M2 3h12v10H2zM6 3v10M10 3v10",
  group: "M2 3h12M5 6.5h9M5 10h9M2 13.5h12",
  views: "M4 2h8v12l-4-3-4 3z",
  copy: "M5.5 5.5h8v8h-8zM3 10.5h-.5v-8h8V3",
  close: "M4 4l8 8M12 4l-8 8",
  check: "M3 8.5 6.5 12 13 4.5",
  down: "M4 6l4 4 4-4",
  right: "M6 4l4 4-4 4",
  left: "M10 4 6 8l4 4",
  up: "M4 10l4-4 4 4",
  search: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM11 11l3.5 3.5",
  more: "M3.5 8h.01M8 8h.01M12.5 8h.01",
  sun: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8 1.5V3M8 13v1.5M1.5 8H3M13 8h1.5M3.4 3.4l1 1M11.6 11.6l1 1M3.4 12.6l1-1M11.6 4.4l1-1",
  moon: "M13.5 9.5A6 6 0 0 1 6.5 2.5a6 6 0 1 0 7 7z",
  auto: "M8 2a6 6 0 1 0 0 12zM8 2a6 6 0 0 1 0 12",
  menu: "M2 4h12M2 8h12M2 12h12",
  download: "M8 2v8M4.5 7 8 10.5 11.5 7M2.5 13.5h11",
  hide: "M2 8s2.2-4 6-4 6 4 6 4-2.2 4-6 4-6-4-6-4zM2.5 13.5l11-11",
  show: "M2 8s2.2-4 6-4 6 4 6 4-2.2 4-6 4-6-4-6-4zM8 9.6a1.6 1.6 0 1 0 0-3.2 1.6 1.6 0 0 0 0 3.2z",
  tag: "M2 2h6l6 6-6 6-6-6zM5 5h.01",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  fit: "M2 6V2h4M14 6V2h-4M2 10v4h4M14 10v4h-4",
  note: "M3 2h10v12H3zM5.5 5.5h5M5.5 8h5M5.5 10.5h3",
  warn: "M8 2 15 14H1zM8 6.5v3.5M8 12h.01",
  play: "M4 2.5 13 8l-9 5.5z",
  swap: "M4 5h9l-2.5-2.5M12 11H3l2.5 2.5",
  keyboard: "M1.5 4h13v8h-13zM4 7h.01M6.5 7h.01M9 7h.01M11.5 7h.01M5 9.8h6",
} as const;

export type IconName = keyof typeof PATHS;

/** Decoration beside words, or with a label what stands for them. */
export function Icon({ name, size = 16, label }: { name: IconName; size?: number; label?: string | undefined }) {
  const dots = name === "more";
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth={dots ? 2.4 : 1.4}
      strokeLinecap="round"
      strokeLinejoin="round"
      {...(label === undefined ? { "aria-hidden": true } : { role: "img", "aria-label": label })}
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
