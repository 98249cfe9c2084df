// What `npm run deploy` refuses: the repository's own configurations pass, and each way of breaking them is told of.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as checks from "../deploy/checks.mjs";
import { missingSettings, wrongSettings } from "../deploy/settings.mjs";
import { raw, shipped, shipping } from "../deploy/shipping.mjs";
import { SECRETS } from "../deploy/tables.mjs";
import { migrations, sources } from "../deploy/build.mjs";

const TOLD = {
  PREVIEW_DOMAIN: "preview.shop.dev", ZONE_NAME: "shop.dev", CONTROL_HOST: "previews.shop.dev",
  D1_DATABASE_ID: "0f1e2d3c-0000-4000-8000-00000000abcd",
};

/** The three Workers as they would ship, changed by `change` first. */
function workers(change = () => {}, told = TOLD) {
  const order = shipped(told);
  const configs = Object.fromEntries(order.map((name) => [name, shipping(name, raw(name), told)]));
  change(configs);
  return order.map((name) => ({ name, config: configs[name] }));
}

const read = () => Object.fromEntries(Object.entries(sources()).map(([name, texts]) => [name, checks.reads(texts)]));

/** All classes exported. */
const exports = (list) => Object.fromEntries(list.map(({ config }) => [config.name, [...checks.classes(config).there]]));

test("the repository's own Workers are fit to be deployed", () => {
  const list = workers();
  assert.deepEqual(checks.references(list), []);
  assert.deepEqual(checks.environment(list, read()), []);
  assert.deepEqual(checks.placeholders(list), []);
  assert.deepEqual(checks.objects(list, exports(list)), []);
  assert.deepEqual(wrongSettings(TOLD), []);
  assert.deepEqual(missingSettings(TOLD), []);
});

test("what ships has this installation's domain, routes and ids, and no local ones", () => {
  const { config } = workers().find(({ name }) => name === "edge");
  assert.deepEqual(config.routes, [
    { pattern: "previews.shop.dev", custom_domain: true },
    { pattern: "*.preview.shop.dev/*", zone_name: "shop.dev" },
  ]);
  assert.equal(config.vars.PREVIEW_DOMAIN, "preview.shop.dev");
  assert.equal(config.workers_dev, false);
  assert.equal(config.d1_databases[0].database_id, TOLD.D1_DATABASE_ID);
  const [untold] = workers(undefined, {}).filter(({ name }) => name === "edge");
  assert.equal(untold.config.vars.PREVIEW_DOMAIN, undefined);
  assert.equal(untold.config.d1_databases[0].database_id, undefined);
  assert.equal(untold.config.routes, undefined);
});

test("with a namespace, published server code is dispatched to, and all that it fetches goes through ours", () => {
  const list = workers(undefined, { ...TOLD, DISPATCH_NAMESPACE: "apps" });
  assert.deepEqual(list.map(({ name }) => name), ["compiler", "background", "edge", "published"]);
  const { config } = list.find(({ name }) => name === "edge");
  assert.deepEqual(config.dispatch_namespaces, [{ binding: "DISPATCHER", namespace: "apps", outbound: { service: "overskill-published", parameters: ["policy"] } }]);
  assert.equal(config.vars.SERVERS, "dispatch");
  assert.deepEqual(checks.references(list), []);
  assert.deepEqual(checks.objects(list, exports(list)), []);
  const without = list.filter(({ name }) => name !== "published");
  assert.match(checks.references(without).join(), /DISPATCHER goes out through overskill-published, which is none/);
});

test("a broken reference is told of", () => {
  const broken = [
    [({ edge }) => (edge.services[0].service = "overskill-compilr"), /COMPILER is the service overskill-compilr, which is none of these/],
    [({ background }) => background.services.push({ binding: "EDGE", service: "overskill-preview" }), /EDGE .* is deployed after it/],
    [({ edge }) => (edge.durable_objects.bindings[1].script_name = "elsewhere"), /PACKAGES is an object of elsewhere, which is none/],
    [({ edge }) => (edge.durable_objects.bindings[1].class_name = "Packager"), /PACKAGES is Packager, for which overskill-background has no migration/],
    [({ background }) => (background.migrations = []), /PackageBuilder, for which overskill-background has no migration/],
    [({ background }) => (background.d1_databases[0].database_name = "other"), /DB is not the D1/],
    [({ background }) => (background.r2_buckets[0].bucket_name = "other"), /BLOBS is not the R2/],
    [({ edge }) => edge.services.push({ binding: "DB", service: "overskill-compiler" }), /DB is bound twice/],
  ];
  for (const [change, told] of broken) assert.match(checks.references(workers(change)).join("\n"), told);
});

test("what code reads and no configuration gives is told of", () => {
  const unbound = checks.environment(workers(({ edge }) => (edge.r2_buckets = [])), read());
  assert.match(unbound.join("\n"), /overskill-preview: BLOBS is used and not bound/);
  const used = read();
  used.edge.variables.add("NEW_SECRET");
  assert.match(checks.environment(workers(), used).join("\n"), /NEW_SECRET is read and in no table/);
});

test("code is read for its bindings and variables", () => {
  const { bindings, variables } = checks.reads(['env.bucket("BLOBS"); self.env.d1(\n "DB")', 'env.secret("KEY_1"); text(env, "NAME"); text("x")']);
  assert.deepEqual([[...bindings].sort(), [...variables].sort()], [["BLOBS", "DB"], ["KEY_1", "NAME"]]);
});

