// graphile-worker with the configuration that its documentation's page on performance gives its own figures for.
//
//     DATABASE_URL=postgres://… node graphile-worker.mjs [jobs] [lone jobs]

import { Logger, makeWorkerUtils, run, runMigrations } from "graphile-worker";
import { measure, options } from "./measure.mjs";

const silent = new Logger(() => () => {});
const preset = {
  worker: {
    connectionString: process.env.DATABASE_URL,
    maxPoolSize: 25,
    concurrentJobs: 24,
    localQueue: { size: 500 },
    completeJobBatchDelay: 0,
    failJobBatchDelay: 0,
    logger: silent,
  },
};

await runMigrations({ preset });
const utils = await makeWorkerUtils({ preset });
const rival = {
  insert: (count) => utils.addJobs(Array.from({ length: count }, (_, id) => ({ identifier: "nothing", payload: { id } }))),
  work: async (onJob) => {
    const runner = await run({ preset, noHandleSignals: true, taskList: { nothing: () => onJob() } });
    return () => runner.stop();
  },
};
await measure("graphile-worker", rival, options());
await utils.release();
