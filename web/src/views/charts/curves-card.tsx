/** The learning curves of one run or model, on its page. */
import { useSeries } from "@/api/queries";
import { Lines } from "@/plot/lines";
import { Card } from "@/ui/parts";
import { Answer } from "@/ui/states";
import { useDark } from "@/ui/theme";
import { colorsOf, linesOf } from "./curves";

const MOST = 12;

export function CurvesCard(of: { run: readonly string[] } | { model: readonly string[] }) {
  const dark = useDark();
  const answer = useSeries({ ...of, points: 400, limit: 200 });
  return (
    <Answer of={answer}>
      {({ series }) => (
        <Card title="Learning curves">
          <div className="chart-grid">
            {[...new Set(series.map((one) => one.name))].slice(0, MOST).map((name) => (
              <figure key={name}>
                <h3>{name}</h3>
                <Lines label={name} lines={linesOf(series.filter((one) => one.name === name), colorsOf(series), 0, "step", "none", dark)} height={190} xTitle="step" />
              </figure>
            ))}
          </div>
        </Card>
      )}
    </Answer>
  );
}
