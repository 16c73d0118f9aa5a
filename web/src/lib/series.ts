/** Learning curves that grow while they are looked at. */
import type { Series, SeriesList } from "@/api/types";

/** A model that goes on learning becomes another one; what it was at first stays. */
const keyOf = (one: Series): string => JSON.stringify([one.run_id, one.first_model_id ?? one.model_id, one.dataset_id, one.name]);

/** What is known with what is new: curves that grew in their old places, those of new runs before them. */
export function withNews(known: SeriesList, news: SeriesList, limit: number): SeriesList {
  const grown = new Map(news.series.map((one) => [keyOf(one), one]));
  const kept = known.series.map((one) => {
    const key = keyOf(one);
    const now = grown.get(key) ?? one;
    grown.delete(key);
    return now;
  });
  return {
    ...news,
    series: [...grown.values(), ...kept].slice(0, limit),
    total: known.total + grown.size,
    names: [...new Set([...known.names, ...news.names])].sort(),
    hidden: known.hidden,
    sql: known.sql,
  };
}
