// Apps on a running server: from files in a test, or from a folder as `npm run push` reads it.
import assert from "node:assert/strict";
import { Folder, content } from "../../scripts/push/folder.mjs";

/** Creates an app with these files, path → text or `{base64}`; resolves to the write's answer. */
export async function uploaded(server, slug, files) {
  const made = await server.call("POST", "/v1/apps", { json: { slug } });
  assert.ok(made.status === 201 || made.json?.code === "slug-taken", made.bytes.toString());
  const written = await server.call("PUT", `/v1/apps/${slug}/files`, { json: { files } });
  assert.equal(written.status, 200, written.bytes.toString());
  return written.json;
}

/** Creates an app from a folder. */
export async function pushed(server, slug, folder) {
  const { files } = await new Folder(folder).read();
  return uploaded(server, slug, Object.fromEntries([...files].map(([path, { bytes }]) => [path, content(bytes)])));
}

/** Deploys the current version of an app, by default for production; resolves to the deployment. */
export async function deploy(server, slug, tier = "production") {
  const made = await server.call("POST", `/v1/apps/${slug}/deployments`, { json: { tier } });
  assert.equal(made.status, 201, made.bytes.toString());
  return made.json;
}
