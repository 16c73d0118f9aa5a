import type { Series } from "@/api/types";

/** Whose curve this is, in a comparison of models or of runs. */
export const bandKey = (series: Series, kind: string): string => (kind === "models" ? (series.model_id ?? series.run_id) : series.run_id);

/** One of what is compared. */
export interface Subject {
  id: string;
  name: string;
  detail: string;
  href: string;
}
