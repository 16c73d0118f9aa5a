import { describe, expect, it } from "vitest";
import type { Parameter } from "@/api/types";
import { madeOf, modelName, modelWord } from "@/ui/parts";
import { apart } from "@/views/compare/verdict";
import { tree } from "@/views/model/parameters";

const id = "m-0123456789abcdef";

describe("names of models", () => {
  it("are those of the script where they say something", () => {
    expect(modelName({ name: "forest", type: "Pipeline", steps: ["Scaler", "Forest"], model_id: id })).toBe("forest");
    expect(modelWord({ name: "forest", type: "SVC" })).toEqual({ text: "forest", own: true });
  });
  it("else what the pipeline ends with, and the beginning of the id", () => {
    expect(modelName({ name: "model", type: "Pipeline", steps: ["MinMaxScaler", "SVC"], model_id: id })).toBe("SVC 0123");
    expect(modelName({ name: null, type: "Pipeline", steps: ["ColumnTransformer", "Pipeline → Ridge"], model_id: id })).toBe("Ridge 0123");
    expect(modelName({ name: "Pipeline → Lasso", type: "Pipeline", steps: [], model_id: id })).toBe("Lasso 0123");
    expect(modelName({ name: "Forest → Tree", type: "Forest", steps: ["Tree"], model_id: id })).toBe("Forest 0123");
    expect(modelName({ name: "clf", type: "SVC", steps: [], model_id: id })).toBe("SVC 0123");
  });
  it("say what a model is made of", () => {
    expect(madeOf({ type: "Pipeline", steps: ["MinMaxScaler", "SVC"] })).toBe("MinMaxScaler → SVC");
    expect(madeOf({ type: "GridSearchCV", steps: ["Pipeline → SVC"] })).toBe("GridSearchCV of Pipeline → SVC");
    expect(madeOf({ type: "SVC", steps: [] })).toBe("SVC");
  });
});

describe("two chains of steps", () => {
  it("differ in what they do not share", () => {
    expect(apart("Scaler → Forest", "Scaler → Boosting")).toBe("Forest instead of Boosting");
    expect(apart("Scaler → PCA → SVC", "Scaler → SVC")).toBe("PCA in addition");
    expect(apart("SVC", "Scaler → SVC")).toBe("without Scaler");
    expect(apart("A → B", "B → A")).toBe("the order of the steps");
  });
});

describe("hyperparameters", () => {
  const of = (...names: string[]): Parameter[] => names.map((name) => ({ name, value: 1, type: "int", is_default: false }));
  it("stand below the step they belong to, without its name", () => {
    const shown = tree(of("svc__C", "scale", "svc", "svc__kernel", "a__b__c"));
    expect(shown.map(({ label, depth }) => `${" ".repeat(depth)}${label}`)).toEqual(["a__b__c", "scale", "svc", " C", " kernel"]);
  });
  it("go as deep as the pipeline", () => {
    const shown = tree(of("columns", "columns__words", "columns__words__onehot", "columns__words__onehot__drop", "columnsize"));
    expect(shown.map(({ label, depth }) => [label, depth])).toEqual([["columns", 0], ["words", 1], ["onehot", 2], ["drop", 3], ["columnsize", 0]]);
  });
});
