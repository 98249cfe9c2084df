// Random edits over random networks: whatever happened, a page ends where the server is, and reloads only where it must.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Server, Tab, seeded } from "./live-server.mjs";
import { Clock } from "./live-world.mjs";

const SEEDS = Number(process.env.SCHEDULES ?? 18);

const EDITS = {
  write: (server, random) => server.write(`/src/${Math.floor(random() * 5)}.tsx`),
  style: (server) => server.write("/src/a.css", { kind: "css-update" }),
  fail: (server, random) => server.write(`/src/${Math.floor(random() * 5)}.tsx`, { fails: true }),
  retry: (server) => server.retry(),
  touch: (server) => server.touch(),
};
const DRASTIC = { reload: (server) => server.reload(), restart: (server) => server.restart() };
const NETWORK = {
  cut: (tab) => tab.cut(),
  vanish: (tab) => tab.cut(true),
  down: (tab) => { tab.network = "down"; tab.cut(true); },
  up: (tab) => { tab.network = "up"; },
  object: (tab) => { tab.objectDown = !tab.objectDown; if (tab.objectDown) tab.cut(); },
  rails: (tab) => { tab.railsDown = !tab.railsDown; if (tab.railsDown) tab.cut(); },
  wake: (tab) => tab.alive.on && tab.follow.wake(),
};

async function run(seed, { hmr, drastic = false, network = true, lost = 0, steps = 60 }) {
  const random = seeded(seed);
  const clock = new Clock();
  const server = new Server(clock, random);
  const tab = new Tab(server, { hmr });
  Object.assign(tab, { unruly: network, lost });
  const pick = (table) => Object.values(table)[Math.floor(random() * Object.keys(table).length)];
  const did = [];
  for (let step = 0; step < steps; step++) {
    const roll = random();
    const act = drastic && roll < 0.05 ? pick(DRASTIC) : network && roll < 0.35 ? pick(NETWORK) : pick(EDITS);
    did.push(act.name);
    if (Object.values(NETWORK).includes(act)) act(tab);
    else act(server, random);
    await clock.pass(random() < 0.5 ? random() * 100 : random() * 6000);
  }
  const during = tab.reloads;
  Object.assign(tab, { network: "up", objectDown: false, railsDown: false, lost: 0, unruly: false });
  // All is well from here on; a page may be in a pause before its next attempt.
  await clock.pass(60_000);
  if (tab.alive.on) tab.follow.wake();
  await clock.pass(700_000);
  const after = tab.reloads;
  await clock.pass(600_000);
  const told = () => `seed ${seed} ${hmr}: page ${JSON.stringify(tab.position)} ${JSON.stringify(tab.content)} error ${tab.error?.seq}, server ${server.epoch} ${server.seq} base ${server.base} ${JSON.stringify(server.files)} error ${server.error?.seq}, ${tab.link}; ${did.join(" ")}`;
  assert.ok(tab.current, told());
  assert.equal(tab.reloads, after, `it goes on reloading: ${told()}`);
  return { tab, server, during };
}

for (const hmr of ["durable_object", "action_cable", "auto"]) {
  test(`${hmr}: a quiet network needs no reload`, async () => {
    for (let seed = 1; seed <= SEEDS / 3; seed++) {
      const { tab } = await run(seed, { hmr, network: false });
      assert.equal(tab.reloads, 0);
    }
  });

  test(`${hmr}: over a bad network a page reloads only where the server has forgotten what it missed`, async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { tab, server } = await run(seed, { hmr });
      assert.ok(tab.reloads <= server.demands, `seed ${seed}: ${tab.reloads} reloads, ${server.demands} asked for`);
    }
  });

  test(`${hmr}: reloads and restarts in between`, async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { tab, server } = await run(seed, { hmr, drastic: true });
      assert.ok(tab.reloads <= server.demands, `seed ${seed}: ${tab.reloads} reloads, ${server.demands} asked for`);
    }
  });

  test(`${hmr}: patches that often can't be had`, async () => {
    for (let seed = 1; seed <= SEEDS / 3; seed++) await run(seed, { hmr, drastic: true, lost: 0.6 });
  });
}
