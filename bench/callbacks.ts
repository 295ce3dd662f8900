import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readOptions, USAGE } from './callbacks/plan/bench-options.js';
import { allRatios } from './callbacks/plan/ratios.js';
import { allScenarios } from './callbacks/plan/scenarios.js';
import { measureRatios, noiseWarning, ratioTable } from './callbacks/report/ratio-table.js';
import { resultsDocument } from './callbacks/report/results-document.js';
import { scenarioTable } from './callbacks/report/scenario-table.js';
import { runBench } from './callbacks/run-bench.js';

/** As built, this file is `dist/bench/callbacks.js`. */
const RESULTS = fileURLToPath(new URL('../../bench/RESULTS.md', import.meta.url));

/** `npm run bench`: how many callbacks the package takes, side by side with others. Ends with 1 where a run failed. */
async function main(): Promise<void> {
  if (process.argv.includes('--help')) {
    console.log(USAGE);
    return;
  }
  const options = readOptions(process.argv.slice(2), allScenarios());
  const results = await runBench(options, allRatios(), (line) => console.log(line));
  const scenarios = scenarioTable(results.blocks);
  const measured = measureRatios(allRatios(), results.blocks);
  const ratios = ratioTable(measured);
  const warning = noiseWarning(measured);
  console.log(`\n${scenarios}\n\n${ratios}${warning === undefined ? '' : `\n\n${warning}`}`);
  if (!options.isComplete) return;
  writeFileSync(RESULTS, resultsDocument(options, results, { scenarios, ratios, warning }));
  console.log(`\nWritten to ${RESULTS}`);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
