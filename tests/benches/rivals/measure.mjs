// What is measured, the same for both: the rate at which ready jobs are done, and how soon a lone job starts.
//
// A rival is { insert(count), work(onJob) -> stop }: insert adds jobs in one bulk call, and work calls onJob for each.

const BULK = 1_000;
const seconds = (from) => (performance.now() - from) / 1_000;

export async function measure(name, rival, { jobs, lone }) {
  const inserting = performance.now();
  for (let done = 0; done < jobs; done += BULK) {
    await rival.insert(Math.min(BULK, jobs - done));
  }
  const inserted = seconds(inserting);

  let left = jobs;
  let onJob;
  const finished = new Promise((resolve) => {
    onJob = () => {
      left -= 1;
      if (left === 0) resolve();
    };
  });
  const working = performance.now();
  const stop = await rival.work(() => onJob());
  await finished;
  const worked = seconds(working);

  const waits = [];
  for (let turn = 0; turn < lone; turn += 1) {
    const begun = performance.now();
    const started = new Promise((resolve) => {
      onJob = () => resolve(performance.now());
    });
    await rival.insert(1);
    waits.push((await started) - begun);
  }
  await stop();
  waits.sort((a, b) => a - b);
  const at = (share) => Number(waits[Math.floor((waits.length - 1) * share)].toFixed(2));
  console.log(
    JSON.stringify({
      name,
      jobs,
      insertsPerSecond: Math.round(jobs / inserted),
      jobsPerSecond: Math.round(jobs / worked),
      loneMsP50: at(0.5),
      loneMsP99: at(0.99),
    }),
  );
}

export function options() {
  const [jobs, lone] = process.argv.slice(2).map(Number);
  return { jobs: jobs || 100_000, lone: lone || 200 };
}
