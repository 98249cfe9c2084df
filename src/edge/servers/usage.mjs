// What apps' server code computes: added up here, and in the database some seconds later, as the rest of usage is.

const DAY = 86_400_000;
const untold = new Map();
let due = 0;

/** Counts what requests computed; the platform tells it once they are over. */
export function computed(traced, app, env, ctx) {
  const spent = traced.reduce((sum, { cpuTime }) => sum + (cpuTime ?? 0), 0);
  if (!spent) return;
  untold.set(app, (untold.get(app) ?? 0) + spent);
  const seconds = Number(env.USAGE_SECONDS ?? 10);
  // Who was to tell it may be gone.
  if (Date.now() < due + 30_000) return;
  due = Date.now() + seconds * 1000;
  ctx.waitUntil(new Promise((done) => setTimeout(done, seconds * 1000)).then(() => tell(env)));
}

async function tell(env) {
  due = 0;
  const all = [...untold];
  untold.clear();
  const statement = "INSERT INTO usage (app_id, day, serverCpuMs) VALUES (?, ?, ?) ON CONFLICT (app_id, day) DO UPDATE SET serverCpuMs = serverCpuMs + excluded.serverCpuMs";
  const day = Math.floor(Date.now() / DAY);
  try {
    await env.DB.batch(all.map(([app, spent]) => env.DB.prepare(statement).bind(app, day, spent)));
  } catch (error) {
    console.error(JSON.stringify({ event: "usage", fault: String(error) }));
    for (const [app, spent] of all) untold.set(app, (untold.get(app) ?? 0) + spent);
  }
}
