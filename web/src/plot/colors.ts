/** The colours charts draw with, read from the page so that they follow its theme. */

export interface Ink {
  ink: string;
  quiet: string;
  faint: string;
  line: string;
  soft: string;
  background: string;
  accent: string;
  good: string;
  bad: string;
  dark: boolean;
}

const NAMES = { ink: "--ink", quiet: "--ink-3", faint: "--ink-faint", line: "--line-strong", soft: "--line-soft", background: "--bg-raised", accent: "--accent", good: "--good", bad: "--bad" } as const;

const inks = new Map<boolean, Ink>();

/** The theme's colours as the browser resolves them; canvases do not know variables. Asked once of each theme. */
export function inkOf(dark: boolean): Ink {
  const known = inks.get(dark) ?? readInk(dark);
  inks.set(dark, known);
  return known;
}

function readInk(dark: boolean): Ink {
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  const out = {} as Record<keyof typeof NAMES, string>;
  for (const [key, name] of Object.entries(NAMES)) {
    probe.style.color = `var(${name})`;
    out[key as keyof typeof NAMES] = getComputedStyle(probe).color || "#888";
  }
  probe.remove();
  return { ...out, dark };
}

const LIGHT = ["#2f6bd8", "#d1731f", "#23906a", "#bb3d6b", "#7d57c1", "#8c7412", "#16899f", "#a8513c", "#5b6b8c", "#6d9a1f"];
const DARK = ["#7aa5ff", "#f0a05a", "#56c596", "#ef7fa4", "#b497f0", "#d4bd55", "#4fc3d9", "#e08f78", "#9fb0d0", "#a9d15e"];

/** The n-th colour for a category; after ten they come again. */
export function categorical(index: number, dark: boolean): string {
  const palette = dark ? DARK : LIGHT;
  return palette[index % palette.length]!;
}

// From low to high: readable on either background and in grey, and to people who do not tell red from green.
const RAMP_LIGHT: [number, number, number][] = [[222, 212, 120], [140, 190, 110], [66, 155, 130], [45, 112, 150], [55, 66, 140], [46, 20, 92]];
const RAMP_DARK: [number, number, number][] = [[70, 52, 128], [62, 88, 160], [52, 128, 160], [62, 168, 140], [140, 205, 110], [243, 226, 95]];

/** A colour for a share between 0 and 1; the high end stands out from the background. */
export function ramp(share: number, dark: boolean): string {
  const stops = dark ? RAMP_DARK : RAMP_LIGHT;
  const at = Math.min(1, Math.max(0, share)) * (stops.length - 1);
  const low = Math.min(stops.length - 2, Math.floor(at));
  const [a, b] = [stops[low]!, stops[low + 1]!];
  const mix = (i: 0 | 1 | 2) => Math.round(a[i] + (b[i] - a[i]) * (at - low));
  return `rgb(${mix(0)}, ${mix(1)}, ${mix(2)})`;
}

/** Black or white, whichever reads on a colour of the ramp. */
export function onRamp(share: number, dark: boolean): string {
  return dark ? (share > 0.6 ? "#111" : "#fff") : share > 0.4 ? "#fff" : "#111";
}
