// BullMQ, with bulk inserts and one worker of concurrency 100; finished jobs are removed, as its documentation advises.
//
//     REDIS_PORT=… node bullmq.mjs [jobs] [lone jobs]

import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import { measure, options } from "./measure.mjs";

const connection = new Redis({ host: "127.0.0.1", port: Number(process.env.REDIS_PORT), maxRetriesPerRequest: null });
const queue = new Queue("nothing", { connection, defaultJobOptions: { removeOnComplete: true } });
const rival = {
  insert: (count) => queue.addBulk(Array.from({ length: count }, (_, id) => ({ name: "nothing", data: { id } }))),
  work: async (onJob) => {
    const worker = new Worker("nothing", async () => onJob(), { connection, concurrency: 100 });
    await worker.waitUntilReady();
    return () => worker.close();
  },
};
await measure(process.env.RIVAL ?? "BullMQ", rival, options());
await queue.close();
await connection.quit();
