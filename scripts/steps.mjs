// Steps of a set-up: each has a name, is timed, is skipped where it is done, and runs beside those it doesn't need.

/** How often a step that takes long says how far it is, in milliseconds. */
const REPORT = 30_000;

const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/**
 * Performs steps `{name, needs?, done, run}`: `needs` are other steps, `done()` tells whether there is nothing to do,
 * `run(progress)` does it and may tell how far it is.
 */
export async function perform(steps) {
  await Promise.all(steps.map(begin));
}

/** A step is performed once, however many need it. */
const begun = new Map();

function begin(step) {
  if (!begun.has(step)) begun.set(step, Promise.all((step.needs ?? []).map(begin)).then(() => one(step)));
  return begun.get(step);
}

async function one({ name, done, run }) {
  const started = performance.now();
  if (await done()) {
    console.log(`· ${name} (there)`);
    return;
  }
  console.log(`… ${name}`);
  let progress = "";
  const report = setInterval(() => console.log(`… ${name}: ${seconds(started)} ${progress}`.trimEnd()), REPORT);
  try {
    await run((text) => (progress = text));
  } finally {
    clearInterval(report);
  }
  console.log(`✓ ${name} ${seconds(started)}`);
}