test("what is only good locally does not ship", () => {
  const broken = [
    [({ edge }) => (edge.d1_databases[0].database_id = "local"), /has the id "local"/],
    [({ edge }) => (edge.vars.PREVIEW_DOMAIN = "localhost"), /PREVIEW_DOMAIN is "localhost"/],
    [({ edge }) => (edge.vars.ACTION_CABLE_URL = "ws://127.0.0.1:3000/cable"), /ACTION_CABLE_URL .* is local/],
    [({ edge }) => (edge.vars.ADMIN_TOKEN = "osk"), /ADMIN_TOKEN is a secret/],
  ];
  for (const [change, told] of broken) assert.match(checks.placeholders(workers(change)).join("\n"), told);
});

test("objects' migrations cover what is exported, and are only added to", () => {
  const ledger = { objects: { "overskill-preview": [{ tag: "v1", new_sqlite_classes: ["AppSession"] }] } };
  const objects = (change) => {
    const list = workers(change);
    return checks.objects(list, exports(list), ledger).join("\n");
  };
  assert.equal(objects(), "");
  assert.equal(objects(({ edge }) => edge.migrations.push({ tag: "v2", new_sqlite_classes: ["Another"] })), "");
  const broken = [
    [({ edge }) => (edge.migrations[0].tag = "v0"), /v1 was deployed and has changed/],
    [({ edge }) => edge.migrations.unshift({ tag: "v0", new_sqlite_classes: ["Early"] }), /v1 was deployed and has changed/],
    [({ edge }) => edge.migrations.pop(), /v1 was deployed and has changed/],
    [({ edge }) => edge.migrations.push({ tag: "v1", new_sqlite_classes: ["Another"] }), /v1 is there twice/],
    [({ edge }) => edge.migrations.push({ tag: "v2", deleted_classes: ["Nobody"] }), /deletes Nobody, which isn't there/],
    [({ edge }) => edge.migrations.push({ tag: "v2", renamed_classes: [{ from: "Nobody", to: "Somebody" }] }), /renames Nobody/],
    [({ edge }) => edge.migrations.push({ tag: "v2", new_sqlite_classes: ["AppSession"] }), /makes AppSession, which is there/],
  ];
  for (const [change, told] of broken) assert.match(objects(change), told);
  const list = workers();
  assert.match(checks.objects(list, { ...exports(list), "overskill-preview": [] }).join("\n"), /AppSession has a migration and is not exported/);
});

test("D1's migrations are numbered without gaps, and are only added to", () => {
  const files = { "0001_apps.sql": "a", "0002_more.sql": "b" };
  const ledger = { database: { "0001_apps.sql": "a" } };
  assert.deepEqual(checks.numbering(files, ledger), []);
  assert.match(checks.numbering({ ...files, "0004_gap.sql": "c" }).join(), /0004_gap.sql should be number 3/);
  assert.match(checks.numbering({ ...files, "0002_twice.sql": "c" }).join(), /0002_twice.sql should be number 3/);
  assert.match(checks.numbering({ ...files, "3_short.sql": "c" }).join(), /is not named as a migration is/);
  assert.match(checks.numbering({ ...files, "0001_apps.sql": "z" }, ledger).join(), /was applied and has changed/);
  assert.match(checks.numbering({ "0001_other.sql": "a" }, ledger).join(), /0001_apps.sql was applied and is gone/);
  assert.ok(Object.keys(migrations()).length > 0);
});

test("a Worker that is too large is told of", () => {
  assert.deepEqual(checks.sizes([{ name: "edge", raw: 4e6, wasm: 1e6, budget: 1.5e6 }]), []);
  assert.match(checks.sizes([{ name: "edge", raw: checks.LARGEST + 1, wasm: 1, budget: 2 }]).join(), /more than the 67108864/);
  assert.match(checks.sizes([{ name: "edge", raw: 1, wasm: 3, budget: 2 }]).join(), /its wasm has 3 bytes gzipped, of 2/);
});

test("settings that can't be meant are told of", () => {
  const wrong = (more) => wrongSettings({ ...TOLD, ...more }).join("\n");
  assert.match(wrong({ PREVIEW_DOMAIN: "localhost" }), /PREVIEW_DOMAIN is no host name/);
  assert.match(wrong({ PREVIEW_DOMAIN: "preview.other.dev" }), /is not in ZONE_NAME/);
  assert.match(wrong({ CONTROL_HOST: "api.preview.shop.dev" }), /would be an app's/);
  assert.match(wrong({ D1_DATABASE_ID: "local" }), /D1_DATABASE_ID is no id/);
  assert.match(wrong({ SEALING_KEY: "short" }), /fewer than 16/);
  assert.match(wrong({ ADMIN_TOKEN: "dev-token" }), /the local one/);
  assert.match(wrong({ PREVIEW_DOMIAN: "x" }), /PREVIEW_DOMIAN is no setting/);
  assert.deepEqual(missingSettings({}).map(({ name }) => name), ["PREVIEW_DOMAIN", "ZONE_NAME", "CONTROL_HOST"]);
});

test("required secrets have to be given or there", () => {
  const there = { edge: new Set(["ADMIN_TOKEN"]), background: new Set(), compiler: new Set() };
  assert.deepEqual(checks.missingSecrets(new Set(), there).map(({ name, worker }) => `${name} ${worker}`), ["SEALING_KEY edge", "SEALING_KEY background"]);
  assert.deepEqual(checks.missingSecrets(new Set(["SEALING_KEY"]), there), []);
  assert.equal(new Set(SECRETS.map(({ name }) => name)).size, SECRETS.length);
});
