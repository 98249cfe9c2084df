// Hot updates as a Rails app makes them: it uploads each batch of edits, and pages hear of it over its own cable.
import assert from "node:assert/strict";
import { OurTarget } from "./hot-ours.mjs";

export class RailsTarget extends OurTarget {
  name = "ours, over Rails";

  constructor(server, rails) {
    super(server);
    this.rails = rails;
  }

  async open(files) {
    const app = await super.open(files);
    const set = await this.server.call("PATCH", `/v1/apps/${app.slug}`, { json: { hmr: "action_cable" } });
    assert.equal(set.status, 200, set.bytes.toString());
    return { ...app, write: (changes) => published(this.rails, app.slug, changes) };
  }
}

/** Has Rails upload a batch, path → text or null, and tell pages; resolves to what the write was answered. */
export async function published(rails, app, changes) {
  const entries = Object.entries(changes);
  const upsert = Object.fromEntries(entries.filter(([, content]) => content !== null));
  const gone = entries.filter(([, content]) => content === null).map(([path]) => path);
  const { status, json } = await rails.call("/publish", { app, upsert, delete: gone });
  assert.equal(status, 200, JSON.stringify(json));
  return json;
}
