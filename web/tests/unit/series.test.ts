import { expect, it } from "vitest";
import type { Series, SeriesList } from "@/api/types";
import { withNews } from "@/lib/series";
import { colorsOf } from "@/views/charts/curves";

const curve = (run: string, count: number): Series => ({
  run_id: run, run_name: null, model_id: null, first_model_id: null, name: "loss", higher_is_better: false, dataset_id: null, step: [], value: [], at: [], count, last: null, min: null, max: null,
});
const list = (series: Series[], more: Partial<SeriesList> = {}): SeriesList => ({ series, total: series.length, names: ["loss"], sql: "all", hidden: 0, entry: 1, after: 0, ...more });

it("curves that grew stay in their places, and those nobody touched are the same objects", () => {
  const [a, b] = [curve("r-a", 5), curve("r-b", 5)];
  const now = withNews(list([a, b]), list([curve("r-b", 9)], { entry: 7, after: 1, sql: "some" }), 10);
  expect(now.series.map((one) => [one.run_id, one.count])).toEqual([["r-a", 5], ["r-b", 9]]);
  expect(now.series[0]).toBe(a);
  expect([now.entry, now.total, now.sql]).toEqual([7, 2, "all"]);
});

it("curves of new runs come first, and no more are kept than were asked for", () => {
  const now = withNews(list([curve("r-a", 5)]), list([curve("r-c", 2)], { names: ["auc"] }), 1);
  expect(now.series.map((one) => one.run_id)).toEqual(["r-c"]);
  expect([now.total, now.names]).toEqual([2, ["auc", "loss"]]);
});

it("a model that went on learning has one curve, which grows", () => {
  const stage = (model: string, count: number): Series => ({ ...curve("r-a", count), model_id: model, first_model_id: "m-1" });
  const now = withNews(list([stage("m-2", 2)]), list([stage("m-3", 3)]), 10);
  expect(now.series.map((one) => [one.model_id, one.count])).toEqual([["m-3", 3]]);
});

it("curves of several runs are coloured by run, those of one run by model", () => {
  const of = (run: string, model: string): Series => ({ ...curve(run, 1), model_id: model });
  const several = [of("r-a", "m-1"), of("r-a", "m-2"), of("r-b", "m-3")];
  expect(several.map(colorsOf(several))).toEqual([0, 0, 1]);
  const one = several.slice(0, 2);
  expect(one.map(colorsOf(one))).toEqual([0, 1]);
});
